"""Who hears of what: notices and mail written in the transaction of the fact they tell of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import peewee
from peewee import Value, fn

from parley.accounts.models import Account, Silence
from parley.desk.models import Briefing
from parley.journal import actions as journal
from parley.journal.actions import Fact
from parley.kernel import clock, db
from parley.kernel.prepared import Prepared
from parley.kernel.safe_html import excerpt, plain
from parley.members.models import Office
from parley.notifications import replies, rules
from parley.notifications.models import Notice
from parley.outbox import mail
from parley.problems.models import Problem
from parley.threads.models import Follow, OutsideContact, Post, Thread
from parley.vendors.models import Representative, Vendor

SHOWN_IN_MAIL = 1_500  # characters of a post; the rest is behind the link
EVERYBODY, MANAGES = Representative.role.is_null(False), Representative.role == "manager"
ROW = [Notice.id, Notice.account, Notice.kind, Notice.thread, Notice.post, Notice.at]


def unread_count(account: Account) -> int:
    """Notices that a person has not read, 99 at most."""
    if account.id is None:
        return 0
    return len(_unread(account.id))


def visible(notices: peewee.ModelSelect) -> peewee.ModelSelect:
    """Only those that speak of nothing hidden; joins `Thread`, `Post` and `Problem`."""
    return (
        notices.join_from(Notice, Thread, peewee.JOIN.LEFT_OUTER)
        .join_from(Notice, Post, peewee.JOIN.LEFT_OUTER)
        .join_from(Notice, Problem, peewee.JOIN.LEFT_OUTER)
        .where(Notice.thread.is_null() | (Thread.listed == 1), Post.hidden_at.is_null(),
               Problem.hidden_at.is_null())
    )


_unread = Prepared(
    lambda account: visible(Notice.select(Value(1)).where(
        Notice.account == account, Notice.read_at.is_null())).limit(rules.MOST_COUNTED).tuples())


def mark_read(by: Account, until: datetime | None = None) -> None:
    """A person has read all notices there are, or those there were at `until`."""
    now = clock.now()
    with db.write():
        Notice.update(read_at=now).where(
            Notice.account == by.id, Notice.read_at.is_null(), Notice.at <= (until or now)
        ).execute()


def thread_opened(fact: Fact) -> None:
    _tell(fact, "opened", representatives(fact), post=fact.refs["post"])
    _mail_company(fact, "opened")
    _mentioned(fact)


def post_written(fact: Fact) -> None:
    """The author hears of what others write, followers of what the company claims."""
    post, purpose = fact.refs["post"], fact.refs.get("purpose")
    asks = purpose in rules.ASKING
    _tell(fact, "turn" if asks else "reply", _author(fact), post=post)
    called = _mentioned(fact)
    if asks:
        _tell(fact, "claim", _followers(fact), post=post, but=called)
        _mail_author(fact, "turn", purpose=purpose)


def _mentioned(fact: Fact) -> list[str]:
    called = list(fact.refs.get("mentions") or ())
    if called:
        people = Account.select(Account.id).where(
            Account.id.in_(called), Account.id.not_in(_author(fact)))
        _tell(fact, "mention", people, post=fact.refs["post"])
    return called


def turn_given_back(fact: Fact) -> None:
    _tell(fact, "given_back", representatives(fact))
    _mail_company(fact, "given_back")


def thread_sent_back(fact: Fact) -> None:
    _tell(fact, "sent_back", representatives(fact))
    _mail_company(fact, "sent_back")


def thread_disputed(fact: Fact) -> None:
    _tell(fact, "disputed", representatives(fact))
    _mail_company(fact, "disputed")


def thread_reopened(fact: Fact) -> None:
    _tell(fact, "reopened", representatives(fact))
    _mail_company(fact, "reopened")


def thread_closed(fact: Fact) -> None:
    """Author, followers and the company's people hear; silence also sends the author a mail."""
    _tell(fact, "outcome", _author(fact))
    _tell(fact, "outcome", _followers(fact))
    following = Follow.select(Follow.account).where(Follow.thread == fact.subject_id)
    _tell(fact, "outcome", representatives(fact).where(
        Representative.account.not_in(following)))
    if fact.by is None:
        _mail_author(fact, "closed", outcome=fact.refs.get("outcome"))


def thread_reminded(fact: Fact) -> None:
    _tell(fact, "reminder", _author(fact))
    _mail_author(fact, "reminder")


def post_helped(fact: Fact) -> None:
    helper = Post.select(Post.author).where(Post.id == fact.refs["post"])
    _tell(fact, "helped", helper, post=fact.refs["post"])


def post_thanked(fact: Fact) -> None:
    thanked = Post.select(Post.author).where(Post.id == fact.refs["post"])
    _tell(fact, "thanked", thanked, post=fact.refs["post"])


def outside_entered(fact: Fact) -> None:
    """The other side hears, since it has to say whether it was so."""
    others = representatives(fact) if fact.refs["side"] == "author" else _author(fact)
    _tell(fact, "outside", others)


def outside_confirmed(fact: Fact) -> None:
    """Whose side entered it hears; the author also because it is their turn now."""
    entered = _author(fact) if fact.refs["side"] == "author" else representatives(fact)
    _tell(fact, "outside_yes", entered)
    words = OutsideContact.get_by_id(fact.refs["contact"]).words
    _mail_author(fact, "turn", words, purpose="answer")


def clock_soon(fact: Fact) -> None:
    _tell(fact, "due_soon", representatives(fact))


def clock_late(fact: Fact) -> None:
    _tell(fact, "late", _author(fact))


def thread_escalated(fact: Fact) -> None:
    """The company's managers hear, in the page and by mail."""
    _tell(fact, "escalated", representatives(fact).where(MANAGES))
    _mail_company(fact, "escalated", MANAGES)


def idea_marked(fact: Fact) -> None:
    _tell(fact, "idea", _author(fact))
    _tell(fact, "idea", _followers(fact))


def representative_appointed(fact: Fact) -> None:
    """Ask the person, unless they accepted before and only their role changed."""
    asked = Representative.select(Representative.account).where(
        Representative.vendor == fact.subject_id, Representative.account == fact.refs["account"],
        Representative.accepted_at.is_null())
    _tell(fact, "appointment", asked)


def claim_disputed(fact: Fact) -> None:
    """Every steward who is in office hears that a claim waits for one of them."""
    now = clock.now()
    _tell(fact, "dispute", Office.select(Office.account).where(
        Office.role == "steward", Office.since <= now,
        Office.until.is_null() | (Office.until > now)))


def claim_lapsed(fact: Fact) -> None:
    """All who answer for the company hear that they cannot for the time being."""
    _tell(fact, "lapsed", Representative.select(Representative.account).where(
        Representative.vendor == fact.subject_id,
        Representative.accepted_at.is_null(False), Representative.removed_at.is_null()))


def post_hidden(fact: Fact) -> None:
    _tell(fact, "hidden", Post.select(Post.author).where(Post.id == fact.refs["post"]))


def briefing_hidden(fact: Fact) -> None:
    tell("hidden", Briefing.select(Briefing.by).where(Briefing.id == fact.refs["briefing"]),
         fact.by)


def thread_hidden(fact: Fact) -> None:
    _tell(fact, "hidden", Thread.select(Thread.author).where(Thread.id == fact.subject_id))


def desk_assigned(fact: Fact) -> None:
    """A colleague gave them a thread to take care of."""
    given = Account.select(Account.id).where(Account.id == fact.refs["account"])
    _tell(replace(fact, subject_id=fact.refs["thread"]), "assigned", given)


HEARD = {
    "thread.opened": thread_opened,
    "post.written": post_written,
    "turn.vendor": turn_given_back,
    "thread.sent_back": thread_sent_back,
    "thread.disputed": thread_disputed,
    "thread.reopened": thread_reopened,
    "thread.closed": thread_closed,
    "thread.confirmed_late": thread_closed,
    "thread.reminded": thread_reminded,
    "post.helped": post_helped,
    "post.thanked": post_thanked,
    "outside.entered": outside_entered,
    "outside.confirmed": outside_confirmed,
    "clock.soon": clock_soon,
    "clock.late": clock_late,
    "thread.escalated": thread_escalated,
    "idea.marked": idea_marked,
    "representative.appointed": representative_appointed,
    "claim.disputed": claim_disputed,
    "claim.lapsed": claim_lapsed,
    "desk.assigned": desk_assigned,
    "briefing.hidden": briefing_hidden,
    "post.hidden": post_hidden,
    "thread.hidden": thread_hidden,
}


def listen() -> None:
    """Follow what other domains record."""
    for kind, subscriber in HEARD.items():
        journal.subscribe(kind, subscriber)


def _author(fact: Fact) -> peewee.ModelSelect:
    return Thread.select(Thread.author).where(Thread.id == fact.subject_id)


def _followers(fact: Fact) -> peewee.ModelSelect:
    """Everybody who follows the thread, but its author, who is told apart."""
    return Follow.select(Follow.account).where(
        Follow.thread == fact.subject_id, Follow.account.not_in(_author(fact)))


def representatives(fact: Fact) -> peewee.ModelSelect:
    return Representative.select(Representative.account).where(
        Representative.vendor == fact.refs["vendor"],
        Representative.accepted_at.is_null(False), Representative.removed_at.is_null())


def _tell(fact: Fact, kind: str, people: peewee.ModelSelect, post: str | None = None,
          but: Iterable[str] = ()) -> None:
    if kind == "reply" and fact.by:
        _reply.write(kind, fact.subject_id, post, clock.now(), fact.by)
        return
    thread = None if kind in rules.WITHOUT_THREAD else fact.subject_id
    tell(kind, people, fact.by, thread=thread, post=post if thread else None, but=but)


def tell(kind: str, people: peewee.Select, by: str | None, *, thread: str | None = None,
         post: str | None = None, problem: str | None = None, but: Iterable[str] = ()) -> None:
    """Write a notice for each of `people` in one statement, however many follow.

    Never for who did it, nor for those who mute or block them, nor about hidden things.
    """
    row = (_random_id(), Account.id, Value(kind), Value(thread), Value(post),
           Value(Notice.at.db_value(clock.now())), Value(problem))
    told = Account.select(*row).where(
        Account.id.in_(people), Account.closed_at.is_null(), Account.id.not_in(list(but)))
    if by:
        told = told.where(Account.id != by, Account.id.not_in(silencing(by)))
    if thread:
        told = told.where(fn.EXISTS(
            Thread.select(Value(1)).where(Thread.id == thread, Thread.listed == 1)))
    Notice.insert_from(told, [*ROW, Notice.problem]).execute()


def _telling_author(
    kind: Any, thread: Any, post: Any, at: Any, by: Any
) -> peewee.ModelInsert:
    author = Thread.select(Thread.author).where(Thread.id == thread, Thread.listed == 1)
    told = Account.select(_random_id(), Account.id, kind, thread, post, at).where(
        Account.id.in_(author), Account.closed_at.is_null(), Account.id != by,
        Account.id.not_in(silencing(by)))
    return Notice.insert_from(told, ROW)


_reply = Prepared(_telling_author)  # nearly every notice is one of these


def silencing(account_id: str) -> peewee.ModelSelect:
    return Silence.select(Silence.account).where(Silence.other == account_id)


def _random_id() -> peewee.Function:
    """104 random bits or more as 26 hex digits, drawn by the database for each row."""
    if db.is_sqlite():
        return fn.LOWER(fn.HEX(fn.RANDOMBLOB(13)))
    return fn.SUBSTR(fn.REPLACE(fn.GEN_RANDOM_UUID().cast("text"), "-", ""), 1, 26)


def _mail_author(fact: Fact, template: str, words: str = "", **context: Any) -> None:
    thread = _whole(fact.subject_id)
    if thread is None or not thread.author.email or thread.author_id == fact.by:
        return
    if fact.by and silencing(fact.by).where(Silence.account == thread.author_id).exists():
        return
    post = Post.get_or_none(Post.id == fact.refs.get("post"))
    answerable = template in ("turn", "reminder")
    reply_to = replies.address_for(thread.id, thread.author) if answerable else ""
    mail.send(
        thread.author.email, template, reply_to=reply_to, answerable=bool(reply_to),
        name=thread.author.display_name, title=thread.title,
        company=thread.vendor.name, claim=thread.turn_claim,
        path=rules.path_of(thread.id, post and post.number),
        text=words or excerpt_of(post),
        until=rules.long_day(thread.silent_at, thread.author.time_zone),
        **context)


def _mail_company(fact: Fact, what: str, whom: Any = EVERYBODY) -> None:
    """Mail the company's people once the author's words are written, which come after the fact."""
    with db.write():
        db.at_the_end(f"mail: {what} {fact.subject_id}",
                      partial(_write_to_company, fact, what, whom))


def _write_to_company(fact: Fact, what: str, whom: Any) -> None:
    """Tell the company's people by mail, each with an address of their own to answer to."""
    people = list(
        Account.select(Account).join(Representative, on=Representative.account).where(
            Representative.vendor == fact.refs["vendor"], Representative.by_mail,
            Representative.accepted_at.is_null(False), Representative.removed_at.is_null(),
            Account.email.is_null(False), Account.closed_at.is_null(),
            Account.suspended_at.is_null(), Account.id != fact.by,
            Account.id.not_in(silencing(fact.by or "")), whom).order_by(Account.id))
    thread = _whole(fact.subject_id) if people else None
    if thread is None:
        return
    post = Post.select().where(
        Post.thread == thread.id, Post.author == thread.author_id, Post.created_at >= fact.at,
        Post.removed_at.is_null()).order_by(Post.number.desc()).first()
    claims = thread.kind in ("question", "complaint")
    for person in people:
        reply_to = replies.address_for(thread.id, person)
        mail.send(
            person.email, "company_turn", reply_to=reply_to, what=what, title=thread.title,
            name=person.display_name, author=thread.author.display_name, claims=claims,
            company=thread.vendor.name, waits=thread.waiting_since is not None,
            path=rules.path_of(thread.id, post and post.number), text=excerpt_of(post),
            answerable=bool(reply_to))


def _whole(thread_id: str) -> Thread | None:
    """A thread that everybody can see, with its author and its company."""
    return (
        Thread.select(Thread, Account, Vendor)
        .join_from(Thread, Account, on=Thread.author).join_from(Thread, Vendor)
        .where(Thread.id == thread_id, Thread.listed == 1).first()
    )


def excerpt_of(post: Post | None) -> str:
    """The words of a post for a mail: no markup, and not too long."""
    text = plain(post.html) if post else ""
    return text if len(text) <= SHOWN_IN_MAIL else excerpt(text, SHOWN_IN_MAIL)
