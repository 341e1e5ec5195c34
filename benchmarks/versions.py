"""The library's tests with several versions of Python and NumPy, each in a new environment.

    python -m benchmarks.versions [--record] python3.11 python3.12 ...

The wheel is built and installed, with some versions of NumPy from 2.0 that have a wheel for that
Python, and with the newest. Needs the package registry. With --record the table goes to
chapters/measurements/versions.csv.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import record
from benchmarks.mutants import TESTS
from book.export import ROOT

NUMPY = ["2.0.2", "2.1.3", "2.3.5", None]  # None is the newest
NEEDED = ["pytest", "hypothesis", "autograd"]


def pip(python, *arguments):
    command = [python, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def wheel(folder):
    command = ["wheel", "--no-deps", "--wheel-dir", folder, ROOT]
    made = pip(sys.executable, *command)
    if made.returncode:
        sys.exit(made.stderr)
    return next(Path(folder).glob("*.whl"))


def try_out(python, numpy, wheel, folder):
    """A row of the table: what happened to the tests."""
    environment = Path(folder) / "environment"
    subprocess.run([python, "-m", "venv", "--clear", environment], check=True)
    inside = environment / "bin" / "python"
    name = f"numpy=={numpy}" if numpy else "numpy"
    pinned = [
        line
        for line in (ROOT / "book" / "constraints.txt").read_text(encoding="utf-8").split()
        if "==" in line
    ]
    needed = [line for line in pinned if re.split("==", line)[0] in NEEDED]
    done = pip(inside, "install", "--only-binary", ":all:", name, wheel, *needed)
    version = subprocess.run([inside, "-V"], capture_output=True, text=True).stdout.split()[1]
    if done.returncode:
        return {"Python": version, "NumPy": numpy or "newest", "tests": "no wheel"}
    code = "import numpy; print(numpy.__version__)"
    found = subprocess.run([inside, "-c", code], capture_output=True, text=True).stdout.strip()
    tests = Path(folder) / "tests"
    shutil.rmtree(tests, ignore_errors=True)
    tests.mkdir()
    for test in ("networks", *(f"test_{name}" for name in TESTS)):
        shutil.copy(ROOT / "tests" / f"{test}.py", tests)
    command = [inside, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", "."]
    run = subprocess.run(command, cwd=tests, capture_output=True, text=True)
    said = run.stdout.strip().splitlines()[-1].strip("= ")
    if run.returncode:
        print(run.stdout[-3000:], file=sys.stderr)
    return {"Python": version, "NumPy": found, "tests": re.sub(r" in .*", "", said)}


def main(pythons):
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        made = wheel(folder)
        for python in pythons or ["python3"]:
            for numpy in NUMPY:
                row = try_out(python, numpy, made, folder)
                if row not in rows:
                    rows.append(row)
                    print(row, flush=True)
    record.keep("versions", rows)


if __name__ == "__main__":
    main([argument for argument in sys.argv[1:] if argument != "--record"])
