"""Figures that are kept with each event are those that the record gives."""

from __future__ import annotations

from datetime import timedelta

from parley.scorecards import days, recount
from parley.scorecards.models import Contribution, Snapshot, Tally
from parley.threads import outcomes
from parley.threads.outcomes import Said
from tests.factories import make_manager, make_representative, make_steward, make_vendor
from tests.threads import factories as f


def test_x(app, travel):
    v = make_vendor()
    r = make_representative(v)
    t = f.open_thread(vendor=v)
    travel(hours=3)
    f.answer(t, by=r)
    travel(days=15)
    recount.catch_up()
    days.sweep()
    travel(days=3)
    days.sweep()
    print(list(recount.verify(None)), list(recount.verify(v)), list(recount.verify_day(None, days.today()-1)))
    Tally.update(count=5).where(Tally.key=="answered").execute()
    print(list(recount.verify(None)))
    recount.rebuild()
    print(list(recount.verify(None)))
