"""The whole book as a PDF, printed from the site's own pages by Chromium.

    python -m book.pdf [site]     print _build/html into it, and put the link on its front page

All pages become one document, so that links between them lead to places in it. It is printed
twice: the first time tells on which page each chapter starts, and the second has the list.
"""

import io
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import pikepdf
import yaml
from bs4 import BeautifulSoup
from playwright.sync_api import sync_playwright
from pypdf import PdfReader

from book.downloads import PDF_LINK
from book.export import ROOT

SITE = ROOT / "_build" / "html"
PDF = "backpropagation-executed.pdf"
REPEATED = re.compile(r"reference/equations_\d\d\.html")  # the formulas of the chapters again
STYLE = """
@page { size: A4; margin: 20mm 18mm 22mm; @bottom-center { content: counter(page); } }
@page :first { @bottom-center { content: none; } }
html { font-size: 11.5pt; }
article { font-size: 11.5pt; }
article.page { break-before: page; }
h1, h2, h3, h4 { break-after: avoid; }
div.cell { margin-inline: 0 !important; }
p, ul, ol, dl, table, pre, a { break-inside: auto; break-before: auto; orphans: 2; widows: 2; }
div.math, figure, div.admonition, div.graph, tr { break-inside: avoid !important; }
div.cell_input, div.cell_output, pre { break-inside: auto; box-decoration-break: clone; orphans: 3; widows: 3; }
* { content-visibility: visible !important; }
div.math .katex-display { overflow: visible; background: none; }
article[role="main"] .highlight pre, .cell_output pre {
  font-size: 8.6pt; white-space: pre-wrap; overflow-wrap: anywhere; overflow: visible; background-image: none;
}
article[role="main"] .table-wrapper.container, .graph details { overflow: visible; background: none; }
table.docutils { font-size: 8.6pt; }
table.docutils :is(td, th) { overflow-wrap: anywhere; }
.headerlink, .graph-controls { display: none !important; }
.export-mark { font-size: 7.5pt; }
article .sig { margin: 0 !important; }  /* what begins left of the sheet is no target of links */
nav.listing { break-before: page; }
.title-page { break-after: page; }
.title-page h1 { font-size: 40pt; line-height: 1.1; margin-bottom: 8mm; }
.title-page p.edition { font-size: 10pt; }
.title-page svg { max-height: 125mm; }
nav.listing ol { list-style: none; padding: 0; }
nav.listing li { display: flex; align-items: baseline; gap: 0.4em; margin: 0.15rem 0; }
nav.listing li.part { margin-top: 0.7rem; font-weight: 600; }
nav.listing li a { color: inherit; text-decoration: none; }
nav.listing li .dots { flex: 1; border-bottom: 1px dotted #888; }
"""


def in_order(site):
    """(part, page) for every page, as the list at the left of the site has them."""
    index = BeautifulSoup((site / "index.html").read_text(encoding="utf-8"), "html.parser")
    part = None
    for element in index.select_one(".sidebar-tree").find_all(["p", "a"]):
        if element.name == "p":
            part = element.text.strip()
        else:
            yield part, element["href"]


def anchor(page, fragment=""):
    """The id that a place on a page has in the whole document."""
    return re.sub(r"[^\w-]", "-", page.removesuffix(".html")) + (
        f"--{fragment}" if fragment else ""
    )


def article(site, page, pages):
    """The text of a page, with ids and links that hold in the whole document."""
    soup = BeautifulSoup((site / page).read_text(encoding="utf-8"), "html.parser")
    text = soup.select_one("article")
    text["class"], text["id"] = ["page"], anchor(page)
    for element in text.select("script, button, details.source, .run, .live"):
        element.decompose()
    for details in text.find_all("details"):
        details["open"] = ""
    for element in text.find_all(lambda tag: tag.get("id") and not tag.find_parent("svg")):
        element["id"] = anchor(page, element["id"])
    for image in text.find_all("img"):
        image["src"] = target(image["src"], page, pages)
        del image["loading"]
    for link in text.find_all("a", href=True):
        link["href"] = target(link["href"], page, pages)
        if not re.match(r"#|[a-z]+:", link["href"]):  # what is not in the book
            del link["href"]
    return text


def target(address, page, pages):
    """Where a link leads: to a place in the document, to a file, or outside."""
    if re.match(r"[a-z]+:|//", address):
        return address
    path, _, fragment = address.partition("#")
    path = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
    return f"#{anchor(path, fragment)}" if path in pages else path


def contents(listed, titles, starts):
    """The list of all pages, by part, with the number of the sheet on which each starts."""
    yield '<nav class="listing"><h2>Contents</h2><ol>'
    part = None
    for name, page in listed:
        if name != part:
            part = name
            yield f'<li class="part">{part}</li>' if part else ""
        number = starts.get(anchor(page), "")
        yield (
            f'<li><a href="#{anchor(page)}">{titles[page]}</a><span class="dots"></span>'
            f'<a href="#{anchor(page)}">{number}</a></li>'
        )
    yield "</ol></nav>"


def edition():
    """Which version of the book this is, and when it was released."""
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    return f"Version {cited['version']}, {cited['date-released']:%-d %B %Y}"


def document(site, starts):
    """All pages of the site as one page."""
    listed = [(part, page) for part, page in in_order(site) if not REPEATED.fullmatch(page)]
    pages = {page for _, page in listed} | {"index.html"}
    front = article(site, "index.html", pages)
    title = front.h1.extract().get_text().rstrip("#")
    articles = {page: article(site, page, pages) for _, page in listed}
    titles = {page: text.h1.get_text().rstrip("#") for page, text in articles.items()}
    index = BeautifulSoup((site / "index.html").read_text(encoding="utf-8"), "html.parser")
    styles = "".join(map(str, index.select("head style, head link[rel=stylesheet]")))
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
{styles}<style>{STYLE}</style></head>
<body data-theme="light"><article role="main">
<div class="title-page"><h1>{title}</h1><p class="edition">{edition()}</p>
{front.section.p.extract()}{front.figure.extract()}</div>
{"".join(contents(listed, titles, starts))}
{front}{"".join(map(str, articles.values()))}</article></body></html>"""


def print_document(browser, folder, text):
    """The document as a PDF, with bookmarks, tags and the numbers of its sheets."""
    path = folder / "book.html"
    path.write_text(text, encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri(), wait_until="networkidle")
    page.evaluate("document.fonts.ready")
    content = page.pdf(prefer_css_page_size=True, print_background=True, outline=True, tagged=True)
    page.close()
    return content


def starts_in(content):
    """On which sheet each page of the site starts."""
    reader = PdfReader(io.BytesIO(content))
    return {
        name.lstrip("/"): reader.get_destination_page_number(place) + 1
        for name, place in reader.named_destinations.items()
    }


def make(site, executable):
    """Write the PDF into the site and offer it on the front page."""
    with tempfile.TemporaryDirectory(dir=site.parent) as folder, sync_playwright() as playwright:
        folder = Path(folder)
        for name in ("_static", "_images"):
            (folder / name).symlink_to(site / name)
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        first = starts_in(print_document(browser, folder, document(site, {})))
        content = print_document(browser, folder, document(site, first))
        browser.close()
    if starts_in(content) != first:
        raise RuntimeError("the list of contents does not fit the pages it lists")
    with pikepdf.open(io.BytesIO(content)) as printed:  # a third of what Chromium writes
        printed.save(site / PDF, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    index = site / "index.html"
    link = f' and <a href="{PDF}">the book as a PDF</a>'
    index.write_text(index.read_text(encoding="utf-8").replace(PDF_LINK, link), encoding="utf-8")
    return len(PdfReader(io.BytesIO(content)).pages)


if __name__ == "__main__":
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not executable:
        sys.exit(
            "The PDF is printed by Chromium, and none was found (on Debian: apt install chromium)."
        )
    site = Path(sys.argv[1]) if len(sys.argv) > 1 else SITE
    print(f"{make(site, executable)} pages: {site / PDF}")
