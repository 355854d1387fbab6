#!/usr/bin/env python3
"""A random life of a community, by the verbs that people use: for comparing what is kept of it with
what its record says.

    bench/walk.py --events 20000 --seed 1       # in the database of the settings (PARLEY_…)
    flask --app wsgi scorecards verify

What a rule refuses is left out and counted; anything else that goes wrong is raised.
"""

from __future__ import annotations

import argparse
import itertools
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

from parley.accounts.actions import create_account  # noqa: E402
from parley.accounts.models import Account  # noqa: E402
from parley.app import create_app  # noqa: E402
from parley.config import Settings  # noqa: E402
from parley.kernel import clock, db, ids, rulebook  # noqa: E402
from parley.kernel.errors import Invalid, NotFound, Refused  # noqa: E402
from parley.members import actions as members  # noqa: E402
from parley.moderation import actions as moderation  # noqa: E402
from parley.moderation.models import Report  # noqa: E402
from parley.problems import actions as problems  # noqa: E402
from parley.problems import answering, linking  # noqa: E402
from parley.problems.actions import NewProblem  # noqa: E402
from parley.problems.models import Problem, ProblemLink  # noqa: E402
from parley.promises import rules as promises  # noqa: E402
from parley.promises.models import Promise  # noqa: E402
from parley.promises.rules import PromiseTerms, Within  # noqa: E402
from parley.scorecards import days  # noqa: E402
from parley.threads import actions as threads  # noqa: E402
from parley.threads import clocks, outcomes  # noqa: E402
from parley.threads.actions import NewPost, NewThread  # noqa: E402
from parley.threads.models import Post, Thread  # noqa: E402
from parley.threads.outcomes import Said  # noqa: E402
from parley.vendors import actions as vendors  # noqa: E402
from parley.vendors import disputes  # noqa: E402
from parley.vendors.models import Vendor  # noqa: E402

SPAN = timedelta(days=400)
MEMBERS = 12
LOOKED_AT = 8  # threads, for one that a verb fits
COMPANIES = 5
WORDS = "It was due on Monday, and nobody knows where it is."
HOURS = (((540, 1_020),),) * 5 + ((), ())  # 9 to 17 from Monday to Friday


def walk(events: int, seed: int, span: timedelta = SPAN, threads_about: int = 0,
         each_day: Callable[[], object] = lambda: None) -> Counter[str]:
    """Let `events` things happen in the time before now, and time do its part in between.

    :param threads_about: so many threads at most are open to what happens; 0 for a fifteenth of
        the events
    :param each_day: called when a day has passed, with the clock standing early in the next
    :return: how often each kind of thing happened, and how often one was refused
    """
    now = clock.now()
    chance = random.Random(seed)
    instants = sorted(now - span * chance.random() for _ in range(events))
    life = _Life(chance, now - span, threads_about or max(10, events // 15))
    for before, instant in zip([now - span, *instants], instants, strict=False):
        life.pass_time(before, instant, each_day)
        life.happen(instant)
    life.pass_time(instants[-1] if instants else now, now, each_day)
    with clock.standing_at(now):
        while clocks.sweep() + outcomes.sweep_silence():
            pass
    return life.happened


class _Life:
    def __init__(self, chance: random.Random, founded: datetime, most: int) -> None:
        self.chance, self.most = chance, most
        self.happened: Counter[str] = Counter()
        self.threads: list[str] = []
        self.run = f"{chance.getrandbits(32):08x}"
        with clock.standing_at(founded):
            self.members = [self._person(f"m{n}") for n in range(MEMBERS)]
            self.steward = self._person("steward")
            members.give_office(self.steward, "steward")
            self.companies = [self._company(n) for n in range(COMPANIES)]
            self.people: dict[str, list[Account]] = {}
            for company in self.companies[:-1]:  # nobody of the last one is here at first
                self._appoint(company, self._person(f"r{company.id[-6:]}"))
        self.verbs: list[tuple[int, Callable[[], object]]] = [
            (22, self.open), (24, self.answer), (8, self.ask), (7, self.decline),
            (6, self.acknowledge), (6, self.note), (14, self.give_back), (11, self.confirm),
            (7, self.reopen), (4, self.withdraw), (6, self.disown), (3, self.hide),
            (5, self.show), (3, self.change_kind), (3, self.me_too), (3, self.mark_idea),
            (2, self.report), (2, self.settle), (3, self.reach), (1, self.promise),
            (1, self.change_rule), (1, self.join), (1, self.claim), (1, self.merge),
            (2, self.name_cause), (3, self.link), (3, self.move_problem), (2, self.answer_all),
            (4, self.vote), (2, self.not_mine)]

    def _person(self, name: str) -> Account:
        handle = f"{name}_{self.run}"
        account = create_account(email=f"{handle}@walk.example", handle=handle,
                                 display_name=name, password=None)
        members.grant(account, clock.now() + timedelta(days=4_000))
        return account

    def _company(self, number: int) -> Vendor:
        name = f"Walk {number} {self.run}"
        return vendors.find_or_make(name, f"walk{number}-{self.run}.example", None)

    def _appoint(self, company: Vendor, person: Account, role: str = "manager") -> None:
        vendors.accept(vendors.appoint(company, person, role, ""), person)
        self.people.setdefault(company.id, []).append(person)

    # Time

    def pass_time(self, since: datetime, until: datetime, each_day: Callable[[], object]) -> None:
        """The sweeps come every few hours here, and sometimes late."""
        at = since
        while (at := at + timedelta(hours=self.chance.uniform(2, 40))) < until:
            with clock.standing_at(at):
                outcomes.sweep()
        midnight = until.replace(hour=0, minute=1, second=0, microsecond=0)
        if midnight > since:
            with clock.standing_at(max(at for at in (midnight, since) if at <= until)):
                outcomes.sweep()
                each_day()

    def happen(self, instant: datetime) -> None:
        weights, verbs = zip(*self.verbs, strict=True)
        verb = self.chance.choices(verbs, weights)[0]
        name = verb.__name__
        with clock.standing_at(instant):
            try:
                verb()
            except (Refused, NotFound, Invalid):
                name = "refused"
        self.happened[name] += 1

    # What people do

    def _thread(self, *statuses: str) -> Thread:
        """One of the threads, if possible in one of these states."""
        some = self.chance.sample(self.threads, min(LOOKED_AT, len(self.threads)))
        found = sorted(Thread.select().where(Thread.id.in_(some)), key=lambda t: some.index(t.id))
        if not found:
            raise NotFound
        return next((thread for thread in found if thread.status in statuses), found[0])

    def _staff(self, thread: Thread) -> Account:
        return self._one_of(self.people.get(thread.vendor_id, []))

    def _one_of(self, people: Iterable[Account]) -> Account:
        known = list(people)
        if not known:
            raise NotFound
        return self.chance.choice(known)

    def open(self) -> None:
        kind = self.chance.choices(["question", "complaint", "idea", "praise"], [5, 5, 1, 1])[0]
        thread = threads.open_thread(self._one_of(self.members), NewThread(
            kind=kind, title=f"Where is parcel {self.chance.random()}?", body=WORDS,
            vendor=self.chance.choice(self.companies).slug,
            impact=self.chance.choice(["", "safety"])))
        self.threads.append(thread.id)
        del self.threads[:-self.most]

    def _write(self, purpose: str) -> None:
        thread = self._thread("awaiting_vendor")
        threads.write_post(self._staff(thread), thread.id, NewPost(body=WORDS, purpose=purpose))

    def answer(self) -> None:
        self._write(self.chance.choice(["answer", "answer", "propose_resolution"]))

    def ask(self) -> None:
        self._write("ask")

    def decline(self) -> None:
        self._write("decline")

    def acknowledge(self) -> None:
        self._write(self.chance.choice(["acknowledge", "update"]))

    def note(self) -> None:
        thread = self._thread()
        threads.write_post(self._one_of([thread.author, *self.members]), thread.id,
                           NewPost(body=WORDS))

    def give_back(self) -> None:
        thread = self._thread("awaiting_author")
        outcomes.give_back(thread.author, thread.id, Said(WORDS))

    def confirm(self) -> None:
        thread = self._thread("awaiting_author", "awaiting_vendor")
        posts = Post.select(Post.id).where(Post.thread == thread.id, Post.hat == "member")
        outcomes.confirm(thread.author, thread.id, self.chance.choice(
            ["vendor", "vendor", "community", "myself"]), tuple(post.id for post in posts))

    def reopen(self) -> None:
        thread = self._thread("closed")
        outcomes.reopen(thread.author, thread.id, Said(WORDS))

    def withdraw(self) -> None:
        thread = self._thread("awaiting_vendor", "awaiting_author")
        outcomes.withdraw(thread.author, thread.id)

    def disown(self) -> None:
        thread = self._thread("awaiting_author")
        outcomes.disown(thread.author, thread.id, self.chance.randint(1, max(1, thread.claims)))

    def hide(self) -> None:
        moderation.hide_thread(self._thread().id, self.steward, "spam")

    def show(self) -> None:
        hidden = [thread.id for thread in Thread.select(Thread.id).where(
            Thread.id.in_(self.threads), Thread.hidden_at.is_null(False))]
        if not hidden:
            raise NotFound
        moderation.show_thread(self.chance.choice(hidden), self.steward, "mistake")

    def change_kind(self) -> None:
        thread = self._thread()
        outcomes.change_kind(thread.author, thread.id, self.chance.choice(
            ["question", "complaint", "idea", "praise"]))

    def me_too(self) -> None:
        outcomes.say_me_too(self._one_of(self.members), self._thread().id,
                            self.chance.choice(["affected", "works_now", ""]))

    def mark_idea(self) -> None:
        ideas = Thread.select().where(Thread.id.in_(self.threads), Thread.kind == "idea")
        thread = self.chance.choice(list(ideas) or [self._thread()])
        outcomes.mark_idea(self._staff(thread), thread.id, self.chance.choice(
            ["considering", "planned", "shipped"]), "")

    def report(self) -> None:
        thread = self._thread()
        post = Post.get(Post.thread == thread.id, Post.number == 1)
        moderation.report(post.id, self._one_of([*self.people.get(thread.vendor_id, []),
                                                 self.members[0]]), "spam")

    def settle(self) -> None:
        row = Report.select().where(Report.settled_at.is_null()).first()
        if row is None:
            raise NotFound
        moderation.settle(row.id, self.steward, self.chance.choice(["reject", "hide_post"]))

    # The causes behind threads

    def _problem(self) -> Problem:
        ids = [company.id for company in self.companies]
        found = list(Problem.select().where(Problem.vendor.in_(ids)))
        if not found:
            raise NotFound
        return self.chance.choice(found)

    def _manager(self, problem: Problem) -> Account:
        return self._one_of(self.people.get(problem.vendor_id, []))

    def name_cause(self) -> None:
        company = self.chance.choice(self.companies)
        problems.open_problem(self._one_of(self.people.get(company.id, [])), company,
                              NewProblem("Lids break in the cold", WORDS))

    def link(self) -> None:
        problem = self._problem()
        some = Thread.select().where(Thread.id.in_(self.threads),
                                     Thread.vendor == problem.vendor_id)
        for thread in list(some)[:self.chance.randint(1, 6)]:
            linking.link(self._manager(problem), problem.id, thread.id)

    def move_problem(self) -> None:
        problem = self._problem()
        problems.move(self._manager(problem), problem.id, self.chance.choice(
            ["fixed", "fixed", "acknowledged", "rejected"]), WORDS)

    def answer_all(self) -> None:
        problem = self._problem()
        answering.publish(self._manager(problem), problem.id, WORDS)

    def vote(self) -> None:
        problem = self._problem()
        hit = [link.thread.author for link in ProblemLink.select().where(
            ProblemLink.problem == problem.id, ProblemLink.state == "linked")]
        for person in hit[:4]:
            problems.vote(person, problem.id, self.chance.random() < 0.7)

    def not_mine(self) -> None:
        links = ProblemLink.select(ProblemLink, Thread).join(Thread).where(
            Thread.id.in_(self.threads), ProblemLink.state == "linked")
        row = self.chance.choice(list(links) or [None])
        if row is None:
            raise NotFound
        linking.not_mine(row.thread.author, row.id)

    # What companies do, and what the community decides

    def reach(self) -> None:
        """A mail reaches a company that has no account here, or comes back."""
        unknown = Thread.select().where(
            Thread.id.in_(self.threads), Thread.vendor == self.companies[-1].id)
        thread = self.chance.choice(list(unknown) or [self._thread()])
        with db.write():
            held = db.lock(Thread.select().where(Thread.id == thread.id)).get()
            if self.chance.random() < 0.3:
                clocks.take_back(held, clock.now())
            elif held.status != "closed":
                clocks.start(held, clock.now(), "mail")

    def promise(self) -> None:
        company = self.chance.choice(self.companies)
        manager = self._one_of(self.people.get(company.id, []))
        now = clock.now()
        within = Within(timedelta(hours=self.chance.randint(2, 60)), self.chance.random() < 0.5)
        terms = PromiseTerms(
            zone="Europe/Berlin", week=HOURS, expires=(now + timedelta(days=300)).date(),
            first_answer={"question": within, "complaint": within},
            resolution={"complaint": Within(timedelta(days=9), False)}
            if self.chance.random() < 0.6 else {})
        number = Promise.select().where(Promise.page == company.id).count() + 1
        Promise.create(
            id=ids.new(), vendor=company, page=company.id, number=number,
            terms=promises.to_json(terms), published_at=now, published_by=manager,
            effective_from=now, expires_at=now + timedelta(days=300))

    def change_rule(self) -> None:
        rulebook.change("first_answer_days", self.chance.randint(1, 10))

    def join(self) -> None:
        """Somebody who opened threads begins to answer for a company."""
        if len(self.members) > MEMBERS // 2:
            person = self.chance.choice(self.members)
            self._appoint(self.chance.choice(self.companies), person, "responder")

    def claim(self) -> None:
        company = self.companies[-1]
        if company.id not in self.people:
            self._appoint(company, self._person("late"))
            self.companies.append(self._company(self.chance.randrange(10**6, 10**7)))

    def merge(self) -> None:
        """One page is folded into another; a new company comes in its place."""
        gone, kept = self.chance.sample(self.companies, 2)
        disputes.merge(gone, kept, self.steward, "One company.")
        self.companies.remove(gone)
        self.people.pop(gone.id, None)  # asked anew there, and they do not accept
        self.companies.insert(0, self._company(self.chance.randrange(10**6, 10**7)))
        self._appoint(self.companies[0], self._person(f"r{self.chance.getrandbits(40):x}"))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    create_app(Settings.from_env())
    with db.database.connection_context():
        db.runner().up()
        days_gone = itertools.count(1)
        happened = walk(chosen.events, chosen.seed, each_day=lambda: _day(next(days_gone)))
    for what, count in happened.most_common():
        print(f"{count:8,} {what}")


def _day(number: int) -> None:
    days.sweep()
    print(f"\r{number} of {SPAN.days} days", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
