"""README's example runs as it stands and prints what README says; its commands exist."""

import os
import re
import subprocess
import sys

from book.export import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_example_prints_what_readme_says(tmp_path):
    code, expected = re.search(r"```python\n(.*?)```\s+```text\n(.*?)```", README, re.S).groups()
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert (run.stdout, run.stderr) == (expected, "")


def test_commands_and_folders_exist():
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    named = re.findall(r"(?:^|`)make ([\w-]+)", README, re.M)
    assert len(named) > 5 and set(named) <= set(targets)
    folders = re.findall(r"^\| `(\w+)/`", README, re.M)
    assert len(folders) >= 4 and all((ROOT / folder).is_dir() for folder in folders)


def test_old_python_gets_one_clear_line(tmp_path):
    old = tmp_path / "python3"
    old.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo Python 3.10.2\nexit 1\n', encoding="utf-8"
    )
    old.chmod(0o755)
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        (tmp_path / name).write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
    for name in ("book/constraints.txt", "texecute/pyproject.toml"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    outside = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    run = subprocess.run(
        ["make", "book", f"PYTHON={old}"], cwd=tmp_path, env=outside, capture_output=True, text=True
    )
    assert run.returncode != 0 and not (tmp_path / ".venv").exists()
    assert run.stdout.splitlines() == [
        f"This book needs Python 3.11 or newer. {old} is Python 3.10.2; PYTHON=... names another."
    ]
