"""Settings of answers by mail, and the command that takes them."""

from __future__ import annotations

import os
import signal
import smtplib
import subprocess
import sys
from pathlib import Path

import pytest

from parley import serve
from parley.config import ConfigError, Settings
from tests.postgres import free_port

SECRET = "x" * 40
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("values", [
    {"reply_address": "reply"}, {"reply_address": "reply+x@parley.example"},
    {"reply_address": "@parley.example"}, {"mail_in": "127.0.0.1:8025"},
    {"mail_in_secret": SECRET}, {"reply_address": "r@p.example", "mail_in": "8025"},
    {"reply_address": "r@p.example", "mail_in": "localhost:smtp"},
    {"reply_address": "r@p.example", "mail_in_secret": "short"}], ids=str)
def test_settings_that_cannot_work_are_refused(values):
    with pytest.raises(ConfigError):
        Settings(secret_key=SECRET, **values).completed().check()


def test_settings_that_work():
    Settings(secret_key=SECRET, reply_address="reply@parley.example", mail_in="[::1]:8025",
             mail_in_secret=SECRET).completed().check()


def test_serve_takes_mail_where_it_is_wanted(monkeypatch):
    started = []
    monkeypatch.setattr(serve, "supervise", lambda commands, ready: started.append(set(commands)))
    for place in ("", "127.0.0.1:8025"):
        serve.serve(Settings(mail_in=place).completed(), lambda: None)
    assert started == [{"web", "jobs"}, {"web", "jobs", "mail-in"}]


def test_the_command_takes_mail_until_it_is_stopped(own_database, tmp_path):
    port = free_port()
    settings = {
        "PARLEY_DATA": str(tmp_path), "PARLEY_DATABASE_URL": own_database,
        "PARLEY_SECRET_KEY": SECRET, "PARLEY_REPLY_ADDRESS": "reply@parley.example",
        "PARLEY_MAIL_IN": f"127.0.0.1:{port}"}
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "mail-in"], cwd=ROOT, text=True,
        env=os.environ | settings, stdout=subprocess.PIPE)
    try:
        assert "Mail is taken" in process.stdout.readline()
        with smtplib.SMTP("127.0.0.1", port, timeout=20) as line:
            line.sendmail("a@b.example", [f"reply+{'0' * 26}@parley.example"], b"hello")
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                line.sendmail("a@b.example", ["reply@parley.example"], b"hello")
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.communicate()


def test_the_command_without_its_setting_says_so(built):
    done = built.test_cli_runner().invoke(args=["mail-in"])
    assert done.exit_code == 1
    assert "PARLEY_MAIL_IN is not set" in done.output
