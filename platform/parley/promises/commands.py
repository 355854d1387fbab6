"""Commands about what companies promise."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from parley.kernel.errors import NotFound
from parley.promises import actions as promises
from parley.promises import wording
from parley.vendors import actions as vendors
from parley.web.commands import Command
from parley.web.times import day_time

MOST_VERSIONS = 100  # of a promise, in a listing

promises_group = AppGroup("promises", help="What companies promise.")


@promises_group.command("show", cls=Command)
@click.argument("slug")
def promises_show(slug: str) -> None:
    """Say in plain words what the company at SLUG promises, and list its versions."""
    try:
        vendor = vendors.by_slug(slug)
    except NotFound:
        raise click.ClickException(f"No company here has the address “{slug}”.") from None
    standing = promises.standing(vendor.id)
    terms = promises.terms_of(standing.in_force)
    for line in wording.words(terms) if terms else ["No promise is in force."]:
        click.echo(line)
    for row in promises.history(vendor.id, None, MOST_VERSIONS):
        what = "withdrawal" if row.terms is None else "version"
        state = "  in force" if row == standing.in_force else ""
        click.echo(f"{what} {row.number}: published {day_time(row.published_at, 'UTC')}, "
                   f"counts from {day_time(row.effective_from, 'UTC')}{state}")
