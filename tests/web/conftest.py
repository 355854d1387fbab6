"""A scene for the pages, and a lab: the app with routes of its own, on which the glue is tried."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import datetime
from types import MethodType
from typing import Any

import peewee
import pytest
from flask import Blueprint, Flask, flash, jsonify, render_template_string, request, session
from flask.testing import FlaskClient
from werkzeug.routing import Map

from parley.kernel.errors import Invalid, NotFound, Refusal, Refused
from parley.web import forms, limits, pagecache, paging
from parley.web.forms import reshow
from parley.web.limits import by_typed, limited
from parley.web.pagecache import PageCache
from parley.web.permissions import allowed
from tests.conftest import Client, forget_pages
from tests.web.scene import Scene, make_scene

FORM = """{% for name, words in errors().items() %}<p>{{ name }}={{ words }}</p>{% endfor %}
<textarea name="body">{{ typed('body', 'empty') }}</textarea>"""


@pytest.fixture
def scene(app, travel, staged) -> Scene:
    return staged(make_scene)


@dataclass
class Seen:
    """How often a page was made, and until when the next one is fresh."""

    count: int = 0
    fresh_until: datetime | None = None

    def page(self) -> str:
        self.count += 1
        return f"page {self.count}"


seen = Seen()
views = Blueprint("lab", __name__, url_prefix="/lab")


@views.get("/kept")
@allowed("public:read")
def kept() -> str:
    pagecache.reads("front")
    pagecache.fresh_until(seen.fresh_until)
    return seen.page()


@views.get("/plain")
@allowed("public:read")
def plain() -> str:
    return seen.page()


@views.get("/cookie")
@allowed("public:read")
def cookie() -> str:
    pagecache.reads("front")
    session["own"] = "yes"
    return seen.page()


@views.get("/flash")
@allowed("public:read")
def flashing() -> str:
    pagecache.reads("front")
    flash("For you alone.")
    return seen.page()


@views.get("/missing")
@allowed("public:read")
def missing() -> str:
    pagecache.reads("front")
    seen.page()
    raise NotFound


@views.get("/form")
@allowed("public:read")
def form() -> str:
    return render_template_string(FORM)


@views.post("/form")
@reshow(form)
@allowed("public:read")
def send() -> str:
    match forms.text("body"):
        case "invalid":
            raise Invalid({"body": "Too short."})
        case "refused":
            raise Refused(Refusal("closed", "It is closed."))
        case "forbidden":
            raise Refused(Refusal("members", "For members."), 403)
    return "sent"


@views.post("/bare")
@allowed("public:read")
def bare() -> str:
    raise Invalid({"body": "Too short."})


@views.post("/echo")
@allowed("public:read")
def echo() -> Any:
    return jsonify(text=forms.text("body"), flag=forms.flag("flag"), all=len(request.form))


@views.get("/next")
@allowed("public:read")
def onward() -> str:
    return forms.safe_next("/default")


@views.get("/pages")
@allowed("public:read")
def pages() -> str:
    return str(paging.asked())


@views.post("/account")
@allowed("account:manage")
def account() -> str:
    return "hello"


@views.get("/steward")
@allowed("moderation:act")
def steward() -> str:
    return "desk"


@views.get("/crash")
@allowed("public:read")
def crash() -> str:
    raise RuntimeError("secret words")


@views.get("/away")
@allowed("public:read")
def away() -> str:
    raise peewee.OperationalError("gone away")


@views.post("/limited")
@allowed("public:read")
@limited(3, "minute")
def often() -> str:
    return "again"


@views.post("/guess")
@allowed("public:read")
@limited(2, "minute", by_typed("email"))
def guess() -> str:
    return "no"


class Bold(Client):
    """A browser that bears a 500."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        return FlaskClient.open(self, *args, **kwargs)


@pytest.fixture(scope="session")
def lab_built(built: Flask) -> Flask:
    """The app of this process with the lab's routes, which the app itself does not get."""
    lab = copy.copy(built)
    lab.url_map = Map([rule.empty() for rule in built.url_map.iter_rules()],
                      converters=built.url_map.converters)
    lab.view_functions, lab.blueprints = dict(built.view_functions), dict(built.blueprints)
    lab._got_first_request = False
    lab.register_blueprint(views)
    lab.wsgi_app = PageCache(MethodType(Flask.wsgi_app, lab), built.wsgi_app.cookie[:-1])
    lab.test_client_class = Bold
    return lab


@pytest.fixture
def lab_app(lab_built: Flask, backend: str, monkeypatch: pytest.MonkeyPatch) -> Flask:
    seen.count, seen.fresh_until = 0, None
    forget_pages(lab_built)
    monkeypatch.setattr(limits, "_multiplier", 1.0)
    limits.limiter.reset()
    return lab_built


@pytest.fixture
def lab(lab_app: Flask) -> Bold:
    """A visitor's browser in the lab."""
    return lab_app.test_client()
