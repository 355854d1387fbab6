"""Commands about the figures of companies."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from parley.kernel import clock, db
from parley.scorecards import figures, reading, recount, telling
from parley.vendors.commands import company_of
from parley.web.commands import Command
from parley.web.times import day_time

scorecards_group = AppGroup("scorecards", help="Figures of companies, and the record behind them.")
INSTANT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


@scorecards_group.command("verify", cls=Command)
@click.argument("vendor", required=False)
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD",
              help="Compare what is kept of this day instead of what stands now.")
def scorecards_verify(vendor: str | None, as_of: datetime | None) -> None:
    """Recompute all figures (or those of VENDOR) from the journal, and print each difference."""
    company = company_of(vendor) if vendor else None
    with clock.standing_at(clock.now()):
        if as_of:
            found = recount.verify_day(company, telling.day_of(as_of.replace(tzinfo=UTC)))
        else:
            recount.catch_up()
            found = recount.verify(company, _count_aloud)
        with db.snapshot():
            differences = 0
            for difference in found:
                differences += 1
                click.echo(difference)
    if differences:
        raise click.ClickException(f"{differences:,} figures differ from the record.")
    click.echo("All figures are those of the record.")


def _count_aloud(done: int) -> None:
    click.echo(f"{done:,} threads and reports read", err=True)


@scorecards_group.command("rebuild", cls=Command)
def scorecards_rebuild() -> None:
    """Write all clocks and figures anew from the journal. Stop the server first."""
    seen = recount.rebuild(_count_aloud)
    click.echo(f"The figures are written anew from {seen:,} threads and reports.")


@scorecards_group.command("show", cls=Command)
@click.argument("vendor")
@click.option("--window", type=click.Choice(list(figures.WINDOWS)), default=figures.USUAL,
              show_default=True)
@click.option("--as-of", type=INSTANT, metavar="INSTANT", help="An instant in UTC; now without it.")
def scorecards_show(vendor: str, window: str, as_of: datetime | None) -> None:
    """Recompute the figures of VENDOR from the journal, as of any instant."""
    instant = as_of.replace(tzinfo=UTC) if as_of else clock.now()
    if instant > clock.now():
        raise click.ClickException("That instant lies ahead.")
    company = company_of(vendor)
    found = recount.figures_of(company.id, window, instant)
    click.echo(f"{company.name}, {figures.WINDOWS[window]}, as of {day_time(instant, 'UTC')}")
    for line in reading.lines(found).values():
        click.echo(f"  {line.name:38} {line.plain()}")
