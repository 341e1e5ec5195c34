"""The site, built once for all tests, and a browser to look at it."""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from book import equations, inpage, serve
from book.contents import CHAPTERS, ROOT

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def pytest_configure(config):
    if os.environ.get("NEEDS_BROWSER") and CHROMIUM is None:
        raise pytest.UsageError("NEEDS_BROWSER is set, but there is no chromium to be found.")


def build(out, **addresses):
    """Build the site below a folder, without a warning, with these addresses and no others."""
    environment = os.environ | {"BOOK_REPOSITORY": "", "BOOK_SITE": ""} | addresses
    command = [Path(sys.executable).parent / "jupyter-book", "build", ROOT, "--path-output", out]
    log = out / "log"  # a file, not a pipe, which a process left over would keep open
    with open(log, "w", encoding="utf-8") as file:
        run = subprocess.run(
            [*command, "-W", "--keep-going", "-n", "--all"],
            env=environment,
            stdout=file,
            stderr=file,
            timeout=600,
        )
    text = log.read_text(encoding="utf-8")
    assert run.returncode == 0, text[-5000:]
    assert "WARNING: " not in text.replace("[IPKernelApp] WARNING", "")
    return out / "_build" / "html"


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The built site; of several processes the first one builds it and the others wait."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    with open(shared / "site.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        out = shared / "site"
        if not out.exists():
            try:
                equations.load()
            except ValueError:  # no run yet, or a stale one
                subprocess.run([sys.executable, "-m", "book.equations"], cwd=ROOT, check=True)
            out.mkdir()
            build(out)
    return out / "_build" / "html"


@pytest.fixture(scope="session")
def site_with_python(site):
    """The built site, where its pages can run Python."""
    if not inpage.available():
        pytest.skip("no Python for the pages: run make python")
    return site


@pytest.fixture(scope="session")
def address(site):
    """Where the site is served on this machine."""
    with serve.host(site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip("no chromium found (on Debian: apt install chromium), so no page is looked at")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def jupyter(folder, *flags, **options):
    """A Jupyter server on a copy of the chapters; its address."""
    shutil.copytree(CHAPTERS, folder / "chapters")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options |= {
        "ip": "127.0.0.1",
        "port": port,
        "allow_root": True,
        "open_browser": False,
        "root_dir": folder,
    }
    command = [Path(sys.executable).parent / "jupyter-lab", *flags]
    command += [f"--ServerApp.{name}={value}" for name, value in options.items()]
    own = {
        name: str(folder / name)
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    with open(folder / "log", "w", encoding="utf-8") as log:
        server = subprocess.Popen(command, env=os.environ | own, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{address}/api", timeout=5).close()
                break
            except OSError:
                time.sleep(0.5)
        else:
            pytest.fail((folder / "log").read_text(encoding="utf-8")[-3000:])
        yield address
    finally:  # also when the test that uses it fails
        server.terminate()
        try:
            server.wait(timeout=60)  # it ends the kernels first
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
