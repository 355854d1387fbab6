"""Bad input: a clear message and its right status, what was typed is kept, nothing half written."""

from __future__ import annotations

import io
import re
from html import escape
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest
from PIL import Image

from parley.accounts.models import Account, Session
from parley.kernel import db, ids, pictures, safe_html
from parley.threads.models import Draft, File, Post, Thread
from tests.conftest import ON, everything
from tests.factories import PASSWORD, make_account, make_member
from tests.threads import factories as f
from tests.web.scene import PDF, PEOPLE, Scene, text
from tests.web.test_every_route import FORMS, address, outcome, routes, rows

HOSTILE = {
    "nothing": b"",
    "binary": bytes(range(256)) + b"\xff\xfe caf\xe9 \x1b[31m" + "\uffff".encode(),
    "a lone surrogate": b"\xed\xa0\x80 half",
    "a right-to-left override": "exe.\u202egnp \u00a0".encode(),
    "too much": b"x" * 60_000,
    "HTML": b"<script>alert(1)</script>{{ 7*7 }} %s ${x} '); DROP TABLE post; --",
}
FIELDS = ("body", "title", "form_key", "draft", "kind", "vendor", "vendor_name", "website", "seen",
          "product", "happened_where", "happened_when", "wish", "impact", "purpose", "side",
          "then", "do", "duplicate_of", "posts", "solved_by", "idea_state", "word", "helped",
          "reason", "note", "act", "words", "post", "decision", "next", "about", "category",
          "ties", "since_year", "received", "email", "handle", "display_name", "password",
          "old_password", "new_password", "time_zone", "licence", "link", "ai_assisted", "amount",
          "interval", "by", "to", "months", "reference", "day", "way", "key", "file",
          "revision", "monday", "closed", "expires", "zone", "effective_from")


# What the database has no part in is tried on one of them.
on_one = pytest.mark.parametrize("kind", ON[:1], indirect=True, scope="session")


@pytest.fixture
def amounts(app):
    """`amounts()`: how many rows each table has."""
    tables = [model._meta.table_name for model in _models(db.Model)]
    counts = " UNION ALL ".join(f"SELECT '{t}', COUNT(*) FROM \"{t}\"" for t in sorted(tables))
    return lambda: dict(db.database.execute_sql(counts).fetchall())


def _models(model: type) -> list[type]:
    return [one for child in model.__subclasses__() for one in (child, *_models(child))]


def who_sends(scene: Scene, cells: list[str]) -> Account | None:
    """A person whose form is read: the author, or else the first for whom it is."""
    people = dict(zip(PEOPLE, cells, strict=True))
    return next((scene.people[name] for name in ("author", *PEOPLE)
                 if people[name] in ("ok", "in", "422", "409") and name != "visitor"),
                scene.people["author"])


SIGNED_OTHERWISE = ("/no-mail/", "/webhooks/")  # by a token of their own, or a signature


def posts_of(scene: Scene) -> list[tuple[str, Account | None]]:
    return [(rule, who_sends(scene, cells)) for method, rule, cells in rows()
            if method == "POST" and not rule.startswith(SIGNED_OTHERWISE)]


def encoded(client, values: dict[str, bytes | str]) -> dict:
    """A form as raw bytes, which need be no text."""
    return {"data": urlencode({"csrf_token": client.token()} | values),
            "content_type": "application/x-www-form-urlencoded"}


def told(response) -> bool:
    """Whether the page says in words what was wrong."""
    page = text(response)
    return 'class="errors"' in page or "error-page" in page or "used up" in page


def well_refused(sent, before: dict, amounts) -> bool:
    """It went through, or a page says why not and nothing at all was stored."""
    if outcome(sent) in ("ok", "in", "200"):
        return True
    fits = sent.status_code in (400, 403, 404, 409, 413, 422)
    return fits and told(sent) and amounts() == before


def sent_to_every_form(app, scene, client_of, amounts, forms) -> list[str]:
    """What did not come back well of `forms(rule)`, the fields to send to each route."""
    wrong, senders = [], {}
    for _, person in posts_of(scene):
        if person not in senders:
            senders[person] = client_of(person)
    before = amounts()
    for rule, person in posts_of(scene):
        for form in forms(rule):
            with db.database.atomic() as undone:
                browser = senders[person].twin()
                sent = browser.post(address(app, rule, scene), **encoded(browser, form))
                if not well_refused(sent, before, amounts):
                    wrong.append(f"{rule} {[k for k, v in form.items() if len(v) > 300]}"
                                 f" {sent.status}")
                undone.rollback()
    return wrong


@everything
@pytest.mark.parametrize("what", ["nothing", "a right-to-left override", "HTML"])
def test_hostile_values_in_all_fields_of_every_form(app, scene, client_of, amounts, what):
    all_fields = dict.fromkeys(FIELDS, HOSTILE[what])
    wrong = sent_to_every_form(app, scene, client_of, amounts, lambda rule: [all_fields])
    assert not wrong, "\n".join(wrong)


HIDDEN = {"/threads/<id:thread_id>/posts": ("form_key", "draft", "then", "duplicate_of", "do"),
          "/threads/<id:thread_id>/resolution": ("form_key", "draft", "posts", "body"),
          "/threads/new": ("form_key", "draft", "vendor_name", "website", "impact", "do"),
          "/threads/<id:thread_id>/moderate": ("post", "words"),
          "/moderation/reports/<secret:report_id>": ("words",),
          "/posts/<id:post_id>/edit": ("title",), "/posts/<id:post_id>/report": ("note",),
          "/vendors/<slug:slug>/advocate": ("since_year", "received"),
          "/sign-in": ("next",), "/sign-up/confirm/<secret:token>": ("handle",)}


@everything
@pytest.mark.parametrize("what", ["binary", "a lone surrogate", "too much"])
def test_one_hostile_value_in_a_form_that_is_right_otherwise(
        app, scene, client_of, amounts, what):
    def forms(rule: str) -> list[dict]:
        right = FORMS.get(rule, {})
        return [right | {name: HOSTILE[what]} for name in (*right, *HIDDEN.get(rule, ()))]

    wrong = sent_to_every_form(app, scene, client_of, amounts, forms)
    assert not wrong, "\n".join(wrong)


# What was typed is kept

TYPED = "It broke <b>twice</b> & I kept the “bill”, number 4711."
KEPT = [
    ("author", "/threads/new", {"title": "Hm"}, 422),
    ("author", "/threads/new", {"kind": "riddle"}, 422),
    ("author", "/threads/new", {"vendor": "nobody-of-that-name"}, 422),
    ("author", "/threads/new", {"vendor": "", "vendor_name": "Lids & Co", "website": "??"}, 422),
    ("lapsed", "/threads/new", {}, 403),
    ("ours", "/threads/new", {}, 409),
    ("ours", "/threads/<id:thread_id>/posts", {"purpose": "shout"}, 422),
    ("ours", "/threads/<id:thread_id>/posts", {"purpose": "propose_resolution"}, 409),
    ("ours", "/threads/<id:thread_id>/posts",
     {"purpose": "decline", "duplicate_of": "elsewhere"}, 422),
    ("advocate", "/threads/<id:thread_id>/posts", {"side": ""}, 422),
    ("lapsed", "/threads/<id:thread_id>/posts", {}, 403),
    ("account", "/threads/<id:thread_id>/posts", {}, 403),
    ("author", "/threads/<id:thread_id>/posts", {"then": "give_back"}, 409),
    ("author", "/threads/<id:thread_id>/resolution", {"solved_by": "luck"}, 422),
    ("author", "/threads/<id:thread_id>/resolution", {"solved_by": "community"}, 409),
    ("ours", "/threads/<id:thread_id>/idea-state", {"idea_state": "lost"}, 422),
    ("author", "/posts/<id:post_id>/edit", {"body": "x" * 20_001, "title": ""}, 422),
    ("member", "/posts/<id:post_id>/report", {"reason": "ugly"}, 422),
    ("steward", "/threads/<id:thread_id>/moderate", {"act": "sing"}, 422),
    ("steward", "/moderation/reports/<secret:report_id>", {"decision": "sing"}, 422),
    ("member", "/vendors/<slug:slug>/advocate", {"ties": "hearsay"}, 422),
    ("manager", "/vendors/<slug:slug>/edit", {"category": "?"}, 422),
    ("member", "/vendors/<slug:slug>/problems/new", {"threads": []}, 422),
    ("lapsed", "/vendors/<slug:slug>/problems/new", {"threads": []}, 403),
    ("ours", "/vendors/<slug:slug>/problems/new", {}, 409),
    ("manager", "/problems/<id:problem_id>/state", {"to": "confirmed"}, 422),
    ("manager", "/problems/<id:problem_id>/state", {"planned_for": "1999-01-01"}, 409),
    ("manager", "/problems/<id:problem_id>/updates", {"body": "x" * 20_001}, 422),
    ("author", "/account", {"time_zone": "Mars/Olympus"}, 422),
]
TEXT_FIELD = {"/posts/<id:post_id>/report": "note", "/threads/<id:thread_id>/moderate": "words",
              "/moderation/reports/<secret:report_id>": "words",
              "/vendors/<slug:slug>/advocate": "received", "/account": "about",
              "/vendors/<slug:slug>/edit": "about", "/problems/<id:problem_id>/state": "words"}


@on_one
@pytest.mark.parametrize(("who", "rule", "changes", "status"), KEPT)
def test_what_was_typed_is_kept(app, scene, client_of, amounts, who, rule, changes, status):
    browser, before = client_of(scene.people[who]), amounts()
    form = FORMS.get(rule, {}) | {TEXT_FIELD.get(rule, "body"): TYPED} | changes
    sent = browser.post_form(address(app, rule, scene), form)
    assert sent.status_code == status
    assert told(sent)
    words = form[TEXT_FIELD.get(rule, "body")]
    assert escape(words) in text(sent).replace("&#34;", "&quot;")
    assert amounts() == before


def test_words_for_a_thread_that_changed_meanwhile_are_kept(scene, client_of):
    """The form they were typed into is not on the page any more."""
    browser, thread = client_of(scene.author), scene.threads["waiting"]
    again = browser.post_form(f"/threads/{thread.id}/reopening", {"body": TYPED})
    assert again.status_code == 409
    assert "open already" in text(again)
    assert escape(TYPED) in text(again)
    manager = client_of(scene.people["manager"])
    wrong = manager.post_form(f"/threads/{scene.ids['idea_thread']}/closing", {"body": TYPED})
    assert wrong.status_code == 409
    assert escape(TYPED) in text(wrong)
    Thread.update(locked_at=thread.opened_at).where(Thread.id == thread.id).execute()
    shut = client_of(scene.people["member"]).post_form(
        f"/threads/{thread.id}/posts", {"body": TYPED})
    assert shut.status_code == 409
    assert escape(TYPED) in text(shut)
    Thread.update(hidden_at=thread.opened_at, listed=0).where(Thread.id == thread.id).execute()
    gone = client_of(scene.people["member"]).post_form(
        f"/threads/{thread.id}/posts", {"body": TYPED})
    assert gone.status_code == 404
    assert escape(TYPED) in text(gone)


@on_one
def test_passwords_are_never_shown_again(app, scene, client_of, client):
    secret = "a horse & its stable"
    for browser, path, form in (
        (client, "/sign-in", {"email": "author@people.example", "password": secret}),
        (client, "/sign-up", {"email": "no", "handle": "x", "password": secret}),
        (client_of(scene.author), "/account/password",
         {"old_password": secret, "new_password": secret}),
        (client_of(scene.author), "/account/email", {"email": "no", "password": secret}),
        (client_of(scene.author), f"/account/sessions/{'0' * 26}/end",
         {"old_password": secret, "password": secret, "new_password": secret}),
    ):
        sent = browser.post_form(path, form)
        assert sent.status_code in (404, 422), path
        assert escape(secret) not in text(sent), path


# Old tokens, forms sent twice, sessions that ended


@on_one
def test_without_its_token_no_form_does_anything(app, scene, client_of, amounts):
    for rule, person in posts_of(scene):
        browser, before = client_of(person), amounts()
        for token in ({}, {"csrf_token": "stale"}, {"csrf_token": app.test_client().token()}):
            typed = FORMS.get(rule, {}) | {"note": "Well & good"} | token
            sent = browser.post(address(app, rule, scene), data=typed)
            if "oidc" in rule:
                continue  # no provider here, so nothing to show
            if rule.startswith(("/treasurer", "/webhooks/")):
                assert sent.status_code == 404, rule  # nobody here may see it
                continue
            assert sent.status_code == 400, rule
            assert "Nothing is lost" in text(sent), rule
            if "body" in typed:
                assert escape(typed["body"]) in text(sent), rule
        assert amounts() == before, rule


TWICE = [
    ("author", "/threads/new", "thread"), ("member", "/threads/<id:thread_id>/posts", "post"),
    ("ours", "/threads/<id:thread_id>/posts", "post"),
    ("author", "/threads/<id:thread_id>/resolution", "post"),
    ("author", "/threads/<id:thread_id>/reopening", "post"),
    ("ours", "/threads/<id:thread_id>/idea-state", "post"),
    ("manager", "/threads/<id:thread_id>/closing", "post"),
]


@pytest.mark.parametrize(("who", "rule", "table"), TWICE)
def test_a_form_sent_twice_counts_once(app, scene, client_of, amounts, who, rule, table):
    browser, before = client_of(scene.people[who]), amounts()
    form = {"body": "Once is enough."} | FORMS[rule] | {"form_key": ids.unguessable()}
    first, second = (browser.post_form(address(app, rule, scene), form) for _ in "12")
    assert outcome(first) == outcome(second) == "ok"
    assert first.location.partition("#")[0] == second.location.partition("#")[0]
    assert amounts()[table] == before[table] + 1
    assert amounts()["round"] <= before["round"] + 1


def test_confirming_twice_without_words_changes_nothing(app, scene, client_of, amounts):
    browser, path = client_of(scene.author), f"/threads/{scene.ids['answered_thread']}/resolution"
    assert outcome(browser.post_form(path, {"solved_by": "vendor"})) == "ok"
    before = amounts()
    assert outcome(browser.post_form(path, {"solved_by": "vendor"})) == "ok"
    assert amounts() == before


def test_a_preview_and_a_mistake_do_not_use_the_form_up(scene, client_of):
    browser, path = client_of(scene.people["member"]), f"/threads/{scene.ids['waiting_thread']}"
    form, posts = browser.hidden(path, f"{path}/posts"), Post.select().count()
    shown = browser.post(f"{path}/posts", data=form | {"body": "**Hm**", "do": "preview"})
    assert shown.status_code == 200
    assert "<strong>Hm</strong>" in text(shown)
    assert browser.post(f"{path}/posts", data=form | {"body": "x\x00"}).status_code == 422
    assert form["form_key"] in text(shown)
    for _ in "12":
        browser.post(f"{path}/posts", data=form | {"body": "**Hm**", "do": "send"})
    assert Post.select().count() == posts + 1


@pytest.mark.parametrize("rest", ["", "the cookie"])
def test_a_reply_outlives_the_session(app, scene, rest):
    """Signed out meanwhile: the text is a draft, and there after signing in."""
    member = make_member(email="late@people.example")
    browser, page = app.test_client().sign_in(member), f"/threads/{scene.ids['waiting_thread']}"
    form = browser.hidden(page, f"{page}/posts")
    Session.update(ended_at=member.created_at).where(Session.account == member.id).execute()
    if rest:
        browser.sign_out()
    sent = browser.post(f"{page}/posts", data=form | {"body": TYPED})
    assert outcome(sent) == "in"
    assert "kept as a draft" in text(browser.get(sent.location))
    arrived = browser.post_form("/sign-in", {"email": "late@people.example", "password": PASSWORD})
    assert arrived.location.startswith(f"{page}?draft=")
    shown = browser.get(arrived.location)
    assert escape(TYPED) in text(shown)
    draft = Draft.get(Draft.account == member.id)
    sent = browser.post_form(f"{page}/posts", {"body": TYPED, "draft": draft.id})
    assert outcome(sent) == "ok"
    assert not Draft.select().where(Draft.account == member.id).exists()


# Addresses


BAD_ADDRESSES = ("%00", "%ED%A0%80", "%FF", "..", "%2e%2e%2f", "0", "A" * 3000, "-1", "null",
                 "%E2%80%AE", "'%20OR%201=1", "0" * 20, "0" * 26)


@everything
def test_unknown_and_impossible_ids_are_not_there(app, scene):
    """In place of every id, slug and handle, with GET and POST; a visitor may be asked in."""
    browser = app.test_client().sign_in(scene.people["steward"])
    for method, rule in sorted(routes(app)):
        if "<" not in rule or "static" in rule:
            continue
        for bad in BAD_ADDRESSES:
            path = re.sub(r"<[a-z]+:[a-z_]+>", bad, rule).replace("<name>", "bill.pdf")
            if bad.startswith("0000") and ":slug>" in rule:
                continue
            sent = browser.get(path) if method == "GET" else browser.post_form(
                path, FORMS.get(rule))
            assert sent.status_code in (404, 405), (method, path)
            if "<secret:token>" not in rule:
                assert told(sent), path


QUERIES = {
    "/threads": ("show", "after"), "/search": ("q", "after"), "/search/feed.atom": ("q",),
    "/vendors": ("q", "category", "after"), "/vendors/acme": ("show", "after"),
    "/vendors/acme/problems": ("show", "after"), "/problems/{problem}": ("after",),
    "/vendors/acme/problems/new": ("thread", "q"),
    "/vendors/acme/advocates": ("after",), "/members/helper": ("after",), "/feed": ("after",),
    "/notices": ("after",), "/moderation": ("after",), "/moderation/log": ("after",),
    "/threads/new": ("kind", "vendor", "draft"), "/sign-in": ("next",),
    "/threads/{waiting_thread}": ("from", "quote", "draft"),
    "/threads/{waiting_thread}/moderate": ("post",),
}
BAD_QUERIES = ("", "0", "-1", "%00", "a%00b", "%FF%FE", "%ED%A0%80", "%E2%80%AE", "1" * 5000,
               "0" * 8 + "1" * 6000, "%C2%B2", "%D9%A3", "1e9", "'%22--", "<script>", "MQ==",
               "OTk5OTk5OTk5OTk5OTk5OTk5OTk5Ljkh", "LTEuYV9h", "%F0%9F%9A%86", "//evil.example")
FREE = ("q", "next", "quote", "kind", "vendor", "thread")


@everything
def test_made_up_cursors_and_queries(app, scene):
    browser = app.test_client().sign_in(scene.people["steward"])
    for page, names in QUERIES.items():
        path = page.format(**scene.ids)
        for name in names:
            for bad in BAD_QUERIES:
                sent = browser.get(f"{path}?{name}={bad}")
                free = name in FREE or (bad == "" and name not in ("show", "from"))
                fine = (200, 302) if free else (400, 404)
                if (path, name) == ("/vendors", "after"):
                    fine = (200, 400)  # any name is a place in the directory
                assert sent.status_code in fine, (path, name, bad[:40])
                assert sent.status_code < 400 or told(sent), (path, name, bad[:40])
                assert "evil.example" not in sent.headers.get("Location", "")


@on_one
@pytest.mark.parametrize("path", ["/threads", "/search?q=parcel", "/vendors", "/vendors/acme",
                                  "/members/helper", "/feed", "/notices", "/moderation/log"])
def test_a_made_up_cursor_is_told_in_words(scene, client_of, path):
    sent = client_of(scene.author).get(f"{path}{'&' if '?' in path else '?'}after=nonsense")
    assert sent.status_code == 400
    assert "Start from the first page" in text(sent)


@on_one
def test_wrong_methods(app, scene):
    browser, known = app.test_client().sign_in(scene.author), routes(app)
    for _, rule in sorted(known):
        path = address(app, rule, scene)
        for method in ("GET", "POST", "DELETE"):
            if (method, rule) in known:
                continue
            sent = browser.open(path, method=method, data={"csrf_token": browser.token()})
            assert sent.status_code == 405, (method, path)
            assert told(sent)


# What is no form of ours


BODIES = {
    "JSON": (b'{"body": "hello", "csrf_token": 1}', "application/json"),
    "broken JSON": (b'{"body": ', "application/json"),
    "plain text": (b"body=hello", "text/plain"),
    "no type": (b"body=hello", ""),
    "XML": (b"<body>hello</body>", "application/xml"),
    "multipart without boundary": (b"--x\r\n\r\nhello", "multipart/form-data"),
    "multipart garbage": (b"\x00\xff--x\r\nno head", "multipart/form-data; boundary=x"),
    "multipart cut short": (b'--x\r\nContent-Disposition: form-data; name="body"\r\n\r\nhel',
                            "multipart/form-data; boundary=x"),
    "many fields": (b"&".join(b"a=%d" % n for n in range(3000)),
                    "application/x-www-form-urlencoded"),
    "another charset": ("body=ñ".encode("utf-16"),
                        "application/x-www-form-urlencoded; charset=utf-16"),
}


@on_one
@pytest.mark.parametrize("what", BODIES)
def test_bodies_that_are_no_form_of_ours(app, scene, client_of, amounts, what):
    data, content_type = BODIES[what]
    browser = client_of(scene.author)
    token, before = browser.token(), amounts()
    for rule in FORMS:
        for headers in ({}, {"X-CSRFToken": token}):
            sent = browser.post(address(app, rule, scene), data=data, content_type=content_type,
                                headers=headers)
            assert sent.status_code in (200, 302, 303, 400, 404, 409, 413, 422), rule
    assert {k: v for k, v in amounts().items() if k != "token"} == {
        k: v for k, v in before.items() if k != "token"}


def multipart(client, fields: dict[str, str], name: str, data: bytes, filename: str = "") -> dict:
    """A form with one large part; the client's own encoder would leave a file open."""
    parts = [(f'name="{key}"', value.encode()) for key, value in fields.items()]
    parts.append((f'name="{name}"' + (f'; filename="{filename}"' if filename else ""), data))
    parts.append(('name="csrf_token"', client.token().encode()))
    start = b"--edge\r\nContent-Disposition: form-data; "
    body = b"".join(start + head.encode() + b"\r\n\r\n" + part + b"\r\n" for head, part in parts)
    return {"data": body + b"--edge--\r\n", "content_type": "multipart/form-data; boundary=edge"}


@on_one
@pytest.mark.parametrize("megabytes", [3, 27])
def test_too_large_a_form_says_that_it_stands_in_the_browser(scene, client_of, amounts, megabytes):
    browser, page = client_of(scene.author), f"/threads/{scene.ids['waiting_thread']}/posts"
    before = amounts()
    sent = browser.post(page, **multipart(browser, {}, "body", b"x" * (megabytes * 1024 * 1024)))
    assert sent.status_code == 413
    assert "what you typed still stands there" in text(sent)
    assert amounts() == before


@on_one
@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost@evil", "",
                                  "evil\u00e9.example", "[::1", "127.0.0.1"])
def test_a_foreign_host_name_is_refused(scene, client, host):
    sent = client.get("/threads", headers={"Host": host})
    assert sent.status_code == 400
    assert "evil" not in text(sent)
    assert client.get("/threads").status_code == 200


# Names


@on_one
@pytest.mark.parametrize("handle", ["rn_anna", "m_anna", "M_Anna", "mannna", "nn4nna"])
def test_look_alike_handles(app, client, handle):
    make_account(handle="manna")
    form = FORMS["/sign-up"] | {"handle": handle}
    sent = client.post_form("/sign-up", form)
    alike = safe_html.skeleton(handle) == safe_html.skeleton("manna")
    assert sent.status_code == (422 if alike else 302)
    assert f'value="{handle}"' in text(sent) or not alike


@on_one
@pytest.mark.parametrize("handle", ["m\u0430nna", "manna\u202e", "ma nna", "", "x" * 31, "<b>",
                                    "\uff4danna", "moderation", "9lives", "manna\x00"])
def test_impossible_handles(app, client, handle):
    sent = client.post_form("/sign-up", FORMS["/sign-up"] | {"handle": handle})
    assert sent.status_code == 422
    assert "handle" in text(sent)
    assert not Account.select().exists()


# Markdown and HTML


ATTACKS = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&colon;alert(1))", "[x](data:text/html;base64,PHNjcmlwdD4=)", "<javascript:x>",
    "![x](http://evil.example/pixel.gif)", '[x](http://a.example/"onmouseover="alert(1))',
    "<a href='vbscript:x'>x</a>", "</textarea></form><form action=//evil.example><button>",
    "<style>*{display:none}</style>", "<svg/onload=alert(1)>", "<iframe src=//evil.example>",
    "```\n</code></pre><script>alert(1)</script>\n```", "&lt;script&gt;alert(1)&lt;/script&gt;",
    "[a]: javascript:alert(1)\n\n[x][a]", "<!--><script>alert(1)</script>", "\u202eevil\u202c",
    "@<script>alert(1)</script>", "> " * 500 + "deep", "[" * 3000, "*" * 5000, "`" * 4999,
)


class Audit(HTMLParser):
    """Collects what a page must never hold."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        ours = tag == "script" and (dict(attrs).get("src") or "").startswith("/static/js/")
        if tag in ("script", "iframe", "object", "embed", "style", "base") and not ours:
            self.found.append(tag)
        for name, value in attrs:
            target = (value or "").strip().lower()
            if name.startswith("on") or name == "style":
                self.found.append(f"{tag} {name}")
            scheme = target.partition(":")[0] if ":" in target.partition("/")[0] else ""
            if name in ("href", "src", "action") and scheme not in ("", "http", "https", "mailto"):
                self.found.append(f"{tag} {name}={value}")
            if (tag == "img" or name == "action") and "evil.example" in target:
                self.found.append(f"{tag} {name}={value}")


@on_one
def test_attacks_stand_as_words_on_every_page(app, scene, client_of):
    author, steward = scene.author, scene.people["steward"]
    thread = f.open_thread(author, scene.vendor, title="<script>alert(1)</script> parcels",
                           body="\n\n".join(ATTACKS[:19]))
    Account.update(display_name="<img src=x onerror=alert(1)>", about=ATTACKS[0]).where(
        Account.id == author.id).execute()
    path = f"/threads/{thread.id}"
    first = Post.get(Post.thread == thread.id)
    client_of(author).post_form(f"/posts/{first.id}/edit", {"body": "Calm", "title": "<b>Calm</b>"})
    for attack in ATTACKS:
        client_of(author).post_form(f"{path}/posts", {"body": attack})
    pages = ["/", "/threads", "/vendors/acme", path, f"{path}?quote=2", f"{path}/moderate",
             f"/posts/{first.id}/history", f"/posts/{first.id}/edit", f"/posts/{first.id}/report",
             "/search?q=%3Cscript%3Ealert(1)%3C/script%3E", "/members/author", "/feed", "/notices",
             "/vendors?q=%22%3E%3Cscript%3E", "/threads/new?vendor=%3Cscript%3E"]
    for person in (None, author, steward):
        browser = client_of(person) if person else app.test_client()
        for page in pages:
            assert not Audit(text(browser.get(page))).found, (page, person)


# Files


def png(width: int, height: int, noise: bool = False) -> bytes:
    size, out = (width, height), io.BytesIO()
    (Image.effect_noise(size, 50) if noise else Image.new("L", size)).save(out, "PNG")
    return out.getvalue()


BAD_FILES = {
    "a broken picture": ("a.png", png(4, 4)[:30]),
    "a picture cut short": ("a.png", png(64, 64, noise=True)[:2000]),
    "no picture": ("a.png", b"hello"),
    "a program": ("a.exe", b"MZ\x90\x00"),
    "a page": ("a.html", b"<html><script>alert(1)</script>"),
    "a drawing with script": ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>"),
    "an empty file": ("a.pdf", b""),
    "a cut PDF": ("a.pdf", PDF[:6]),
    "too many pixels": ("a.png", png(8000, 5001)),
    "too many bytes": ("a.pdf", PDF[:-6] + b"0" * pictures.MAX_BYTES + PDF[-6:]),
}


@on_one
@pytest.mark.parametrize("what", BAD_FILES)
def test_files_that_cannot_be_used(scene, client_of, amounts, what):
    name, data = BAD_FILES[what]
    browser, before = client_of(scene.author), amounts()
    for path, form in ((f"/threads/{scene.ids['waiting_thread']}/posts", {"body": TYPED}),
                       ("/threads/new", FORMS["/threads/new"] | {"body": TYPED})):
        sent = browser.post(path, **multipart(browser, form, "files", data, name))
        assert sent.status_code == 422, path
        assert 'href="#f-files"' in text(sent), path
        assert escape(TYPED) in text(sent), path
    assert amounts() == before


@on_one
def test_four_files_are_one_too_many(scene, client_of, amounts):
    browser, before = client_of(scene.author), amounts()
    sent = browser.post_form(
        f"/threads/{scene.ids['waiting_thread']}/posts",
        {"body": TYPED, "files": [(io.BytesIO(PDF), f"{n}.pdf") for n in range(4)]},
        content_type="multipart/form-data")
    assert sent.status_code == 422
    assert "At most 3 files" in text(sent)
    assert amounts() == before


@on_one
def test_a_file_is_what_its_bytes_say(scene, client_of, app):
    """Its name and declared type count for nothing, and a hostile name is made plain."""
    browser = client_of(scene.author)
    sent = browser.post_form(
        f"/threads/{scene.ids['waiting_thread']}/posts",
        {"body": "See", "files": (io.BytesIO(png(9, 9)), "../../\u202egnp.<b>\x00exe", "text/css")},
        content_type="multipart/form-data")
    assert outcome(sent) == "ok"
    file = File.select().order_by(File.added_at.desc(), File.id).where(
        File.media_type == "image/png").get()
    assert not set(file.name) & set('/<>\u202e\x00"')
    with browser.get(f"/files/{file.id}/{file.name}") as got:
        assert got.content_type == "image/png"
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in got.headers["Content-Security-Policy"]
