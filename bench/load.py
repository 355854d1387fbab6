"""Fill a database for the bench: many threads of one company, as if they had been written.

The rows go in by the thousand, past the actions; where each thread stands is what the table of
events makes of its posts, so that pages, counts and search find what they would find otherwise.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from bench.people import People
from parley.accounts.models import Account
from parley.journal.models import Entry, Pseudonym
from parley.kernel import clock, db, fulltext, ids, versions
from parley.kernel.errors import Refusal
from parley.scorecards import actions as scorecards
from parley.threads import clocks, rules, table
from parley.threads.actions import rendered
from parley.threads.models import Follow, Post, Round, Thread
from parley.threads.rules import Hat, Purpose, Side
from parley.threads.turns import counted
from parley.vendors.models import Vendor

CHARACTERS = 400
TEXTS = 240  # distinct ones; rendering each of 40,000 would take longer than the bench
OVER = timedelta(days=10)  # shorter than the 14 days of silence, so that no author's turn ends
BETWEEN_POSTS = timedelta(minutes=9)
AT_ONCE = 900  # rows in one INSERT: SQLite takes 32,766 values

SENTENCES = (
    "The transfer left my account on Monday morning and has not arrived since.",
    "I called twice and was told both times that somebody would ring me back.",
    "The reference in the letter is not the one that the app shows.",
    "Please look at both and tell me which of them is right.",
    "It worked for me after I signed out, waited a minute and signed in again.",
    "We found your payment; it waited for a check that a person has to make.",
    "The check is done and the money will be with you by tomorrow evening.",
    "That helps, thank you, though the fee is still on my statement.",
    "You can ask for the fee back under *Statements*, then **Dispute this line**.",
    "The new card came without a letter, so I do not know how to begin to use it.",
    "They changed the form in spring; the old one is still linked from the help page.",
    "I have been a customer for nine years and this is the first time that I had to ask.",
    "The exchange rate on the receipt differs from the one on the day I paid.",
    "If it says *pending* for longer than three days, something is stuck on their side.",
    "We are sorry for the wait, and we have written down what went wrong.",
)


@dataclass(frozen=True)
class Line:
    """One post of the play: who speaks, and what it does to the thread."""

    hat: Hat
    purpose: Purpose | None = None
    side: Side | None = None
    gives_back: bool = False


def _said_by_vendor(purpose: Purpose) -> Line:
    return Line(Hat.REPRESENTATIVE, purpose=purpose)


AUTHOR, MEMBER = Line(Hat.AUTHOR), Line(Hat.MEMBER)
HELPS, DEFENDS = Line(Hat.ADVOCATE, side=Side.HELPING), Line(Hat.ADVOCATE, side=Side.DEFENDING)
BACK = Line(Hat.AUTHOR, gives_back=True)
PLAY = (
    _said_by_vendor(Purpose.ACKNOWLEDGE), MEMBER, HELPS, _said_by_vendor(Purpose.ASK), BACK,
    MEMBER, _said_by_vendor(Purpose.ANSWER), BACK, HELPS, MEMBER, AUTHOR,
    _said_by_vendor(Purpose.UPDATE), DEFENDS, MEMBER, _said_by_vendor(Purpose.ANSWER), AUTHOR,
    MEMBER, HELPS, MEMBER,
)


def load(people: People, threads: int, posts: int, seed: int = 1,
         over: timedelta = OVER) -> list[str]:
    """Write `threads` threads of `posts` posts each, oldest first, spread `over` the time up to
    now; their ids."""
    chance = random.Random(seed)
    texts = [_text(chance) for _ in range(TEXTS)]
    html = {text: rendered(text) for text in texts}
    rows = Rows(people, chance, [(text, html[text]) for text in texts])
    start = clock.now() - over - BETWEEN_POSTS * posts
    for number in range(threads):
        rows.add_thread(number, start + over * number / threads, posts)
    with db.write():
        rows.write()
        for thread_id in rows.thread_ids():
            clocks.wind(thread_id)
        scorecards.settle(rows.thread_ids())
        versions.touch(f"vendor:{people.vendor.id}", "vendors", "front")
    return rows.thread_ids()


def _text(chance: random.Random) -> str:
    words = chance.choice(SENTENCES)
    while len(words) < CHARACTERS:
        words += chance.choice((" ", " ", " ", "\n\n")) + chance.choice(SENTENCES)
    return words


class Rows:
    """What is to be inserted, by table."""

    def __init__(
        self, people: People, chance: random.Random, texts: list[tuple[str, str]]
    ) -> None:
        self.people, self.chance, self.texts = people, chance, texts
        self.of: dict[type[db.Model], list[dict[str, Any]]] = {
            model: [] for model in (Thread, Round, Post, Follow, Pseudonym, Entry,
                                    fulltext.Document)}
        self.counts = [0, 0, 0]

    def thread_ids(self) -> list[str]:
        return [row["id"] for row in self.of[Thread]]

    def add_thread(self, number: int, at: datetime, posts: int) -> None:
        """One thread: a third each ends confirmed, in the author's turn, or sent back. Older ones
        are confirmed or sent back, for silence would have ended an author's turn by now."""
        author = self.people.members[number % len(self.people.members)]
        with clock.standing_at(at):
            thread_id = ids.new()
        self.cast: dict[str, str] = {}
        state = table.opened(rules.Kind.QUESTION, at)
        body = self._post(thread_id, 1, author, Line(Hat.AUTHOR), at, moved=True)
        self._entry(thread_id, "thread.opened", at, author, kind=state.kind, promise=None,
                    rulebook=0, runs=True)
        for offset, line in enumerate(itertools.islice(itertools.cycle(PLAY), posts - 1)):
            at += BETWEEN_POSTS
            after = self._step(state, line, at)
            self._turn(thread_id, state, after, at, author)
            speaker = self._speaker(line.hat, author)
            self._post(thread_id, offset + 2, speaker, line, at, moved=after != state)
            state = after
        ways = 3 if at > clock.now() - OVER else 2
        state = self._end(thread_id, state, number % ways, at, author)
        self._finish(thread_id, state, author, body, at, posts)

    def _step(self, state: table.State, line: Line, at: datetime) -> table.State:
        event: table.Event = table.OthersPost(at)
        if line.purpose:
            event = table.VendorPosts(at, line.purpose, "x")
        elif line.hat is Hat.AUTHOR:
            turn = state.status is rules.Status.AWAITING_AUTHOR
            event = table.GivesBack(at) if line.gives_back and turn else table.AuthorNotes(at)
        return _taken(table.step(state, event))

    def _end(self, thread_id: str, state: table.State, which: int, at: datetime,
             author: Account) -> table.State:
        after = state
        if which == 0:
            after = _taken(table.step(state, table.Confirms(at, rules.SolvedBy.VENDOR)))
        elif which == 1 and state.status is rules.Status.AWAITING_AUTHOR:
            after = _taken(table.step(state, table.GivesBack(at)))
        self._turn(thread_id, state, after, at, author)
        return after

    def _speaker(self, hat: Hat, author: Account) -> Account:
        if hat is Hat.MEMBER:
            return self.chance.choice([m for m in self.people.members if m.id != author.id])
        speaker = {Hat.AUTHOR: author, Hat.REPRESENTATIVE: self.people.representative,
                   Hat.ADVOCATE: self.people.advocate}[hat]
        assert speaker is not None
        return speaker

    def _post(self, thread_id: str, number: int, by: Account, line: Line, at: datetime,
              moved: bool) -> str:
        body, html = self.chance.choice(self.texts)
        with clock.standing_at(at):
            post_id = ids.new()
        self.of[Post].append({
            "id": post_id, "thread": thread_id, "number": number, "author": by.id,
            "hat": line.hat, "purpose": line.purpose, "side": line.side,
            "ties": ["customer"] if line.hat is Hat.ADVOCATE else [],
            "title": "Customer care" if line.hat is Hat.REPRESENTATIVE else "",
            "body": body, "html": html, "created_at": at,
            "moved": moved and line.hat in (Hat.AUTHOR, Hat.REPRESENTATIVE)})
        if number > 1:
            self._entry(thread_id, "post.written", at, by, post=post_id, hat=line.hat,
                        number=number, purpose=line.purpose, mentions=[])
        return body

    def _pseudonym(self, thread_id: str, by: Account) -> str:
        if by.id not in self.cast:
            self.cast[by.id] = ids.new()
            self.of[Pseudonym].append(
                {"id": self.cast[by.id], "scope": thread_id, "account_id": by.id})
            self.of[Follow].append({"account": by.id, "thread": thread_id, "since": clock.now()})
        return self.cast[by.id]

    def _entry(self, thread_id: str, event: str, at: datetime, by: Account, **refs: Any) -> None:
        self.of[Entry].append({
            "at": at, "kind": event, "subject": "thread", "subject_id": thread_id,
            "actor": self._pseudonym(thread_id, by),
            "refs": {"vendor": self.people.vendor.id, **refs}})

    def _turn(self, thread_id: str, before: table.State, after: table.State, at: datetime,
              author: Account) -> None:
        """The journal's word about a claim, and about a turn that changed hands."""
        if after.claims > before.claims:
            by = self._speaker(Hat.REPRESENTATIVE, author)
            self._entry(thread_id, "claim.made", at, by, round=1, claim=after.turn_claim,
                        number=after.claims)
        if after.status is before.status:
            return
        if after.status is rules.Status.AWAITING_AUTHOR:
            by = self._speaker(Hat.REPRESENTATIVE, author)
            self._entry(thread_id, "turn.author", at, by, round=1, claim=after.turn_claim)
        elif after.open:
            kind = "thread.sent_back" if before.turn_claim else "turn.vendor"
            self._entry(thread_id, kind, at, author, round=1)
        else:
            self._entry(thread_id, "thread.closed", at, author, round=1, outcome=after.outcome,
                        solved_by=after.solved_by)

    def _finish(self, thread_id: str, state: table.State, author: Account, body: str,
                at: datetime, posts: int) -> None:
        opened_at = self.of[Post][-posts]["created_at"]
        title = body[:70].rsplit(" ", 1)[0]
        stands = asdict(state)
        self.of[Thread].append({
            "id": thread_id, "vendor": self.people.vendor.id, "author": author.id,
            "title": title, "opened_at": opened_at, "last_post_at": at, "post_count": posts,
            "clock_since": opened_at, "clock_by": "opening",
            "remind_at": table.remind_at(state), "silent_at": table.silent_at(state),
            **{name: value for name, value in stands.items() if name in Thread._meta.fields}})
        self.of[Round].append({
            "thread": thread_id, "number": 1, "began_by": "opening", "opened_at": opened_at,
            "closed_at": state.closed_at, "outcome": state.outcome})
        self.of[fulltext.Document].append({
            "kind": "thread", "ref": thread_id, "scope": self.people.vendor.id, "title": title,
            "body": body, "at": opened_at})
        self.counts = [a + b for a, b in zip(self.counts, counted(state), strict=True)]

    def write(self) -> None:
        """Insert everything, and add to what the company's row counts."""
        for model, rows in self.of.items():
            for start in range(0, len(rows), AT_ONCE):
                model.insert_many(rows[start : start + AT_ONCE]).execute()
        threads, waiting, solved = self.counts
        Vendor.update(
            thread_count=Vendor.thread_count + threads,
            waiting_count=Vendor.waiting_count + waiting,
            solved_count=Vendor.solved_count + solved,
        ).where(Vendor.id == self.people.vendor.id).execute()


def _taken(after: table.State | Refusal) -> table.State:
    assert not isinstance(after, Refusal), after
    return after
