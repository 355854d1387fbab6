"""Leaving: nothing that names the person is left anywhere, and what others rely on stays."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from parley.accounts import actions as accounts
from parley.accounts.models import Account, Leaving, RetiredHandle
from parley.archives import actions as archives
from parley.archives import erasures, leaving
from parley.archives.models import Archive
from parley.billing.models import Gift, Payment
from parley.desk import moderating as moderating_briefings
from parley.desk import notes, texts
from parley.desk.models import BriefingAct
from parley.journal.models import Entry, Pseudonym
from parley.kernel import db, fulltext, safe_html, signing
from parley.kernel.errors import Invalid, NotFound
from parley.moderation import actions as moderation
from parley.moderation.models import Act
from parley.outbox import actions as outbox
from parley.outbox.models import Task
from parley.problems import counting, moderating
from parley.problems.models import Problem, ProblemAct
from parley.scorecards import recount
from parley.threads.models import File, Helped, MeToo, Post
from parley.vendors.models import Representative, Vendor
from tests import factories
from tests.archives.lives import EMAIL, HANDLE, NAME, NAMES, Life, left_of, mara
from tests.conftest import everything
from tests.problems.factories import named
from tests.threads import factories as f

pytestmark = everything


@pytest.fixture
def life(app, travel, staged) -> Life:
    return staged(Life)


def leave(who: Account, words: str = "keep") -> Leaving:
    """All of it, but for the last mail, which carries the address out."""
    left = leaving.erase_now(leaving.close(who, words))
    assert EMAIL in Task.get(Task.kind == "farewell").data["to"]
    Task.delete().where(Task.kind == "farewell").execute()
    return left


def text(response) -> str:
    return response.get_data(as_text=True)


@pytest.mark.parametrize("words", ["keep", "remove"])
def test_nothing_in_the_database_names_them(life, words):
    assert set(NAMES) <= {found.partition(": ")[2] for found in left_of(*NAMES)}
    left = leave(life.me, words)
    assert left_of(*NAMES) == []
    assert {found.partition(":")[0] for found in left_of(life.me.id)} == {"entry", "version"}
    assert not Entry.select().join(Pseudonym, on=Pseudonym.id == Entry.actor).where(
        Pseudonym.account_id == life.me.id).exists()
    assert left.erased_at
    assert list(recount.verify(None)) == []


def pages(life: Life) -> list[str]:
    threads = [life.own, life.waiting, life.me_too, life.mention.thread]
    return [f"/problems/{life.problem.id}", "/vendors/nordbahn/problems", "/", "/threads",
            "/vendors", "/vendors/nordbahn", "/vendors/nordbahn/feed.atom",
            "/vendors/nordbahn/advocates", "/moderation/log", "/search?q=refund",
            "/search/feed.atom?q=refund", f"/posts/{life.answer.id}/history",
            f"/posts/{life.reply.id}/history",
            *(f"/threads/{thread.id}{feed}" for thread in threads for feed in ("", "/feed.atom"))]


def test_no_page_feed_or_search_names_them(life, client, client_of):
    steward, manager = client_of(factories.make_steward()), client_of(life.manager)
    own = [(client, page) for page in pages(life)]
    own += [(steward, "/moderation"), (manager, f"/desk/nordbahn/threads/{life.waiting.id}"),
            (manager, f"/threads/{life.own.id}"), (manager, "/notices")]
    before = [text(browser.get(page)) for browser, page in own]  # kept by the page cache now
    assert sum(NAME in page for page in before) > 8
    leave(life.me)
    for browser, page in own:
        shown = browser.get(page)
        assert shown.status_code == 200, page
        named = [name for name in NAMES if name.lower() in text(shown).lower()]
        assert named == [], page
    assert client.get(f"/members/{HANDLE}").status_code == 404
    assert fulltext.find("Lindqvist", kind="thread") == []


def test_what_others_said_to_them_still_reads_well(life):
    leave(life.me)
    thread = f.now(life.own)
    name = thread.author.display_name
    assert name.startswith("Customer ")
    answer = Post.get_by_id(life.answer.id)
    assert answer.body == f"Dear {name}, it is paid."
    assert answer.html == f'<p dir="auto">Dear {name}, it is paid.</p>\n'
    assert answer.unnamed_at and answer.author_id == life.manager.id
    assert answer.edits.get().body == (
        f"Dear {name},\n\nwe paid it back. {name}, {name}, thank you!")
    assert thread.title == f"{name} waits for a refund"
    opening = Post.get(Post.thread == thread.id, Post.number == 1)
    assert opening.body == f"Write to {name}.\n\n{name}"
    helping = Post.get(Post.thread == thread.id, Post.hat == "advocate")
    assert helping.body == f"Hi {name}, try the depot."
    assert Post.get_by_id(life.mention.id).body == (
        "As somebody who left found, see somebody who left.")


def test_each_thread_has_a_name_of_its_own(life):
    leave(life.me)
    others = [f.now(life.own).author, f.now(life.waiting).author,
              Post.get_by_id(life.reply.id).author]
    assert len({other.id for other in others}) == 3
    assert all(other.closed_at and other.email is None and not other.address for other in others)
    assert len({other.closed_at for other in others}) == 1  # a day, not the instant
    assert others[0].closed_at.hour == 0


def test_kept_words_stay_with_what_hangs_on_them(life):
    before = (f.counts(life.vendor), f.now(life.me_too).affected)
    left = leave(life.me)
    assert (f.counts(life.vendor), f.now(life.me_too).affected) == before
    assert f.now(life.own).outcome == "confirmed"
    assert Post.get_by_id(life.reply.id).helped_at
    assert Helped.get(Helped.post == life.reply.id).helper == Post.get_by_id(life.reply.id).author
    assert File.get(File.post.is_null(False)).name == "picture-1.png"
    assert MeToo.get(MeToo.thread == life.me_too.id).account.display_name.startswith("Customer")
    assert left.counts["posts_kept"] == 4


def test_removed_words_leave_a_line(life, client):
    file = File.get()
    left = leave(life.me, "remove")
    own = f.now(life.own)
    assert own.title == "Complaint taken back by its author" and own.product == ""
    gone = Post.select().where(Post.thread == own.id, Post.author == own.author_id)
    assert {(post.body, bool(post.removed_at)) for post in gone} == {("", True)}
    assert Post.get_by_id(life.answer.id).body.startswith("Dear Customer")
    assert "removed what stood here" in text(client.get(f"/threads/{own.id}"))
    waiting = f.now(life.waiting)
    assert (waiting.outcome, waiting.listed) == ("withdrawn", 0)  # nobody else wrote
    assert f.now(life.me_too).affected == 0
    assert not File.select().where(File.id == file.id).exists()
    assert not life.stored(file).exists()
    assert left.counts["posts_removed"] == 4


def test_the_account_closes_at_once(life, client_of, client, mails):
    browser, elsewhere = client_of(life.me), client_of(life.me)
    page = text(browser.get("/account/leave"))
    assert "Take your archive first" in page
    wrong = browser.post_form("/account/leave", {"words": "keep", "password": "no"},
                              page="/account/leave")
    assert wrong.status_code == 422 and "This is not your password." in text(wrong)
    assert browser.post_form("/account/leave", {"password": factories.PASSWORD}).status_code == 422
    sent = browser.post_form("/account/leave", {"words": "keep", "password": factories.PASSWORD})
    assert sent.status_code == 303
    assert "being erased now" in text(client.get(sent.location))
    for ending in ("", ".jws"):
        assert client.get(f"{sent.location}/certificate.json{ending}").status_code == 404
    for other in (browser, elsewhere):
        assert other.get("/account").location.startswith("/sign-in")
    assert accounts.Account.get_or_none(Account.email == EMAIL) is None
    signed_in = client.post_form("/sign-in", {"email": EMAIL, "password": factories.PASSWORD})
    assert signed_in.status_code == 422
    run_jobs()
    shown = client.get(sent.location)
    assert "Certificate of leaving" in text(shown)
    assert shown.headers["Cache-Control"] == "private, no-store"
    written = client.get(sent.location + "/certificate.json")
    signature = client.get(sent.location + "/certificate.json.jws")
    assert signing.verify_detached(written.data, text(signature), signing.public_jwks())
    assert signature.headers["Cache-Control"] == "private, no-store"
    said = written.json
    assert said["public_words"] == "kept under pseudonyms"
    assert {"what": "drafts", "count": 1, "words": "1 draft"} in said["removed"]
    last = mails.sent[-1] if mails.sent else None
    assert last is None or last.kind != "farewell"


def run_jobs() -> None:
    while outbox.run_one():
        pass
    failed = [task.error for task in Task.select().where(Task.error != "", Task.kind == "leave")]
    assert not failed, failed


def test_the_last_mail_leads_to_the_certificate(life):
    left = leaving.close(life.me, "keep")
    Task.delete().where(Task.kind != "leave").execute()
    outbox.run_one()
    farewell = Task.get(Task.kind == "farewell")
    assert f"/left/{left.id}" in farewell.data["text"]
    outbox.run_one()
    assert Task.get_by_id(farewell.id).data == {}
    assert Task.get_by_id(farewell.id).done_at


def test_an_address_goes_though_the_last_mail_cannot_be_sent(life, monkeypatch):
    def refuse(task):
        raise OSError(f"no route to {EMAIL}")

    leaving.erase_now(leaving.close(life.me, "keep"))
    Task.delete().where(Task.kind != "farewell").execute()
    monkeypatch.setattr(leaving.mail, "deliver", refuse)
    Task.update(attempts=outbox.MOST_ATTEMPTS - 1).execute()
    outbox.run_one()
    assert left_of(*NAMES) == []
    assert Task.get().failed_at


def test_erasing_goes_on_after_being_killed_anywhere(life, monkeypatch):
    class Killed(BaseException):
        pass

    left = leaving.close(life.me, "keep")
    task = Task.get(Task.kind == "leave")
    steps, rounds = leaving._steps, 0

    def until_killed(row, after):
        for number, _ in enumerate(steps(row)):
            yield
            if number == after:
                raise Killed

    while not Leaving.get_by_id(left.id).erased_at:
        after, rounds = rounds % 3, rounds + 1
        monkeypatch.setattr(leaving, "_steps", lambda row, after=after: until_killed(row, after))
        try:
            leaving.carry_on(task)
        except Killed:
            continue
    assert rounds > 5
    Task.delete().where(Task.kind == "farewell").execute()
    assert left_of(*NAMES) == []
    assert Leaving.get_by_id(left.id).counts["posts_kept"] == 4
    leaving.carry_on(task)  # at least once means: perhaps once more


def test_a_long_erasure_lets_others_have_their_turn(life, monkeypatch):
    monkeypatch.setattr(leaving, "AT_ONCE", 3)
    Task.delete().execute()
    left = leaving.close(life.me, "keep")
    assert outbox.run_one()
    assert not Leaving.get_by_id(left.id).erased_at
    run_jobs()
    assert Leaving.get_by_id(left.id).erased_at


def test_an_erasure_that_failed_is_taken_up_again(life, travel):
    left = leaving.close(life.me, "keep")
    Task.delete().execute()
    leaving.sweep()
    assert not Task.select().exists()  # it is not late yet
    travel(days=2)
    leaving.sweep()
    leaving.sweep()
    assert Task.select().where(Task.kind == "leave").count() == 1
    run_jobs()
    assert Leaving.get_by_id(left.id).erased_at


def test_a_handle_is_never_given_again(life):
    leave(life.me)
    like = HANDLE.replace("l", "1")
    for handle in (HANDLE, like):
        with pytest.raises(Invalid, match="This handle is taken"):
            accounts.create_account(email="new@people.example", handle=handle,
                                    display_name="New", password=None)
    again = accounts.create_account(email=EMAIL, handle="mara_again", display_name="Mara",
                                    password=None)
    assert again.email == EMAIL
    assert RetiredHandle.get().digest not in safe_html.skeleton(HANDLE)


def test_who_speaks_for_a_company_leaves_its_words_to_it(app, travel):
    me, vendor = mara(), factories.make_vendor(name="Nordbahn")
    factories.make_representative(vendor, me, role="manager")
    thread = f.open_thread(vendor=vendor)
    f.answer(thread, by=me, body="It is here. Mara Lindqvist")
    notes.write(me, vendor, thread.id, "A note")
    texts.publish_briefing(me, vendor, "How to help", "Ask.")
    leave(me, "remove")
    assert left_of(*NAMES) == []
    answer = Post.get(Post.thread == thread.id, Post.hat == "representative")
    assert answer.author.display_name == "Someone of Nordbahn"
    assert (answer.body, answer.title) == ("It is here. Someone of Nordbahn", "")
    assert Vendor.get_by_id(vendor.id).claimed_at is None  # nobody answers there any more
    row = Representative.get()
    assert row.removed_at and row.account.display_name == "Someone of Nordbahn"
    assert list(recount.verify(None)) == []


def test_acts_of_a_steward_stay_on_the_log(app, travel, client):
    me = factories.make_steward(handle=HANDLE, email=EMAIL, display_name=NAME)
    post = f.reply(f.open_thread())
    moderation.hide_post(post.id, me, "spam", "An advert")
    vendor, member = factories.make_vendor(), factories.make_member()
    cause = named(member, *(f.open_thread(vendor=vendor) for _ in range(2)))
    moderating.act("hide_problem", cause.id, me, "spam", "Another")
    briefing = texts.publish_briefing(factories.make_manager(vendor), vendor, "Help", "Ask.")
    moderating_briefings.act("hide_briefing", briefing.id, me, "spam", "Another")
    leave(me)
    for act in (ProblemAct.get(), BriefingAct.get()):
        assert act.steward.display_name.startswith("Former steward ")
    act = Act.get()
    assert act.steward.display_name.startswith("Former steward ")
    log = text(client.get("/moderation/log"))
    assert act.steward.display_name in log and "An advert" in log
    assert f"@{HANDLE}" not in log and "/members/-" not in log


def test_the_books_keep_sums_without_a_name(life):
    leave(life.me)
    payment = Payment.get()
    assert (payment.amount, payment.account.display_name[:13]) == (500, "Former member")
    assert not Gift.select().where(Gift.email != "").exists()
    assert payment.account.id not in {f.now(life.own).author_id, f.now(life.waiting).author_id}


def test_a_problem_still_counts_them_once(life):
    before = Problem.get_by_id(life.problem.id)
    assert (before.linked, before.affected, before.works) == (2, 2, 1)
    leave(life.me)
    with db.write():
        counting.later(life.problem.id)
    after = Problem.get_by_id(life.problem.id)
    assert (after.linked, after.affected, after.works, after.gone) == (2, 2, 1, 1)
    assert (after.weeks, after.state) == (before.weeks, before.state)
    assert after.title == "Nobody of Nordbahn calls somebody who left"
    assert after.opened_by.display_name.startswith("Customer")
    assert fulltext.find("Lindqvist", kind="problem") == []


def test_a_problem_forgets_whose_words_are_taken_away(life):
    leave(life.me, "remove")
    after = Problem.get_by_id(life.problem.id)
    assert (after.linked, after.affected, after.works) == (1, 1, 0)  # the other's thread
    assert after.body == "Whoever named this problem took their words back."


def test_not_even_the_bytes_on_the_disk_name_them(own_database, built, travel):
    if not db.is_sqlite():
        pytest.skip("PostgreSQL overwrites what is dead with its vacuum")
    life, file = Life(), Path(own_database.removeprefix("sqlite:///"))
    leave(life.me)
    db.overwrite_log()
    found = file.read_bytes() + file.with_name(f"{file.name}-wal").read_bytes()
    assert [name for name in (NAME, HANDLE, EMAIL) if name.encode().lower() in found.lower()] == []


def test_every_column_that_names_a_person_is_in_a_leaving(app):
    """For a new table: say in its domain's `leaving.py` what becomes of it."""
    said = "\n".join(path.read_text() for path in Path(leaving.__file__).parents[1].glob(
        "*/leaving.py"))
    columns = {f"{key.model.__name__}.{key.name}" for key in Account._meta.backrefs}
    assert {column for column in columns if column not in said} == set()


def test_who_comes_back_at_once_is_somebody_else(life, mails):
    left = leaving.close(life.me, "keep")
    with db.write():
        Leaving.update(left_at=left.left_at - timedelta(seconds=1)).execute()
    accounts.sign_up(email=EMAIL, handle="mara_new", display_name=NAME, password="a new password",
                     time_zone="UTC", browser="b")
    leaving.erase_now(Leaving.get_by_id(left.id))
    confirm = next(mail for mail in mails.to(EMAIL) if mail.kind == "confirm")
    token = confirm.link.rpartition("/")[2]
    again = accounts.confirm(token, browser="b")
    assert (again.email, again.display_name) == (EMAIL, NAME)


def test_nobody_writes_after_leaving(life):
    leaving.close(life.me, "keep")
    with pytest.raises(NotFound):
        f.reply(life.waiting, life.me)


def test_archives_go_with_the_account(life):
    path = archives.path_of(Archive.get())
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".abc.part")
    for one in (path, half):
        one.write_bytes(NAME.encode())
    leave(life.me)
    assert not path.exists() and not half.exists()


def test_without_a_password_one_signs_in_once_more(app, travel, client_of):
    me = mara(password=None)
    browser = client_of(me)
    travel(minutes=11)
    late = browser.post_form("/account/leave", {"words": "keep"})
    assert late.status_code == 409 and "Sign in once more" in text(late)
    assert client_of(me).post_form("/account/leave", {"words": "keep"}).status_code == 303


def test_the_list_of_erasures_survives_a_line_cut_short(life, tmp_path, monkeypatch):
    monkeypatch.setattr(erasures, "_path", tmp_path / "erasures.jsonl")
    (tmp_path / "erasures.jsonl").write_text('{"account": "abc", "left')
    left = leaving.close(life.me, "keep")
    erasures.note(left)
    (one,) = erasures.read()
    assert (one.words, one.certificate) == ("keep", left.id)
    assert life.me.id not in (tmp_path / "erasures.jsonl").read_text()
    assert not {json.dumps(name) for name in NAMES} & set(
        (tmp_path / "erasures.jsonl").read_text().split())
