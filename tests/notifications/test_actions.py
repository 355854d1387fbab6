"""Who hears of what."""

from __future__ import annotations

import pytest

from parley.accounts.models import Silence
from parley.journal import actions as journal
from parley.kernel import clock
from parley.moderation import actions as moderation
from parley.notifications import records
from parley.notifications.actions import mark_read, unread_count
from parley.notifications.models import Notice
from parley.threads import actions as threads
from parley.threads import outcomes
from parley.threads.helped import mark_helped
from parley.threads.models import Thread
from parley.vendors import actions as vendors
from tests.factories import make_account, make_steward


def silence(who, whom, kind="block") -> None:
    Silence.create(account=who, other=whom, kind=kind, since=clock.now())


def test_the_companys_people_hear_of_a_new_thread(scene):
    assert scene.heard(scene.manager) == scene.heard(scene.responder) == ["opened"]
    assert scene.heard(scene.author) == scene.heard(scene.other) == []


def test_the_author_hears_of_replies_and_nobody_hears_of_their_own(scene):
    scene.write(scene.other)
    assert scene.heard(scene.author) == ["reply"]
    assert scene.heard(scene.follower) == scene.heard(scene.other) == []
    scene.write(scene.author)
    assert scene.heard(scene.author) == []


@pytest.mark.parametrize("purpose", ["answer", "decline", "ask"])
def test_a_claim_is_told_to_the_author_and_to_followers(scene, mails, purpose):
    post = scene.write(scene.responder, "It is at **your** door.", purpose)
    assert scene.heard(scene.author) == ["turn"]
    assert scene.heard(scene.follower) == ["claim"]
    assert scene.heard(scene.responder) == ["opened"]
    mail = mails.to(scene.author.email)[-1]
    assert mail.kind == "turn"
    assert "Acme" in mail.subject
    assert "It is at your door." in mail.text
    assert "If we hear nothing by 26 November 2026" in mail.text
    assert mail.link == f"/threads/{scene.thread.id}#post-{post.number}"
    assert not mails.to(scene.follower.email)


@pytest.mark.parametrize("purpose", ["acknowledge", "update"])
def test_what_moves_nothing_is_a_reply_without_mail(scene, mails, purpose):
    scene.write(scene.responder, "We look into it.", purpose)
    assert scene.heard(scene.author) == ["reply"]
    assert scene.heard(scene.follower) == []
    assert not mails.to(scene.author.email)


def test_mentions(scene):
    scene.write(scene.other, "Ask @lea, @ines, @tomasz and @nobody_here")
    assert scene.heard(scene.follower) == ["mention"]
    assert scene.heard(scene.author) == ["reply"]
    assert scene.heard(scene.other) == []


def test_who_is_mentioned_in_a_claim_hears_once(scene):
    scene.write(scene.responder, "As @lea says", "answer")
    assert scene.heard(scene.follower) == ["mention"]


@pytest.mark.parametrize("kind", ["mute", "block"])
def test_silenced_people_are_not_heard(scene, mails, kind):
    for person in (scene.author, scene.follower):
        silence(person, scene.other, "mute" if person is scene.author else kind)
        silence(person, scene.responder, kind)
    scene.write(scene.other, "Look @lea")
    scene.write(scene.responder, "Done", "answer")
    assert scene.heard(scene.author) == scene.heard(scene.follower) == []
    assert not mails.to(scene.author.email) + mails.to(scene.follower.email)


def test_the_turn_of_the_company(scene):
    scene.write(scene.responder, "Which parcel?", "ask")
    scene.heard(scene.manager)
    outcomes.give_back(scene.author, scene.thread.id, outcomes.Said("The blue one"))
    assert scene.heard(scene.manager) == ["given_back"]
    scene.write(scene.responder, "At your door", "answer")
    outcomes.give_back(scene.author, scene.thread.id, outcomes.Said("It is not"))
    assert scene.heard(scene.manager) == ["sent_back"]
    scene.write(scene.responder, "We cannot help", "decline")
    outcomes.give_back(scene.author, scene.thread.id, outcomes.Said("You can"))
    assert scene.heard(scene.manager) == ["disputed"]


def test_the_companys_people_get_a_mail_with_the_words(scene, mails):
    scene.write(scene.responder, "Which parcel?", "ask")
    outcomes.give_back(scene.author, scene.thread.id, outcomes.Said("The blue one"))
    for person in (scene.manager, scene.responder):
        given_back, opened = sorted(mails.to(person.email), key=lambda mail: mail.subject)
        assert "It left a week ago." in opened.text
        assert "The blue one" in given_back.text
        assert "Ines answered your question" in given_back.subject


def test_outcome_and_reopening(scene, mails):
    vendors.appoint(scene.vendor, scene.follower, "responder")
    vendors.accept(vendors.appointments_of(scene.follower)[0], scene.follower)
    scene.heard(scene.follower)
    scene.heard(scene.manager)
    outcomes.confirm(scene.author, scene.thread.id, "myself")
    assert scene.heard(scene.follower) == scene.heard(scene.manager) == ["outcome"]
    assert scene.heard(scene.author) == []
    outcomes.reopen(scene.author, scene.thread.id, outcomes.Said("It broke again"))
    assert scene.heard(scene.manager) == ["reopened"]
    assert not mails.to(scene.author.email)
    assert any("It broke again" in mail.text for mail in mails.to(scene.manager.email))


def test_silence_is_reminded_of_and_told(scene, mails, travel):
    scene.write(scene.responder, "At your door", "answer")
    scene.heard(scene.author)
    travel(days=7, minutes=1)
    outcomes.sweep()
    assert scene.heard(scene.author) == ["reminder"]
    assert [mail.kind for mail in mails.to(scene.author.email)] == ["turn", "reminder"]
    assert "closes as unconfirmed" in mails[-1].text
    travel(days=8)
    outcomes.sweep()
    assert scene.heard(scene.author) == ["outcome"]
    assert "closed\nas unconfirmed" in mails[-1].text
    outcomes.confirm(scene.author, scene.thread.id, "vendor")
    assert scene.heard(scene.follower) == ["claim", "outcome", "outcome"]


def test_a_closed_account_gets_no_mail_and_no_notice(scene, mails):
    scene.author.email, scene.author.closed_at = None, clock.now()
    scene.author.save()
    before = len(mails)
    scene.write(scene.responder, "At your door", "answer")
    assert scene.heard(scene.author) == []
    assert len(mails) == before


def test_a_helper_hears_that_it_helped(scene):
    post = scene.write(scene.other)
    mark_helped(scene.author, post.id, True)
    assert scene.heard(scene.other) == ["helped"]


def test_a_mark_on_an_idea(scene):
    scene.thread = scene.open("idea")
    threads.follow(scene.follower, scene.thread)
    outcomes.mark_idea(scene.responder, scene.thread.id, "planned", "")
    assert scene.heard(scene.author) == scene.heard(scene.follower) == ["idea"]


def test_an_appointment_is_told_until_it_is_accepted(scene):
    person = make_account()
    row = vendors.appoint(scene.vendor, person, "responder")
    assert scene.heard(person) == ["appointment"]
    vendors.accept(row, by=person)
    vendors.appoint(scene.vendor, person, "manager")
    assert scene.heard(person) == []


def test_hidden_things_are_not_told_of(scene):
    steward = make_steward()
    post = scene.write(scene.other, "Buy @lea")
    assert unread_count(scene.author) == unread_count(scene.follower) == 1
    moderation.hide_post(post.id, steward, "spam")
    assert unread_count(scene.author) == unread_count(scene.follower) == 0
    assert scene.heard(scene.other) == ["hidden"]
    moderation.hide_thread(scene.thread.id, steward, "unlawful")
    assert unread_count(scene.manager) == 0
    assert unread_count(scene.author) == 1
    moderation.show_thread(scene.thread.id, steward, "mistake")
    assert unread_count(scene.manager) == 1


def test_nothing_is_written_about_a_hidden_thread(scene):
    post = scene.write(scene.other)
    scene.heard(scene.author)
    Thread.update(listed=0).where(Thread.id == scene.thread.id).execute()
    journal.record("post.written", "thread", scene.thread.id, by=scene.other.id, post=post.id,
                   vendor=scene.vendor.id, hat="member", purpose=None)
    assert scene.heard(scene.author) == []


def test_many_followers_cost_one_statement(scene, monkeypatch):
    everybody = [make_account(password=None) for _ in range(30)]
    for person in everybody:
        threads.follow(person, scene.thread)
    scene.write(scene.responder, "At your door", "answer")
    assert Notice.select().where(Notice.kind == "claim").count() == 31
    assert len({row.id for row in Notice.select()}) == Notice.select().count()
    assert all(len(row.id) == 26 for row in Notice.select())


def test_the_count_is_capped(scene):
    now = clock.now()
    Notice.insert_many([{"account": scene.other, "kind": "hidden", "at": now}
                        for _ in range(120)]).execute()
    assert unread_count(scene.other) == 99
    mark_read(scene.other)
    assert unread_count(scene.other) == 0


def test_the_archive_holds_notices(scene):
    scene.write(scene.other)
    (told,) = dict(records.export(scene.author))["notices.json"]
    assert (told["kind"], told["title"], told["read_at"]) == ("reply", "Where is my parcel", None)
