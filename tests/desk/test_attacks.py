"""What is kept at a desk is there for the people of its company, and for nobody else."""

from __future__ import annotations

import json

import pytest

from parley.desk import actions, bulk, notes, records, texts
from parley.desk.models import Bulk, Note, SavedReply
from parley.journal.models import Entry
from parley.kernel import db
from parley.kernel.errors import Invalid, NotFound
from parley.threads.models import Thread
from parley.vendors import actions as vendors
from parley.vendors import claims, disputes, people
from parley.vendors.models import Claim, Representative, Vendor
from tests.archives.rows import archive_of, exported
from tests.factories import (
    make_account,
    make_manager,
    make_member,
    make_representative,
    make_steward,
    make_vendor,
)
from tests.threads import factories as f
from tests.web.scene import text
from tests.web.test_every_route import browsers

SECRET = "Zanzibar"
OURS = ("ours", "manager")


def pages_of(scene) -> list[str]:
    thread = scene.threads["waiting"].id
    return ["/desk/acme", "/desk/acme/day", "/desk/acme/keys", "/desk/acme/replies",
            f"/desk/acme?q={SECRET}", f"/desk/acme/threads/{thread}",
            f"/desk/acme/threads/{thread}?reply={scene.ids['desk_reply']}"]


def test_nobody_else_sees_the_desk_nor_learns_that_it_is_there(app, scene):
    for who, browser in browsers(app, scene, but=OURS):
        for path in pages_of(scene):
            expected = 302 if who == "visitor" else 404
            assert browser.get(path).status_code == expected, (who, path)
            missing = browser.get(path.replace("acme", "nowhere"))
            assert missing.status_code == expected, (who, path)


def test_notes_stand_on_no_page_that_others_read(app, scene):
    waiting = scene.threads["waiting"]
    note = notes.write(scene.people["ours"], scene.vendor, waiting.id, f"{SECRET} and Mombasa")
    paths = [f"/threads/{waiting.id}", f"/threads/{waiting.id}/feed.atom", "/vendors/acme",
             "/vendors/acme/feed.atom", f"/search?q={SECRET}", f"/search/feed.atom?q={SECRET}",
             "/", "/threads", "/feed", "/notices", "/moderation/log",
             f"/desk/acme/threads/{waiting.id}", f"/desk/acme/notes/{note.id}",
             f"/desk/elsewhere/threads/{waiting.id}", f"/desk/elsewhere/notes/{note.id}"]
    inside = app.test_client().sign_in(scene.people["manager"])
    assert "Mombasa" in text(inside.get(f"/desk/acme/threads/{waiting.id}"))
    for who, browser in browsers(app, scene, but=OURS):
        for path in paths:
            assert "Mombasa" not in text(browser.get(path)), (who, path)
    for path in paths[:11]:  # nor where the company's people look as everybody does
        assert "Mombasa" not in text(inside.get(path)), path


def test_notes_are_in_the_archive_of_who_wrote_them_only(app, scene, tmp_path):
    ours, waiting = scene.people["ours"], scene.threads["waiting"]
    notes.write(ours, scene.vendor, waiting.id, SECRET)
    assert archive_of(ours, tmp_path).json("desk.json")["notes"][0]["body"] == SECRET
    for who in ("author", "manager", "other", "member"):
        assert not archive_of(scene.people[who], tmp_path).mentions(SECRET), who


def test_the_journal_holds_no_word_of_the_desk(app, scene):
    notes.write(scene.people["ours"], scene.vendor, scene.threads["waiting"].id, SECRET)
    entries = list(Entry.select().where(Entry.kind.startswith("desk.")))
    assert {entry.subject for entry in entries} == {"vendor"}
    assert SECRET not in json.dumps([entry.refs for entry in entries])


def test_an_answer_of_a_desk_is_kept_from_caches(app, scene, client_of):
    answer = client_of(scene.people["ours"]).get("/desk/acme")
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_no_verb_of_the_desk_is_for_others(app, scene):
    vendor, thread = scene.vendor, scene.threads["waiting"]
    note, reply = scene.ids["desk_note"], scene.ids["desk_reply"]
    before = (Note.select().count(), SavedReply.select().count(), Thread.get_by_id(thread.id))
    for who, by in scene.people.items():
        if who in ("visitor", *OURS):
            continue
        for attempt in (
            lambda by=by: notes.write(by, vendor, thread.id, "x"),
            lambda by=by: notes.edit(by, vendor, note, "x"),
            lambda by=by: notes.remove(by, vendor, note),
            lambda by=by: texts.reply(by, vendor, reply),
            lambda by=by: texts.save_reply(by, vendor, "Title", "answer", "x"),
            lambda by=by: texts.remove_reply(by, vendor, reply),
            lambda by=by: texts.publish_briefing(by, vendor, "Title", "xxx"),
            lambda by=by: actions.assign(by, vendor, thread.id, "", ""),
            lambda by=by: actions.begin(by, vendor, thread.id),
            lambda by=by: actions.take_next(by, vendor),
            lambda by=by: bulk.carry_out(by, vendor, bulk.Asked("assign", (thread.id,), "k")),
            lambda by=by: bulk.undo(by, vendor, scene.ids["bulk"]),
        ):
            with pytest.raises(NotFound):
                attempt()
    after = (Note.select().count(), SavedReply.select().count(), Thread.get_by_id(thread.id))
    assert before == after


def test_a_thread_of_another_company_is_at_no_desk_but_theirs(team, client_of):
    foreign = f.open_thread(vendor=make_vendor(name="Other"))
    own = team.thread()
    browser = client_of(team.kim)
    for path in (f"/desk/acme/threads/{foreign.id}",):
        assert browser.get(path).status_code == 404
    for step in ("posts", "assignee", "answering", "notes"):
        form = {"body": "x", "purpose": "answer", "to": "kim", "note": "x"}
        assert browser.post_form(f"/desk/acme/threads/{foreign.id}/{step}", form).status_code == 404
    for act in ("assign", "acknowledge"):
        with pytest.raises(Invalid, match="Nothing was done"):
            bulk.carry_out(team.kim, team.vendor, bulk.Asked(
                act, (own.id, foreign.id), f"key-{act}", "kim", "Hello"))
    assert f.now(own).assignee == f.now(foreign).assignee == ""
    assert (f.now(own).post_count, Bulk.select().count()) == (1, 0)


def test_a_colleague_changes_no_note_of_mine(team):
    note = notes.write(team.kim, team.vendor, team.thread().id, "Mine")
    for by in (team.lou, team.manager):
        with pytest.raises(NotFound):
            notes.edit(by, team.vendor, note.id, "Yours")
        with pytest.raises(NotFound):
            notes.remove(by, team.vendor, note.id)
    assert Note.get_by_id(note.id).body == "Mine"


def test_whoever_is_removed_is_out_with_the_next_click(team, client_of):
    thread = team.thread()
    browser = client_of(team.kim)
    assert browser.get(f"/desk/acme/threads/{thread.id}").status_code == 200
    people.remove(team.vendor, "kim", team.manager)
    for path in ("/desk/acme", f"/desk/acme/threads/{thread.id}"):
        assert browser.get(path).status_code == 404
    assert client_of(team.kim).get("/desk").status_code == 404


def kept(team) -> Thread:
    """A thread with a note, a saved reply and a briefing of the team."""
    thread = team.thread()
    notes.write(team.kim, team.vendor, thread.id, SECRET)
    texts.save_reply(team.manager, team.vendor, SECRET, "answer", SECRET)
    texts.publish_briefing(team.manager, team.vendor, SECRET, SECRET)
    return thread


def test_a_claim_that_moves_seals_what_the_old_team_kept(team, client_of):
    thread, newcomer = kept(team), make_account(handle="newcomer")
    claim = Claim.create(vendor=team.vendor, domain="acme.example", token="t" * 26, by=newcomer,
                         state="disputed", created_at=thread.opened_at)
    with db.write():
        claims.prove(claim, Vendor.get_by_id(team.vendor.id))
    browser = client_of(newcomer)
    for path in (f"/desk/acme/threads/{thread.id}", "/desk/acme", "/desk/acme/replies",
                 "/desk/acme/briefings", "/vendors/acme/advocates"):
        page = browser.get(path)
        assert page.status_code == 200
        assert SECRET not in text(page), path
    back = vendors.appoint(team.vendor, team.kim, "responder", "", by=newcomer)
    vendors.accept(back, team.kim)
    assert notes.of(team.vendor, thread.id) == []
    (note,) = exported(records, team.kim)["desk.json"]["notes"]
    assert (note["body"], bool(note["sealed_at"])) == (SECRET, True)


def test_when_the_last_one_leaves_nothing_waits_for_the_next(team):
    thread = kept(team)
    with db.write():
        for row in Representative.select().where(Representative.vendor == team.vendor.id):
            vendors.leave(row)
    later = make_manager(team.vendor)
    assert notes.of(team.vendor, thread.id) == []
    assert texts.replies(team.vendor) == texts.briefings(team.vendor) == []
    with pytest.raises(NotFound):
        notes.own(later, team.vendor, Note.get().id)


def test_what_is_kept_stays_while_one_of_the_team_is_there(team):
    thread = kept(team)
    people.remove(team.vendor, "kim", team.manager)
    assert [note.body for note in notes.of(team.vendor, thread.id)] == [SECRET]


def test_merging_pages_brings_no_notes_to_other_people(team, client_of, outbox_run):
    thread, other = kept(team), make_vendor(name="Other")
    boss = make_manager(other)
    actions.assign(team.kim, team.vendor, thread.id, "kim", "")
    disputes.merge(team.vendor, other, make_steward(), "One company.")
    page = client_of(boss).get(f"/desk/other/threads/{thread.id}")
    assert page.status_code == 200
    assert SECRET not in text(page)
    assert client_of(team.kim).get(f"/desk/other/threads/{thread.id}").status_code == 404
    outbox_run()
    assert f.now(thread).assignee == ""


def test_a_hidden_thread_is_at_no_desk(team, client_of):
    thread = kept(team)
    Thread.update(listed=0, hidden_at=thread.opened_at).where(Thread.id == thread.id).execute()
    browser = client_of(team.kim)
    assert browser.get(f"/desk/acme/threads/{thread.id}").status_code == 404
    assert thread.title not in text(browser.get("/desk/acme"))


def test_the_desk_tells_nothing_of_an_author_but_their_earlier_threads_here(team, client_of):
    author = make_member(handle="ada")
    f.open_thread(author, make_vendor())
    team.thread()
    f.open_thread(author, team.vendor)
    f.open_thread(author, team.vendor)
    page = text(client_of(team.kim).get("/desk/acme"))
    assert page.count("1 earlier thread") == 1
    assert not [word for word in ("member", "follower", "ada@", "paid") if word in
                page.partition("<main")[2].partition("</main")[0].lower().replace("/members", "")]


def test_nobody_outside_learns_who_takes_care_of_a_thread(team, client, client_of):
    thread = team.thread()
    make_representative(team.vendor, handle="zita", display_name="Zita Zimt")
    actions.assign(team.kim, team.vendor, thread.id, "zita", "")
    actions.begin(team.kim, team.vendor, thread.id)
    for browser in (client, client_of(thread.author), client_of(make_member())):
        page = text(browser.get(f"/threads/{thread.id}"))
        assert "Zita" not in page
        assert "answering this" not in page


@pytest.mark.parametrize(("where", "form"), [
    ("bulk", {"act": "assign", "to": "\0"}),
    ("bulk", {"act": "link", "problem": "\0"}),
    ("bulk", {"act": "assign", "thread": "\0", "to": ""}),
    ("assignee", {"to": "\0", "was": ""}),
    ("assignee", {"to": "", "was": "\0"}),
    ("posts", {"body": "It is here.", "purpose": "answer", "saved": "\0", "do": "stay"}),
])
def test_what_no_database_can_hold_is_never_asked_of_it(scene, client_of, where, form):
    thread, browser = scene.threads["waiting"].id, client_of(scene.people["ours"])
    url = "/desk/acme/bulk" if where == "bulk" else f"/desk/acme/threads/{thread}/{where}"
    sent = browser.post_form(url, {"thread": thread, "form_key": "k", "seen": "9"} | form)
    assert sent.status_code in (303, 409, 422)
    assert browser.get(f"/desk/acme/threads/{thread}?reply=%00").status_code == 404
