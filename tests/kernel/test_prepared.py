"""A prepared query gives what the query it was made from gives."""

from parley.accounts.models import Account
from parley.kernel import clock
from parley.kernel.prepared import Prepared
from parley.members.models import Office
from tests import factories

by_handle = Prepared(lambda handle: Account.select().where(Account.handle == handle))
in_office = Prepared(
    lambda account, now: Office.select(Office, Account).join(Account)
    .where(Office.account == account, Office.since <= now))


def test_it_binds_text_and_gives_models(backend):
    ines, other = factories.make_account(), factories.make_account()
    assert [a.id for a in by_handle(ines.handle)] == [ines.id]
    assert by_handle.first(other.handle).created_at == other.created_at
    assert by_handle.first("x' OR 1=1 --") is None


def test_it_binds_instants_and_joins(backend):
    steward = factories.make_steward()
    row = in_office.first(steward.id, clock.now())
    assert row.role == "steward" and row.account.handle == steward.handle
    assert in_office(steward.id, steward.created_at.replace(year=1990)) == []
