"""Write book/constraints.txt from the environment that this runs in: "make pins"."""

import re
import subprocess
import sys

from book.contents import ROOT

HEAD = "# Every package of .venv with all extras, pinned. Made by: make pins\n"


def main():
    command = [sys.executable, "-m", "pip", "freeze", "--exclude-editable"]
    frozen = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    frozen = re.sub(r"\+\w+$", "", frozen, flags=re.M)  # torch 2.13.0+cpu is torch 2.13.0 elsewhere
    (ROOT / "book" / "constraints.txt").write_text(HEAD + frozen, encoding="utf-8")


if __name__ == "__main__":
    main()
