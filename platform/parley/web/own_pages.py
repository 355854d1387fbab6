"""The operator's own pages: imprint, privacy, rules, contact, and what else lies as markdown in
`PARLEY_DATA/pages`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from flask import Blueprint, Flask, render_template
from markupsafe import Markup

from parley.kernel.errors import NotFound
from parley.kernel.safe_html import plain, render
from parley.web.permissions import allowed

views = Blueprint("own_pages", __name__)

DRAFTS = Path(__file__).parents[3] / "templates" / "pages"
FIRST = ("imprint", "privacy", "rules", "contact")  # the order in the footer; others follow
MOST_BYTES = 200_000  # a longer file was put there by mistake
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_HEADING = re.compile(r"(</?h)([3-6])")
_folder = Path("pages")
_kept: dict[str, tuple[int, Page]] = {}
_listed: tuple[int, list[tuple[str, str]]] = (0, [])


@dataclass(frozen=True)
class Page:
    title: str
    html: Markup


def install(app: Flask, folder: Path) -> None:
    """Serve the pages of this folder, and let the footer list them."""
    global _folder
    _folder = folder
    _kept.clear()
    app.register_blueprint(views)
    app.jinja_env.globals["own_pages"] = listed


def write_missing(folder: Path, site_name: str, url: str) -> list[str]:
    """Put drafts where the folder has no page of that name; the names of those written."""
    folder.mkdir(parents=True, exist_ok=True)
    drafts = jinja2.Environment(
        loader=jinja2.FileSystemLoader(DRAFTS), undefined=jinja2.StrictUndefined,
        autoescape=False, keep_trailing_newline=True)
    written = []
    for name in FIRST:
        text = drafts.get_template(f"{name}.md").render(site_name=site_name, url=url)
        try:
            with open(folder / f"{name}.md", "x", encoding="utf-8") as out:
                out.write(text)
        except FileExistsError:
            continue
        written.append(name)
    return written


def listed() -> list[tuple[str, str]]:
    """Name and title of every page, read anew when the folder changed."""
    global _listed
    try:
        changed = _folder.stat().st_mtime_ns
    except OSError:
        return []
    if changed != _listed[0]:
        names = [path.stem for path in _folder.glob("*.md") if _NAME.fullmatch(path.stem)]
        names.sort(key=lambda name: (FIRST.index(name) if name in FIRST else len(FIRST), name))
        _listed = changed, [(name, page.title) for name in names if (page := _found(name))]
    return _listed[1]


def _found(name: str) -> Page | None:
    """The page of this name, rendered again only when its file changed."""
    if not _NAME.fullmatch(name):
        return None
    path = _folder / f"{name}.md"
    try:
        facts = path.stat()
        if path.is_symlink() or not path.is_file() or facts.st_size > MOST_BYTES:
            return None
        before = _kept.get(name)
        if before and before[0] == facts.st_mtime_ns:
            return before[1]
        page = _rendered(name, path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None
    _kept[name] = facts.st_mtime_ns, page
    return page


def _rendered(name: str, text: str) -> Page:
    """The first line is the title when it is a heading; the headings below it begin at h2."""
    first, _, rest = text.lstrip("\ufeff\n ").partition("\n")
    titled = first.startswith("# ")
    html = render(rest if titled else text)
    html = _HEADING.sub(lambda found: f"{found[1]}{max(2, int(found[2]) - 2)}", html)
    title = plain(render(first[2:])) if titled else name.replace("-", " ").capitalize()
    return Page(title or name.capitalize(), Markup(html))


@views.get("/pages/<slug:page_name>")
@allowed("public:read")
def show(page_name: str) -> Any:
    page = _found(page_name)
    if page is None:
        raise NotFound
    return render_template("pages/show.html", page=page)
