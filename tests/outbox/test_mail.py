"""Mail: one text template a kind, sent by SMTP or written as a file."""

from __future__ import annotations

import email
import email.policy
import os
import stat

import jinja2
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from aiosmtpd.smtp import AuthResult

from parley.outbox import actions, mail
from parley.outbox.models import Task
from tests.postgres import free_port


@pytest.fixture
def site(backend, tmp_path, monkeypatch):
    """Mail of a site of its own, with one template, written below the returned folder."""
    loader = jinja2.DictLoader({
        "hello.txt": "Grüezi {{ name }}, from {{ site_name }}\n\nCome here:\n{{ url('/x') }}\n"})
    monkeypatch.setattr(mail, "_env", mail._env.overlay(loader=loader))
    monkeypatch.setattr(mail, "_site", {})
    monkeypatch.setattr(actions, "_handlers", {"mail": mail.deliver})
    mail.configure(folder=tmp_path / "mail", smtp_url="", sender="Parley <desk@parley.example>",
                   base_url="https://parley.example", site_name="Parley")
    return tmp_path / "mail"


def read(path) -> email.message.EmailMessage:
    return email.message_from_bytes(path.read_bytes(), policy=email.policy.default)


def test_a_mail_is_a_task_until_it_is_sent(site):
    task = mail.send("ada@people.example", "hello", name="Ada")
    assert task.data == {
        "to": "ada@people.example", "subject": "Grüezi Ada, from Parley", "mail": "hello",
        "text": "Come here:\nhttps://parley.example/x\n"}
    assert not site.exists()


def test_without_a_server_it_is_written_as_a_file(site):
    task = mail.send("ada@people.example", "hello", name="Ada")
    assert actions.run_all() == 1
    written = read(next(site.glob("*.eml")))
    assert written["To"] == "ada@people.example"
    assert written["From"] == "Parley <desk@parley.example>"
    assert written["Subject"] == "Grüezi Ada, from Parley"
    assert written["Message-ID"] == f"<{task.id}@parley.example>"
    assert written.get_content() == "Come here:\nhttps://parley.example/x\n"


def test_a_mail_is_on_the_disk_before_it_counts_as_sent(site, monkeypatch):
    task, synced, real = mail.send("ada@people.example", "hello", name="Ada"), [], os.fsync

    def sync(handle):
        synced.append(stat.S_ISDIR(os.fstat(handle).st_mode))
        real(handle)

    monkeypatch.setattr(os, "fsync", sync)
    mail.deliver(task)
    assert synced == [False, True]
    mail.deliver(task)
    assert [path.suffix for path in site.iterdir()] == [".eml"]


def test_a_word_that_the_template_lacks_is_a_mistake(site):
    with pytest.raises(jinja2.UndefinedError):
        mail.send("ada@people.example", "hello")
    assert not Task.select().exists()


@pytest.mark.parametrize("name", ["Ada\nBcc: eve@evil.example", "Ada\r\n\r\nbody", "a" * 500])
def test_nothing_in_a_name_becomes_a_header(site, name):
    mail.send("ada@people.example", "hello", name=name)
    assert actions.run_all() == 1
    written = read(next(site.glob("*.eml")))
    assert written["Bcc"] is None
    assert set(written.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type",
        "Content-Transfer-Encoding", "MIME-Version"}


class Received(Message):
    def __init__(self) -> None:
        super().__init__()
        self.mails: list[email.message.Message] = []

    def handle_message(self, message: email.message.Message) -> None:
        self.mails.append(message)


@pytest.mark.filterwarnings("ignore::UserWarning:aiosmtpd", "ignore::DeprecationWarning:aiosmtpd")
def test_with_a_server_it_is_handed_over_signed_in(site):
    received, seen = Received(), []

    def authenticate(server, session, envelope, mechanism, data) -> AuthResult:
        seen.append((data.login, data.password))
        return AuthResult(success=True)

    server = Controller(received, "127.0.0.1", free_port(), authenticator=authenticate,
                        auth_require_tls=False)
    server.start()
    try:
        mail.configure(folder=site, smtp_url=f"smtp://desk:p%40ss@127.0.0.1:{server.port}",
                       sender="desk@parley.example", base_url="https://x", site_name="Parley")
        mail.send("ada@people.example", "hello", name="Ada")
        assert actions.run_all() == 1
    finally:
        server.stop()
    assert Task.get().error == ""
    assert seen == [(b"desk", b"p@ss")]
    assert [one["To"] for one in received.mails] == ["ada@people.example"]
    assert not site.exists()


def test_a_server_that_is_away_is_tried_again(site):
    mail.configure(folder=site, smtp_url=f"smtp://127.0.0.1:{free_port()}", sender="a@b.example",
                   base_url="https://x", site_name="Parley")
    mail.send("ada@people.example", "hello", name="Ada")
    actions.run_all()
    task = Task.get()
    assert "ConnectionRefusedError" in task.error
    assert task.data["to"] == "ada@people.example"
    assert not task.done_at
