"""The docs name every setting, command, target and route, and none that is gone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest

from parley.config import Settings
from parley.web.permissions import permission_of

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def text(name: str) -> str:
    return (DOCS / name).read_text()


def first_cells(page: str) -> set[str]:
    """The code in the first cell of each row of the tables of a page."""
    return set(re.findall(r"^\| `([^`]+)`", text(page), re.MULTILINE))


def commands(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def ours(app) -> dict[str, click.Command]:
    return {name: command for name, command in commands(app.cli)
            if (command.callback and command.callback.__module__.startswith("parley."))}


def routes(app) -> list[str]:
    """The rows of the table of routes: methods, address, permission."""
    rows = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            methods = " ".join(sorted(rule.methods - {"HEAD", "OPTIONS"}))
            permission = permission_of(app.view_functions[rule.endpoint])
            rows.append((rule.rule, methods, f"| `{rule.rule}` | {methods} | {permission} |"))
    return [row for *_, row in sorted(rows)]


def test_every_setting_is_explained():
    settings = {f"PARLEY_{field.name.upper()}" for field in fields(Settings)}
    explained = {cell for cell in first_cells("operators.md") if cell.startswith("PARLEY_")}
    assert settings == explained


def test_every_command_is_explained(built):
    listed = {cell for cell in first_cells("operators.md")
              if not cell.startswith(("PARLEY_", "/"))}
    words = {re.sub(r" [A-Z ]+$", "", cell) for cell in listed}
    assert set(ours(built)) == words


def test_every_command_says_what_it_does(built):
    for name, command in ours(built).items():
        assert command.help, name


def test_every_route_is_listed(built):
    page = text("routes.md")
    listed = [line for line in page.splitlines() if line.startswith("| `/")]
    wanted = routes(built)
    assert listed == wanted, "docs/routes.md should list:\n" + "\n".join(wanted)


def test_every_target_of_make_is_named():
    targets = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for target in set(targets) - {"help"}:
        assert f"make {target}" in text("developers.md")


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")) + sorted(DOCS.rglob("*.md")),
                         ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page):
    for target in LINK.findall(page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"
