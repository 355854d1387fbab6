"""From what a manager types to a promise: what cannot be used, and the way back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.kernel.errors import Invalid
from parley.promises import drafting, rules
from parley.promises.rules import DataReturn, Escalation, PromiseTerms, Within
from tests.promises.typed import typed

NOW = datetime(2026, 11, 12, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

CLOSED = dict.fromkeys(drafting.DAYS, "")
BAD = [  # what is typed, and the fields that are wrong
    ({"first_answer_question": "0"}, "first_answer_question"),
    ({"first_answer_question": "0:00"}, "first_answer_question"),
    ({"first_answer_question": "-3"}, "first_answer_question"),
    ({"first_answer_question": "−3"}, "first_answer_question"),
    ({"first_answer_question": "soon"}, "first_answer_question"),
    ({"first_answer_question": "1e9"}, "first_answer_question"),
    ({"first_answer_question": "0.01"}, "first_answer_question"),
    ({"first_answer_question": "9601"}, "first_answer_question"),
    ({"first_answer_question": "8", "first_answer_question_unit": "moons"},
     "first_answer_question"),
    ({"first_answer_question": ""}, "first_answer_question"),
    ({"monday": "9:00–12:00, 11:59–17:00"}, "monday"),
    ({"monday": "22:00–9:01", "tuesday": "9:00–17:00"}, "tuesday"),
    ({"sunday": "22:00–9:01"}, "monday"),
    ({"monday": "9:00–24:01"}, "monday"),
    ({"monday": "9:00–25:00"}, "monday"),
    ({"monday": "24:00–3:00"}, "monday"),
    ({"monday": "9:60–17:00"}, "monday"),
    ({"monday": "9:00–9:00"}, "monday"),
    ({"monday": "morning"}, "monday"),
    ({"monday": ", ".join(f"{n}:00–{n}:30" for n in range(7))}, "monday"),
    ({"zone": "Europe/Atlantis"}, "zone"),
    ({"zone": ""}, "zone"),
    ({"zone": "../../etc/passwd"}, "zone"),
    ({"country": "XX"}, "country"),
    ({"country": "DE", "region": "Atlantis"}, "region"),
    ({"region": "BE"}, "country"),
    ({"closed": "Christmas"}, "closed"),
    ({"closed": "2026-02-30"}, "closed"),
    ({"closed": "2026-12-31 to 2026-12-24"}, "closed"),
    ({"closed": "2026-01-01 to 2026-12-31"}, "closed"),
    ({"expires": "2026-11-11"}, "expires"),
    ({"expires": "2030-01-01"}, "expires"),
    ({"expires": "later"}, "expires"),
    ({"expires": ""}, "expires"),
    (CLOSED, "first_answer_question"),
    (CLOSED | {"monday": "9:00–9:01"}, "first_answer_question"),
    ({"languages": "Deutsch!"}, "languages"),
    ({"after_1": "3"}, "to_1"),
    ({"to_2": "the boss"}, "after_2"),
    ({"after_1": "0", "to_1": "the boss"}, "after_1"),
    ({"after_1": "1", "to_1": "a", "after_2": "24", "after_2_unit": "hours", "to_2": "b"},
     "after_1"),
    ({"data_formats": "csv"}, "data_within"),
    ({"data_within": "0.5"}, "data_within"),
    ({"scope": "\n".join("abcdefghijklmnopqrstu")}, "scope"),
    ({"scope": "x" * 201}, "scope"),
]


@pytest.mark.parametrize(("fields", "wrong"), BAD, ids=lambda found: str(found)[:40])
def test_what_cannot_be_used_is_said_beside_its_field(fields, wrong):
    with pytest.raises(Invalid) as refused:
        drafting.read(typed(**fields), NOW)
    assert list(refused.value.errors) == [wrong]


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(Invalid) as refused:
        drafting.read(typed(monday="25", zone="x", expires="", first_answer_question="0"), NOW)
    assert set(refused.value.errors) == {"monday", "zone", "expires", "first_answer_question"}


@pytest.mark.parametrize(("hours", "expected"), [
    ("9-17", ((540, 1020),)), ("9:00–12:30, 13:30–18:00", ((540, 750), (810, 1080))),
    ("13.30 to 18.00 and 9.00 to 12.30", ((540, 750), (810, 1080))),
    ("22:00-06:00", ((1320, 360),)), ("0:00–24:00", ((0, 1440),)), ("18:00 – 0:00", ((1080, 0),)),
    ("closed", ()), ("", ()),
])
def test_hours_are_read_as_people_write_them(hours, expected):
    assert drafting.read(typed(saturday=hours), NOW).week[5] == expected


@pytest.mark.parametrize(("amount", "unit", "minutes"), [
    ("8", "open_hours", 480), ("1.5", "open_hours", 90), ("1,5", "hours", 90),
    ("0:45", "open_hours", 45), ("2", "days", 2880), ("1.5", "days", 2160),
    ("400", "days", 576_000),
])
def test_lengths_are_read_as_people_write_them(amount, unit, minutes):
    fields = typed(first_answer_question=amount, first_answer_question_unit=unit)
    within = drafting.read(fields, NOW).first_answer["question"]
    assert rules.minutes(within.duration) == minutes
    assert within.business is (unit == "open_hours")


def test_a_region_is_known_by_name_or_code():
    for written in ("Berlin", "BE", "be", "DE-BE"):
        terms = drafting.read(typed(country="DE", region=written), NOW)
        assert (terms.country, terms.region) == ("DE", "BE")


def test_today_is_where_the_company_is():
    """At noon in UTC it is the 13th in Auckland already."""
    assert drafting.read(typed(expires="2026-11-12"), NOW).expires == date(2026, 11, 12)
    with pytest.raises(Invalid):
        drafting.read(typed(expires="2026-11-12", zone="Pacific/Auckland"), NOW)


def test_the_last_day_ends_at_midnight_there():
    terms = drafting.read(typed(expires="2027-06-30"), NOW)
    assert drafting.expires_at(terms) == datetime(2027, 6, 30, 22, tzinfo=UTC)


def test_a_draft_keeps_its_own_fields_as_typed_and_nothing_else():
    kept = drafting.cleaned(typed(monday=" 25–x ", who_answers=["agency", "robots"], evil="yes"))
    assert kept["monday"] == " 25–x "
    assert kept["who_answers"] == ["agency"]
    assert set(kept) == set(drafting.names())
    for fields in ({"monday": "9\x00"}, {"scope": "x" * 5_000}):
        with pytest.raises(Invalid) as refused:
            drafting.cleaned(typed(**fields))
        assert list(refused.value.errors) == list(fields)


minutes = st.integers(1, 400 * 1440).map(lambda count: timedelta(minutes=count))
withins = st.builds(Within, minutes, st.booleans()) | st.none()
lines = st.lists(st.sampled_from(["parcels", "bills & dues", "Straße 7"]), max_size=2, unique=True)


@st.composite
def promises(draw) -> PromiseTerms:
    day = st.lists(st.integers(0, 1440), min_size=0, max_size=4, unique=True).map(sorted).map(
        lambda at: tuple(zip(at[::2], at[1::2], strict=False)))
    targets = {f"{target}_{kind}": draw(withins) for target in drafting.TARGETS
               for kind in rules.KINDS}
    found = {target: {kind: within for kind in rules.KINDS
                      if (within := targets[f"{target}_{kind}"])} for target in drafting.TARGETS}
    after = draw(st.lists(minutes, max_size=3, unique=True))
    closed = draw(st.sets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=3))
    country, region = draw(st.sampled_from(
        [(None, None), ("SE", None), ("DE", "BE"), ("GB", "SCT")]))
    return PromiseTerms(
        zone=draw(st.sampled_from(["UTC", "Europe/Berlin", "Australia/Lord_Howe"])),
        week=tuple(draw(day) for _ in range(7)), expires=date(2027, draw(st.integers(1, 12)), 7),
        first_answer=found["first_answer"], resolution=found["resolution"], country=country,
        region=region, closed=tuple(sorted(closed)),
        languages=tuple(draw(st.lists(st.sampled_from(["de", "pt-BR"]), unique=True))),
        scope=tuple(draw(lines)), out_of_scope=tuple(draw(lines)),
        who_answers=tuple(w for w in drafting.WHO if draw(st.booleans())),
        responders_may_decide=draw(st.sampled_from(["", "refunds up to 20 euros"])),
        escalation=tuple(Escalation(length, "the boss") for length in sorted(after)),
        data_return=draw(st.none() | st.just(DataReturn(timedelta(days=9), ("csv", "json")))))


@given(promises())
@settings(max_examples=60, deadline=None)
def test_what_is_stored_and_what_was_typed_give_the_same_promise(terms):
    assert rules.from_json(rules.to_json(terms)) == terms
    try:
        again = drafting.read(drafting.typed_of(terms), NOW)
    except Invalid as problem:  # nothing is promised, or these hours never reach it
        assert set(problem.errors) <= {f"{t}_{k}" for t in drafting.TARGETS for k in rules.KINDS}
    else:
        assert again == terms
