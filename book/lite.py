"""JupyterLab without a server: the notebooks in lite/ of the site, run by the pages' own Python.

JupyterLite serves the copies of the notebooks. Each begins with a cell that unpacks what the
notebooks import, from the zip of the pages. Files that a reader saves stay in the browser.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from book import copies, inpage
from book.assemble import FOLDER
from book.contents import notebooks

LABEXTENSIONS = Path(sys.prefix, "share", "jupyter", "labextensions")
KERNEL = LABEXTENSIONS / "@jupyterlite" / "pyodide-kernel-extension"
UNPACK = """# This notebook runs in your browser: unpack what belongs to it.
import io, os, sys, zipfile
from js import location
from pyodide.http import pyfetch
site = location.href.partition("/lite/")[0]
archive = await (await pyfetch(f"{{site}}/_static/{folder}/book.zip")).bytes()
zipfile.ZipFile(io.BytesIO(archive)).extractall("/book")
os.chdir("/book/chapters")
sys.path[:0] = ["/book/chapters", "/book"]
import logging
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)"""


def settings():
    """What JupyterLite is told: where Python lies, and which packages a notebook has at once."""
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": "Backpropagation, Executed",
            "litePluginSettings": {
                "@jupyterlite/pyodide-kernel-extension:kernel": {
                    "pyodideUrl": f"../../_static/{inpage.PYTHON}/pyodide.js",
                    "loadPyodideOptions": {"packages": ["numpy", "matplotlib"]},
                }
            },
        },
    }


def files(site):
    """The notebooks and the settings, by path."""
    first = UNPACK.format(folder=inpage.live_folder())
    found = {
        f"contents/{path.name}": copies.copy(path, site, first)
        for path in notebooks()
        if inpage.whole(path)
    }
    return found | {"jupyter-lite.json": json.dumps(settings())}


def build(out, made):
    """Write JupyterLite with these files."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "contents").mkdir()
        for name, text in made.items():
            (folder / name).write_text(text, encoding="utf-8")
        options = {
            "LiteBuildConfig": {
                "apps": ["lab"],
                "contents": [str(folder / "contents")],
                "output_dir": str(out),
                "no_sourcemaps": True,
                "no_unused_shared_packages": True,
                "lite_dir": str(folder),
                "ignore_sys_prefix": ["federated_extensions"],  # of what else is installed
                "federated_extensions": [str(KERNEL)],
                "source_date_epoch": int(os.environ.get("SOURCE_DATE_EPOCH", "315532800")),
            },
            "PipliteAddon": {"piplite_urls": sorted(map(str, (FOLDER / "pure").glob("*.whl")))},
        }
        (folder / "jupyter_lite_config.json").write_text(json.dumps(options), encoding="utf-8")
        command = [Path(sys.executable).parent / "jupyter", "lite", "build"]
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if result.returncode:
            raise RuntimeError(result.stdout[-2000:] + result.stderr[-2000:])


def write(app, exception):
    if exception or app.builder.name != "html" or not inpage.available():
        return
    out = Path(app.outdir, "lite")
    made = files(app.config.course_address["site"])
    digest = hashlib.sha256(json.dumps(made).encode()).hexdigest()
    mark = out / "made.txt"
    if not mark.exists() or mark.read_text("utf-8") != digest:
        shutil.rmtree(out, ignore_errors=True)
        build(out, made)
        mark.write_text(digest, encoding="utf-8")


def setup(app):
    app.connect("build-finished", write, priority=600)  # after inpage has written its files
    return {"parallel_read_safe": True, "parallel_write_safe": True}
