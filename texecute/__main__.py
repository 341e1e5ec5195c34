"""Check the displayed formulas of documents.

    python -m texecute FILE.ipynb|FILE.md ... [--notation FILE.toml] [--json]

Exit 1 if a formula is false, or could not be read or tested.
"""

import argparse
import json
import sys

from texecute.latex import FormulaError
from texecute.project import Project
from texecute.report import FINE, as_dict, as_text, summary


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m texecute", description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="+", metavar="FILE", help="a notebook or a Markdown file")
    parser.add_argument("--notation", metavar="FILE", help="a TOML file: what the letters mean")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    options = parser.parse_args(arguments)
    try:
        found = Project(notation=options.notation).check_all(options.files)
    except FormulaError as error:
        print(error, file=sys.stderr)
        return 2
    results = [result for results in found.values() for result in results]
    if options.json:
        print(json.dumps([as_dict(result) for result in results], indent=1, ensure_ascii=False))
    else:
        for result in results:
            print(as_text(result, colour=sys.stdout.isatty()))
        print(summary(results))
    return int(any(result.verdict not in FINE for result in results))


if __name__ == "__main__":
    sys.exit(main())
