"""Sphinx extension: what depends on where the book is kept and where it is published.

    BOOK_REPOSITORY  https://github.com/owner/name; else the checkout's own remote, if any
    BOOK_BRANCH      else the branch that is checked out
    BOOK_SITE        https://owner.github.io/name, where the site is published

With a repository, each chapter has a button for Binder. With a site too, it has one for Colab,
which opens the notebooks that are published with the site, and pages get a card, an address and a
line in the sitemap. Without, there is nothing that leads nowhere.
"""

import os
import re
import subprocess
from html import escape
from pathlib import Path
from urllib.parse import quote, urlsplit

from sphinx.errors import ConfigError

from book import inpage
from book.export import ROOT

BINDER = "https://mybinder.org"
PUBLISHED = "gh-pages"  # the branch that holds the published site


def git(*arguments):
    run = subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True)
    return run.stdout.strip() if run.returncode == 0 else ""


def repository_of(remote):
    """owner/name of a repository on GitHub, from any form of its address, or None."""
    match = re.fullmatch(
        r"(?:(?:https|ssh|git)://(?:[^@/]*@)?|git@)github\.com[/:]([\w.-]+/[\w.-]+?)(?:\.git)?/?",
        remote,
    )
    return match and match[1]


def load(app, config):
    """Where the book is, from the environment or the checkout."""
    given = os.environ.get("BOOK_REPOSITORY")
    repository = repository_of(given if given is not None else git("remote", "get-url", "origin"))
    if given and not repository:
        raise ConfigError(f"BOOK_REPOSITORY is {given!r}, not https://github.com/owner/name")
    site = os.environ.get("BOOK_SITE", "").rstrip("/")
    parts = urlsplit(site)
    if site and (parts.scheme not in ("http", "https") or not parts.netloc):
        raise ConfigError(f"BOOK_SITE is {site!r}, not an address such as https://name.org/book")
    branch = os.environ.get("BOOK_BRANCH") or git("branch", "--show-current") or "main"
    config.course_address = {"repository": repository, "branch": branch, "site": site}
    if site:
        config.html_baseurl = f"{site}/"
        config.ogp_site_url = f"{site}/"
        app.setup_extension("sphinxext.opengraph")


def links(address, notebook):
    """Names and addresses of the services that can run a chapter."""
    found = {}
    repository, branch = address["repository"], quote(address["branch"], safe="")
    if repository:
        path = quote(f"lab/tree/chapters/{notebook}", safe="")
        found["Binder"] = f"{BINDER}/v2/gh/{repository}/{branch}?urlpath={path}"
        if address["site"]:
            colab = "https://colab.research.google.com/github"
            found["Colab"] = f"{colab}/{repository}/blob/{PUBLISHED}/colab/{notebook}"
    return found


def add_buttons(app, pagename, templatename, context, doctree):
    """Below the title of a chapter, the ways to run it."""
    source = Path(app.env.doc2path(pagename)) if doctree else Path()
    address = app.config.course_address
    context["course_canonical"] = f"{address['site']}/{pagename}.html" if address["site"] else ""
    if source.suffix != ".ipynb":
        return
    buttons = [
        f'<a href="{escape(url)}">{name}</a>' for name, url in links(address, source.name).items()
    ]
    notebooks = context["pathto"]("notebooks.zip", 1)
    buttons.append(f'<a href="{notebooks}" download>on your machine (zip)</a>')
    if inpage.runs(app, pagename) and inpage.whole(source):
        lab = context["pathto"]("lite/lab/index.html", 1)
        buttons.insert(0, f'<a href="{lab}?path={source.name}">JupyterLab, in this browser</a>')
    line = f'<p class="run"><span class="here"></span>Elsewhere: {" ".join(buttons)}</p>'
    context["body"] = context["body"].replace("</h1>", f"</h1>\n{line}", 1)


def write_sitemap(app, exception):
    """Name every page for search engines."""
    site = app.config.course_address["site"]
    if exception or app.builder.name != "html" or not site:
        return
    lines = [f"<url><loc>{site}/{page}.html</loc></url>" for page in sorted(app.env.found_docs)]
    body = "\n".join(lines)
    schema = "http://www.sitemaps.org/schemas/sitemap/0.9"
    Path(app.outdir, "sitemap.xml").write_text(
        f'<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="{schema}">\n{body}\n</urlset>\n',
        encoding="utf-8",
    )
    Path(app.outdir, "robots.txt").write_text(
        f"User-agent: *\nSitemap: {site}/sitemap.xml\n", encoding="utf-8"
    )


def not_found(app):
    """The page that a host shows for an address that does not exist."""
    body = (
        "<h1>There is no such page</h1>\n<p>The address may be mistyped, or the page has moved."
        ' The <a href="index.html">front page</a> lists all chapters, and the'
        ' <a href="search.html">search</a> finds words, symbols and functions.</p>'
    )
    yield "404", {"title": "There is no such page", "body": body}, "page.html"


def root_404(app, exception):
    """A host shows this page at any depth, so its links start at the root of the site."""
    page = Path(app.outdir, "404.html")
    if exception or not page.is_file():
        return
    root = urlsplit(app.config.course_address["site"]).path + "/"
    text = re.sub(
        r'(href|src|action)="(?![a-z]+:|[#/])', rf'\1="{root}', page.read_text(encoding="utf-8")
    )
    page.write_text(
        text.replace('data-content_root="./"', f'data-content_root="{root}"'), encoding="utf-8"
    )


def setup(app):
    app.add_config_value("course_address", {}, "html")
    app.connect("config-inited", load)
    app.connect("html-page-context", add_buttons)
    app.connect("html-collect-pages", not_found)
    app.connect("build-finished", write_sitemap)
    app.connect("build-finished", root_404, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
