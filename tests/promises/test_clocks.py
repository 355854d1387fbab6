"""The clocks of threads: stories worked out by hand with dates, then laws for any story."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.promises.clocks import (
    Asked,
    Claimed,
    Closed,
    Disowned,
    Disputed,
    Fact,
    GivenBack,
    Hidden,
    Lateness,
    Name,
    Opened,
    Refuted,
    Reopened,
    Shown,
    Started,
    Stopped,
    Target,
    Terms,
    Verdict,
    reckon,
)
from tests.promises.test_opening import HOUR, OFFICE, all_hours, at, utc

DAY = timedelta(days=1)
PROMISED = Terms(Target(8 * HOUR, OFFICE, True), Target(40 * HOUR, OFFICE, True))
SHORT = Terms(Target(4 * HOUR, OFFICE, True), Target(8 * HOUR, OFFICE, True))
CALENDAR = Terms(Target(2 * DAY), Target(10 * DAY))
KEPT, MISSED, DECLINED, VOID = Verdict


def story(*lines: tuple[str, str], terms: Terms = PROMISED) -> list[Fact]:
    """Facts of lines of (local time in Berlin, what happened); claims are numbered as they come."""
    facts: list[Fact] = []
    claims = 0
    for when, what in lines:
        moment = at(when)
        word, _, number = what.partition(" ")
        match word:
            case "opened":
                facts += [Started(moment), Opened(moment, terms)]
            case "unknown":
                facts.append(Opened(moment, terms))
            case "changed":
                facts.append(Opened(moment, {"short": SHORT, "idea": Terms()}[number], False))
            case "answer" | "decline":
                claims += 1
                facts.append(Claimed(moment, word == "decline", claims))
            case "disowned":
                facts.append(Disowned(moment, int(number)))
            case _:
                facts.append(PLAIN[word](moment))
    return facts


PLAIN = {"started": Started, "bounced": Stopped, "asked": Asked, "back": GivenBack,
         "refuted": Refuted, "disputed": Disputed, "closed": Closed, "reopened": Reopened,
         "hidden": Hidden, "shown": Shown}


def stand(facts: list[Fact], as_of: datetime) -> list[tuple[str, int, Verdict | None]]:
    """(name, round, verdict) of each clock: F for the first answer, R for the resolution."""
    return [(clock.name[0].upper(), clock.round, clock.verdict)
            for clock in reckon(facts, as_of).clocks]


# Monday is 4 May 2026. A first answer is due after 8 opening hours (9 to 17), a resolution after
# 40: of what is opened on Monday at 9, on Monday at 17 and on Friday at 17.
MONDAY = ("2026-05-04 09:00", "opened")
LATER = at("2026-08-01 12:00")
STORIES = {
    "answered in time and confirmed": (
        [MONDAY, ("2026-05-04 16:00", "answer"), ("2026-05-05 10:00", "closed")],
        LATER, [("F", 1, KEPT), ("R", 1, KEPT)]),
    "answered at the due time is in time": (
        [MONDAY, ("2026-05-04 17:00", "answer"), ("2026-05-05 10:00", "closed")],
        LATER, [("F", 1, KEPT), ("R", 1, KEPT)]),
    "answered after closing is late, though no opening time has passed": (
        [MONDAY, ("2026-05-04 17:01", "answer"), ("2026-05-05 10:00", "closed")],
        LATER, [("F", 1, MISSED), ("R", 1, KEPT)]),
    "never answered": ([MONDAY], LATER, [("F", 1, MISSED), ("R", 1, MISSED)]),
    "not yet due": ([MONDAY], at("2026-05-04 17:00"), [("F", 1, None), ("R", 1, None)]),
    "the first answer has just been missed": (
        [MONDAY], at("2026-05-04 17:01"), [("F", 1, MISSED), ("R", 1, None)]),
    "a standing claim is pending past the due time": (
        [MONDAY, ("2026-05-08 16:00", "answer")], at("2026-05-14 12:00"),
        [("F", 1, MISSED), ("R", 1, None)]),
    "silence after it keeps it": (
        [MONDAY, ("2026-05-08 16:00", "answer"), ("2026-05-22 16:00", "closed")], LATER,
        [("F", 1, MISSED), ("R", 1, KEPT)]),
    "refuted in time, answered in time": (
        [MONDAY, ("2026-05-04 12:00", "answer"), ("2026-05-06 12:00", "refuted"),
         ("2026-05-08 12:00", "answer"), ("2026-05-20 12:00", "closed")], LATER,
        [("F", 1, KEPT), ("R", 1, KEPT)]),
    "refuted in time, answered late": (
        [MONDAY, ("2026-05-04 12:00", "answer"), ("2026-05-06 12:00", "refuted"),
         ("2026-05-11 12:00", "answer"), ("2026-05-20 12:00", "closed")], LATER,
        [("F", 1, KEPT), ("R", 1, MISSED)]),
    "refuted after the due time": (
        [MONDAY, ("2026-05-08 12:00", "answer"), ("2026-05-12 12:00", "refuted")],
        at("2026-05-12 12:00"), [("F", 1, MISSED), ("R", 1, MISSED)]),
    "the author's turn after a claim counts": (
        [MONDAY, ("2026-05-04 12:00", "answer"), ("2026-05-08 16:00", "refuted"),
         ("2026-05-11 09:30", "answer"), ("2026-05-12 09:00", "closed")], LATER,
        [("F", 1, KEPT), ("R", 1, MISSED)]),
    "an ask pauses: seven hours are left": (
        [MONDAY, ("2026-05-04 10:00", "asked"), ("2026-05-06 09:00", "back"),
         ("2026-05-06 16:00", "answer"), ("2026-05-07 09:00", "closed")], LATER,
        [("F", 1, KEPT), ("R", 1, KEPT)]),
    "a minute more than those seven hours": (
        [MONDAY, ("2026-05-04 10:00", "asked"), ("2026-05-06 09:00", "back"),
         ("2026-05-06 16:01", "answer"), ("2026-05-07 09:00", "closed")], LATER,
        [("F", 1, MISSED), ("R", 1, KEPT)]),
    "a claim ends the pause": (
        [MONDAY, ("2026-05-04 10:00", "asked"), ("2026-05-13 09:00", "answer"),
         ("2026-05-13 10:00", "closed")], LATER, [("F", 1, KEPT), ("R", 1, KEPT)]),
    "after a claim that ended the pause, time runs on": (
        [MONDAY, ("2026-05-04 10:00", "asked"), ("2026-05-13 09:00", "answer"),
         ("2026-05-19 17:00", "refuted")], LATER, [("F", 1, KEPT), ("R", 1, MISSED)]),
    "a question never answered by the author is void": (
        [MONDAY, ("2026-05-04 10:00", "asked"), ("2026-05-18 10:00", "closed")], LATER,
        [("F", 1, VOID), ("R", 1, VOID)]),
    "an ask after the miss does not undo it": (
        [MONDAY, ("2026-05-05 10:00", "asked"), ("2026-05-19 10:00", "closed")], LATER,
        [("F", 1, MISSED), ("R", 1, VOID)]),
    "solved by others before it was due": (
        [MONDAY, ("2026-05-04 12:00", "closed")], LATER, [("F", 1, VOID), ("R", 1, VOID)]),
    "solved by others after it was due": (
        [MONDAY, ("2026-05-05 12:00", "closed")], LATER, [("F", 1, MISSED), ("R", 1, VOID)]),
    "declined in time, and left at that": (
        [MONDAY, ("2026-05-04 12:00", "decline"), ("2026-05-18 12:00", "closed")], LATER,
        [("F", 1, KEPT), ("R", 1, DECLINED)]),
    "a decline in time is not late while it stands": (
        [MONDAY, ("2026-05-04 12:00", "decline")], at("2026-05-15 12:00"),
        [("F", 1, KEPT), ("R", 1, None)]),
    "disputed, then resolved in a new round": (
        [MONDAY, ("2026-05-04 12:00", "decline"), ("2026-05-05 09:00", "disputed"),
         ("2026-05-11 17:00", "answer"), ("2026-05-12 09:00", "closed")], LATER,
        [("F", 1, KEPT), ("R", 1, DECLINED), ("R", 2, KEPT)]),
    "disputed, then late by a minute": (
        [MONDAY, ("2026-05-04 12:00", "decline"), ("2026-05-05 09:00", "disputed"),
         ("2026-05-11 17:01", "answer"), ("2026-05-12 09:00", "closed")], LATER,
        [("F", 1, KEPT), ("R", 1, DECLINED), ("R", 2, MISSED)]),
    "declined after the due time is missed": (
        [MONDAY, ("2026-05-11 12:00", "decline"), ("2026-05-25 12:00", "closed")], LATER,
        [("F", 1, MISSED), ("R", 1, MISSED)]),
    "declined, and then answered in the same turn": (
        [MONDAY, ("2026-05-04 12:00", "decline"), ("2026-05-06 12:00", "answer"),
         ("2026-05-20 12:00", "closed")], LATER, [("F", 1, KEPT), ("R", 1, KEPT)]),
    "declined in time, and then answered late in the same turn": (
        [MONDAY, ("2026-05-04 12:00", "decline"), ("2026-05-11 12:00", "answer"),
         ("2026-05-25 12:00", "closed")], LATER, [("F", 1, KEPT), ("R", 1, MISSED)]),
    "answered, and then declined in the same turn": (
        [MONDAY, ("2026-05-04 12:00", "answer"), ("2026-05-06 12:00", "decline"),
         ("2026-05-18 12:00", "closed")], LATER, [("F", 1, KEPT), ("R", 1, DECLINED)]),
    "reopened after months: a round of its own": (
        [("2026-01-12 09:00", "opened"), ("2026-01-12 12:00", "answer"),
         ("2026-01-13 12:00", "closed"), (*MONDAY[:1], "reopened"),
         ("2026-05-08 17:00", "answer"), ("2026-05-09 09:00", "closed")], LATER,
        [("F", 1, KEPT), ("R", 1, KEPT), ("R", 2, KEPT)]),
    "reopened after months, and then ignored": (
        [("2026-01-12 09:00", "opened"), ("2026-01-12 12:00", "answer"),
         ("2026-01-13 12:00", "closed"), (*MONDAY[:1], "reopened")], LATER,
        [("F", 1, KEPT), ("R", 1, KEPT), ("R", 2, MISSED)]),
    "reopened without any answer so far: the first answer starts anew": (
        [("2026-04-30 16:00", "opened"), ("2026-04-30 16:30", "closed"),
         (*MONDAY[:1], "reopened"), ("2026-05-04 17:00", "answer"),
         ("2026-05-05 09:00", "closed")], LATER,
        [("F", 1, VOID), ("R", 1, VOID), ("F", 2, KEPT), ("R", 2, KEPT)]),
    "nobody could know of it": ([("2026-05-04 09:00", "unknown")], LATER, []),
    "it runs from the mail": (
        [("2026-05-01 09:00", "unknown"), ("2026-05-04 09:00", "started"),
         ("2026-05-04 17:00", "answer"), ("2026-05-05 09:00", "closed")], LATER,
        [("F", 1, KEPT), ("R", 1, KEPT)]),
    "the mail came back": (
        [("2026-05-01 09:00", "unknown"), ("2026-05-04 09:00", "started"),
         ("2026-05-04 10:00", "bounced")], LATER, []),
    "a miss stays when the mail comes back": (
        [("2026-05-01 09:00", "unknown"), ("2026-05-04 09:00", "started"),
         ("2026-05-06 10:00", "bounced")], LATER, [("F", 1, MISSED)]),
    "the mail came back, and then they claimed the page": (
        [("2026-05-01 09:00", "unknown"), ("2026-05-04 09:00", "started"),
         ("2026-05-04 10:00", "bounced"), ("2026-05-18 09:00", "started"),
         ("2026-05-18 17:00", "answer"), ("2026-05-19 09:00", "closed")], LATER,
        [("F", 1, KEPT), ("R", 1, KEPT)]),
    "hidden for a week: it stood still": (
        [MONDAY, ("2026-05-04 10:00", "hidden"), ("2026-05-11 10:00", "shown"),
         ("2026-05-11 17:00", "answer"), ("2026-05-12 09:00", "closed")], LATER,
        [("F", 1, KEPT), ("R", 1, KEPT)]),
    "hidden during an ask, shown after it": (
        [MONDAY, ("2026-05-04 10:00", "asked"), ("2026-05-04 11:00", "hidden"),
         ("2026-05-06 11:00", "shown"), ("2026-05-07 09:00", "back"),
         ("2026-05-07 16:00", "answer"), ("2026-05-08 09:00", "closed")], LATER,
        [("F", 1, KEPT), ("R", 1, KEPT)]),
    "the kind changed: the clocks date from then": (
        [MONDAY, ("2026-05-04 12:00", "changed short"), ("2026-05-04 16:00", "answer"),
         ("2026-05-05 09:00", "closed")], LATER,
        [("F", 1, VOID), ("R", 1, VOID), ("F", 1, KEPT), ("R", 1, KEPT)]),
    "the kind changed after the miss: it stays": (
        [MONDAY, ("2026-05-05 09:00", "changed short"), ("2026-05-05 12:00", "answer"),
         ("2026-05-06 09:00", "closed")], LATER,
        [("F", 1, MISSED), ("R", 1, VOID), ("F", 1, KEPT), ("R", 1, KEPT)]),
    "it became an idea": (
        [MONDAY, ("2026-05-04 12:00", "changed idea")], LATER, [("F", 1, VOID), ("R", 1, VOID)]),
    "not mine: as though it had never been said": (
        [MONDAY, ("2026-05-04 12:00", "answer"), ("2026-05-05 09:00", "disowned 1")],
        at("2026-05-05 09:00"), [("F", 1, MISSED), ("R", 1, None)]),
    "until then it stood": (
        [MONDAY, ("2026-05-04 12:00", "answer"), ("2026-05-05 09:00", "disowned 1")],
        at("2026-05-05 08:59"), [("F", 1, KEPT), ("R", 1, None)]),
    "not mine, with an answer of its own after it": (
        [MONDAY, ("2026-05-04 12:00", "answer"), ("2026-05-04 14:00", "answer"),
         ("2026-05-05 09:00", "disowned 1"), ("2026-05-06 09:00", "closed")], LATER,
        [("F", 1, KEPT), ("R", 1, KEPT)]),
    "asked, answered, sent back, and then not mine: the ask ended as it was sent back": (
        [MONDAY, ("2026-05-04 10:00", "asked"), ("2026-05-05 10:00", "answer"),
         ("2026-05-05 11:00", "refuted"), ("2026-05-06 09:00", "disowned 1")], LATER,
        [("F", 1, MISSED), ("R", 1, MISSED)]),
    "asked, declined, disputed, and then not mine: the next round runs": (
        [MONDAY, ("2026-05-04 10:00", "asked"), ("2026-05-05 10:00", "decline"),
         ("2026-05-05 11:00", "disputed"), ("2026-05-06 09:00", "disowned 1")], LATER,
        [("F", 1, VOID), ("R", 1, VOID), ("F", 2, MISSED), ("R", 2, MISSED)]),
}


@pytest.mark.parametrize(("lines", "as_of", "expected"), STORIES.values(), ids=STORIES)
def test_verdicts_by_hand(lines, as_of, expected):
    assert stand(story(*lines), as_of) == expected


def only(name: Name, facts: list[Fact], as_of: datetime):
    return [clock for clock in reckon(facts, as_of).clocks if clock.name is name][-1]


def test_a_pause_leaves_no_due_time_and_then_a_later_one():
    facts = story(MONDAY, ("2026-05-04 10:00", "asked"), ("2026-05-06 09:00", "back"))
    assert only(Name.FIRST_ANSWER, facts, at("2026-05-04 09:30")).due_at == at("2026-05-04 17:00")
    assert only(Name.FIRST_ANSWER, facts, at("2026-05-05 12:00")).due_at is None
    assert reckon(facts, at("2026-05-05 12:00")).due() is None
    assert only(Name.FIRST_ANSWER, facts, at("2026-05-06 10:00")).due_at == at("2026-05-06 16:00")


def test_soon_is_the_last_quarter_and_very_late_is_twice_the_time():
    due = reckon(story(MONDAY), at("2026-05-04 10:00")).due()
    assert due is not None
    assert (due.soon_at, due.due_at, due.very_at) == (
        at("2026-05-04 15:00"), at("2026-05-04 17:00"), at("2026-05-05 17:00"))
    tick = datetime.resolution
    words = [due.lateness(moment) for moment in (
        due.soon_at - tick, due.soon_at, due.due_at, due.due_at + tick, due.very_at,
        due.very_at + tick)]
    assert words == [Lateness.ON_TIME, Lateness.SOON, Lateness.SOON, Lateness.LATE, Lateness.LATE,
                     Lateness.VERY_LATE]


def test_after_the_first_answer_the_resolution_is_due_next():
    facts = story(MONDAY, ("2026-05-04 12:00", "answer"), ("2026-05-05 12:00", "refuted"))
    assert reckon(facts, at("2026-05-04 13:00")).due() is None
    due = reckon(facts, at("2026-05-05 13:00")).due()
    assert due is not None
    assert (due.clock.name, due.due_at) == (Name.RESOLUTION, at("2026-05-08 17:00"))


def test_what_is_late_stays_due_since_then():
    due = reckon(story(MONDAY), at("2026-05-06 12:00")).due()
    assert due is not None
    assert (due.due_at, due.clock.verdict, due.clock.decided_at) == (
        at("2026-05-04 17:00"), MISSED, at("2026-05-04 17:00"))


def test_refuted_after_the_due_time_it_is_missed_since_the_due_time_and_decided_then():
    facts = story(MONDAY, ("2026-05-08 12:00", "answer"), ("2026-05-12 12:00", "refuted"))
    clock = only(Name.RESOLUTION, facts, at("2026-05-12 12:00"))
    assert (clock.due_at, clock.decided_at) == (at("2026-05-08 17:00"), at("2026-05-12 12:00"))


def test_calendar_time_counts_nights_and_the_change_of_the_clocks():
    facts = [Started(at("2026-03-28 12:00")), Opened(at("2026-03-28 12:00"), CALENDAR)]
    assert only(Name.FIRST_ANSWER, facts, at("2026-03-29 12:00")).due_at == at("2026-03-30 13:00")


def test_a_target_that_is_left_out_runs_no_clock():
    facts = story(MONDAY, terms=replace(PROMISED, first_answer=None))
    assert stand(facts, LATER) == [("R", 1, MISSED)]


def test_counted_time_stands_still_in_a_pause():
    facts = story(MONDAY, ("2026-05-04 10:00", "asked"))
    clock = only(Name.FIRST_ANSWER, facts, at("2026-05-06 10:00"))
    assert clock.counted(at("2026-05-06 10:00")) == HOUR


# Laws

MOVES = {  # what may follow in whose turn, and whose turn it is then
    "vendor": (("answer", "author"), ("decline", "declined"), ("asked", "asked"),
               ("closed", "shut")),
    "author": (("refuted", "vendor"), ("answer", "author"), ("decline", "declined"),
               ("closed", "shut")),
    "declined": (("disputed", "vendor"), ("answer", "author"), ("closed", "shut")),
    "asked": (("back", "vendor"), ("answer", "author"), ("decline", "declined"),
              ("closed", "shut")),
    "shut": (("reopened", "vendor"),),
}
STEPS = st.timedeltas(timedelta(0), timedelta(days=4))
START = utc("2026-05-04 07:00")


@st.composite
def histories(draw, hours=all_hours(), start=START) -> list[Fact]:
    """Facts of a thread in an order that the table of events allows."""
    def target() -> Target:
        within = draw(st.timedeltas(HOUR, timedelta(hours=60)))
        return Target(within, draw(st.none() | hours), draw(st.booleans()))

    facts: list[Fact] = [Started(start), Opened(start, Terms(target(), target()))]
    now, turn, claims = start, "vendor", 0
    for _ in range(draw(st.integers(0, 7))):
        now += draw(STEPS)
        if draw(st.integers(0, 9)) == 0:
            facts.append(Hidden(now))
            now += draw(STEPS)
            facts.append(Shown(now))
        what, turn = draw(st.sampled_from(MOVES[turn]))
        if what in ("answer", "decline"):
            claims += 1
            facts.append(Claimed(now, what == "decline", claims))
        else:
            facts.append(PLAIN[what](now))
    return facts


FAR = START + timedelta(days=400)


@given(histories(), st.timedeltas(timedelta(0), timedelta(days=40)))
@settings(max_examples=150, deadline=None)
def test_a_verdict_never_changes(facts, after):
    early, late = (reckon(facts, as_of).clocks for as_of in (START + after, FAR))
    for then, now in zip(early, late, strict=False):
        if then.verdict:
            assert (then.verdict, then.decided_at) == (now.verdict, now.decided_at)
            assert then.decided_at <= START + after


@given(histories())
@settings(max_examples=100, deadline=None)
def test_what_is_later_than_due_is_missed_and_nothing_else_is(facts):
    for clock in reckon(facts, FAR).clocks:
        if clock.verdict is MISSED:
            assert clock.due_at is not None
            assert clock.counted(clock.due_at) == clock.target.duration
        if clock.verdict is KEPT:
            assert clock.stopped_at is not None
            assert clock.counted(clock.stopped_at) <= clock.target.duration


@given(histories())
@settings(max_examples=100, deadline=None)
def test_each_round_has_one_resolution_and_answers_come_first_once(facts):
    clocks = reckon(facts, FAR).clocks
    rounds = [clock.round for clock in clocks if clock.name is Name.RESOLUTION]
    assert rounds == list(range(1, len(rounds) + 1))
    firsts = [clock for clock in clocks if clock.name is Name.FIRST_ANSWER]
    assert [bool(clock.stopped_at) for clock in firsts[:-1]] == [False] * (len(firsts) - 1)


@given(histories(), st.data())
@settings(max_examples=100, deadline=None)
def test_disowning_a_claim_is_as_though_it_had_never_been_made(facts, data):
    claims = [fact for fact in facts if isinstance(fact, Claimed)]
    last = facts[-1].at + HOUR
    for claim in claims:
        without = [fact for fact in facts if fact is not claim]
        disowned = reckon([*facts, Disowned(last, claim.number)], FAR)
        assert disowned.clocks == reckon(without, FAR).clocks


@given(histories())
@settings(max_examples=100, deadline=None)
def test_in_its_own_turn_no_ask_holds_a_companys_clock(facts):
    for n, fact in enumerate(facts, 1):
        if isinstance(fact, GivenBack | Refuted | Disputed | Reopened):
            gone = [Disowned(fact.at, claim.number) for claim in facts[:n]
                    if isinstance(claim, Claimed)]
            for clocks in (reckon(facts[:n], fact.at), reckon([*facts[:n], *gone], fact.at)):
                assert not any(clock.paused_since for clock in clocks.clocks if not clock.over)


@given(histories(), st.timedeltas(timedelta(0), timedelta(days=60)))
@settings(max_examples=100, deadline=None)
def test_the_next_due_time_is_of_a_clock_that_waits(facts, after):
    now = START + after
    due = reckon(facts, now).due()
    if due:
        assert due.soon_at <= due.due_at <= due.very_at
        assert (due.lateness(now) in (Lateness.LATE, Lateness.VERY_LATE)) == (
            due.clock.verdict is MISSED)
