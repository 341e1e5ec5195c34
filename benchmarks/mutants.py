"""Mutants of the library: one change each, and whether a test notices it.

    python -m benchmarks.mutants [--record]

mutmut changes a sign, a number, a comparison, an argument, and runs the tests that reach the line.
`pip install -e .[mutants]` brings mutmut; a run takes one to two hours. With --record the figures go to
chapters/measurements/mutants.csv. Exit 1 if a mutant
survives that survivors.yml does not explain.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import yaml

from benchmarks import record
from book.export import ROOT

TESTS = [
    "chain_rule", "depth", "dialects", "docstrings", "gradients", "input", "numbers", "properties",
    "training", "verdicts", "wrong_variants",
]  # fmt: skip
CONFIGURATION = """[mutmut]
timeout_multiplier=3
source_paths=
    nnlib/
pytest_add_cli_args_test_selection=
    tests/
pytest_add_cli_args=
    -x
    -q
    -W
    error
    -p
    no:cacheprovider
    -m
    not slow
[tool:pytest]
markers=
    slow: takes long, and notices what others notice too
"""
# That a property fails is enough: its smallest case is not looked for.
CONFTEST = """from hypothesis import Phase, settings

settings.register_profile("mutants", settings.get_profile("default"), phases=[Phase.generate])
settings.load_profile("mutants")
"""
# Written into the source: what runs before mutmut chooses a mutant, and what its calls stand between.
IN_SOURCE = "_operation", "stacklevel"
NOTICED = ("killed", "timeout", "segfault")
SURVIVORS = Path(__file__).with_name("survivors.yml")


def prepare(folder):
    """A project of the library and the tests that need nothing else."""
    ignored = shutil.ignore_patterns("__pycache__", "*.pyi")
    shutil.copytree(ROOT / "nnlib", folder / "nnlib", ignore=ignored)
    (folder / "tests").mkdir()
    for test in ("networks", *(f"test_{name}" for name in TESTS)):
        shutil.copy(ROOT / "tests" / f"{test}.py", folder / "tests")
    (folder / "tests" / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (folder / "setup.cfg").write_text(CONFIGURATION, encoding="utf-8")


def mutmut(folder, *arguments):
    command = [sys.executable, "-m", "mutmut", *arguments]
    one_thread = os.environ | {"OPENBLAS_NUM_THREADS": "1"}  # each of the two processes
    return subprocess.run(command, cwd=folder, env=one_thread, capture_output=True, text=True)


def results(folder):
    """What happened to each mutant, by name."""
    said = mutmut(folder, "results", "--all", "true").stdout
    return dict(re.findall(r"^\s*(nnlib\.\S+): (.+)$", said, re.M))


def change(folder, name):
    """The line before and after, as survivors.yml has it."""
    shown = mutmut(folder, "show", name).stdout
    lines = [re.findall(rf"^\{sign}(?![-+])(.*)", shown, re.M) for sign in "-+"]
    return " → ".join(" ".join(" ".join(part).split()) for part in lines)


def is_noticed_in_source(folder, name):
    """Whether a test fails when the mutant is written into the source."""
    source = folder / "nnlib" / f"{name.split('.')[1]}.py"
    original = source.read_text(encoding="utf-8")
    mutmut(folder, "apply", name)
    if source.read_text(encoding="utf-8") == original:
        raise RuntimeError(f"{name} was not applied")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-W", "error", "tests"]
    run = subprocess.run(command, cwd=folder, capture_output=True)
    source.write_text(original, encoding="utf-8")
    return run.returncode != 0


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        prepare(folder)
        run = mutmut(folder, "run", "--max-children", "2")
        found = results(folder)
        if not found:
            sys.exit(run.stdout[-3000:] + run.stderr[-3000:])
        for name, outcome in found.items():
            if outcome == "survived":
                what = name + change(folder, name)
                if any(word in what for word in IN_SOURCE) and is_noticed_in_source(folder, name):
                    found[name] = "killed"
        known = yaml.safe_load(SURVIVORS.read_text(encoding="utf-8")) if SURVIVORS.exists() else []
        explained = Counter(mutant for group in known for mutant in group["mutants"])
        alive = [
            f"{name.split('.')[1]}: {change(folder, name)}"
            for name, outcome in found.items()
            if outcome not in NOTICED
        ]
    print(dict(Counter(found.values())))
    unknown = list((Counter(alive) - explained).elements())
    print("Not explained:", *unknown, sep="\n")
    print("Explained, but noticed:", *(explained - Counter(alive)).elements(), sep="\n")
    dead = len(found) - len(alive)
    rows = [
        {
            "mutants": len(found), "noticed": dead, "share": f"{dead / len(found):.1%}",
            "survive": len(alive), "explained": len(alive) - len(unknown),
        }
    ]  # fmt: skip
    print(rows[0])
    record.keep("mutants", rows)
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
