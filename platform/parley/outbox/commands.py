"""Commands about what must happen after the commit: the jobs, and mail."""

from __future__ import annotations

import signal
import smtplib
import threading

import click
from flask.cli import AppGroup, with_appcontext

from parley.accounts import rules as accounts_rules
from parley.kernel import clock
from parley.outbox import actions as outbox
from parley.outbox import mail, worker
from parley.outbox.models import Task
from parley.web.commands import Command, settings


@click.command("jobs", cls=Command)
@with_appcontext
def jobs() -> None:
    """Carry out the outbox and the sweeps, until stopped. `serve` starts this by itself."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    worker.run(stop)


mail_group = AppGroup("mail", help="Outgoing mail.")


@mail_group.command("test", cls=Command)
@click.argument("address")
def mail_test(address: str) -> None:
    """Send a mail to ADDRESS now, to see whether sending works."""
    to = accounts_rules.email_address(address)
    if to is None:
        raise click.ClickException(f"{address} is no e-mail address.")
    site = settings().site_name
    text = f"This is a test by the operator of {site}, {settings().base_url}. Mail works.\n"
    task = Task(kind="mail", created_at=clock.now(),
                data={"to": to, "subject": f"A test from {site}", "text": text, "mail": "test"})
    try:
        mail.deliver(task)
    except (OSError, smtplib.SMTPException) as error:
        raise click.ClickException(f"The mail did not go out: {error}") from None
    if settings().smtp_url:
        click.echo(f"Handed to the mail server for {to}.")
    else:
        click.echo(f"PARLEY_SMTP_URL is not set: written below {settings().data / 'mail'}.")


@mail_group.command("release", cls=Command)
def mail_release() -> None:
    """Let go of the mail that was held after a restore."""
    click.echo(f"{outbox.release_mail():,} mails go out now.")
