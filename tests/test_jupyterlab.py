"""Every notebook, opened and run whole in a real JupyterLab."""

import pytest
from conftest import jupyter

from book.contents import CHAPTERS

pytestmark = [pytest.mark.site, pytest.mark.slow]

NOTEBOOKS = sorted(path.name for path in CHAPTERS.glob("*.ipynb"))


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab, with jupyterlab-myst."""
    folder = tmp_path_factory.mktemp("lab")
    with jupyter(folder, "--expose-app-in-browser", token="") as address:
        yield address


# JupyterLab draws only the cells near the screen: ask its model instead of the page.
STATE = """async () => {
  const panel = window.jupyterapp.shell.currentWidget, cells = [...panel.content.model.cells];
  const code = cells.filter(cell => cell.type == "code");
  const outputs = code.flatMap(cell => Array.from({ length: cell.outputs.length }, (_, k) => cell.outputs.get(k).toJSON()));
  return {
    code: code.length,
    run: code.filter(cell => cell.executionCount).length,
    errors: outputs.filter(output => output.output_type == "error").map(output => output.evalue),
    busy: panel.sessionContext.session?.kernel?.status,
  };
}"""
SHOWN = """async () => {
  const list = window.jupyterapp.shell.currentWidget.content;
  const found = { formulas: 0, boxes: 0, bad: [] };
  for (let k = 0; k < list.widgets.length; k++) {
    const { model, node } = list.widgets[k];
    if (model.type != "markdown") continue;
    const source = model.sharedModel.getSource();
    const count = (selector) => node.querySelectorAll(selector).length;
    const formulas = source.split("$$").length >> 1;
    const boxes = source.split("{admonition}").length - 1;
    const drawn = () => node.textContent.trim() && count(".katex-display") >= formulas
      && count("[class*=admonition]") >= boxes;
    await list.scrollToItem(k, "center");
    for (let wait = 0; wait < 100 && !drawn(); wait++)
      await new Promise((done) => setTimeout(done, 50));
    found.formulas += count(".katex-display");
    found.boxes += count("[class*=admonition]");
    const bad = node.querySelectorAll(".katex-error, mjx-merror, [class*=myst-error]");
    for (const one of bad) found.bad.push(one.textContent.slice(0, 100));
  }
  return found;
}"""


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebook_runs_in_jupyterlab(browser, lab, name):
    source = (CHAPTERS / name).read_text(encoding="utf-8")
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    page.goto(f"{lab}/lab/tree/chapters/{name}?reset")
    page.wait_for_function(
        "window.jupyterapp?.shell.currentWidget?.content?.model?.cells.length > 3", timeout=90_000
    )
    page.wait_for_function(
        "window.jupyterapp.shell.currentWidget.sessionContext?.session?.kernel?.status == 'idle'",
        timeout=90_000,
    )
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    for _ in range(600):
        state = page.evaluate(STATE)
        if state["errors"] or (state["run"] == state["code"] and state["busy"] == "idle"):
            break
        page.wait_for_timeout(500)
    assert not state["errors"] and state["run"] == state["code"] > 3
    shown = page.evaluate(SHOWN)
    assert not shown["bad"]
    assert shown["formulas"] >= source.count("$$ (eq:")
    assert shown["boxes"] >= source.count("{admonition}")
    assert not page.locator(".jp-Dialog").count()
    page.evaluate("window.jupyterapp.serviceManager.sessions.shutdownAll()")
    context.close()
