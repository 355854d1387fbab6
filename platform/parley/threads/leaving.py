"""What a person leaves behind in threads: each thread gets a pseudonym of its own for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import peewee

from parley.accounts import leaving as accounts
from parley.accounts.models import Account, Leaving
from parley.accounts.naming import Depth, Unnaming
from parley.journal import actions as journal
from parley.journal.models import Pseudonym
from parley.kernel import db, versions
from parley.kernel.pictures import EXTENSIONS
from parley.threads import files, search, table
from parley.threads.models import (
    Draft,
    Edit,
    File,
    Follow,
    Helped,
    MeToo,
    OutsideContact,
    Post,
    Restored,
    Thanks,
    Thread,
)
from parley.threads.rules import Hat, Kind
from parley.threads.turns import Held, hold, others_wrote, store, vanish, wind_anew
from parley.vendors.models import Vendor

BATCH = 100  # restored things let go in one write
TAKEN_BACK = "Removed by who entered it."

# Who did what in a thread: the column that names the thread, and the one that names the person.
DEEDS = (
    (Thread.id, Thread.author),
    (Post.thread, Post.author),
    (MeToo.thread, MeToo.account),
    (OutsideContact.thread, OutsideContact.entered_by),
    (OutsideContact.thread, OutsideContact.confirmed_by),
    (Thanks.thread, Thanks.representative),
    (Helped.thread, Helped.helper),
)


def within(threads: peewee.Field, account: str | None) -> Any:
    """Whether a column names a thread that the person took part in or was named in."""
    found = threads.in_(_named_in(account))
    for place, person in DEEDS:
        found |= threads.in_(place.model.select(place).where(person == account))
    return found


def _named_in(account: str | None) -> peewee.ModelSelect:
    return Thread.select(Thread.id).join(Pseudonym, on=Pseudonym.scope == Thread.id).where(
        Pseudonym.account_id == account)


def erase(leaving: Leaving) -> Iterator[None]:
    """What was private goes; what was said in public stays under pseudonyms, or goes as well."""
    yield from accounts.delete(leaving, "follows", Follow.account)
    yield from accounts.delete(leaving, "drafts", Draft.account)
    yield from _marks(leaving)
    for thread_id in _threads(leaving):
        with db.write():
            gone = _leave(leaving, thread_id)
        files.forget(gone)
        yield
    yield from _restored(leaving)
    yield from _quoted(leaving)
    yield from _unused_files(leaving)


def _threads(leaving: Leaving) -> Iterator[str]:
    """Each thread with a trace of the person, until there is none."""
    traces = [_named_in(leaving.account), File.select(Post.thread).join(Post).where(
        File.account == leaving.account)]
    traces += [place.model.select(place).where(person == leaving.account)
               for place, person in DEEDS]
    seen = set()
    for trace in traces:
        while found := trace.limit(1).tuples().first():
            if found[0] in seen:
                raise RuntimeError(f"thread {found[0]} keeps a trace of somebody who left")
            seen.add(found[0])
            yield found[0]


def _marks(leaving: Leaving) -> Iterator[None]:
    """“This helped” stays. Those whom the person marked keep counting them as one person."""
    while mark := Helped.get_or_none(Helped.author == leaving.account):
        same = (Helped.author == leaving.account) & (Helped.helper == mark.helper_id)
        with db.write():
            other = accounts.stand_in(leaving, accounts.numbered("Customer"))
            accounts.noted(leaving, "marks", Helped.update(author=other.id).where(same).execute())
        yield


def _leave(leaving: Leaving, thread_id: str) -> list[str]:
    """Take the person out of one thread; digests of the files that went with their words."""
    held = hold(thread_id)
    name, spoke = _name(held, leaving)
    other = _take_over(held, leaving, name)
    if spoke:
        Post.update(title="").where(Post.thread == thread_id, Post.author == other).execute()
    gone = []
    if other and leaving.words == accounts.REMOVE:
        gone = _take_away(held, leaving, other)
    elif other:
        _note_kept(leaving, thread_id, other)
    depth = Depth.WITHIN if other else Depth.NEAR
    without = accounts.unnaming(leaving, depth, name if other else accounts.SOMEBODY)
    accounts.noted(leaving, "mentions", _unname(thread_id, without))
    Pseudonym.delete().where(
        Pseudonym.scope == thread_id, Pseudonym.account_id == leaving.account).execute()
    _shown_anew(thread_id)
    return gone


def _name(held: Held, leaving: Leaving) -> tuple[str, bool]:
    """What the person is called here from now on, and whether they spoke for the company."""
    spoke = Post.select().where(
        Post.thread == held.id, Post.author == leaving.account,
        Post.hat == Hat.REPRESENTATIVE).exists()
    if not spoke:
        return accounts.numbered("Customer"), False
    return f"Someone of {Vendor.get_by_id(held.thread.vendor_id).name}", True


def _take_over(held: Held, leaving: Leaving, name: str) -> Account | None:
    """Point what the person did here at the pseudonym; None when they did nothing."""
    if not any(place.model.select().where(place == held.id, person == leaving.account).exists()
               for place, person in DEEDS):
        return None
    other = accounts.stand_in(leaving, name)
    for place, person in DEEDS:
        person.model.update({person: other.id}).where(
            place == held.id, person == leaving.account).execute()
    for file in _files(held.id, leaving):
        File.update(account=other.id, name=_plain_name(
            file.media_type, file.position)).where(File.id == file.id).execute()
    if held.thread.author_id == leaving.account:
        held.thread.author = other
        held.state = replace(held.state, author_gone_at=other.closed_at)
        wind_anew(held)
    return other


def _files(thread_id: str, leaving: Leaving) -> list[File]:
    return list(File.select(File).join(Post).where(
        File.account == leaving.account, Post.thread == thread_id))


def _plain_name(media_type: str, position: int) -> str:
    """A name that tells nothing: people put their own into those of files."""
    what = "picture" if media_type.startswith("image/") else "document"
    return f"{what}-{position + 1}.{EXTENSIONS.get(media_type, 'file')}"


def _note_kept(leaving: Leaving, thread_id: str, other: Account) -> None:
    written = Post.select().where(
        Post.thread == thread_id, Post.author == other, Post.removed_at.is_null()).count()
    accounts.noted(leaving, "posts_kept", written)
    accounts.noted(leaving, "me_too_kept", MeToo.select().where(
        MeToo.thread == thread_id, MeToo.account == other).count())


def _take_away(held: Held, leaving: Leaving, other: Account) -> list[str]:
    """The person's own words go, and a line stays where each stood. What they wrote for a company
    is the company's, and stays."""
    mine = (Post.thread == held.id) & (Post.author == other)
    own = [post.id for post in Post.select(Post.id).where(
        mine, Post.hat != Hat.REPRESENTATIVE, Post.removed_at.is_null())]
    gone = []
    for some in peewee.chunked(own, 500):
        gone += _empty(held, list(some))
    accounts.noted(leaving, "posts_removed", len(own))
    accounts.noted(leaving, "posts_kept", Post.select().where(
        mine, Post.hat == Hat.REPRESENTATIVE, Post.removed_at.is_null()).count())
    OutsideContact.update(words=TAKEN_BACK).where(
        OutsideContact.thread == held.id, OutsideContact.entered_by == other,
        OutsideContact.side == "author").execute()
    _take_back_me_too(held.thread, other)
    if held.thread.author == other and held.thread.kind != Kind.CONSULTATION:
        _withdraw(held, other)
    return gone


def _empty(held: Held, posts: list[str]) -> list[str]:
    """Let the words of posts go, as when their author removes them; digests of their files."""
    stored = [file.sha256 for file in File.select(File.sha256).where(File.post.in_(posts))]
    for model, column in ((Edit, Edit.post), (File, File.post), (Helped, Helped.post)):
        model.delete().where(column.in_(posts)).execute()
    Post.update(
        body="", html="", removed_at=held.at, helped_at=None, edited_at=None, file_count=0,
    ).where(Post.id.in_(posts)).execute()
    for post in posts:
        journal.record("post.removed", "thread", held.id, at=held.at, post=post)
    return stored


def _take_back_me_too(thread: Thread, other: Account) -> None:
    for row in MeToo.select().where(MeToo.thread == thread.id, MeToo.account == other):
        setattr(thread, row.word, getattr(thread, row.word) - 1)
        journal.record("thread.me_too", "thread", thread.id, word=None)
    MeToo.delete().where(MeToo.thread == thread.id, MeToo.account == other).execute()
    thread.save()


def _withdraw(held: Held, other: Account) -> None:
    """Nobody can answer a thread whose words are gone: an open one is withdrawn."""
    thread = held.thread
    thread.title = f"{thread.kind.capitalize()} taken back by its author"
    thread.product = thread.happened_where = thread.happened_when = thread.wish = ""
    thread.save()
    after = table.step(held.state, table.Withdraws(held.at))
    if isinstance(after, table.State):
        store(held, after, held.at, other)
        if not others_wrote(held.id, other.id):
            vanish(held)


def _unname(thread_id: str, without: Unnaming) -> int:
    """Replace the name of the person in a thread, whoever wrote it; in how many posts."""
    here = Post.thread == thread_id
    count = accounts.unname(Post, here, without)
    accounts.unname(Edit, Edit.post.in_(Post.select(Post.id).where(here)), without)
    accounts.unname(Thread, Thread.id == thread_id, without)
    accounts.unname(OutsideContact, OutsideContact.thread == thread_id, without)
    accounts.unname(Draft, Draft.place == f"thread:{thread_id}", without)
    return count


def _shown_anew(thread_id: str) -> None:
    thread = Thread.get_by_id(thread_id)
    opening = Post.get(Post.thread == thread_id, Post.number == 1)
    if thread.listed:
        search.index(thread, "" if opening.hidden_at else opening.body)
    else:
        search.drop(thread)
    versions.touch(f"thread:{thread_id}", f"vendor:{thread.vendor_id}", "front")


def _restored(leaving: Leaving) -> Iterator[None]:
    """What the person brought from elsewhere was never said here: it goes, whatever they chose."""
    own = Restored.select(Restored.id).where(Restored.account == leaving.account)
    while some := [row.id for row in own.limit(BATCH)]:
        stored = [file.sha256 for file in File.select(File.sha256).where(File.restored.in_(some))]
        with db.write():
            File.delete().where(File.restored.in_(some)).execute()
            accounts.noted(leaving, "restored", Restored.delete().where(
                Restored.id.in_(some)).execute())
            versions.touch(*(f"restored:{one}" for one in some))
        files.forget(stored)
        yield


def _quoted(leaving: Leaving) -> Iterator[None]:
    """Archives that others brought quote whoever wrote in their threads elsewhere. Who had both
    handle and name of the person there is the person."""
    without = accounts.unnaming(leaving, Depth.WITHIN)
    quoting = Restored.select(Restored.id).where(accounts.holds(
        [Restored.record, Restored.title], [*without.hints, f'"{leaving.handle}"']))
    for restored_id in [row.id for row in quoting] if leaving.handle else ():
        with db.write():
            row = db.lock(Restored.select().where(Restored.id == restored_id)).first()
            if row is None or not _unquote(row, leaving, without):
                continue
            row.save()
            versions.touch(f"restored:{row.id}", f"member:{row.account_id}")
            accounts.noted(leaving, "quoted", 1)
        yield


def _unquote(row: Restored, leaving: Leaving, without: Unnaming) -> bool:
    """Take the person out of what somebody else brought; whether they were in it."""
    named = False
    for post in row.record.get("posts", ()):
        if post["author"] == {"handle": leaving.handle, "name": leaving.name}:
            post["author"] = {"handle": None, "name": without.called}
            for position, file in enumerate(post["files"]):
                file["name"] = _plain_name(file["media_type"], position)
            named = True
    if not named:
        without = replace(without, depth=Depth.ANYWHERE)
    before = row.record, row.title
    row.record, row.title = without.value(row.record), without.text(row.title)
    return named or before != (row.record, row.title)


def _unused_files(leaving: Leaving) -> Iterator[None]:
    """Files that never became part of a post."""
    stored = [file.sha256 for file in File.select(File.sha256).where(
        File.account == leaving.account)]
    if stored:
        yield from accounts.delete(leaving, "files", File.account)
        files.forget(stored)
