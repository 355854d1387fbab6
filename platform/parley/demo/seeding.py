"""Telling the demo community into an empty database, step by step, as it happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from peewee import fn

from parley.accounts import actions as accounts
from parley.accounts import rules as accounts_rules
from parley.accounts import sessions
from parley.accounts.models import Account
from parley.advocates import actions as advocates
from parley.billing import actions as dues
from parley.demo import causes, desk
from parley.demo.community import (
    COMPANIES,
    DECLARATIONS,
    FOLLOWS,
    PASSWORD,
    PEOPLE,
    PLEDGES,
    STORIES,
)
from parley.demo.shapes import (
    ANCHOR_HOUR_UTC,
    LAPSED_DAYS_AGO,
    POSTS_BY_COMPANY,
    Company,
    Person,
    Pledge,
    Step,
    Story,
)
from parley.desk import actions as desks
from parley.desk import notes, texts
from parley.kernel import clock, db
from parley.members import actions as members
from parley.moderation import actions as moderation
from parley.moderation.models import Report
from parley.notifications.models import Notice
from parley.outbox.models import Task
from parley.promises import actions as promises
from parley.threads import actions as threads
from parley.threads import outcomes
from parley.threads.actions import NewPost, NewThread
from parley.threads.helped import mark_helped
from parley.threads.models import Post, Thread
from parley.threads.outcomes import Said
from parley.threads.own_posts import edit_post, remove_post
from parley.vendors import actions as vendors
from parley.vendors.models import Vendor

FOUNDED = timedelta(days=95)  # before the first thread
FAIR = ("50", "80", "30", "50", "60", "20", "50")  # what people pay for a year
ME_TOO_WITHIN = timedelta(days=3)
UNREAD = 4  # of each person's notices, the newest
ME_TOO_WORD = {"left": "left_over"}


class AlreadySeeded(Exception):
    """The demo's people live in this database already; it was left as it is."""


class NotEmpty(Exception):
    """Other people live in this database; a demo would mix with their community."""


@dataclass(frozen=True)
class Summary:
    people: int
    companies: int
    threads: int
    posts: int


@dataclass
class Scene:
    """What the telling has made so far, by the keys of the data."""

    people: dict[str, Account] = field(default_factory=dict)
    vendors: dict[str, Vendor] = field(default_factory=dict)
    threads: dict[str, str] = field(default_factory=dict)  # by title: ids
    posts: dict[str, list[str]] = field(default_factory=dict)  # by title: ids, the opening first


@dataclass(frozen=True, order=True)
class Turn:
    """Something that happens at an instant; `order` keeps what was told first first."""

    at: datetime
    order: int
    do: Callable[[], object] = field(compare=False)


def seed(now: datetime) -> Summary:
    """Fill an empty database with the demo community, as though it had lived until `now`.

    One write; nothing of its past is mailed. The journal's subscribers must be registered.

    :raise AlreadySeeded: it is there
    :raise NotEmpty: other people are there
    """
    check_empty()
    digest = sessions.digest(PASSWORD)  # once, because it takes long on purpose
    with db.write():
        before = [task.id for task in Task.select(Task.id)]
        _tell(Scene(), now)
        Account.update(password_hash=digest).execute()
        nothing_is_sent = Task.update(done_at=now, created_at=now, data={}).where(
            Task.id.not_in(before))
        db.at_the_end("~ after all mail of the past", nothing_is_sent.execute)
        _read_notices(now)
        return Summary(Account.select().count(), Vendor.select().count(),
                       Thread.select().count(), Post.select().count())


def check_empty() -> None:
    """:raise AlreadySeeded: :raise NotEmpty: see `seed`"""
    if Account.select().where(Account.email.in_([person.email for person in PEOPLE])).exists():
        raise AlreadySeeded("The demo community is there already.")
    if Account.select().exists():
        raise NotEmpty(
            "People have accounts in this database, so the demo community stays out of it. Point "
            "PARLEY_DATA at an empty folder to see the demo.")


def anchor(now: datetime) -> datetime:
    """The last 18:00 UTC that has passed."""
    today = now.replace(hour=ANCHOR_HOUR_UTC, minute=0, second=0, microsecond=0)
    return today if today <= now else today - timedelta(days=1)


def _tell(scene: Scene, now: datetime) -> None:
    until = anchor(now)
    turns = list(_founding(scene, until - FOUNDED, until))
    turns += [(until - timedelta(days=pledge.days_ago),
               lambda pledge=pledge: _promise(scene, pledge)) for pledge in PLEDGES]
    for story in STORIES:
        turns += _turns_of(scene, story, until)
    for cause in causes.CAUSES:
        turns += causes.turns(scene.people, scene.vendors, scene.threads, cause, until)
    told = until - FOUNDED
    for turn in sorted(Turn(at, n, do) for n, (at, do) in enumerate(turns)):
        _pass_time(told, turn.at)
        with clock.standing_at(turn.at):
            turn.do()
        told = turn.at
    _pass_time(told, now)
    with clock.standing_at(now):
        _keep_desk(scene)


Told = Iterator[tuple[datetime, Callable[[], object]]]


def _pass_time(after: datetime, until: datetime) -> None:
    """Let time do its part: reminders and silence, each at its own instant."""
    while due := _next_due(after):
        if due > until:
            return
        with clock.standing_at(due):
            outcomes.sweep()
        after = due


def _next_due(after: datetime) -> datetime | None:
    columns = (Thread.remind_at, Thread.silent_at)
    found = [Thread.select(fn.MIN(c)).where(c > after).scalar() for c in columns]
    return min(filter(None, found), default=None)


# The people, the companies, and who stands where


def _founding(scene: Scene, founded: datetime, until: datetime) -> Told:
    joining = founded
    for person in PEOPLE:
        joining += timedelta(minutes=23)
        yield joining, lambda person=person: _join(scene, person, until)
    for number, company in enumerate(c for c in COMPANIES if c.claimed):
        arrival = founded + timedelta(days=1, hours=number)
        yield arrival, lambda company=company: _arrive(scene, company)
    for number, one in enumerate(DECLARATIONS):
        yield founded + timedelta(days=2, minutes=37 * number), lambda one=one: advocates.declare(
            scene.people[one.person], scene.vendors[one.company], list(one.ties), one.since,
            one.received)
    for number, (person, companies) in enumerate(FOLLOWS):
        yield founded + timedelta(days=3, minutes=11 * number), lambda p=person, c=companies: [
            vendors.follow(scene.vendors[key], scene.people[p]) for key in c]


def _join(scene: Scene, person: Person, until: datetime) -> None:
    account = accounts.create_account(
        email=person.email, handle=person.handle, display_name=person.name, password=None,
        time_zone=person.zone)
    accounts.change_profile(account, display_name=person.name, about=person.about,
                            time_zone=person.zone, licence=next(iter(accounts_rules.LICENCES)))
    if person.member == "paid":
        _pay(account, len(scene.people))
    if person.member == "lapsed":
        members.grant(account, until - timedelta(days=LAPSED_DAYS_AGO))
    for office in person.offices:
        members.give_office(account, office)
    scene.people[person.key] = account


def _pay(account: Account, number: int) -> None:
    """A year's dues on the day of joining, each what is fair to them."""
    row = dues.agree(account, "year", FAIR[number % len(FAIR)])
    way = "cash" if number % 7 == 3 else "transfer"
    money = dues.Money(row.amount, clock.now(), way, f"demo:{account.id}")
    dues.book_dues(account, money, months=12)


def _arrive(scene: Scene, company: Company) -> None:
    vendor = vendors.find_or_make(company.name, company.website, None)
    for key, role, title in company.representatives:
        person = scene.people[key]
        vendors.accept(vendors.appoint(vendor, person, role, title), person)
    manager = next(key for key, role, _ in company.representatives if role == "manager")
    vendors.edit_page(vendor, scene.people[manager], company.about, company.category)
    scene.vendors[company.key] = vendor


def _promise(scene: Scene, pledge: Pledge) -> None:
    vendor, by = scene.vendors[pledge.company], scene.people[pledge.manager]
    last_day = (clock.now() + timedelta(days=pledge.holds_days)).date()
    draft = promises.draft_of(vendor.id)
    draft = promises.save_draft(by, vendor, draft.revision if draft else 0,
                                {**pledge.typed, "expires": last_day.isoformat()})
    promises.publish(by, vendor, draft.revision, None, pledge.note)


# A thread, from its opening


def _turns_of(scene: Scene, story: Story, until: datetime) -> Told:
    at = opened = until - timedelta(days=story.days_ago)
    yield at, lambda: _open(scene, story)
    for step in story.steps:
        at += step.after
        if step.do != "silence":  # passing time is told by itself
            yield at, lambda step=step: _take(scene, story, step)
    for number, (key, word) in enumerate(story.me_too, 1):
        start = at if word == "works_now" else opened
        within = min(ME_TOO_WITHIN, until - start)
        yield start + within * number / (len(story.me_too) + 1), lambda key=key, word=word: (
            outcomes.say_me_too(scene.people[key], scene.threads[story.title],
                                ME_TOO_WORD.get(word, word)))


def _open(scene: Scene, story: Story) -> None:
    company = next(one for one in COMPANIES if one.key == story.company)
    known = scene.vendors.get(story.company)
    thread = threads.open_thread(scene.people[story.author], NewThread(
        kind=story.kind, title=story.title, body=story.body, vendor=known.slug if known else "",
        vendor_name=company.name, website=company.website, product=story.product,
        happened_where=story.where, happened_when=story.when, wish=story.remedy,
        impact=story.impact or ""))
    scene.vendors[story.company] = thread.vendor
    scene.threads[story.title] = thread.id
    scene.posts[story.title] = [Post.get(Post.thread == thread.id, Post.number == 1).id]


def _take(scene: Scene, story: Story, step: Step) -> None:
    by, thread, posts = (
        scene.people[step.by], scene.threads[story.title], scene.posts[story.title])
    post = posts[step.post] if step.post is not None else ""
    said = Said(step.text)
    match step.do:
        case "send_back":
            outcomes.give_back(by, thread, said)
            posts.append(_newest(thread))
        case "confirm":
            named = tuple(posts[number] for number in step.posts)
            outcomes.confirm(by, thread, step.solved_by or "", named, said)
        case "reopen":
            outcomes.reopen(by, thread, said)
        case "withdraw":
            outcomes.withdraw(by, thread)
        case "helped":
            mark_helped(by, post, True)
        case "edit":
            edit_post(by, post, step.text)
        case "remove":
            remove_post(by, post)
        case "mark":
            outcomes.mark_idea(by, thread, step.state or "", step.text)
        case "close_consultation":
            outcomes.close_consultation(by, thread, step.text)
        case "report":
            moderation.report(post, by, step.reason or "", step.note)
        case "hide_post" | "hide_thread":
            moderation.settle(_report_on(post or posts[0]), by, step.do, step.text)
        case _:
            posts.append(threads.write_post(by, thread, _post(scene, step)).id)


def _keep_desk(scene: Scene) -> None:
    """What one company's people have at their desk now."""
    vendor, manager = scene.vendors[desk.COMPANY], scene.people[desk.MANAGER]
    for one in desk.REPLIES:
        texts.save_reply(manager, vendor, one.title, one.purpose, one.text)
    for told in desk.BRIEFINGS:
        texts.publish_briefing(manager, vendor, told.title, told.text)
    for title, key in desk.ASSIGNED.items():
        desks.assign(manager, vendor, scene.threads[title], scene.people[key].handle, "")
    for note in desk.NOTES:
        notes.write(scene.people[note.by], vendor, scene.threads[note.title], note.text)


def _post(scene: Scene, step: Step) -> NewPost:
    return NewPost(
        step.text, purpose=step.do if step.do in POSTS_BY_COMPANY else "", side=step.side or "",
        duplicate_of=scene.threads[step.duplicate_of] if step.duplicate_of else "")


def _report_on(post_id: str) -> str:
    row: Report = Report.get(Report.post == post_id, Report.settled_at.is_null())
    return row.id


def _newest(thread_id: str) -> str:
    newest: Post = Post.select(Post.id).where(Post.thread == thread_id).order_by(
        Post.number.desc()).get()
    return newest.id


def _read_notices(now: datetime) -> None:
    """People have read all but the newest few."""
    for account in Account.select(Account.id):
        newest = Notice.select(Notice.id).where(Notice.account == account.id).order_by(
            Notice.at.desc(), Notice.id).limit(UNREAD)
        Notice.update(read_at=now).where(
            Notice.account == account.id, Notice.id.not_in([one.id for one in newest])).execute()
