"""The command that takes answers by mail."""

from __future__ import annotations

import signal
import threading

import click
from flask.cli import with_appcontext

from parley.kernel import db
from parley.notifications import listener
from parley.web.commands import Command, settings


@click.command("mail-in", cls=Command)
@with_appcontext
def mail_in() -> None:
    """Take answers by mail (SMTP) at PARLEY_MAIL_IN, behind your mail server, until stopped."""
    place = settings().mail_in
    if not place:
        raise click.ClickException(
            "PARLEY_MAIL_IN is not set. It says where to listen, such as 127.0.0.1:8025.")
    db.database.close()
    taking = listener.controller(place)
    try:
        taking.start()
    except OSError as error:
        raise click.ClickException(f"Parley cannot listen on {place}: {error}.") from None
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    click.echo(f"Mail is taken at {place}.")
    stop.wait()
    taking.stop()
