"""The copies of the notebooks read well without extensions, and run with what Colab has."""

import html
import http.server
import json
import re
import site as python_site
import subprocess
import sys
import threading
from functools import partial

import nbclient
import nbformat
import pytest
from nbconvert import HTMLExporter
from sphinxcontrib import katex

from book import copies, downloads
from book.contents import LABEL, notebooks, numbers
from book.site import use_node

ADDRESS = "https://someone.example/a-book"
FORMULA = re.compile(r"\$\$([\s\S]+?)\$\$|\$([^$\n]+?)\$")
BY_NAME = pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)


def markdown(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


@BY_NAME
def test_a_copy_is_plain_markdown(path):
    before = nbformat.read(path, as_version=4)
    after = nbformat.reads(copies.copy(path, ADDRESS), as_version=4)
    text = markdown(after)
    assert not re.findall(r"\{[\w:]+\}`|^:::|^\(\S+\)=|<!--|^---$|\$\$ *\(", text, re.M)
    assert not [cell.id for cell in after.cells if re.search(r"^#\||:eq:", cell.source, re.M)]
    tags = re.findall(r"\\tag\{([\d.]+)\}", text)
    assert tags == [numbers()[label] for label in LABEL.findall(markdown(before))]
    kept = [cell for cell in before.cells if cell.cell_type != "raw"]
    assert [cell.id for cell in after.cells] == [cell.id for cell in kept]
    assert [x.get("outputs") for x in after.cells] == [x.get("outputs") for x in kept]


@BY_NAME
def test_references_in_a_copy_lead_to_equations(path):
    texts = {p.name: markdown(nbformat.reads(copies.copy(p, ""), 4)) for p in notebooks()}
    links = re.findall(r"\]\(([^)]*)\)", texts[path.name])
    assert not [link for link in links if ".md" in link or link.startswith("..")]
    for name, fragment in (link.split("#", 1) for link in links if "#eq-" in link):
        assert f'<a id="{fragment}">' in texts[name or path.name]


@BY_NAME
def test_a_copy_is_set_by_plain_nbconvert(path):
    use_node()
    notebook = nbformat.reads(copies.copy(path, ADDRESS), as_version=4)
    page, _ = HTMLExporter(exclude_input=True, exclude_output=True).from_notebook_node(notebook)
    body = re.sub(r"<[^>]+>", "", page[page.index("<body") :])
    found = [(block or line, bool(block)) for block, line in FORMULA.findall(html.unescape(body))]
    expected = [block or line for block, line in FORMULA.findall(markdown(notebook))]
    assert len(found) == len(expected)
    for latex, display in found:
        options = {"displayMode": display, "strict": "error", "throwOnError": True}
        assert "katex-error" not in katex.render_latex(latex, options), latex


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """A kernel with the installed packages but not this checkout, and a server with the zip."""
    folder = tmp_path_factory.mktemp("colab")
    environment, served = folder / "environment", folder / "served"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin" / "python"
    inside = [python, "-c", "import site; print(site.getsitepackages()[0])"]
    packages = subprocess.run(inside, capture_output=True, text=True, check=True).stdout.strip()
    # A path file within a folder that a path file names is not read: no package in editable form.
    with open(f"{packages}/others.pth", "w", encoding="utf-8") as file:
        file.write(python_site.getsitepackages()[0])
    kernel = folder / "kernels" / "python3"
    kernel.mkdir(parents=True)
    command = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(json.dumps({"argv": command, "language": "python"}))
    served.mkdir()
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=served)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    downloads.write_zip(served / downloads.ZIP, address)
    yield folder, address
    server.shutdown()
    server.server_close()


@pytest.mark.slow
@BY_NAME
def test_a_copy_runs_alone(path, elsewhere, tmp_path, monkeypatch):
    folder, address = elsewhere
    monkeypatch.setenv("JUPYTER_PATH", str(folder))
    text = copies.copy(path, address, downloads.fetching(path, address))
    notebook = nbformat.reads(text, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell("import nnlib; print(nnlib.__file__)"))
    nbclient.execute(notebook, cwd=tmp_path, kernel_name="python3", timeout=300)
    assert str(tmp_path) in notebook.cells[-1].outputs[0].text
