"""Where measurements are kept: chapters/measurements/NAME.csv, and which machine made them.

A benchmark prints what it measures, and writes it there if it is called with --record.
"""

import csv
import os
import platform
import sys
import time
from importlib import metadata

from book.contents import CHAPTERS

FOLDER = CHAPTERS / "measurements"


def version(package):
    """The version of an installed package, or None."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def machine():
    """What the machine is, in words."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    python = f"Python {platform.python_version()}, NumPy {version('numpy')}"
    return f"{os.cpu_count()} cores of {names[0]}, {platform.system()}, {python}"


def keep(name, rows):
    """Write rows, dictionaries that may lack some values, below a line about the machine."""
    if "--record" not in sys.argv:
        return
    FOLDER.mkdir(exist_ok=True)
    fields = list(dict.fromkeys(key for row in rows for key in row))
    with open(FOLDER / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
        file.write(f"# {time.strftime('%Y-%m-%d')}, {machine()}\n")
        writer = csv.DictWriter(file, fields, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
