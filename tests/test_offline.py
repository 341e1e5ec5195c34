"""The service worker: offline, an interrupt that keeps what Python knows, an update, and its removal."""

import os
import shutil
import threading

import pytest

from book import inpage, serve

pytestmark = pytest.mark.site
KEPT = """() => caches.keys().then(async names => {
  const all = await Promise.all(names.map(async name => (await caches.open(name)).keys()));
  return all.flat().map(request => new URL(request.url).pathname);
})"""
STATUS = "() => /^(ran|stopped)/.test(document.querySelector('p.live [role=status]').textContent)"


def replace(path, text):
    path.unlink()  # it is a link to the file of the site
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def copy(site_with_python, tmp_path):
    """The site where a test can change it."""
    return shutil.copytree(site_with_python, tmp_path / "site", copy_function=os.link)


@pytest.fixture
def page(browser, copy):
    with serve.host(copy) as server, browser.new_context() as context:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"http://127.0.0.1:{server.server_port}/chapters/05_relu.html")
        yield page
        server.shutdown()


def run(page, code):
    """What the first cell of the page shows."""
    cell = page.locator(".cell").nth(0)
    page.evaluate("document.querySelector('.cell details.hide').open = true")  # it is folded
    if not cell.locator(".cm-content").count():
        cell.get_by_role("button", name="Edit").click()
    cell.get_by_role("textbox").fill(code)
    cell.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_function(STATUS)
    return cell.locator(".cell_output").inner_text().strip()


def wait(page, holds):
    """Until something holds of the paths that are kept."""
    for _ in range(600):
        if holds(page.evaluate(KEPT)):
            return
        page.wait_for_timeout(100)
    pytest.fail(f"after a minute these are kept: {page.evaluate(KEPT)}")


def visit(page, holds):
    """Until something holds of the paths that are kept: a newer worker is looked for after a visit, when the browser likes."""
    for _ in range(12):
        page.reload()
        for _ in range(50):
            if holds(page.evaluate(KEPT)):
                return
            page.wait_for_timeout(100)
    pytest.fail(f"after twelve visits these are kept: {page.evaluate(KEPT)}")


def test_a_reader_who_runs_nothing_has_no_service_worker(page):
    page.wait_for_timeout(500)
    assert not page.evaluate("navigator.serviceWorker.getRegistrations().then(all => all.length)")


def test_what_has_run_runs_without_a_network_and_goes_when_asked(page, copy):
    assert run(page, "import numpy as np; print(1)") == "1"
    wait(page, lambda kept: {"05_relu.html", "worker.js"} <= {path.split("/")[-1] for path in kept})
    wait(page, lambda kept: any("numpy" in path for path in kept))

    page.reload()
    assert page.evaluate("crossOriginIsolated")
    assert run(page, "import numpy as np; known = 7; print(known)") == "7"
    cell = page.locator(".cell").nth(0)
    cell.get_by_role("textbox").fill("while True: pass")
    cell.get_by_role("button", name="Run", exact=True).click()
    page.locator("p.live [role=status]", has_text="runs").wait_for()
    cell.get_by_role("button", name="Stop").click()
    page.wait_for_function(STATUS)
    assert cell.locator(".cell_output").inner_text().strip() == "Stopped."
    assert run(page, "print(known)") == "7"  # Python has gone on

    path = copy / "chapters" / "05_relu.html"
    replace(path, path.read_text(encoding="utf-8").replace("</span>ReLU<", "</span>Changed<"))
    page.reload()
    assert page.locator("h1").inner_text().startswith("5. Changed")

    page.context.set_offline(True)
    assert page.evaluate("fetch('/never-seen').then(() => 'answered', () => 'silent')") == "silent"
    page.reload()
    assert page.locator("h1").inner_text().startswith("5. Changed")
    assert run(page, "import numpy as np; print(np.sqrt(4))") == "2.0"
    page.context.set_offline(False)

    worker = copy / "sw.js"
    newer = worker.read_text(encoding="utf-8").replace('["live-', '["live-new", "live-')
    replace(worker, newer.replace(inpage.PYTHON, "python-new"))
    visit(page, lambda kept: kept and not any("/python-" in path for path in kept))

    replace(worker, inpage.service_worker(offline=False))
    visit(page, lambda kept: not kept)
    page.reload()
    assert not page.evaluate("crossOriginIsolated")
    assert not page.evaluate("navigator.serviceWorker.getRegistrations().then(all => all.length)")


def test_a_full_disk_and_a_second_page_do_no_harm(page):
    page.context.add_init_script("Cache.prototype.add = () => Promise.reject(Error('full'))")
    second = page.context.new_page()
    second.goto(page.url)
    assert run(page, "a = 1; print(a)") == "1" and run(second, "a = 2; print(a)") == "2"
    assert run(page, "print(a)") == "1"
