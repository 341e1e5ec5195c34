"""Buttons, cards, sitemap and downloads: there if there is an address, absent if not."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from bs4 import BeautifulSoup
from conftest import build

from book import address, copies, downloads
from book.contents import CHAPTERS, ROOT

pytestmark = pytest.mark.site

REPOSITORY, SITE = "https://github.com/someone/a-book", "https://someone.example/a-book"


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The site as it is built where its addresses are known."""
    return build(
        tmp_path_factory.mktemp("published"),
        BOOK_REPOSITORY=REPOSITORY + ".git",
        BOOK_BRANCH="main",
        BOOK_SITE=SITE + "/",
    )


def soup(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@pytest.mark.parametrize(
    "remote",
    [
        "https://github.com/someone/a-book",
        "https://github.com/someone/a-book.git",
        "https://token@github.com/someone/a-book/",
        "git@github.com:someone/a-book.git",
        "ssh://git@github.com/someone/a-book",
    ],
)
def test_addresses_of_a_repository(remote):
    assert address.repository_of(remote) == "someone/a-book"


@pytest.mark.parametrize(
    "remote", ["", "/srv/book", "https://example.org/a/b", "https://github.com/someone", "a b"]
)
def test_what_is_no_repository(remote):
    assert address.repository_of(remote) is None


def test_without_an_address_nothing_leads_nowhere(site):
    names = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    assert not {"sitemap.xml", "robots.txt"} & names
    assert not [name for name in names if name.startswith(("colab/", "_images/social"))]
    for path in [path for path in site.rglob("*.html") if "lite" not in path.parts]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"mybinder|colab\.research|og:image|rel=\"canonical\"", text), path


@pytest.mark.slow
def test_buttons_lead_to_this_repository(published):
    for path in sorted(CHAPTERS.glob("[0-9]*.ipynb")):
        page = soup(published / "chapters" / f"{path.stem}.html")
        links = {a.text: a["href"] for a in page.select("p.run a")}
        binder = "https://mybinder.org/v2/gh/someone/a-book/main?urlpath=lab%2Ftree%2Fchapters%2F"
        assert links["Binder"] == binder + path.name
        colab = "https://colab.research.google.com/github/someone/a-book/blob/gh-pages/colab/"
        assert links["Colab"] == colab + path.name
        text = (published / "colab" / path.name).read_text(encoding="utf-8")
        first, *others = json.loads(text)["cells"]
        assert f"{SITE}/notebooks.zip" in "".join(first["source"])
        assert others == json.loads(copies.copy(path, SITE))["cells"]


@pytest.mark.slow
def test_pages_have_an_address_and_a_card(published):
    for name in ("index", "chapters/05_relu", "reference/activations"):
        head = soup(published / f"{name}.html").head
        assert head.find("link", rel="canonical")["href"] == f"{SITE}/{name}.html"
        tags = {tag["property"]: tag["content"] for tag in head.find_all("meta", property=True)}
        assert tags["og:url"] == f"{SITE}/{name}.html" and tags["og:title"]
        card = tags["og:image"].removeprefix(SITE + "/")
        assert (published / card).stat().st_size > 5000


@pytest.mark.slow
def test_sitemap_names_every_page(published):
    tree = ElementTree.parse(published / "sitemap.xml")
    names = {loc.text.removeprefix(SITE + "/") for loc in tree.iter() if loc.tag.endswith("loc")}
    assert "index.html" in names and len(names) > 40
    assert all((published / name).is_file() for name in names)
    assert f"{SITE}/sitemap.xml" in (published / "robots.txt").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_404_page_works_at_any_depth(published, site):
    for folder, root in ((published, "/a-book/"), (site, "/")):
        page = soup(folder / "404.html")
        addresses = [
            tag.get("href") or tag.get("src") for tag in page.select("[href], script[src]")
        ]
        inside = [a for a in addresses if a.startswith("/")]
        assert len(inside) > 30
        assert all(a.startswith(("/", "#", "https:")) for a in addresses)
        assert all(
            (folder / a.removeprefix(root).partition("?")[0].partition("#")[0]).exists()
            for a in inside
        )


@pytest.mark.slow
@pytest.mark.parametrize(
    "name, value", [("BOOK_REPOSITORY", "github.com/x"), ("BOOK_SITE", "somewhere")]
)
def test_a_wrong_address_stops_the_build(name, value, tmp_path):
    command = [
        Path(sys.executable).parent / "jupyter-book",
        "build",
        ROOT,
        "--path-output",
        tmp_path,
    ]
    run = subprocess.run(command, env=os.environ | {name: value}, capture_output=True, text=True)
    assert run.returncode != 0
    assert f"{name} is {value!r}, not" in run.stdout + run.stderr


def test_the_zip_runs_on_its_own(site, tmp_path):
    with zipfile.ZipFile(site / downloads.ZIP) as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / downloads.FOLDER
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {"requirements.txt", "LICENSE", "README.md", "nnlib/losses.py"} <= names
    assert not [name for name in names if ".ruff" in name or "__pycache__" in name]
    assert {p.name for p in CHAPTERS.glob("*.ipynb")} == {
        p.name for p in folder.glob("chapters/*.ipynb")
    }
    program = "import nnlib, sys; sys.path.insert(0, 'chapters'); import figures, datasets, graphs; print(nnlib.__file__)"
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == str(folder / "nnlib" / "__init__.py")


def test_the_citation_is_on_the_page_about(site):
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    text = soup(site / "reference/about.html").select_one("article").text
    assert f"title = {{{citation['title']}}}" in text and str(citation["version"]) in text


@pytest.mark.slow
def test_building_twice_gives_the_same_bytes(site, tmp_path):
    again = build(tmp_path)
    files = sorted(path.relative_to(site) for path in site.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    assert len(files) > 60
    assert not [name for name in files if (site / name).read_bytes() != (again / name).read_bytes()]


@pytest.mark.parametrize("name", ["test", "publish"])
def test_workflows_are_pinned_and_ask_for_little(name):
    path = ROOT / ".github" / "workflows" / f"{name}.yml"
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert set(job["permissions"]) == {"contents"}
        assert "timeout-minutes" in job or job["uses"] == "$/.github/workflows/test.yml"
        for step in job.get("steps", ()):
            assert "uses" not in step or re.search(r"@[0-9a-f]{40}$", step["uses"])
    zizmor = Path(sys.executable).parent / "zizmor"
    run = subprocess.run([zizmor, "--offline", "--pedantic", path], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_site_is_published_after_the_tests():
    path = ROOT / ".github" / "workflows" / "publish.yml"
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
    assert jobs["build"]["needs"] == "test" and jobs["publish"]["needs"] == "build"


def test_the_test_workflow_runs_what_ci_runs():
    workflow = yaml.safe_load(
        (ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")
    )
    commands = [step.get("run") for step in workflow["jobs"]["test"]["steps"]]
    assert commands[-1] == ".ci/run" and os.access(ROOT / ".ci" / "run", os.X_OK)
