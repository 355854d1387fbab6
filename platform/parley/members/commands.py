"""Commands about membership and offices."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta

import click
from flask.cli import AppGroup

from parley.accounts.commands import account_of
from parley.kernel import clock
from parley.members import actions as members
from parley.members.models import Membership
from parley.web.commands import Command
from parley.web.times import day_time

members_group = AppGroup("members", help="Membership, while it is granted by hand.")


@members_group.command("grant", cls=Command)
@click.argument("email")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD",
              help="The last day of the membership (UTC).")
@click.option("--months", type=click.IntRange(1, 1200),
              help="So many months from today, or from the end of what is paid already.")
def members_grant(email: str, until: datetime | None, months: int | None) -> None:
    """Make the person a member until a day, or for some months."""
    if (until is None) == (months is None):
        raise click.UsageError("Give either --until YYYY-MM-DD or --months N.")
    account = account_of(email)
    if months is not None:
        row = Membership.get_or_none(Membership.account == account.id)
        ends = add_months(max(clock.now(), row.paid_until) if row else clock.now(), months)
    else:
        ends = end_of(until.date())
    members.grant(account, ends)
    click.echo(f"{account.display_name} is a member until {day_time(ends, 'UTC')}.")


def end_of(last: date) -> datetime:
    """The instant at which this day is over, in UTC."""
    return datetime.combine(last, time(), UTC) + timedelta(days=1)


def add_months(start: datetime, months: int) -> datetime:
    """The same day so many months later; the month's last day where it has no such day."""
    years, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month + 1
    return start.replace(
        year=year, month=month, day=min(start.day, calendar.monthrange(year, month)[1]))


@members_group.command("revoke", cls=Command)
@click.argument("email")
def members_revoke(email: str) -> None:
    """End the person's membership now."""
    account = account_of(email)
    members.revoke(account)
    click.echo(f"{account.display_name} is no longer a member.")


offices_group = AppGroup("offices", help="Offices: steward, treasurer, operator.")
ROLE = click.Choice(members.OFFICES)


@offices_group.command("grant", cls=Command)
@click.argument("email")
@click.argument("role", type=ROLE)
def offices_grant(email: str, role: str) -> None:
    """Put the person into an office from now on."""
    account = account_of(email)
    members.give_office(account, role)
    click.echo(f"{account.display_name} is {role} now.")


@offices_group.command("revoke", cls=Command)
@click.argument("email")
@click.argument("role", type=ROLE)
def offices_revoke(email: str, role: str) -> None:
    """End the person's term of office now."""
    account = account_of(email)
    if not members.take_office(account, role):
        raise click.ClickException(f"{account.display_name} is not {role}.")
    click.echo(f"{account.display_name} is no longer {role}.")
