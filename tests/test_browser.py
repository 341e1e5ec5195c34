"""Every page in a real browser: weight, requests, width, accessibility, keyboard, search."""

import csv
import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from book.export import ROOT

pytestmark = pytest.mark.site

HEAVIEST = 250_000  # bytes of a page as they are sent, without its figures
TOC = re.findall(
    r"file: (\S+)|glob: (\S+)|root: (\S+)", (ROOT / "_toc.yml").read_text(encoding="utf-8")
)
PAGES = [
    path.relative_to(ROOT).with_suffix("").as_posix()
    for pattern in ["".join(groups) for groups in TOC]
    for path in sorted(ROOT.glob(f"{pattern}.*"))
    if path.suffix in (".md", ".ipynb")
] + ["search", "genindex", "404"]


def go(page, address):
    """Open a page and wait until it has loaded and asks for nothing more."""
    page.goto(address)
    page.wait_for_load_state("networkidle")


@pytest.fixture
def page(browser, request):
    """A page of a given width and colour scheme that keeps what it loads and complains of."""
    width, scheme = getattr(request, "param", (1280, "light"))
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.complaints, page.loaded = [], []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on(
        "console",
        lambda m: page.complaints.append(m.text) if m.type in ("error", "warning") else None,
    )
    page.on("requestfinished", lambda request: page.loaded.append(request))
    yield page
    context.close()


def test_the_pages_are_those_of_the_site(site):
    built = {
        path.relative_to(site).with_suffix("").as_posix()
        for path in site.rglob("*.html")
        if "lite" not in path.parts
    }
    assert built == set(PAGES) and len(PAGES) > 40


# What scrolls inside its own box may be wider than the page, and so may what is clipped.
SCROLLING = ".katex-display, .katex-mathml, svg, pre, .table-wrapper, details"
OUTSIDE = f"""() => [...document.querySelectorAll("main *")].filter(e =>
  !e.closest("{SCROLLING}") && e.getBoundingClientRect().right > innerWidth + 1
  && e.checkVisibility({{ visibilityProperty: true }})
).map(e => e.outerHTML.slice(0, 100))"""

# What is far away keeps its place by an estimate. Afterwards everything is laid out.
HEIGHTS = """() => {
  const root = document.documentElement, before = root.scrollHeight;
  document.head.insertAdjacentHTML("beforeend", "<style>* { content-visibility: visible !important }</style>");
  const after = root.scrollHeight;
  return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done([before, after]))));
}"""

# Screen readers get the MathML of a formula, and its thousands of spans are hidden from them.
# Another test holds their colour; without them axe is done in seconds.
WITHOUT_FORMULAS = """() => document.querySelectorAll(".katex").forEach(e => {
  if (!e.querySelector("math semantics") || !e.querySelector(".katex-html[aria-hidden=true]"))
    throw Error("a formula without MathML");
  e.replaceChildren();
})"""


def check(page, address, name):
    """A page is light, loads nothing from elsewhere, fits the screen, and axe finds nothing."""
    page.goto(f"{address}/{name}.html", wait_until="load")
    page.wait_for_function("document.fonts.status == 'loaded'")
    assert all(request.url.startswith((address, "data:")) for request in page.loaded)
    sizes = {
        request.url: request.sizes()["responseBodySize"]
        for request in page.loaded
        if request.resource_type != "image" and request.url.startswith(address)
    }
    assert 20_000 < sum(sizes.values()) < HEAVIEST, sizes
    assert not page.complaints
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    # As the page stands, most of it not laid out yet.
    reach = Axe().run(page, options={"runOnly": ["scrollable-region-focusable"]}).response
    assert not [x["nodes"][0]["html"][:200] for x in reach["violations"]]
    before, after = page.evaluate(HEIGHTS)
    assert before == pytest.approx(after, rel=0.1)
    assert not page.evaluate(OUTSIDE)
    page.evaluate(WITHOUT_FORMULAS)
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response
    assert len(found["passes"]) > 10
    assert not [(x["id"], x["nodes"][0]["html"]) for x in found["violations"]]


# One page of each kind is looked at before a commit, the others with everything.
KINDS = (
    "index",
    "chapters/04_backpropagation",
    "reference/activations",
    "reference/equations_04",
    "search",
)
ALL = [pytest.param(name, marks=[] if name in KINDS else pytest.mark.slow) for name in PAGES]


# Two classes, so that two processes share the work.
@pytest.mark.parametrize("page", [(1280, "light")], indirect=True)
class TestDesktop:
    @pytest.mark.parametrize("name", ALL)
    def test_page(self, page, address, name):
        check(page, address, name)


@pytest.mark.parametrize("page", [(360, "dark")], indirect=True)
class TestPhone:
    @pytest.mark.parametrize("name", ALL)
    def test_page(self, page, address, name):
        check(page, address, name)


@pytest.mark.parametrize("page", [(1280, "light"), (1280, "dark")], indirect=True)
def test_formulas_have_the_colour_of_their_text(page, address):
    page.goto(f"{address}/chapters/08_softmax.html")
    colours = page.evaluate(
        """() => [...document.querySelectorAll("article .katex")].map(e =>
             [getComputedStyle(e).color, getComputedStyle(e.parentElement).color])"""
    )
    assert len(colours) > 50 and all(one == other for one, other in colours)


def test_pages_open_from_the_file_system(page, site):
    for name in ("index", "chapters/08_softmax", "reference/activations"):
        go(page, (site / f"{name}.html").as_uri())
        loaded = page.evaluate(
            "[...document.fonts].filter(f => f.status == 'loaded').map(f => f.family)"
        )
        assert any("Source Serif" in family for family in loaded)
    assert not page.complaints


def test_the_colour_scheme_can_be_chosen_and_stays(page, address):
    page.goto(f"{address}/index.html")

    def theme():
        return page.evaluate("document.body.dataset.theme")

    assert theme() == "auto"
    page.locator(".theme-toggle:visible").focus()
    for _ in range(3):
        if theme() == "dark":
            break
        page.keyboard.press("Enter")
    assert theme() == "dark"
    page.goto(f"{address}/chapters/05_relu.html")
    assert theme() == "dark"


FOCUS = """() => {
  const e = document.activeElement, s = getComputedStyle(e);
  const area = (box) => box.width * box.height;
  const outlined = s.outlineStyle != "none" && parseFloat(s.outlineWidth) > 0;
  return { tag: e.tagName, label: e.outerHTML.slice(0, 90), shown: [e, ...e.children].some(x => area(x.getBoundingClientRect()) > 0),
           marked: outlined };
}"""


@pytest.mark.parametrize("page", [(1280, "light"), (360, "light"), (1280, "dark")], indirect=True)
@pytest.mark.parametrize("name", ["index", "chapters/05_relu", "reference/activations"])
def test_focus_is_always_visible(page, address, name):
    go(page, f"{address}/{name}.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#furo-main-content"
    seen = []
    for _ in range(600):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus["tag"] == "BODY":
            break
        seen.append(focus)
    assert len(seen) > 25 and focus["tag"] == "BODY"  # through the page and out of it
    assert not [focus["label"] for focus in seen if not (focus["shown"] and focus["marked"])]


IN_SIGHT = """id => {
  const top = document.getElementById(id).getBoundingClientRect().top;
  return 0 <= top && top < 400;
}"""


@pytest.mark.parametrize("page", [(360, "light"), (1280, "light")], indirect=True)
@pytest.mark.parametrize("name", ["chapters/04_backpropagation", "chapters/13_dialects"])
def test_links_into_a_page_lead_to_their_target(page, address, name):
    page.goto(f"{address}/{name}.html")
    ids = page.evaluate(
        "[...document.querySelectorAll('article section[id], article .math[id]')].map(e => e.id)"
    )
    assert len(ids) > 25
    for target in ids[::4]:
        page.goto("about:blank")
        go(page, f"{address}/{name}.html#{target}")
        page.wait_for_function(IN_SIGHT, arg=target, timeout=5000)


@pytest.mark.parametrize("page", [(360, "light")], indirect=True)
def test_whatever_scrolls_is_reached_by_keyboard(page, address):
    go(page, f"{address}/chapters/10_multiclass.html")
    page.evaluate("document.querySelectorAll('*').forEach((e, n) => (e.number = n))")
    reached = set()
    for _ in range(600):
        page.keyboard.press("Tab")
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        number = page.evaluate("document.activeElement.number ?? -1")  # an editor is new
        if number in reached and number >= 0:
            break
        reached.add(number)
    scrolling = page.evaluate(
        """() => [...document.querySelectorAll("*")].flatMap((e) =>
             ["auto", "scroll"].includes(getComputedStyle(e).overflowX) && e.scrollWidth > e.clientWidth
             && e.closest("article") && e.checkVisibility() ? [[e.number ?? -1, e.outerHTML.slice(0, 80)]] : [])"""
    )
    assert len(scrolling) > 3
    assert not [text for number, text in scrolling if number not in reached]


@pytest.mark.parametrize("page", [(360, "light")], indirect=True)
def test_equations_and_menus_by_keyboard(page, address):
    go(page, f"{address}/chapters/08_softmax.html")
    page.wait_for_selector(".katex-display[tabindex]", state="attached")
    wide = page.locator("#equation-eq-softmax-quotient .katex-display[tabindex]")
    wide.scroll_into_view_if_needed()
    wide.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.activeElement.scrollLeft > 0")
    opener = page.locator("button.nav-overlay-icon")
    opener.focus()
    page.keyboard.press("Enter")
    menu = page.locator(".sidebar-drawer")
    assert menu.get_by_role("link", name="6. Sigmoid").is_visible()
    page.keyboard.press("Escape")
    assert not menu.is_visible()
    assert opener.evaluate("e => e == document.activeElement")
    page.keyboard.press("Control+k")
    assert page.locator("dialog.search input").is_visible()


def test_nothing_moves_for_readers_who_do_not_want_it(page, address):
    go(page, f"{address}/chapters/05_relu.html")
    moving = page.evaluate(
        """() => [...document.querySelectorAll("*")].filter(e => {
             const s = getComputedStyle(e);
             const long = (times) => times.split(",").some(t => parseFloat(t) > 0.01);
             return long(s.transitionDuration) || (long(s.animationDuration) && s.animationName != "none")
               || s.scrollBehavior == "smooth";
           }).map(e => e.outerHTML.slice(0, 100))"""
    )
    assert not moving


def test_searches_lead_to_their_section(page, address):
    """What people search for, and where it is: among the first three places found."""
    go(page, f"{address}/index.html")
    with (ROOT / "tests" / "searches.csv").open(encoding="utf-8", newline="") as file:
        searches = list(csv.DictReader(file))
    find = "async query => (await find(query)).slice(0, 3).map(record => record[0].replace('.html', ''))"
    found = {row["search"]: page.evaluate(find, row["search"]) for row in searches}
    missed = [
        row | {"found": found[row["search"]]}
        for row in searches
        if row["place"] not in found[row["search"]]
    ]
    assert not missed and len(searches) >= 60
    assert not page.evaluate(find, "zxqv")


@pytest.mark.parametrize("page", [(1280, "light"), (360, "dark")], indirect=True)
def test_the_search_by_keyboard(page, address):
    go(page, f"{address}/chapters/05_relu.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("jacobian")
    first = page.locator("dialog.search li a").first
    first.wait_for()
    page.get_by_text("The Jacobian").first.wait_for()
    assert not Axe().run(page, "dialog").response["violations"]
    shown = page.locator("dialog.search li p").all_inner_texts()
    assert not any("\\" in text or "$" in text for text in shown)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/08_softmax.html#the-jacobian")
    page.keyboard.press("Control+k")
    page.keyboard.press("Escape")
    assert not page.locator("dialog.search").is_visible() and not page.complaints


def test_the_page_of_results(page, address, site):
    for start in (address, site.as_uri()):
        go(page, f"{start}/search.html?q=glorpness")
        page.locator("#search-results li a", has_text="Words").wait_for()
    assert not page.complaints


CHAPTERS = [name for name in PAGES if re.match(r"chapters/\d\d_", name)]


@pytest.mark.parametrize("page", [(360, "light")], indirect=True)
@pytest.mark.parametrize(
    "name", [pytest.param(x, marks=[] if x in KINDS else pytest.mark.slow) for x in CHAPTERS]
)
def test_every_mark_opens_what_was_found(page, address, name):
    go(page, f"{address}/{name}.html")
    page.evaluate(
        "for (const box of document.querySelectorAll('details.dropdown')) box.open = true"
    )
    marks = page.locator(".equation-mark")
    for n in range(marks.count()):
        mark, panel = marks.nth(n), page.locator(".found")
        mark.focus()
        page.keyboard.press(" " if n % 2 else "Enter")
        panel.wait_for()
        assert re.search(r"comparison|definition", panel.text_content())
        assert (
            panel.bounding_box()["width"] <= 360 and mark.get_attribute("aria-expanded") == "true"
        )
        if n == 0:
            assert not Axe().run(page, ".found").response["violations"]
            panel.locator("a").first.focus()
            page.keyboard.press("Escape")
            assert page.evaluate("document.activeElement.className") == "equation-mark"
        else:
            mark.click()
        assert panel.count() == 0
    assert page.url.endswith(".html") and not page.complaints and marks.count() > 0


def test_what_is_no_lesson_is_folded(page, address):
    go(page, f"{address}/chapters/06_sigmoid.html")
    cell = page.locator(".exported", has_text="def sigmoid(Z)")
    docstring, fold = cell.locator(".folded").first, cell.locator(".fold").first
    assert not docstring.is_visible() and "Returns A" in docstring.text_content()
    fold.focus()
    page.keyboard.press("Space")
    assert docstring.is_visible()
    assert cell.locator("pre a").first.inner_text() == "(6.2)"
    figure = page.locator("details.hide", has_text="plt.").first
    assert not figure.locator("pre").is_visible()
    figure.locator("summary").press("Enter")
    assert figure.locator("pre").is_visible()
    assert not page.complaints


def test_a_graph_plays_steps_and_answers_to_its_nodes(page, address):
    page.goto(f"{address}/chapters/06_sigmoid.html")
    graph = page.locator(".graph").first
    says = graph.locator(".graph-controls p")
    nodes = graph.locator(".node").count()
    graph.scroll_into_view_if_needed()
    page.evaluate("document.fonts.ready.then(() => 0)")  # till then what is pressed may still move
    graph.locator(".node").nth(1).click()
    assert says.inner_text().startswith("Backward: da/du")
    assert (
        graph.locator(".arrow .from:visible").count()
        > 0
        == graph.locator(".arrow .to:visible").count()
    )
    graph.locator(".node").nth(1).click()
    assert says.inner_text().startswith("Forward: u")
    graph.get_by_role("button", name="play").click()
    says.get_by_text("Backward").wait_for(timeout=1200 * nodes)
    graph.get_by_role("button", name="pause").press("ArrowLeft")
    before = says.inner_text()
    graph.get_by_role("button", name="play").press("ArrowRight")
    assert says.inner_text() != before and not page.complaints
