"""What threads count as, and that silence never helps: on random histories, without a database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.promises import measures
from parley.promises.clocks import Target, Terms, reckon
from parley.promises.opening import Hours, never_closed
from parley.scorecards import rules
from parley.scorecards.figures import Figures, Share, Time, Totals
from parley.threads import clocks

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
OFFICE = Hours("Europe/Berlin", (((540, 1_020),),) * 5 + ((), ()), never_closed)
EXPECTED = Terms(*(Target(days * DAY, measures.EXPECTED_HOURS) for days in (5, 20)))
TERMS = {  # by the promise that a thread keeps
    None: EXPECTED,
    "whole": Terms(Target(8 * HOUR, OFFICE, True), Target(5 * DAY, None, True)),
    "first": Terms(Target(2 * DAY, None, True), EXPECTED.resolution),
}
IN_TIME = 8 * HOUR  # less than any of them allows, also at night
ALL_DUE = 400 * DAY


@pytest.fixture(scope="module", autouse=True)
def known_terms() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measures, "terms", lambda promise, book, kind: (
            TERMS[promise] if kind in rules.MEASURED else measures.NONE))
        yield


@dataclass
class Entry:
    at: datetime
    kind: str
    refs: dict[str, Any]


class Thread:
    """A thread's record as `threads.turns` would write it."""

    def __init__(self, kind: str = "question", promise: str | None = None, at: datetime = MONDAY):
        self.at, self.turn, self.claim, self.made = at, "vendor", None, 0
        self.entries: list[Entry] = []
        self.standing: list[int] = []  # claims of this turn that nobody disowned
        self.asked = False
        self.say("thread.opened", kind=kind, vendor="v", promise=promise, rulebook=0, runs=True)

    def say(self, kind: str, /, **refs: Any) -> None:
        self.entries.append(Entry(self.at, kind, refs))

    def take(self, step: str, after: timedelta) -> Thread:
        """Take a step, if it is possible now; an author's turn ends by itself after 14 days."""
        if self.turn == "author" and after >= 14 * DAY:
            self.silence()
        self.at += after
        if step in ("answer", "decline") and self.turn != "closed":
            self.made += 1
            self.claim, self.turn = step, "author"
            self.standing.append(self.made)
            self.say("claim.made", claim=step, number=self.made)
            self.say("turn.author", claim=step)
        elif step == "ask" and self.turn == "vendor":
            self.claim, self.turn, self.asked = None, "author", True
            self.say("turn.author", claim=None)
        elif step == "give_back" and self.turn == "author":
            self.to_vendor()
            self.say("turn.vendor" if self.claim is None else
                     "thread.disputed" if self.claim == "decline" else "thread.sent_back")
        elif step == "disown" and self.turn != "closed" and self.made and not self.disowned():
            self.say("claim.disowned", number=self.made)
            if self.standing == [self.made]:
                if self.asked:
                    self.say("turn.vendor")
                self.to_vendor()
            elif self.standing:
                self.standing.remove(self.made)
        elif step in ("vendor", "myself") and self.turn != "closed":
            self.close("confirmed", step)
        elif step == "withdraw" and self.turn != "closed":
            self.close("withdrawn")
        elif step == "reopen" and self.turn == "closed" and not self.gone:
            self.to_vendor()
            self.say("thread.reopened")
        elif step == "from_people":
            self.say("thread.from_people")
        return self

    gone = False

    def to_vendor(self) -> None:
        self.turn, self.standing, self.asked = "vendor", [], False

    def disowned(self) -> bool:
        """Whether the last claim was."""
        return any(entry.refs.get("number") == self.made for entry in self.entries
                   if entry.kind == "claim.disowned")

    def close(self, outcome: str, solved_by: str | None = None) -> None:
        self.turn, self.gone = "closed", outcome == "withdrawn"
        self.say("thread.closed", outcome=outcome, solved_by=solved_by)

    def silence(self) -> None:
        self.at += 14 * DAY
        self.close({None: "void", "decline": "declined"}.get(self.claim, "unconfirmed"))

    def counts(self, as_of: datetime | None = None) -> dict[str, int]:
        if as_of is None and self.turn == "author":
            self.silence()
        until = as_of or self.at + ALL_DUE
        known = [entry for entry in self.entries if entry.at <= until]
        told = rules.history(known, reckon(clocks.facts(known), until).clocks)
        return rules.contribution(told) if told else {}


STEPS = ("answer", "answer", "decline", "ask", "give_back", "vendor", "myself", "withdraw",
         "reopen", "disown")
GAPS = st.sampled_from([HOUR, 5 * HOUR, DAY, 3 * DAY, 9 * DAY, 16 * DAY, 40 * DAY])
PROMISES = st.sampled_from([None, "whole", "first"])
KINDS = st.sampled_from(["question", "complaint"])


@st.composite
def lives(draw, steps=STEPS) -> Thread:
    thread = Thread(draw(KINDS), draw(PROMISES))
    for step, gap in draw(st.lists(st.tuples(st.sampled_from(steps), GAPS), max_size=7)):
        thread.take(step, gap)
    return thread


def figures(counts: list[dict[str, int]]) -> Figures:
    sums: Counter[str] = Counter()
    for each in counts:
        sums.update(each)
    return Figures(Totals(sums, {}), "all", 0)


def at_least(now: Figures, before: Figures) -> bool:
    """Whether no share and no quantile is worse."""
    shares = [(f.answered, f.promises, f.expectation) for f in (now, before)]
    times = [(*f.calendar, *f.business) for f in (now, before)]
    return all(map(share_at_least, *shares)) and all(map(time_at_least, *times))


def share_at_least(now: Share, before: Share) -> bool:
    return now.part * max(before.whole, 1) >= before.part * max(now.whole, 1)


def time_at_least(now: Time, before: Time) -> bool:
    return before.minutes is None or (now.minutes is not None and now.minutes <= before.minutes)


@settings(max_examples=150)
@given(others=st.lists(lives(), max_size=6), kind=KINDS, promise=PROMISES,
       then=st.lists(st.tuples(st.sampled_from(STEPS[:-1]), GAPS), max_size=5),
       soon=st.timedeltas(timedelta(), IN_TIME))
def test_silence_never_helps(others, kind, promise, then, soon):
    """Answering an ignored thread in time makes no share and no time worse, whatever follows."""
    rest = [thread.counts() for thread in others]
    ignored = Thread(kind, promise).counts()
    answered = Thread(kind, promise).take("answer", soon)
    for step, gap in then:
        answered.take(step, gap)
    assert at_least(figures([*rest, answered.counts()]), figures([*rest, ignored]))


@settings(max_examples=150)
@given(threads=st.lists(st.lists(st.tuples(st.sampled_from(
    ("ask", "give_back", "spam", "from_people", "withdraw", "myself", "reopen")), GAPS),
    max_size=6), min_size=1, max_size=8), promise=PROMISES)
def test_nothing_raises_the_figures_of_a_company_that_never_answered(threads, promise):
    """Asking, an answer to all that all disown, critics appointed, promises of any kind."""
    counts = []
    for steps in threads:
        thread = Thread("complaint", promise)
        for step, gap in steps:
            if step == "spam":
                thread.take("answer", gap).take("disown", timedelta(minutes=1))
            else:
                thread.take(step, gap)
        counts.append(thread.counts())
    found = figures(counts)
    assert (found.answered.part, found.promises.part, found.expectation.part) == (0, 0, 0)
    assert {time.minutes for time in (*found.calendar, *found.business)} == {None}


@given(others=st.lists(lives(), max_size=6), kind=KINDS, promise=PROMISES)
def test_appointing_a_critic_who_was_ignored_changes_no_share(others, kind, promise):
    rest = [thread.counts() for thread in others]
    ignored = Thread(kind, promise).counts()
    appointed = Thread(kind, promise).take("from_people", 60 * DAY).counts()
    before, after = figures([*rest, ignored]), figures([*rest, appointed])
    assert at_least(before, after) and at_least(after, before)


@given(life=lives())
def test_a_thread_is_counted_once_in_each_sum(life):
    counts = life.counts()
    assert counts.get("counted", 0) == 1  # after all due times
    outcomes = sum(n for key, n in counts.items() if key.startswith("outcome."))
    times = sum(n for key, n in counts.items() if key.startswith("calendar."))
    assert outcomes <= 1 and times == counts.get("answered", 0) <= 1
    assert counts.get("sent_back", 0) <= counts.get("claims", 0)


# By hand


def test_promise_and_expectation_are_tallied_apart():
    late = Thread("complaint", "first").take("answer", DAY).take("give_back", HOUR)
    assert late.counts(late.at + 30 * DAY) == {
        "kind.complaint": 1, "counted": 1, "answered": 1, "calendar.1440": 1, "business.1440": 1,
        "kept.promise": 1, "missed.expectation": 1, "claims": 1, "sent_back": 1}


def test_before_it_is_due_a_thread_is_in_no_share():
    thread = Thread("question", "whole")
    day = (MONDAY - rules.EPOCH).days
    open_now = {"kind.question": 1, f"waiting.{day}": 1}
    assert thread.counts(MONDAY + 7 * HOUR) == open_now | {"pending": 1}
    assert thread.counts(MONDAY + 25 * HOUR) == open_now | {"counted": 1, "missed.promise": 1}


def test_business_time_is_that_of_the_clock_and_calendar_time_is_all():
    monday = Thread("question", "whole", at=MONDAY + 7 * HOUR)  # 17:00 in Berlin
    counts = monday.take("answer", 17 * HOUR).counts()  # 10:00 the next day
    assert (counts["calendar.1020"], counts["business.60"]) == (1, 1)


def test_claims_made_again_in_one_turn_are_one_turn():
    thread = Thread().take("answer", HOUR).take("answer", HOUR).take("answer", HOUR)
    assert thread.take("give_back", HOUR).counts()["claims"] == 1
    assert thread.counts()["sent_back"] == 1


def test_of_several_rounds_the_latest_that_closed_decides_the_outcome():
    thread = Thread().take("answer", HOUR).take("vendor", HOUR).take("reopen", DAY)
    assert thread.counts(thread.at)["outcome.confirmed_by_vendor"] == 1
    thread.take("decline", HOUR).take("give_back", HOUR)
    counts = thread.counts(thread.at)
    assert counts["outcome.declined"] == 1 and "outcome.confirmed_by_vendor" not in counts
    assert thread.take("myself", HOUR).counts()["outcome.without_company"] == 1


def test_a_company_that_cannot_know_is_not_measured():
    thread = Thread()
    thread.entries[0].refs["runs"] = False
    assert thread.counts() == {"kind.question": 1, "unreached": 1}


@pytest.mark.parametrize(("left", "stays"), [
    ("thread.vanished", {"missed.expectation": 1, "counted": 1}),
    ("thread.from_people", {"missed.expectation": 1, "counted": 1, "own_people": 1}),
    ("thread.hidden", {"hidden": 1})])
def test_of_what_left_the_figures_a_miss_stays(left, stays):
    thread = Thread()
    thread.at += 50 * DAY
    thread.say(left)
    assert thread.counts() == stays


def test_buckets_never_flatter_and_are_narrow():
    for minutes in (0, 1, 19, 59, 60, 61, 600, 2_881, 100_000):
        bound = rules.bucket(timedelta(minutes=minutes))
        assert minutes <= bound <= max(minutes * 1.06, minutes + 1)
    assert rules.bucket(timedelta(minutes=60, microseconds=1)) > 60
    assert rules.bucket(timedelta(days=10**6)) == rules.LADDER[-1]
