"""Keeping the figures with each event, in its transaction and at constant cost; and the company's
word on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from peewee import EXCLUDED

from parley.accounts.models import Account
from parley.journal import actions as journal
from parley.kernel import clock, db, ids, versions
from parley.kernel.errors import NotFound, refuse
from parley.kernel.prepared import Prepared
from parley.kernel.safe_html import clean_text
from parley.scorecards import figures, telling
from parley.scorecards.models import Contribution, ScorecardComment, Snapshot, Tally
from parley.scorecards.telling import Counted
from parley.vendors.actions import may_write, role_of, serving
from parley.vendors.models import Vendor

AT_ONCE = 500  # rows in one statement
MOST_COMMENT = 1_000

Deltas = Counter[tuple[str, int, str]]  # by page, period and key


def listen() -> None:
    """Follow all that figures go by. After the clocks, which are wound before figures are taken."""
    for kind in telling.FACTS:
        journal.subscribe(kind, _heard)
    journal.subscribe("vendor.merged", _merged)
    journal.subscribe("representative.removed", _removed)


def _heard(fact: journal.Fact) -> None:
    db.at_the_end_of_all("figures", fact.subject_id, settle)


def settle(subjects: list[str]) -> None:
    """Bring the figures to what these threads, reports and problems count as now. Inside a write
    that holds them."""
    now, deltas = clock.now(), Deltas()
    changed: dict[str, tuple[Counted, datetime]] = {}
    for subject in subjects:
        found, row = telling.counted(telling.entries_of(subject), now), _known.first(subject)
        if found is None:
            continue
        if row is not None:
            found = replace(found, vendor=row.vendor)  # also when its page was folded into another
            take_away(deltas, row.vendor, row.day, row.counts)
        add(deltas, found.vendor, found.day, found.counts)
        if row is None or (row.day, row.counts) != (found.day, found.counts):
            changed[subject] = found, now
    keep(changed)
    apply(deltas)
    versions.touch(*{f"vendor:{vendor}" for (vendor, _, _), count in deltas.items() if count})


_known = Prepared(lambda subject: Contribution.select().where(Contribution.subject == subject))


def keep(found: Mapping[str, tuple[Counted, datetime]]) -> None:
    """Remember what subjects have added, and when that changed."""
    rows = [{"subject": subject, "vendor": one.vendor, "day": one.day, "counts": one.counts,
             "changed_at": at} for subject, (one, at) in sorted(found.items())]
    if not rows:
        return
    Contribution.insert_many(rows).on_conflict(
        conflict_target=[Contribution.subject],
        update={field: getattr(EXCLUDED, field.name) for field in (
            Contribution.vendor, Contribution.day, Contribution.counts, Contribution.changed_at)},
    ).execute()


def add(deltas: Deltas, vendor: str, day: int, counts: Mapping[str, int]) -> None:
    for period in figures.periods_of(day):
        for key, count in counts.items():
            deltas[vendor, period, key] += count


def take_away(deltas: Deltas, vendor: str, day: int, counts: Mapping[str, int]) -> None:
    add(deltas, vendor, day, {key: -count for key, count in counts.items()})


def apply(deltas: Deltas) -> None:
    """Add to the sums, in the order of their keys, so that two writers cannot deadlock."""
    rows = [(*key, deltas[key]) for key in sorted(deltas) if deltas[key]]
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start:start + AT_ONCE]
        one = ", ".join([db.database.obj.param] * 4)
        marks = ", ".join([f"({one})"] * len(some))
        db.database.execute_sql(
            f"INSERT INTO tally (vendor, period, key, count) VALUES {marks} ON CONFLICT "
            "(vendor, period, key) DO UPDATE SET count = tally.count + excluded.count",
            [value for row in some for value in row])


def _merged(fact: journal.Fact) -> None:
    gone, kept = fact.refs["merged"], fact.subject_id
    db.at_the_end(f"figures: {gone} merged", partial(_move, gone, kept))


def _move(gone: str, kept: str) -> None:
    """The figures of a page that was folded into another are added to those of that one."""
    Contribution.update(vendor=kept, changed_at=clock.now()).where(
        Contribution.vendor == gone).execute()
    deltas = Deltas({(kept, row.period, row.key): row.count for row in Tally.select().where(
        Tally.vendor == gone)})
    apply(deltas)
    Tally.delete().where(Tally.vendor == gone).execute()
    Snapshot.delete().where(Snapshot.vendor == gone).execute()


def _removed(fact: journal.Fact) -> None:
    """What a company said goes with the last of its people: it is not the word of the next."""
    vendor = fact.refs["vendor"]
    if not serving(vendor):
        ScorecardComment.update(sealed_at=fact.at).where(
            ScorecardComment.vendor == vendor, ScorecardComment.sealed_at.is_null()).execute()


def comment(vendor: Vendor, by: Account, text: str) -> ScorecardComment | None:
    """What a company says to its figures, in place of what it said before; an empty text takes
    that back. The same again changes nothing.

    :raise NotFound: `by` manages no such company
    :raise Invalid: under `text`
    :raise Refused: the company's proof has lapsed
    """
    text = clean_text(text, field="text", least=0, most=MOST_COMMENT, what="comment").strip()
    with db.write():
        db.lock(Vendor.select(Vendor.id).where(Vendor.id == vendor.id)).get()
        if role_of(by, vendor) != "manager":
            raise NotFound
        refuse(may_write(vendor.id))
        before = comments(vendor.id, 1)
        if text == (before[0].text if before else ""):
            return before[0] if before else None
        row = ScorecardComment.create(id=ids.new(), vendor=vendor.id, text=text, at=clock.now(),
                                      by=by)
        journal.record("scorecard.commented", "vendor", vendor.id, by=by.id, at=row.at)
        versions.touch(f"vendor:{vendor.id}")
    return row


def comments(vendor_id: str, limit: int) -> list[ScorecardComment]:
    """What the people who answer for a company said to its figures, the newest first."""
    rows = ScorecardComment.select().where(
        ScorecardComment.vendor == vendor_id, ScorecardComment.sealed_at.is_null())
    return list(rows.order_by(ScorecardComment.at.desc(), ScorecardComment.id.desc()).limit(limit))
