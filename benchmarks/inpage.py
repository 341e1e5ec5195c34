"""Seconds that each cell takes in a browser, and what a first press costs.

    python -m benchmarks.inpage [--record] [page ...]

The built site is run in Chromium, page by page. With --record the cells that take at least five
seconds go to chapters/measurements/inpage.csv, and the pages say so beside their buttons.
"""

import re
import shutil
import sys
import threading

import nbformat
from playwright.sync_api import sync_playwright

from benchmarks import record
from book import inpage, serve
from book.contents import CHAPTERS, ROOT, notebooks

SITE = ROOT / "_build" / "html"
LONG = 5.0  # seconds
RAN = """() => {
  const all = [...document.querySelectorAll("p.live [role=status]")].map(e => e.textContent);
  return /^(ran|stopped|Python could|cell \\d+ above went)/.test(all.at(-1)) && all;
}"""


def cells(stem):
    found = nbformat.read(CHAPTERS / f"{stem}.ipynb", as_version=4).cells
    return [cell.id for cell in found if cell.cell_type == "code"]


def run(page, address, stem):
    """The seconds of each cell of a page, by its id."""
    page.goto(f"{address}/chapters/{stem}.html")
    page.get_by_role("button", name="Run all").click()
    said = page.wait_for_function(RAN, timeout=1_200_000).json_value()
    seconds = [re.search(r"ran after ([\d.]+) s", words) for words in said]
    return {name: float(one[1]) for name, one in zip(cells(stem), seconds, strict=True) if one}


def main(arguments):
    stems = [x for x in arguments if x != "--record"]
    stems = stems or [path.stem for path in notebooks() if path.stem != inpage.NOT_HERE]
    rows = []
    with serve.host(SITE) as server, sync_playwright() as playwright:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for stem in stems:
            page = browser.new_page()
            found = run(page, f"http://127.0.0.1:{server.server_port}", stem)
            heap = page.evaluate("import(new URL(live.cells, location)).then(m => m.memory())")
            print(f"{stem:20} {sum(found.values()):6.1f} s, {heap / 2**20:4.0f} MiB", flush=True)
            for name, seconds in found.items():
                if seconds >= LONG:
                    rows.append({"chapter": stem, "cell": name, "seconds": seconds})
            page.close()
        browser.close()
        server.shutdown()
    if "--record" in arguments:
        record.keep("inpage", rows)


if __name__ == "__main__":
    main(sys.argv[1:])
