"""Several people at once: one link, two managers, two proofs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from parley.kernel import clock, db, ids
from parley.kernel.errors import NotFound, Refused
from parley.threads.models import Thread
from parley.vendors import actions, claims, disputes, people
from parley.vendors.lookups import Finding, Seen
from parley.vendors.models import Claim, Invitation, Representative, Vendor
from tests.factories import make_account, make_manager, make_member, make_steward, make_vendor
from tests.threads import factories as f

FOUND = Seen(Finding("yes", "It is there."), None)

pytestmark = pytest.mark.usefixtures("built", "own_database")


def at_once(*verbs: Callable[[], Any]) -> list[Any]:
    """What each verb gave, or the error it raised, all begun together."""
    start = Barrier(len(verbs))

    def run(verb: Callable[[], Any]) -> Any:
        db.database.connect(reuse_if_open=True)
        try:
            start.wait()
            return verb()
        except (NotFound, Refused) as error:
            return error
        finally:
            db.database.close()

    with ThreadPoolExecutor(len(verbs)) as pool:
        found = list(pool.map(run, verbs))
    db.database.connect(reuse_if_open=True)
    return found


def test_a_link_lets_in_one_of_many():
    vendor, token = make_vendor(), ids.unguessable()
    now = clock.now()
    Invitation.create(digest=ids.digest(token), vendor=vendor, email="a@b.example",
                      role="responder", by=make_manager(vendor), created_at=now,
                      expires_at=now + people.INVITED_FOR)
    everybody = [make_account() for _ in range(4)]
    db.database.close()
    at_once(*(lambda who=who: people.use(token, who) for who in everybody))
    assert sum(actions.role_of(who, vendor) is not None for who in everybody) == 1


def test_two_managers_who_remove_each_other_leave_one():
    vendor = make_vendor()
    one, other = make_manager(vendor, handle="one"), make_manager(vendor, handle="other")
    Representative.create(vendor=vendor, account=make_account(), role="responder",
                          appointed_at=clock.now(), accepted_at=clock.now())
    db.database.close()
    at_once(lambda: people.remove(vendor, "other", one),
            lambda: people.remove(vendor, "one", other))
    managers = [r for r in actions.serving(vendor.id) if r.role == "manager"]
    assert len(managers) == 1


def test_two_proofs_at_once_give_the_page_to_one():
    vendor = make_vendor(domain="acme.example")
    made = [claims.begin(vendor, make_account(), "acme.example") for _ in range(3)]
    db.database.close()
    at_once(*(lambda claim=claim: claims.settle(claim, FOUND) for claim in made))
    states = sorted(claim.state for claim in Claim.select())
    assert states == ["disputed", "disputed", "proved"]


def test_threads_that_end_while_pages_are_merged_are_counted_once():
    gone, kept = make_vendor(name="Acme Old"), make_vendor(name="Acme")
    writers, steward = [make_member() for _ in range(4)], make_steward()
    for writer in writers:
        f.open_thread(writer, gone)
    waiting = [t.id for t in Thread.select()]
    db.database.close()
    at_once(lambda: disputes.merge(gone, kept, steward, "One company."),
            *(lambda ref=ref: solve(ref) for ref in waiting))
    assert {t.vendor_id for t in Thread.select()} == {kept.id}
    row = Vendor.get_by_id(kept.id)
    expected = Thread.select().where(Thread.status == "awaiting_vendor").count()
    assert (row.thread_count, row.waiting_count) == (4, expected)


def solve(thread_id: str) -> Any:
    thread = Thread.get_by_id(thread_id)
    return f.confirm(thread, "myself")
