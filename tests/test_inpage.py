"""Python in the page: its files, its kernel without a browser, and every cell in one."""

import contextlib
import hashlib
import io
import json
import os
import re
import zipfile

import matplotlib.pyplot as plt
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from book import assemble, inpage
from book.contents import ROOT, notebooks

# The files


def entry(content, name="a.whl"):
    return {"a": {"file_name": name, "sha256": hashlib.sha256(content).hexdigest()}}


def wheel(*names):
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w") as archive:
            for name in names:
                archive.writestr(name, "x")
        return file.getvalue()


def test_a_file_is_taken_from_wherever_its_hash_is_right(tmp_path):
    def silent(names):
        raise OSError("no answer")

    content = wheel("a/__init__.py", "matplotlib/mpl-data/sample_data/b.csv")
    good = lambda names: ((name, content) for name in names)  # noqa: E731
    assemble.fetch(entry(content), tmp_path, (silent, good))
    with zipfile.ZipFile(tmp_path / "a.whl") as archive:
        assert archive.namelist() == ["a/__init__.py"]


def test_a_file_with_another_hash_ends_the_build(tmp_path):
    with pytest.raises(ValueError, match=r"a\.whl has the sha256 \w+, not"):
        assemble.fetch(entry(b"right"), tmp_path, (lambda names: [("a.whl", b"wrong")],))
    assert not (tmp_path / "a.whl").exists()


def test_a_wrong_hash_is_not_taken_for_a_missing_source(tmp_path, monkeypatch):
    def proves(out):
        assemble.prove("a.whl", b"wrong", "right")

    monkeypatch.setattr(assemble, "FOLDER", tmp_path / "python")
    monkeypatch.setattr(assemble, "assemble", proves)
    with pytest.raises(ValueError, match=r"a\.whl has the sha256"):
        assemble.main()
    assert list(tmp_path.iterdir()) == []


def test_without_a_source_nothing_is_left(tmp_path, monkeypatch, capsys):
    def fails(out):
        (out / "half").write_text("x", encoding="utf-8")
        raise OSError("no answer")

    monkeypatch.setattr(assemble, "FOLDER", tmp_path / "python")
    monkeypatch.setattr(assemble, "assemble", fails)
    monkeypatch.delenv("NEEDS_PYTHON", raising=False)
    assert assemble.main() == 0 and list(tmp_path.iterdir()) == []
    assert "built without it:\nno answer" in capsys.readouterr().out
    monkeypatch.setenv("NEEDS_PYTHON", "1")
    assert assemble.main() == 1


def test_npm_takes_only_what_has_a_hash():
    lock = json.loads((assemble.SOURCE / "package-lock.json").read_text(encoding="utf-8"))
    named = {name: one for name, one in lock["packages"].items() if name}
    assert all(one["integrity"].startswith("sha512-") for one in named.values())
    assert not [one for one in named.values() if "resolved" in one]
    assert named["node_modules/pyodide"]["version"] == assemble.VERSION


needs_python = pytest.mark.skipif(not inpage.available(), reason="run make python first")
DIFFERENT = {"numpy": ("2.4.6", "2.0.2"), "matplotlib": ("3.11.2", "3.8.4")}


@needs_python
def test_the_versions_in_the_page_that_differ_are_known():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    required = dict(re.findall(r"^(\w+)==(\S+)$", lines, re.M))
    lock = json.loads((inpage.FOLDER / "pyodide-lock.json").read_text(encoding="utf-8"))
    present = {name: one["version"] for name, one in lock["packages"].items()}
    found = {
        name: (version, present[name])
        for name, version in required.items()
        if name in present and present[name] != version
    }
    assert found == DIFFERENT


@needs_python
def test_what_is_sent_is_at_most_16_megabytes():
    assert 10 < inpage.megabytes() <= 16


# The kernel


@pytest.fixture
def kernel(monkeypatch):
    """A kernel and what it told; `run` gives whether a cell ran to its end."""
    monkeypatch.syspath_prepend(assemble.SOURCE)
    plt.close("all")  # what other tests have drawn
    before = plt.get_backend()
    plt.switch_backend("module://figure_backend")
    from kernel import Kernel

    made = Kernel(lambda *message: made.told.append(message))
    made.told = []
    yield made
    plt.close("all")
    plt.switch_backend(before)


def text(kernel, kind="stream"):
    return "".join(content["text"] for one, content in kernel.told if one == kind)


def test_a_cell_prints_and_shows_its_last_value(kernel):
    assert kernel.run("x = 1\nprint(x)\n[x]") and kernel.run("x + 1;") and kernel.run("x = 5")
    assert text(kernel) == "1\n" and kernel.told[-1] == (
        "execute_result",
        {"data": {"text/plain": "[1]"}},
    )


def test_an_error_shows_the_cells_and_not_the_kernel(kernel):
    assert kernel.run("def f(x):\n    return 1 / x") and not kernel.run("print(3)\nf(0)")
    lines = kernel.told[-1][1]["traceback"]
    assert lines[-1] == "ZeroDivisionError: division by zero"
    assert "".join(lines).count("File") == 2 and "kernel.py" not in "".join(lines)


def test_an_error_within_a_library_names_its_last_frame_only(kernel):
    assert not kernel.run("import json\njson.loads('[')")
    shown = "\n".join(kernel.told[-1][1]["traceback"])
    assert "json.loads('[')" in shown and shown.count("File") == 2


def test_words_for_what_a_page_has_not(kernel):
    assert not kernel.run("input('name? ')") and not kernel.run("import scipy_or_so")
    first, second = (content["traceback"][-1] for _, content in kernel.told)
    assert "a page has no keyboard for input()" in first
    assert second.endswith("and no scipy_or_so.")


def test_much_text_is_cut(kernel):
    assert kernel.run("print('x' * 1_000_000)") and kernel.run("print('short')")
    shown = text(kernel)
    assert 100_000 < len(shown) < 100_200 and shown.endswith("is left out\nshort\n")


def test_a_stopped_cell_says_so(kernel):
    assert not kernel.run("raise KeyboardInterrupt")
    assert kernel.told[-1][1]["traceback"] == ["Stopped."]


def test_figures_keep_their_place_and_an_error_leaves_none(kernel):
    assert kernel.run("import matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()\nprint('after')")
    assert [kind for kind, _ in kernel.told] == ["display_data", "stream"]
    assert "<svg" in kernel.told[0][1]["data"]["image/svg+xml"]
    kernel.told.clear()
    assert not kernel.run("plt.plot([1])\n1 / 0") and kernel.run("print(1)")
    assert [kind for kind, _ in kernel.told] == ["error", "stream"]


def test_formulas_are_a_cell_too(kernel):
    assert kernel.run("%load_ext texecute") and kernel.run("%%texecute\n1 + 1 = 2")
    assert "true" in kernel.told[-1][1]["data"]["text/html"]


# In a browser

STEMS = [path.stem for path in notebooks()]
QUICK = ("05_relu",)
LONG = ("10_multiclass", "11_multilabel", "12_training", "14_depth")  # minutes each
RAN = """() => {
  const last = [...document.querySelectorAll("p.live [role=status]")].at(-1).textContent;
  return /^(ran|stopped|Python could|cell \\d+ above went)/.test(last) && last;
}"""
TEXTS = """() => [...document.querySelectorAll(".cell:has(p.live)")].map(cell =>
  [...cell.querySelectorAll(".cell_output pre")].map(pre => pre.textContent.trim()).join("\\n"))"""


@pytest.fixture
def page(browser, site_with_python):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(60_000)
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("console", lambda m: m.type == "error" and page.complaints.append(m.text))
    yield page
    page.close()


def printed(stem):
    """The text that each code cell of a notebook has printed, as a terminal leaves it."""
    for cell in inpage.cells_of(stem):
        texts = [output.get("text", "") for output in cell.outputs]
        for output in cell.outputs:
            data = output.get("data", {})
            if not {"image/svg+xml", "text/html"} & set(data):
                texts.append(data.get("text/plain", ""))
        lines = "".join(texts).split("\n")
        yield "\n".join(re.sub(r"^.*\r(?=.)", "", line.rstrip("\r")) for line in lines).strip()


@pytest.mark.site
@pytest.mark.parametrize(
    "stem", [pytest.param(x, marks=[] if x in QUICK else pytest.mark.slow) for x in STEMS]
)
def test_every_cell_prints_in_the_page_what_the_book_shows(page, address, stem):
    if stem in LONG and not os.environ.get("NIGHTLY"):
        pytest.skip("takes minutes: set NIGHTLY")
    page.goto(f"{address}/chapters/{stem}.html")
    page.get_by_role("button", name="Run all").click()
    last = page.wait_for_function(RAN, timeout=1_200_000).json_value()
    assert last.startswith("ran"), last
    shown, expected = page.evaluate(TEXTS), list(printed(stem))
    assert len(shown) == len(expected)
    tags = [cell.metadata.get("tags", []) for cell in inpage.cells_of(stem)]
    wrong = [
        (n, one, other)
        for n, (one, other, tag) in enumerate(zip(shown, expected, tags, strict=True))
        if one != other and not {"nbval-ignore-output", "raises-exception"} & set(tag)
    ]
    assert wrong == [] and not page.complaints


ENDED = """index => {
  const said = document.querySelectorAll("p.live [role=status]")[index].textContent;
  return /^(ran|stopped|Python could|cell \\d+ above went)/.test(said) && said;
}"""


class Cell:
    """A cell of a page, as a reader uses it."""

    def __init__(self, page, index):
        self.page, self.index, self.box = page, index, page.locator(".cell").nth(index)

    def press(self, name):
        self.box.get_by_role("button", name=name, exact=True).click()

    def ended(self):
        return self.page.wait_for_function(ENDED, arg=self.index).json_value()

    def write(self, code):
        if not self.box.locator(".cm-content").count():
            self.press("Edit")
        self.box.get_by_role("textbox").fill(code)

    def run(self, code=None):
        if code is not None:
            self.write(code)
        self.press("Run")
        return self.ended()

    def shown(self):
        return self.box.locator(".cell_output").inner_text().strip()


@pytest.fixture
def cell(page, address):
    page.goto(f"{address}/chapters/05_relu.html")
    return Cell(page, 1)


@pytest.mark.site
def test_a_cell_is_edited_run_and_reset(cell):
    before = cell.box.locator("pre").first.inner_text()
    cell.press("Edit")
    cell.box.get_by_role("textbox").fill("np.array([6.0]) ")
    cell.page.keyboard.press("End")
    cell.page.keyboard.type("/ 2")  # the key of the search, elsewhere
    cell.page.keyboard.press("Shift+Enter")
    assert cell.ended().startswith("ran") and cell.shown() == "array([3.])"
    assert cell.page.locator(".cell").nth(0).inner_text().count("ran after")  # it came first
    found = Axe().run(cell.page, options={"resultTypes": ["violations"]}).response
    assert not [(x["id"], x["nodes"][0]["html"]) for x in found["violations"]]
    cell.page.keyboard.press("Escape")
    assert cell.page.evaluate("document.activeElement.textContent") == "Run"
    cell.press("Reset")
    assert cell.box.locator("pre").first.inner_text() == before and not cell.page.complaints


@pytest.mark.site
def test_what_goes_wrong_is_said_in_words(cell):
    assert cell.run("1 / 0").startswith("stopped")
    assert cell.shown().endswith("ZeroDivisionError: division by zero")
    assert cell.run("import torch").startswith("stopped")
    assert cell.shown().endswith("and no torch.")
    assert cell.run("input()").startswith("stopped") and "no keyboard" in cell.shown()
    assert cell.run("for n in range(100_000): print('a line of text')").startswith("ran")
    assert cell.shown().endswith("is left out")
    assert (
        cell.run("[np.ones(10**8) for _ in range(9)]").startswith("stopped")
        and "Memory" in cell.shown()
    )
    assert cell.run("import matplotlib.pyplot as plt\nplt.plot([1, 2], [1])").startswith("stopped")
    assert "ValueError" in cell.shown() and cell.run("print(5)").startswith("ran")
    assert cell.shown() == "5" and not cell.page.complaints


@pytest.mark.site
def test_an_endless_cell_is_stopped_and_the_page_goes_on(cell):
    cell.write("while True: pass")
    cell.press("Run")
    cell.box.get_by_text(re.compile("^runs")).wait_for()
    cell.press("Stop")
    assert cell.ended().startswith("stopped") and "Python starts anew" in cell.shown()
    assert cell.page.locator("p.live [role=status]").nth(0).inner_text() == "has to run again"
    assert cell.run("print(np.pi)").startswith("ran") and cell.shown() == "3.141592653589793"


@pytest.mark.site
def test_a_change_above_makes_what_is_below_old(page, address):
    page.goto(f"{address}/chapters/05_relu.html")
    first, second = Cell(page, 0), Cell(page, 1)
    assert second.run().startswith("ran") and first.run("import numpy as np\na = 1").startswith(
        "ran"
    )
    assert page.locator("p.live [role=status]").nth(1).inner_text() == "has to run again"
    first.run("1 / 0")
    assert second.run().startswith("cell 1 above went wrong")
    page.get_by_role("button", name="Restart").click()
    assert first.run("import numpy as np").startswith("ran")


@pytest.mark.site
def test_without_a_network_the_page_says_so_and_tries_again(cell):
    cell.page.route("**/python-*/**", lambda route: route.abort())
    assert cell.run().startswith("Python could not be loaded")
    cell.page.unroute_all()
    assert cell.run("print(1)").startswith("ran")


@pytest.mark.site
def test_a_damaged_file_is_refused(cell):
    damaged = lambda route: route.fulfill(body=b"damaged")  # noqa: E731
    cell.page.route("**/numpy-*.whl", damaged)
    assert cell.run().startswith(("Python could not be loaded", "cell 1 above went wrong"))


@pytest.mark.site
def test_from_the_file_system_a_line_says_how_to_serve(page, site):
    page.goto((site / "chapters" / "05_relu.html").as_uri())
    assert "python -m http.server" in page.locator("p.run").inner_text()
    assert page.locator("p.live").count() == 0


@pytest.mark.site
@pytest.mark.slow
def test_ten_runs_of_a_page_need_no_more_memory(page, address):
    page.goto(f"{address}/chapters/04_backpropagation.html")
    sizes = []
    for _ in range(10):
        page.get_by_role("button", name="Run all").click()
        page.wait_for_function(RAN)
        page.evaluate(
            "document.querySelectorAll('p.live [role=status]').forEach(e => (e.textContent = ''))"
        )
        sizes.append(page.evaluate("import(new URL(live.cells, location)).then(m => m.memory())"))
    assert sizes[-1] <= 1.1 * sizes[1]


PROMPTS = (
    "() => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(e => e.textContent)"
)
# A folded cell, the solution of an exercise, has an empty prompt.
ALL_RAN = f"""() => {{
  const prompts = ({PROMPTS})().filter(text => text);
  return prompts.length && prompts.every(text => /\\d/.test(text));
}}"""


@pytest.mark.site
@pytest.mark.slow
def test_a_whole_notebook_runs_in_jupyterlab_in_the_browser(page, address):
    page.set_default_timeout(300_000)
    elsewhere = []
    page.context.on("request", lambda request: elsewhere.append(request.url))
    page.goto(f"{address}/chapters/05_relu.html")
    page.get_by_role("link", name="JupyterLab, in this browser").click()
    page.locator(".jp-CodeCell").first.wait_for()
    page.get_by_text("Python (Pyodide) | Idle").wait_for()
    for _ in range(3):  # what is pressed while the kernel still connects is lost
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).last.click()
        with contextlib.suppress(PlaywrightTimeoutError):
            page.wait_for_function(ALL_RAN, timeout=120_000)
            break
    assert page.evaluate(ALL_RAN)
    shown = page.locator(".jp-OutputArea-output").all_inner_texts()
    assert any("product: [nan  2.]" in text for text in shown)
    page.locator(".jp-WindowedPanel-outer").first.evaluate("panel => panel.scrollTo(0, 0)")
    page.locator(".jp-MarkdownOutput mjx-container").first.wait_for()  # a formula
    assert not [url for url in elsewhere if not url.startswith((address, "data:", "blob:"))]


# A derivation of the reader's own


@pytest.fixture
def own(page, address):
    page.goto(f"{address}/reference/own.html")
    page.locator("form.own:not([inert])").wait_for()
    return page


def checked(own, latex=None):
    """What the page says after a press, and what of each step."""
    if latex is not None:
        own.fill("textarea", latex)
    own.get_by_role("button", name="Check every step").click()
    own.wait_for_function(
        r"/\(\d|could not/.test(document.querySelector('.own .status').textContent)"
    )
    steps = own.locator(".own .results > li").evaluate_all(
        "all => all.map(one => [one.className, one.querySelector('p, pre').textContent])"
    )
    return own.locator(".own .status").inner_text(), steps


@pytest.mark.site
def test_a_derivation_is_checked_step_by_step(own):
    said, steps = checked(own)  # the example, with its false step
    assert said.startswith("1 of 2 steps does not hold.")
    assert [kind for kind, _ in steps] == ["fine", "fine", "wrong"]
    assert re.match(r"the left is 0\.\d+, the right 0\.\d+, in instance 0", steps[2][1])
    right = own.input_value("textarea").replace(r"1 - \tanh x", r"1 - (\tanh x)^2")
    said, steps = checked(own, right)
    assert said.startswith("All 2 steps hold.") and "10 random instances" in steps[1][1]
    said, steps = checked(own, r"\frac{1}{2")
    assert said.startswith("Something cannot be read.") and "a brace { is not closed" in steps[0][1]
    said, steps = checked(own, r"y = 1")
    assert steps[0][0] == "wrong" and "y" in steps[0][1]
    assert not own.complaints


@pytest.mark.site
def test_an_equation_of_the_book_is_changed_and_kept_in_a_link(page, address):
    page.goto(f"{address}/chapters/04_backpropagation.html#equation-eq-dw")
    page.locator("#equation-eq-dw .equation-mark").click()
    page.get_by_role("link", name="Try changing it").click()
    page.locator("form.own:not([inert])").wait_for()
    latex = page.input_value("textarea")
    assert latex.count("\n=") == 2 and page.input_value("select") == "04_backpropagation eq:dW"
    assert checked(page)[0].startswith("All 2 steps hold.")
    said, steps = checked(page, latex.replace(r"\sum_i", r"\frac{1}{m} \sum_i"))
    assert said.startswith("2 of 2 steps do not hold.") and "the left is" in steps[0][1]
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    page.locator("form.own:not([inert])").wait_for()
    assert r"\frac{1}{m}" in page.input_value("textarea")
    page.fill("textarea", "")
    page.get_by_role("button", name="fraction").click()
    page.keyboard.type("1")
    assert page.input_value("textarea") == r"\frac{1}{}"
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response
    assert not [(x["id"], x["nodes"][0]["html"]) for x in found["violations"]]
