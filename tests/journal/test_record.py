"""The journal keeps pseudonyms, never accounts; its subscribers hear the real ones."""

from parley.journal import actions as journal
from parley.journal.models import Entry, Pseudonym
from tests import factories


def test_actors_and_people_named_are_kept_as_pseudonyms(backend, monkeypatch):
    monkeypatch.setattr(journal, "_subscribers", [])
    by, called = factories.make_account(), factories.make_account()
    heard = []
    journal.subscribe("post.", heard.append)
    journal.record("post.written", "thread", "t1", by.id, mentions=[called.id], account=called.id,
                   number=2)
    entry = Entry.get(Entry.subject_id == "t1")
    told = heard[0].refs
    assert (told["mentions"], told["account"]) == ([called.id], called.id)
    who = {p.id: p.account_id for p in Pseudonym.select().where(Pseudonym.scope == "t1")}
    assert who[entry.actor] == by.id
    assert who[entry.refs["account"]] == called.id
    assert [who[m] for m in entry.refs["mentions"]] == [called.id]
    assert entry.refs["number"] == 2


def test_one_person_has_one_pseudonym_in_a_thread_and_another_elsewhere(backend):
    by = factories.make_account()
    for thread in ("t1", "t1", "t2"):
        journal.record("thread.followed", "thread", thread, by.id)
    first, again, elsewhere = (e.actor for e in Entry.select().order_by(Entry.id))
    assert first == again != elsewhere


def test_subscribers_hear_only_kinds_that_begin_so(backend, monkeypatch):
    monkeypatch.setattr(journal, "_subscribers", [])
    heard = []
    journal.subscribe("thread.", lambda fact: heard.append(fact.kind))
    journal.record("thread.opened", "thread", "t1")
    journal.record("threading", "thread", "t1")
    assert heard == ["thread.opened"]
