"""What CONTRIBUTING.md says of who may import whom, read from the source."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pytest

from parley.members.rules import ROUTES
from parley.web.permissions import permission_of

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "platform" / "parley"

# Each layer may import the layers before it, and no neighbour.
LAYERS = (
    ("kernel",),
    ("journal", "outbox"),
    ("accounts",),
    ("members",),
    ("vendors",),
    ("promises", "advocates", "agreements", "proofs"),
    ("threads",),
    ("problems", "moderation", "conversations", "cards"),
    ("scorecards",),
    ("desk",),
    ("notifications",),
)
MONEY = (("ledger",), ("billing", "governance"))  # stands on the layers up to members
LAST = ("archives", "api")  # stand on everything
ANYTHING = {"app", "cli", "serve", "backup", "demo", "migrations"}
PLAIN = {"", "config"}  # the package itself, and the settings
FREE_OF_MONEY = {
    "threads", "promises", "problems", "moderation", "scorecards", "desk", "governance"}
PURE = {  # beside every rules.py
    "accounts.naming", "promises.opening", "promises.clocks", "scorecards.figures",
    "threads.table"}
IMPURE = {"os", "time", "random", "secrets", "socket", "sqlite3", "subprocess", "pathlib"}
FOLDERS = ("bench", "docs", "platform", "static", "templates", "tests")
TEXTS = {".py", ".html", ".css", ".js", ".md", ".txt", ".json", ".toml", ".svg"}
ASKS_THE_TIME = {
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "time": {"time", "time_ns", "localtime", "gmtime"},
}


@dataclass
class Module:
    name: str  # below parley: "threads.actions"
    path: Path
    tree: ast.Module

    @property
    def domain(self) -> str:
        return self.name.partition(".")[0]

    @property
    def role(self) -> str:
        return self.name.rpartition(".")[2]

    @cached_property
    def imports(self) -> list[str]:
        """Dotted names of all that is imported; `from a import b` gives `a` and `a.b`."""
        return [name for node in ast.walk(self.tree) for name in imported(node)]

    @cached_property
    def own(self) -> set[str]:
        """Names of our modules that this one imports, below parley."""
        names = {n.removeprefix("parley").lstrip(".") for n in self.imports
                 if n.partition(".")[0] == "parley"}
        return {n for n in names if n in modules()}


def imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are absolute"
        yield node.module or ""
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def modules() -> dict[str, Module]:
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = Module(name, path, ast.parse(path.read_text(), str(path)))
    return found


@cache
def left_of(domain: str) -> frozenset[str]:
    """The domains that this one may import."""
    before: set[str] = set()
    for layer in LAYERS:
        if domain in layer:
            return frozenset(before)
        before |= set(layer)
    if domain in LAST:
        return frozenset(before.union(*MONEY))
    before = set(left_of("members")) | {"members"}
    for layer in MONEY:
        if domain in layer:
            return frozenset(before)
        before |= set(layer)
    raise LookupError(f"{domain} stands in no layer; give it one in this test")


def of_the_page(module: Module) -> bool:
    """Views, commands, and what only they use: they know Flask and may look at every domain."""
    return module.role == "views" or any(n.split(".")[0] == "web" for n in module.own)


def domain_modules() -> list[Module]:
    outside = ANYTHING | PLAIN | {"web", "health"}
    return [m for m in modules().values() if m.domain not in outside]


def test_there_is_something_to_read():
    assert {"kernel.db", "members.rules", "app"} <= modules().keys()


@pytest.mark.parametrize("module", domain_modules(), ids=lambda m: m.name)
def test_a_domain_imports_only_what_stands_to_its_left(module):
    may = left_of(module.domain) | {module.domain} | PLAIN
    if of_the_page(module):
        may = may | {"web"} | {m.domain for m in domain_modules()}
    wrong = {name for name in module.own if name.split(".")[0] not in may}
    assert not wrong, f"{module.name} may not import {sorted(wrong)}"


@pytest.mark.parametrize("module", domain_modules(), ids=lambda m: m.name)
def test_models_rules_actions_and_records_know_nothing_of_pages(module):
    if module.role in {"models", "rules", "actions", "records"}:
        outside = {name.partition(".")[0] for name in module.imports}
        assert not of_the_page(module)
        assert not {"flask", "flask_login", "flask_wtf", "werkzeug"} & outside
    if not of_the_page(module):
        pages = {name for name in module.own if of_the_page(modules()[name])}
        assert not pages, f"{module.name} imports what belongs to pages: {sorted(pages)}"


def test_the_web_glue_imports_only_the_kernel():
    for module in modules().values():
        if module.domain == "web":
            assert {n.split(".")[0] for n in module.own} <= {"web", "kernel", ""}, module.name


def test_only_app_imports_views():
    for module in modules().values():
        if module.name != "app":
            views = {name for name in module.own if name.endswith("views") or name == "health"}
            assert not views, f"{module.name} imports {sorted(views)}"


def test_money_touches_neither_speech_nor_scores():
    for start in modules().values():
        if start.domain in FREE_OF_MONEY and not of_the_page(start):
            assert not any(n.split(".")[0] == "billing" for n in reached(start)), start.name


def reached(start: Module) -> set[str]:
    """All modules that importing this one loads, by any road."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        new = waiting.pop().own - seen
        seen |= new
        waiting += [modules()[name] for name in new]
    return seen


def test_rules_are_pure():
    pure = set(sys.stdlib_module_names) - IMPURE
    for module in modules().values():
        if module.role != "rules" and module.name not in PURE:
            continue
        for name in module.imports:
            ours = name == "parley" or name.startswith("parley.")
            if ours:
                pure_ones = {f"parley.{one}" for one in PURE}
                allowed = (name.startswith("parley.kernel") or "rules" in name.split(".")
                           or any(name.startswith(one) for one in pure_ones)
                           or any(one.startswith(f"{name}.") for one in pure_ones))
                assert allowed, f"{module.name} imports {name}"
            else:
                assert name.partition(".")[0] in pure, f"{module.name} imports {name}"
        kernel = {n for n in module.own if n.startswith("kernel.")}
        assert kernel <= {"kernel.errors"}, f"{module.name} imports {sorted(kernel)}"


def test_no_import_of_our_own_hides_in_a_function():
    for module in modules().values():
        for function in ast.walk(module.tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                hidden = [n for node in ast.walk(function) for n in imported(node)
                          if n.partition(".")[0] == "parley"]
                assert not hidden, f"{module.name} imports {hidden} in a function"


def test_the_sanitizers_are_called_in_one_place():
    users = {m.name for m in modules().values()
             if {"bleach", "nh3"} & {name.partition(".")[0] for name in m.imports}}
    assert users <= {"kernel.safe_html"}


def test_only_the_clock_asks_the_time():
    # Rate limits are about the load on this machine, not about Parley's time.
    for module in modules().values():
        if module.name in {"kernel.clock", "web.limits"}:
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute):
                owner = ast.unparse(node.value).rpartition(".")[2]
                assert node.attr not in ASKS_THE_TIME.get(owner, ()), (
                    f"{module.name}:{node.lineno} asks {owner}.{node.attr}; use kernel.clock.now()")


def test_ids_come_from_the_kernel():
    users = {m.name for m in modules().values() if "uuid" in m.imports}
    assert not users


def test_no_merge_was_left_half_done():
    mark = re.compile(r"^(?:<{7} |>{7} |={7}$)", re.MULTILINE)
    texts = [path for folder in FOLDERS for path in ROOT.glob(f"{folder}/**/*")
             if path.suffix in TEXTS] + list(ROOT.glob("*.md"))
    assert len(texts) > 500
    assert [path for path in texts if mark.search(path.read_text())] == []


def test_platform_hides_nothing():
    assert not (ROOT / "platform" / "__init__.py").exists(), "it would hide Python's own `platform`"


def test_every_route_declares_a_permission(built):
    for rule in built.url_map.iter_rules():
        if rule.endpoint != "static":
            permission = permission_of(built.view_functions[rule.endpoint])
            assert permission in ROUTES, f"{rule.endpoint} ({rule}) declares {permission}"
