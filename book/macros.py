"""Repeat macros.yml in the first cell of every notebook, where JupyterLab reads it.

python -m book.macros            write the cells
"""

from pathlib import Path

import nbformat
import yaml

from book.contents import CHAPTERS

MACROS = Path(__file__).with_name("macros.yml")


def load():
    """The macros as a dictionary from name to LaTeX."""
    return yaml.safe_load(MACROS.read_text(encoding="utf-8"))


def macros_cell():
    """The first cell of every notebook: the macros as MyST front matter."""
    text = yaml.safe_dump({"math": load()}, allow_unicode=True, sort_keys=False, width=1000)
    metadata = {"tags": ["remove-cell"]}
    return nbformat.v4.new_markdown_cell(f"---\n{text}---", id="macros", metadata=metadata)


def main():
    for path in sorted(CHAPTERS.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        others = [cell for cell in notebook.cells if cell.id != "macros"]
        if [macros_cell(), *others] != notebook.cells:
            notebook.cells = [macros_cell(), *others]
            nbformat.write(notebook, path)


if __name__ == "__main__":
    main()
