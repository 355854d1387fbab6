"""Answers by mail: from our mail, through a mail program, to the thread; and what is no answer."""

from __future__ import annotations

import base64
import hashlib
import hmac
import smtplib
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image

from parley.kernel import clock
from parley.notifications import inbound, listener, mail_pages, replies
from parley.notifications.models import ReplyToken
from parley.outbox import actions as outbox
from parley.outbox.models import Task
from parley.threads import outcomes
from parley.threads.models import File, Post, Thread
from parley.vendors import actions as vendors
from parley.vendors import delivery as addresses
from parley.vendors.models import Representative
from tests.factories import make_member, make_representative, make_steward, make_vendor
from tests.notifications import mailing
from tests.notifications.mailing import answer_to
from tests.postgres import free_port
from tests.threads import factories as threads

SECRET = "a secret between the mail server and Parley"


@pytest.fixture
def box(travel, app, monkeypatch):
    with mailing.postbox(monkeypatch) as found:
        yield found


@pytest.fixture
def acme(box):
    return make_vendor(name="Acme")


@pytest.fixture
def jonas(acme):
    return make_representative(acme, handle="jonas")


def take_in(message, recipient=None, sender=None) -> bool:
    """Hand a mail over as the mail server does, and carry out what follows."""
    raw = message if isinstance(message, bytes) else message.as_bytes()
    if recipient is None:
        recipient = str(message["To"])
    if sender is None:
        sender = str(message["From"]).partition("<")[2].rstrip(">")
    kept = inbound.accept(recipient, sender, raw)
    run()
    return kept


def run() -> None:
    outbox.run_all()
    assert [t.error for t in Task.select().where(Task.error != "")] == []


def mail_to(box, account):
    run()
    return [m for m in box.mails if m["To"] == account.email][-1]


def posts(thread) -> list[Post]:
    rows = Post.select().where(Post.thread == thread.id, Post.number > 1)
    return list(rows.order_by(Post.number))


def told(box, account) -> list[str]:
    run()
    return [m.get_content() for m in box.mails
            if m["To"] == account.email and m["Subject"] == "Your mail was not posted"]


def test_an_answer_stands_with_the_hat_of_the_representative(box, acme, jonas, client):
    thread = threads.open_thread(vendor=acme)
    ours = mail_to(box, jonas)
    assert "You can answer this mail" in ours.get_content()
    assert take_in(answer_to(ours, jonas.email, "It is at the depot.\n\nYou can fetch it."))
    (post,) = posts(thread)
    assert post.body == "It is at the depot.\n\nYou can fetch it."
    assert (post.hat, post.purpose, post.author_id) == ("representative", "answer", jonas.id)
    assert threads.now(thread).status == "awaiting_author"
    page = client.get(f"/threads/{thread.id}").text
    assert "You can fetch it." in page
    assert "answers for Acme" in page
    assert "Depot Street" not in page


def test_to_a_company_that_claimed_its_page_since(box, acme):
    row = addresses.enter(acme, make_member(), "help@acme.example", "their contact page")
    addresses.approve(row.id, make_steward())
    thread = threads.open_thread(vendor=acme)
    run()
    ours = box.last()
    early = answer_to(ours, "help@acme.example")
    take_in(early)
    run()
    assert posts(thread) == []
    assert "Claim its page first" in box.last().get_content()
    anna = make_representative(acme, email="help@acme.example")
    take_in(early)
    (post,) = posts(thread)
    assert (post.hat, post.author_id) == ("representative", anna.id)


def test_the_author_answers_an_ask_and_it_is_the_companys_turn(box, acme, jonas):
    thread = threads.open_thread(vendor=acme)
    threads.answer(thread, "ask", jonas, "Which number?")
    ours = mail_to(box, thread.author)
    assert "answers the question" in " ".join(ours.get_content().split())
    take_in(answer_to(ours, thread.author.email, "Number 12."))
    assert threads.now(thread).status == "awaiting_vendor"
    assert posts(thread)[-1].hat == "author"
    assert "Number 12." in mail_to(box, jonas).get_content()


def test_the_authors_mail_after_a_claim_is_a_note(box, acme, jonas):
    thread = threads.open_thread(vendor=acme)
    threads.answer(thread, by=jonas)
    ours = mail_to(box, thread.author)
    assert f"/threads/{thread.id}#decide" in ours.get_content()
    take_in(answer_to(ours, thread.author.email, "Let me look."))
    assert threads.now(thread).status == "awaiting_author"
    assert posts(thread)[-1].body == "Let me look."


def test_an_answer_to_an_idea_or_a_closed_thread_moves_nothing(box, acme, jonas):
    idea = threads.open_thread(vendor=acme, kind="idea")
    take_in(answer_to(mail_to(box, jonas), jonas.email, "Nice idea."))
    assert (posts(idea)[0].purpose, threads.now(idea).status) == ("update", "awaiting_vendor")
    question = threads.open_thread(vendor=acme)
    ours = mail_to(box, jonas)
    threads.confirm(question, "myself")
    take_in(answer_to(ours, jonas.email, "Glad to hear."))
    assert (posts(question)[0].purpose, threads.now(question).status) == ("update", "closed")


def picture() -> bytes:
    out = BytesIO()
    Image.new("RGB", (9, 9), "red").save(out, "JPEG")
    return out.getvalue()


def test_files_are_kept_and_a_logo_is_not(box, acme, jonas):
    thread = threads.open_thread(vendor=acme)
    reply = answer_to(mail_to(box, jonas), jonas.email)
    reply.add_attachment(picture(), maintype="image", subtype="jpeg", filename="depot.jpg")
    reply.add_attachment(picture(), maintype="image", subtype="jpeg", filename="logo.jpg",
                         disposition="inline", cid="<logo@acme.example>")
    reply.add_attachment(b"signed", maintype="application", subtype="pkcs7-signature",
                         filename="smime.p7s")
    take_in(reply)
    (post,) = posts(thread)
    assert [f.name for f in File.select().where(File.post == post.id)] == ["depot.jpg"]


def test_a_file_of_another_kind_is_refused_whole_and_can_be_sent_anew(box, acme, jonas):
    thread = threads.open_thread(vendor=acme)
    ours = mail_to(box, jonas)
    reply = answer_to(ours, jonas.email)
    reply.add_attachment(b"MZ\0", maintype="application", subtype="x-msdownload", filename="a.exe")
    take_in(reply)
    assert posts(thread) == []
    assert len(told(box, jonas)) == 1
    take_in(answer_to(ours, jonas.email, "Without the file."))
    assert [p.body for p in posts(thread)] == ["Without the file."]


@pytest.mark.parametrize("headers", [
    {"Auto-Submitted": "auto-replied"}, {"Auto-Submitted": "auto-generated; x=y"},
    {"Precedence": "bulk"}, {"Precedence": "LIST"}, {"X-Auto-Response-Suppress": "All"},
    {"List-Id": "<l.acme.example>"}, {"List-Unsubscribe": "<mailto:x@y.example>"},
    {"X-Autoreply": "yes"}, {"Return-Path": "<>"},
    {"Message-ID": f"<{'0' * 20}@parley.example>"}], ids=str)
def test_machines_are_never_posted_and_never_answered(box, acme, jonas, headers):
    thread = threads.open_thread(vendor=acme)
    reply = answer_to(mail_to(box, jonas), jonas.email, "I am away until Monday.")
    for name, value in headers.items():
        del reply[name]
        reply[name] = value
    before = len(box.mails)
    take_in(reply)
    assert posts(thread) == []
    assert len(box.mails) == before


def test_an_empty_envelope_is_a_machines(box, acme, jonas):
    thread = threads.open_thread(vendor=acme)
    take_in(answer_to(mail_to(box, jonas), jonas.email, "Away."), sender="")
    assert posts(thread) == []


def test_our_own_mail_sent_back_to_us_goes_nowhere(box, acme, jonas):
    thread = threads.open_thread(vendor=acme)
    ours = mail_to(box, jonas)
    before = len(box.mails)
    take_in(ours, str(ours["Reply-To"]), "desk@parley.example")
    reply = answer_to(ours, mailing.REPLY)
    take_in(reply)
    assert posts(thread) == []
    assert len(box.mails) == before


@pytest.mark.parametrize("sender", ["stranger@evil.example", "jonas@people.example.evil.example"])
def test_a_stranger_with_the_token_is_not_posted(box, acme, jonas, sender):
    thread = threads.open_thread(vendor=acme)
    ours = mail_to(box, jonas)
    for _ in range(3):
        take_in(answer_to(ours, sender))
    assert posts(thread) == []
    assert len([m for m in box.mails if m["To"] == sender]) == 1
    take_in(answer_to(ours, jonas.email))
    assert len(posts(thread)) == 1


def test_strangers_share_one_word_a_day(box, acme, jonas, travel):
    threads.open_thread(vendor=acme)
    ours = mail_to(box, jonas)
    for day in range(2):
        for number in range(5):
            take_in(answer_to(ours, f"victim{number}@evil.example", f"Day {day}"))
        travel(days=1)
    assert len([m for m in box.mails if m["To"].endswith("@evil.example")]) == 2


def test_a_forged_sender_is_not_posted_and_nobody_is_told(box, acme, jonas):
    thread = threads.open_thread(vendor=acme)
    reply = answer_to(mail_to(box, jonas), jonas.email)
    before = len(box.mails)
    take_in(reply, sender="mallory@evil.example")
    assert posts(thread) == []
    assert len(box.mails) == before


def test_two_senders_in_one_header_are_none(box, acme, jonas):
    thread = threads.open_thread(vendor=acme)
    reply = answer_to(mail_to(box, jonas), jonas.email)
    del reply["From"]
    reply["From"] = f"a@evil.example, {jonas.email}"
    take_in(reply, sender=jonas.email)
    assert posts(thread) == []


def test_a_colleague_does_not_answer_with_the_token_of_another(box, acme, jonas):
    marta = make_representative(acme, handle="marta")
    thread = threads.open_thread(vendor=acme)
    take_in(answer_to(mail_to(box, jonas), marta.email))
    assert posts(thread) == []
    assert len(told(box, marta)) == 1


def test_a_token_of_another_company_does_not_fit(box, acme):
    row = addresses.enter(acme, make_member(), "help@acme.example", "their contact page")
    addresses.approve(row.id, make_steward())
    thread = threads.open_thread(vendor=acme)
    run()
    ours = box.last()
    make_representative(acme, handle="anna")
    other = make_representative(make_vendor(name="Other"), handle="otto")
    take_in(answer_to(ours, other.email))
    assert posts(thread) == []
    assert len(told(box, other)) == 1


def test_a_token_is_used_up_by_one_answer(box, acme, jonas):
    thread = threads.open_thread(vendor=acme)
    ours = mail_to(box, jonas)
    first = answer_to(ours, jonas.email, "First.")
    take_in(first)
    take_in(first)
    assert told(box, jonas) == []
    take_in(answer_to(ours, jonas.email, "Second."))
    assert [p.body for p in posts(thread)] == ["First."]
    assert "takes one answer" in " ".join(told(box, jonas)[0].split())


def test_an_unknown_or_old_token_is_said_to_members_only(box, acme, jonas, travel):
    thread = threads.open_thread(vendor=acme)
    ours = mail_to(box, jonas)
    unknown = replies.address_of("0" * 26)
    take_in(answer_to(ours, "stranger@evil.example"), unknown)
    assert not [m for m in box.mails if m["To"] == "stranger@evil.example"]
    travel(days=181)
    replies.sweep()
    assert not ReplyToken.select().exists()
    take_in(answer_to(ours, jonas.email))
    assert posts(thread) == []
    assert "too old" in told(box, jonas)[0]


def test_who_was_removed_answers_no_longer_under_any_hat(box, acme, jonas):
    make_representative(acme, role="manager")
    thread = threads.open_thread(vendor=acme)
    ours = mail_to(box, jonas)
    vendors.remove(Representative.get(Representative.account == jonas.id))
    take_in(answer_to(ours, jonas.email))
    assert posts(thread) == []
    assert "no longer" in told(box, jonas)[0] or "any longer" in told(box, jonas)[0]


def test_a_closed_account_and_a_hidden_thread(box, acme, jonas):
    thread = threads.open_thread(vendor=acme)
    reply = answer_to(mail_to(box, jonas), jonas.email)
    Thread.update(listed=0, hidden_at=clock.now()).where(Thread.id == thread.id).execute()
    take_in(reply)
    Thread.update(listed=1, hidden_at=None).where(Thread.id == thread.id).execute()
    jonas.suspended_at = clock.now()
    jonas.save()
    take_in(reply)
    assert posts(thread) == []


def test_nothing_but_a_quotation(box, acme, jonas):
    thread = threads.open_thread(vendor=acme)
    take_in(answer_to(mail_to(box, jonas), jonas.email, ""))
    assert posts(thread) == []
    assert "no new words" in told(box, jonas)[0]


@pytest.mark.parametrize("raw", [
    b"", b"\0\0\0", b"\xff\xfe garbage", b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n",
    b"From: \xff\xff <@>\r\nContent-Type: text/plain; charset=klingon\r\n\r\nhi",
    b"From: =?utf-8?q?=?= <a@b>\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!",
    b"Content-Type: message/rfc822\r\n\r\n" * 300,
    b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="B"\r\n\r\n'
    + b"--B\r\nContent-Type: image/png\r\n\r\nx\r\n" * 500], ids=range(8))
def test_broken_mail_is_survived(box, acme, jonas, raw):
    thread = threads.open_thread(vendor=acme)
    ours = mail_to(box, jonas)
    assert take_in(raw, str(ours["Reply-To"]), jonas.email)
    assert posts(thread) == []


def test_html_alone_is_read_as_text(box, acme, jonas):
    thread = threads.open_thread(vendor=acme)
    reply = answer_to(mail_to(box, jonas), jonas.email)
    reply.set_content("<style>p{}</style><p>It is <b>there</b>.</p><script>alert(1)</script>"
                      "<blockquote>old words</blockquote>", subtype="html")
    take_in(reply)
    assert posts(thread)[0].body == "It is there."


def test_the_switch_under_appointments(box, acme, jonas, client_of):
    row = Representative.get(Representative.account == jonas.id)
    browser = client_of(jonas)
    browser.post_form(f"/account/appointments/{row.id}/mail", page="/account/appointments")
    threads.open_thread(vendor=acme)
    run()
    assert box.mails == []
    browser.post_form(f"/account/appointments/{row.id}/mail", page="/account/appointments")
    threads.open_thread(vendor=acme)
    run()
    assert [m["To"] for m in box.mails] == [jonas.email]


def test_without_a_reply_address_mail_promises_nothing(box, acme, jonas, monkeypatch):
    monkeypatch.setattr(replies, "_address", "")
    threads.open_thread(vendor=acme)
    ours = mail_to(box, jonas)
    assert ours["Reply-To"] is None
    assert "answer this mail" not in ours.get_content()
    assert not ReplyToken.select().exists()


# By HTTP


def signed(raw: bytes, recipient: str, sender: str, secret: str = SECRET, ago: int = 0) -> dict:
    stamp = str(int(clock.now().timestamp()) - ago)
    text = f"{stamp}\n{sender}\n{recipient}\n".encode() + raw
    return {"Parley-Timestamp": stamp, "Parley-Sender": sender, "Parley-Recipient": recipient,
            "Parley-Signature": hmac.new(secret.encode(), text, hashlib.sha256).hexdigest(),
            "Content-Type": "message/rfc822"}


@pytest.fixture
def ready(monkeypatch):
    monkeypatch.setattr(mail_pages, "_secret", SECRET.encode())


def test_a_signed_mail_by_http(box, acme, jonas, client, ready):
    thread = threads.open_thread(vendor=acme)
    reply = answer_to(mail_to(box, jonas), jonas.email)
    to, raw = str(reply["To"]), reply.as_bytes()

    def send(headers, body=raw) -> int:
        return client.post("/webhooks/mail", data=body, headers=headers).status_code

    assert send({}) == 401
    assert send(signed(raw, to, jonas.email, "another secret")) == 401
    assert send(signed(raw, to, jonas.email, ago=301)) == 401
    assert send(signed(raw, to, jonas.email, ago=-301)) == 401
    assert send(signed(raw, to, jonas.email) | {"Parley-Sender": "x@y.example"}) == 401
    assert send(signed(raw, to, jonas.email) | {"Parley-Timestamp": "soon"}) == 401
    assert send(signed(raw, to, jonas.email), raw + b"!") == 401
    assert send(signed(raw, "info@parley.example", jonas.email)) == 422
    assert posts(thread) == []
    assert send(signed(raw, to, jonas.email)) == 202
    assert send(signed(raw, to, jonas.email)) == 202
    run()
    assert len(posts(thread)) == 1
    large = b"x" * (inbound.MOST_MAIL + 1)
    assert send(signed(large, to, jonas.email), large) == 413


def test_without_a_secret_there_is_no_such_place(client):
    assert client.post("/webhooks/mail", data=b"x").status_code == 404


# By SMTP, over a real connection and a database that is really committed


@pytest.fixture
def server(built, own_database, monkeypatch):
    monkeypatch.setattr(replies, "_address", mailing.REPLY)
    taking = listener.controller(f"127.0.0.1:{free_port()}")
    taking.start()
    yield taking
    taking.stop()


def smtp(server) -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", server.port, timeout=20)


def test_250_means_that_it_is_in_the_database(server):
    raw = b"From: a@b.example\r\n\r\nhello\r\n"
    to = [replies.address_of("0" * 26), replies.address_of("1" * 26)]
    with smtp(server) as line:
        line.sendmail("a@b.example", to, raw)
    tasks = list(Task.select().where(Task.kind == "mail_in").order_by(Task.id))
    assert sorted(t.data["token"] for t in tasks) == ["0" * 26, "1" * 26]
    assert base64.b64decode(tasks[0].data["raw"]).endswith(b"hello\r\n")
    assert tasks[0].data["sender"] == "a@b.example"


@pytest.mark.parametrize("to", [
    "reply@parley.example", "info@parley.example", "reply+short@parley.example",
    f"reply+{'0' * 26}@elsewhere.example", "anybody@elsewhere.example"])
def test_it_relays_nowhere(server, to):
    with smtp(server) as line, pytest.raises(smtplib.SMTPRecipientsRefused):
        line.sendmail("a@b.example", [to], b"hello")
    assert not Task.select().exists()


def test_fifty_megabytes_are_refused_before_they_are_sent(server):
    with smtp(server) as line:
        line.ehlo()
        assert int(line.esmtp_features["size"]) == inbound.MOST_MAIL
        code, _ = line.mail("a@b.example", [f"SIZE={50 * 1024 * 1024}"])
        assert code == 552
    assert not Task.select().exists()


def test_a_database_that_is_away_is_said_so(server, monkeypatch):
    def broken(*_):
        raise OSError("disk full")

    monkeypatch.setattr(inbound, "accept", broken)
    with smtp(server) as line, pytest.raises(smtplib.SMTPDataError) as caught:
        line.sendmail("a@b.example", [replies.address_of("0" * 26)], b"hello")
    assert caught.value.smtp_code == 451


def test_reminders_can_be_answered_too(box, acme, jonas, travel):
    thread = threads.open_thread(vendor=acme)
    threads.answer(thread, "ask", jonas)
    travel(days=7, minutes=1)
    outcomes.sweep()
    ours = mail_to(box, thread.author)
    assert "still your turn" in ours["Subject"]
    take_in(answer_to(ours, thread.author.email, "The blue one."))
    assert threads.now(thread).status == "awaiting_vendor"
    assert clock.now() - threads.now(thread).waiting_since < timedelta(seconds=1)
