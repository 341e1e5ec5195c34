"""The book as a PDF: whole, with links, bookmarks and a list of contents that is right."""

import os
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from conftest import CHROMIUM
from pypdf import PdfReader

from book import equations, pdf
from book.contents import CHAPTERS, ROOT

pytestmark = [pytest.mark.site, pytest.mark.slow]


@pytest.fixture(scope="module")
def printed(site, tmp_path_factory):
    """The site with its PDF, and the text of each sheet."""
    if CHROMIUM is None:
        pytest.skip("no chromium found (on Debian: apt install chromium), so no PDF is printed")
    copy = tmp_path_factory.mktemp("pdf") / "html"
    shutil.copytree(site, copy)
    # In a process of its own: this one may have a browser already.
    subprocess.run(
        [sys.executable, "-m", "book.pdf", copy],
        cwd=ROOT,
        env=os.environ | {"CHROMIUM": CHROMIUM},
        check=True,
    )
    reader = PdfReader(copy / pdf.PDF)
    assert len(reader.pages) > 150 and (copy / pdf.PDF).stat().st_size < 8_000_000
    return copy, reader, [page.extract_text() for page in reader.pages]


def test_it_is_offered_on_the_front_page(printed, site):
    link = f'href="{pdf.PDF}"'
    assert link in (printed[0] / "index.html").read_text(encoding="utf-8")
    assert link not in (site / "index.html").read_text(encoding="utf-8")  # where it was not made


def test_the_list_of_contents_is_right(printed):
    _, reader, sheets = printed
    starts = {}
    for name, place in reader.named_destinations.items():
        starts[name.lstrip("/")] = reader.get_destination_page_number(place) + 1
    contents = "".join(text for text in sheets[:5] if "Contents" in text)
    for path in CHAPTERS.glob("[0-9]*.ipynb"):
        text = "\n".join(cell.source for cell in nbformat.read(path, 4).cells)
        title = re.search(r"^# (.*)", text, re.M)[1]
        start = starts[pdf.anchor(f"chapters/{path.stem}.html")]
        assert re.search(rf"{re.escape(title)}\W*{start}\b", contents), (title, start)
        assert title in sheets[start - 1]
    assert len(reader.outline) > 14


def test_every_link_leads_somewhere(printed):
    _, reader, _ = printed
    places, inside = set(reader.named_destinations), 0
    for page in reader.pages:
        for annotation in page.get("/Annots", ()):
            link = annotation.get_object()
            if "/Dest" in link:
                assert link["/Dest"] in places
                inside += 1
            elif "/A" in link:
                address = link["/A"]["/URI"]
                assert address.startswith("https://"), address
    assert inside > 500


def test_no_code_and_no_equation_number_is_cut(printed):
    whole = re.sub(r"\s", "", "".join(printed[2]))
    of_label = {entry["label"]: f"({entry['number']})" for entry in equations.load()["equations"]}
    for path in CHAPTERS.glob("*.ipynb"):
        for cell in nbformat.read(path, 4).cells:
            if cell.cell_type == "code" and not cell.id.startswith("exercise"):  # forms, on screen
                role = r"\(:eq:`([\w:-]+)`\)|:eq:`([\w:-]+)`"  # the page shows the number
                source = re.sub(role, lambda m: of_label[m[1] or m[2]], cell.source)
                lines = [line for line in source.splitlines() if not line.startswith("#|")]
                ends = [re.sub(r"\s", "", line)[-25:] for line in lines if len(line) > 60]
                assert all(end in whole for end in ends), ends
    page = (printed[0] / "chapters" / "10_multiclass.html").read_text(encoding="utf-8")
    numbers = re.findall(r'class="eqno"><a [^>]*>(\(10\.\d+\))', page)
    assert len(numbers) > 8 and all(number in whole for number in numbers)
