"""Mail by command."""

from __future__ import annotations

from parley.outbox import actions as outbox
from parley.outbox.models import Task


def test_a_test_mail_is_written_where_no_server_is_configured(run, app):
    folder = app.extensions["parley.settings"].data / "mail"
    assert str(folder) in run("mail", "test", "ada@example.org")
    newest = max(folder.glob("*.eml"))
    assert b"To: ada@example.org" in newest.read_bytes()
    assert not Task.select().exists()
    assert "no e-mail address" in run("mail", "test", "ada", fails=True)


def test_held_mail_is_released(run):
    outbox.put("mail", to="ada@example.org", subject="s", text="t", mail="k")
    outbox.hold_mail()
    assert "1 mails go out" in run("mail", "release")
    assert not Task.get().held
