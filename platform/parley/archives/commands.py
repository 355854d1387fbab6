"""Commands about archives: of one person, and of the community."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext

from parley.accounts.commands import account_of
from parley.archives import actions as archives
from parley.archives import bringing, community, telling, trust
from parley.archives.names import BagError
from parley.archives.report import Report
from parley.kernel.records import Fate
from parley.web.commands import Command, settings

MOST_NAMED = 20  # of what did not come in with an archive

archive_group = AppGroup("archive", help="What belongs to one person, to take away.")


@archive_group.command("build", cls=Command)
@click.argument("email")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def archive_build(email: str, file: Path) -> None:
    """Write the archive of the person with this EMAIL into FILE (.zip)."""
    account = account_of(email)
    try:
        archives.build_to(account, file)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error}") from None
    click.echo(f"{file}: the archive of {account.display_name}, {file.stat().st_size:,} bytes.")


@archive_group.command("check", cls=Command)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def archive_check(file: Path) -> None:
    """Say what is in the archive FILE, whether it is whole, and who signed it. Unpacks nothing."""
    told = telling.tell(file, {"keys": trust.known()})
    for line in told.lines:
        click.echo(line)
    if not told.whole:
        raise click.ClickException("Do not rely on this file.")


@click.command("dump-public", cls=Command)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@with_appcontext
def dump_public(folder: Path) -> None:
    """Write everything that anybody may read into DIR, as JSON Lines, by each author's licence."""
    try:
        community.dump(folder, settings().site_name, _said)
    except community.Occupied as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{folder} cannot be written: {error}") from None
    click.echo(f"All of it is in {folder}.")


def _said(file: str, count: int) -> None:
    click.echo(f"{count:>9,}  {file}")


@archive_group.command("import", cls=Command)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.argument("email")
@click.option("--dry-run", is_flag=True, help="Only say what would come in.")
def archive_import(file: Path, email: str, dry_run: bool) -> None:
    """Bring the archive in FILE to the person with this EMAIL: whole, or not at all."""
    account = account_of(email)
    try:
        report = bringing.look(file, account) if dry_run else bringing.bring(file, account)
    except BagError as error:
        raise click.ClickException(f"{file} was not taken:\n{error}") from None
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read: {error}") from None
    _tell(report)
    came = report.total(Fate.NEW, Fate.CHANGED)
    click.echo(f"{came:,} things {'would come' if dry_run else 'came'} in for "
               f"{account.display_name}.")


def _tell(report: Report) -> None:
    source = report.source
    signed = "not signed"
    if source["signed_by"]:
        signed = "signature valid" if source["checked"] else (
            f"signed by key {source['signed_by']}, which this server cannot check")
    whose = f"@{source['handle']}" if source["handle"] else "somebody"
    click.echo(f"Posts of {whose} at {source['server']} ({source['server_url']}), {signed}.")
    for what, fates in report.counts.items():
        counts = ", ".join(f"{count:,} {fate}" for fate, count in fates.items())
        click.echo(f"  {what or 'other':10} {counts}")
    for fate in (Fate.REFUSED, Fate.LEFT):
        lines = report.lines[fate]
        for what, name, why in lines[:MOST_NAMED]:
            click.echo(f"  {fate}: {what} {name}: {why}")
        if len(lines) > MOST_NAMED:
            click.echo(f"  {fate}: … and more")


@archive_group.command("trust", cls=Command)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def archive_trust(file: Path) -> None:
    """Let archives count that were signed with the keys in FILE, another server's jwks.json."""
    for kid in trust.trust(file.read_text(errors="replace")):
        click.echo(f"Archives signed by {kid} are believed from now on.")


@archive_group.command("distrust", cls=Command,
                       context_settings={"ignore_unknown_options": True})  # a kid may begin with -
@click.argument("kid")
def archive_distrust(kid: str) -> None:
    """Take that back for one key. What came in before stays."""
    if not trust.distrust(kid):
        raise click.ClickException("No such key is trusted.")
    click.echo(f"Archives signed by {kid} are no longer believed.")
