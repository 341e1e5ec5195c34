"""The site builds without a warning, every link leads somewhere, and nothing comes from outside."""

import re
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from docutils.nodes import make_id
from fontTools.ttLib import TTFont
from sphinx.errors import ExtensionError

from book import equations, marks, reference, sources, terms
from book.contents import notebooks, numbers
from book.export import exported_cells, public_names, split_imports
from book.pages import SMALL, letters

pytestmark = pytest.mark.site


@pytest.fixture(scope="module")
def pages(site):
    paths = [
        path for path in sorted(site.rglob("*.html")) if not {"_static", "lite"} & set(path.parts)
    ]
    return {path: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for path in paths}


def chapters(pages):
    return {path: page for path, page in pages.items() if re.match(r"\d\d_", path.name)}


def notebook_pages(pages):
    made = {f"chapters/{path.stem}.html" for path in notebooks()}
    return {path: page for path, page in pages.items() if "/".join(path.parts[-2:]) in made}


def test_all_pages_are_there(site, pages):
    names = {path.relative_to(site).as_posix() for path in pages}
    assert {
        "index.html",
        "reference/index.html",
        "reference/equations.html",
        "search.html",
    } <= names
    assert len(chapters(pages)) == 15


def place(site, page, path):
    """The file that a relative address on a page leads to, or one from the root of the site."""
    folder = site if path.startswith("/") else page.parent
    return (folder / unquote(path).lstrip("/")).resolve() if path else page


def test_every_internal_link_resolves(site, pages):
    ids = {path: {tag["id"] for tag in page.find_all(id=True)} for path, page in pages.items()}
    broken, seen = [], 0
    for path, page in pages.items():
        for link in page.find_all("a", href=True):
            parts = urlsplit(link["href"])
            if parts.scheme or parts.netloc:
                continue
            target = place(site, path, parts.path)
            anchor = unquote(parts.fragment)
            seen += 1
            if anchor.startswith("at="):  # an equation that own.js begins with
                anchor = "" if anchor.removeprefix("at=") in numbers() else anchor
            known = not anchor or anchor in ids.get(target, ()) or target.suffix != ".html"
            if not target.is_file() or not known:
                broken.append((path.name, link["href"]))
    assert not broken and seen > 500


LOADING = {
    "script": "src",
    "link": "href",
    "img": "src",
    "source": "src",
    "iframe": "src",
}


def test_nothing_is_loaded_from_another_host(site, pages):
    outside = []
    for path, page in pages.items():
        for tag, attribute in LOADING.items():
            for node in page.find_all(tag, **{attribute: True}):
                if re.match(r"(https?:)?//", node[attribute]) and "canonical" not in node.get(
                    "rel", ()
                ):
                    outside.append((path.name, node[attribute]))
        for script in page.find_all("script", src=False):
            outside += [(path.name, a) for a in re.findall(r"https?:[^\"' ]*", script.text)]
    for style in [*site.glob("_static/**/*.css")]:
        for url in re.findall(
            r"(?:url\(|@import )[\"']?((?:https?:)?//[^\"')]+)",
            style.read_text(encoding="utf-8"),
        ):
            outside.append((style.name, url))
    assert not outside


def test_what_a_page_loads_is_there(site, pages):
    for path, page in pages.items():
        for tag, attribute in LOADING.items():
            for node in page.find_all(tag, **{attribute: True}):
                part = urlsplit(node[attribute])
                if not part.scheme and part.path:
                    assert place(site, path, part.path).is_file(), node
    for style in [*site.glob("_static/**/*.css")]:
        for url in re.findall(r"url\([\"']?([^\"')]+)", style.read_text(encoding="utf-8")):
            if not url.startswith(("data:", "#", "%23")):
                assert (style.parent / urlsplit(url).path).is_file(), (
                    style.name,
                    url,
                )


def test_pages_say_what_they_are_about(pages):
    for path, page in pages.items():
        (description,) = page.find_all("meta", attrs={"name": "description"})
        assert 15 < len(description["content"]) < 400, path


def test_equations_are_rendered_and_numbered_by_chapter(pages):
    total = 0
    for path, page in chapters(pages).items():
        numbers = [tag.text.strip("#¶ \n✓✗≔") for tag in page.select(".eqno")]
        chapter = int(path.name[:2])
        assert numbers == [f"({chapter}.{k})" for k in range(1, len(numbers) + 1)]
        assert len(page.select("div.math .katex-display")) == len(numbers)
        assert len(page.select("span.math .katex")) >= len(page.select("span.math")) > 5
        assert not page.select(".katex-error")
        total += len(numbers)
    assert total > 100


def test_references_became_numbers(pages):
    for path, page in chapters(pages).items():
        article = page.select_one("article")
        for code in article.find_all(["pre", "code", "annotation"]):
            code.decompose()
        for raw in ("{eq}", "$$", "```", ":::", "[?]", "#| "):
            assert raw not in article.text, f"{path.name} shows {raw}"


def test_figures_have_alternative_texts_and_captions(pages):
    shown = 0
    for path, page in pages.items():
        for figure in page.select("article figure"):
            text = (
                figure.img["alt"] if figure.img else figure.select_one("[aria-label]")["aria-label"]
            )
            assert len(text) > 40, (path.name, figure)
            parts = figure.select("details table tbody tr") or figure.select("svg a[href]")
            assert figure.img or len(parts) > 3 or figure.select_one(".moving svg[aria-label]")
            assert figure.figcaption.text.strip(), path.name
            shown += 1
        loose = [img for img in page.select("article img") if not img.find_parent("figure")]
        assert not loose
    assert shown > 20


def test_exported_cells_carry_their_module(pages):
    expected, linked = {}, []
    for module, path, _, kind, _ in exported_cells(notebooks()):
        if kind != "types":
            expected.setdefault(path.stem, []).append(f"nnlib.{module}")
    for path, page in notebook_pages(pages).items():
        marks = page.select(".export-mark")
        assert [mark.a.text for mark in marks] == expected.get(path.stem, [])
        linked += [a["href"] for mark in marks for a in mark.select("a")]
    names = {href.partition("#")[2] for href in linked} - {""}
    assert names == {f"nnlib.{module}.{name}" for module, name in made()}


def made():
    """(module, name) of everything that the chapters export."""
    for module, _, _, kind, source in exported_cells(notebooks()):
        if kind == "export":
            yield from ((module, name) for name in public_names(split_imports(source)[1]))


def test_reference_links_functions_to_equations_and_cells(pages):
    labels, entries = [], set()
    for page in pages.values():
        for entry in page.select("dl.py.function, dl.py.class"):
            name = entry.dt["id"]
            labels += [a["href"] for a in entry.select("dd a[href*='#equation-']")]
            (cell,) = [a["href"] for a in entry.select(".made-in a")]
            assert re.fullmatch(r"\.\./chapters/\w+\.html#cell-[\w-]+", cell)
            source = entry.select_one("details.source pre").text
            assert re.match(rf"(@.*\n)?(def|class) {name.rpartition('.')[2]}\b", source)
            entries.add(name)
    assert entries == {f"nnlib.{module}.{name}" for module, name in made()}
    assert len(labels) > 25 and all(link.startswith("../chapters/") for link in labels)


@pytest.mark.parametrize(
    "docstring, expected",
    [
        ("Nothing named.", "Nothing named."),
        (
            "dZ : (n, m), W : (n, k).\nReturns dW. Raises ValueError if not.",
            "\n\n:param dZ: (n, m).\n:param W: (n, k).\n:returns: dW.\n:raises: ValueError if not.",
        ),
        (
            "``x`` of eq. dA, A : (n, m); g : ``{1: f}``.",
            "``x`` of eq.\n\n:param dA: (n, m).\n:param A: (n, m).\n:param g: ``{1: f}``.",
        ),
        ("The message Returns nothing.", "The message Returns nothing."),
    ],
)
def test_docstrings_become_fields(docstring, expected):
    assert reference.fields(docstring) == expected


def test_every_equation_has_a_mark_that_leads_to_its_entry(pages):
    found = equations.load()["equations"]
    signs = {entry["number"]: marks.MEANS[entry["verdict"]][0] for entry in found}
    entries = {entry["number"]: marks.anchor(entry) for entry in found}
    pages_of = {entry["number"]: marks.page_of(entry) for entry in found}
    marked = {}
    for page in chapters(pages).values():
        for equation in page.select("div.math"):
            (mark,) = equation.select("a.equation-mark")
            number = equation.select_one(".eqno").text.strip("()#¶ \n✓✗≔")
            marked[number] = mark.text
            assert mark["href"].endswith(f"{pages_of[number]}.html#{entries[number]}")
            assert len(mark["aria-label"]) > 10 and mark["aria-label"] == mark["title"]
    assert marked == signs and set(signs.values()) == {"✓", "✗", "≔"}


def test_refuted_equations_show_their_numbers(pages):
    refuted = [entry for entry in equations.load()["equations"] if entry["verdict"] == "refuted"]
    shown = [p.text for page in chapters(pages).values() for p in page.select("p.refutation")]
    assert len(shown) == len(refuted) > 0
    numbers = [re.search(r"the left is (\S+), the right (\S+)\.$", p).groups() for p in shown]
    for entry, (left, right) in zip(refuted, numbers, strict=True):
        assert [float(left), float(right)] == pytest.approx(entry["refutation"][:2], rel=1e-3)


def test_the_pages_of_equations_link_both_ways(pages):
    entries = {entry["label"]: entry for entry in equations.load()["equations"]}
    listed = {path.stem: page for path, page in pages.items() if re.match(r"equations_", path.name)}
    assert len(listed) == 15
    read = sum(len(entry["reads_as"]) for entry in entries.values())
    shown = sum(len(page.select("article div.math .katex-display")) for page in listed.values())
    assert shown == len(entries) + read > 390
    for label, entry in entries.items():
        page = listed[marks.page_of(entry).removeprefix("reference/")]
        links = {a["href"].lower() for a in page.select("article a[href]")}
        target = f"../chapters/{entry['chapter']}.html#equation-{label.replace(':', '-')}"
        assert target.lower() in links, target
        for name in entry["functions"]:
            module = name.split(".")[1]
            assert f"{module}.html#{name}".lower() in links
    assert sum(bool(entry["functions"]) for entry in entries.values()) > 20


def test_front_page_has_the_figures_of_the_run(site, pages):
    assert (
        equations.figures(equations.load()) in pages[site / "index.html"].select_one("article").text
    )


def test_no_site_without_a_run(tmp_path, monkeypatch):
    monkeypatch.setattr(equations, "RECORD", tmp_path / "equations.json")
    with pytest.raises(ExtensionError, match=r"python -m book\.equations"):
        marks.load(None, None)


@pytest.fixture(scope="module")
def places(pages):
    """The ids on each page of chapters/, and its headings by id."""
    found = {}
    for path, page in pages.items():
        headings = {
            section["id"]: section.find(["h1", "h2", "h3"]).text.rstrip("#\N{PILCROW SIGN}\n")
            for section in page.select("section[id]")
        }
        found[path.stem] = {tag["id"] for tag in page.find_all(id=True)}, headings
    return found


def test_every_statement_of_the_sources_leads_to_its_place(places):
    for row in sources.treated(sources.load()):
        ids, headings = places[row["page"]]
        where = row["where"]
        if where.startswith("eq:"):
            assert f"equation-{where.replace(':', '-')}".lower() in {i.lower() for i in ids}, row
        elif where.startswith("fig:"):
            assert where.replace(":", "-") in ids, row
        else:
            title = re.sub(r"^[\d.]+\s*", "", headings[make_id(where)])
            assert title == where, (row, title)
        if row["erratum"]:
            assert make_id(row["erratum"]) in places["errata"][1], row


def test_the_page_of_sources_shows_every_statement(pages):
    (page,) = [page for path, page in pages.items() if path.stem == "sources"]
    shown = set()
    for cell in page.select("table td:first-child"):
        found = re.fullmatch(r"(S\d)-(\d+)(?: to (\d+))?", cell.text.strip())
        if found:
            document, first, last = found.groups()
            numbers = range(int(first), int(last or first) + 1)
            shown |= {f"{document}-{n:0{len(first)}}" for n in numbers}
    assert shown == {row["id"] for row in sources.load()}


def test_every_term_is_in_the_index_and_leads_to_its_chapter(pages):
    (page,) = [page for path, page in pages.items() if path.stem == "genindex"]
    places = {link["href"].split("#")[1] for link in page.select("table.genindextable a[href]")}
    ids = {
        tag["id"]
        for path, one in pages.items()
        if "chapters" in path.parts
        for tag in one.select("em[id]")
    }
    for term in terms.TERMS:
        assert f"term-{make_id(term)}" in places & ids, term


SMALL_FACES = {  # a class of KaTeX's, and the face in which it sets its letters
    "mathbf": "KaTeX_Main-Bold",
    "mathnormal": "KaTeX_Math-Italic",
    "mathsf": "KaTeX_SansSerif-Regular",
    "mathbb": "KaTeX_AMS-Regular",
}


def test_small_faces_have_the_letters_of_the_book(site, pages):
    style = (site / "_static/course.css").read_text(encoding="utf-8")
    small = {path.split("/")[-1]: letters(ranges) for path, ranges in SMALL.findall(style)}
    assert set(small) == {*SMALL_FACES.values(), "KaTeX_Main-Italic"}  # of figures
    for kind, face in SMALL_FACES.items():
        set_in = [
            tag.text for page in pages.values() for tag in page.select(f".katex-html .{kind}")
        ]
        assert set_in and set("".join(set_in)) == small[face], face
        font = site / f"_static/katex/fonts/{face}.book.woff2"
        assert small[face] <= {chr(code) for code in TTFont(font).getBestCmap()}
        assert font.stat().st_size < font.with_name(f"{face}.woff2").stat().st_size
