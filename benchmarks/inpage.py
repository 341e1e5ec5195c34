"""Seconds that each cell takes in a browser, and what a first press costs.

    python -m benchmarks.inpage [--record] [page ...]
    python -m benchmarks.inpage --start

The built site is run in Chromium, page by page. With --record the cells that take at least five
seconds go to chapters/measurements/inpage.csv, and the pages say so beside their buttons.

--start measures from the press to a first result, a figure and a checked formula, with an empty
cache and a full one, and again as on a phone: a line of 1.6 Mbit/s with 150 ms, which is Lighthouse's
slow one, and Chromium four times slower, because it is halted for three quarters of the time.
"""

import os
import re
import shutil
import signal
import sys
import threading
import time
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks import record
from book import inpage, serve
from book.contents import ROOT, notebooks

SITE = ROOT / "_build" / "html"
LONG = 5.0  # seconds
RAN = """() => {
  const all = [...document.querySelectorAll("p.live [role=status]")].map(e => e.textContent);
  return /^(ran|stopped|Python could|cell \\d+ above went)/.test(all.at(-1)) && all;
}"""


def cells(stem):
    return [cell.id for cell in inpage.cells_of(stem)]


def run(page, address, stem):
    """The seconds of each cell of a page, by its id."""
    page.goto(f"{address}/chapters/{stem}.html")
    page.get_by_role("button", name="Run all").click()
    said = page.wait_for_function(RAN, timeout=1_200_000).json_value()
    seconds = [re.search(r"ran after ([\d.]+) s", words) for words in said]
    return {name: float(one[1]) for name, one in zip(cells(stem), seconds, strict=True) if one}


class Line(serve.StaticHost):
    """A host at the end of a line, which counts what is sent."""

    sent, rate, latency, turn = 0, None, 0.15, threading.Lock()

    def answer(self, status, path):
        if Line.rate:
            time.sleep(Line.latency)
        return super().answer(status, path)

    def setup(self):
        super().setup()
        write = self.wfile.write

        def slowly(content):
            for begin in range(0, len(content), 16384):
                part = content[begin : begin + 16384]
                with Line.turn:
                    Line.sent += len(part)
                    if Line.rate:
                        time.sleep(len(part) / Line.rate)
                write(part)

        self.wfile.write = slowly


def descendants(pid):
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield int(child)
            yield from descendants(child)


@contextmanager
def slowed():
    """All processes below this one run for 5 ms and stand still for 15."""
    going = True

    def halt():
        while going:
            found = [pid for pid in descendants(os.getpid()) if is_chromium(pid)]
            for name, pause in ((signal.SIGSTOP, 0.015), (signal.SIGCONT, 0.005)):
                for pid in found:
                    with suppress(ProcessLookupError):
                        os.kill(pid, name)
                time.sleep(pause)

    thread = threading.Thread(target=halt)
    thread.start()
    try:
        yield
    finally:
        going = False
        thread.join()


def is_chromium(pid):
    with suppress(OSError):
        return "chrom" in Path(f"/proc/{pid}/comm").read_text()
    return False


def press(page, address):
    """Seconds from the press to the first result, to a figure, to a checked formula and the next."""
    page.set_default_timeout(600_000)
    cells = inpage.cells_of("05_relu")
    figure = next(n for n, cell in enumerate(cells) if "plt.show()" in cell.source)
    times = []
    page.goto(f"{address}/chapters/05_relu.html", wait_until="load")
    begin = time.perf_counter()
    for place in (0, figure):
        page.locator("p.live").nth(place).get_by_role("button", name="Run").click()
        ran = "n => /^ran/.test(document.querySelectorAll('p.live [role=status]')[n].textContent)"
        page.wait_for_function(ran, arg=place)
        times.append(time.perf_counter() - begin)
    page.goto(f"{address}/reference/own.html", wait_until="load")
    for change in (None, " + 0"):
        if change:
            page.locator(".own textarea").press_sequentially(change)
        page.evaluate("document.querySelector('.own .status').textContent = ''")
        begin = time.perf_counter()
        page.get_by_role("button", name="Check every step").click()
        page.wait_for_function("/\\(\\d/.test(document.querySelector('.own .status').textContent)")
        times.append(time.perf_counter() - begin)
    return times


def start(browser):
    print(f"{'':34}{'MB':>7}{'result':>8}{'figure':>8}{'formula':>9}{'next':>7}   seconds")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Line, directory=str(SITE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    for name, rate, slow in (
        ("this machine", None, False),
        ("a phone's line and processor", 200_000, True),
    ):
        context = browser.new_context(service_workers="block")
        for cache in ("cold", "warm"):
            Line.rate, Line.sent = rate, 0
            page = context.new_page()
            with slowed() if slow else nullcontext():
                times = press(page, address)
            page.close()
            numbers = "".join(f"{x:{w}.1f}" for x, w in zip(times, (8, 8, 9, 7), strict=True))
            print(f"{name + ', ' + cache:34}{Line.sent / 1e6:7.1f}{numbers}", flush=True)
        context.close()
    server.shutdown()


def main(arguments):
    if arguments == ["--start"]:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            start(browser)
            browser.close()
        return
    stems = [x for x in arguments if x != "--record"]
    stems = stems or [path.stem for path in notebooks()]
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
