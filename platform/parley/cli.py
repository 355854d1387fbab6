"""Commands: `flask --app wsgi …`. Each reads its words, calls one verb, and says what it did.

Those about the whole server stand here, those of a domain in its `commands.py`.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from parley import backup, serve
from parley.accounts import actions as accounts
from parley.accounts.commands import accounts_group
from parley.accounts.models import Account
from parley.archives import erasures
from parley.archives.commands import archive_group, dump_public
from parley.demo import seeding
from parley.demo.community import PASSWORD, PEOPLE
from parley.kernel import clock, db, rulebook
from parley.members import actions as members
from parley.members.commands import members_group, offices_group
from parley.notifications.commands import mail_in
from parley.outbox.commands import jobs, mail_group
from parley.promises.commands import promises_group
from parley.scorecards.commands import scorecards_group
from parley.vendors.commands import vendors_group
from parley.web import own_pages
from parley.web.commands import Command, settings

OPERATOR_YEARS = 100  # whoever runs the machine is not asked for dues
SIGN_INS = (
    "member", "lapsed", "advocate", "representative", "manager", "steward", "treasurer")
commands = AppGroup("parley")


@commands.command("init", cls=Command)
@click.option("--email", prompt="Your e-mail address", help="What you will sign in with.")
@click.option("--handle", prompt="Your handle (letters, digits, _)", help="Your name in addresses.")
@click.option("--name", prompt="Your name as others see it", help="Shown beside what you write.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def init(email: str, handle: str, name: str, password_stdin: bool) -> None:
    """Prepare the database and make the first person: operator, steward, and member."""
    db.runner().up()
    if Account.select().exists():
        raise click.ClickException(
            "This community has people already. Use `offices grant EMAIL operator` instead.")
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("A password", hide_input=True, confirmation_prompt=True)
    _draft_pages()
    with db.write():
        account = accounts.create_account(
            email=email, handle=handle, display_name=name, password=password)
        for role in ("operator", "steward"):
            members.give_office(account, role)
        members.grant(account, clock.now() + timedelta(days=365 * OPERATOR_YEARS))
    click.echo(f"{account.display_name} is operator, steward and member. Start the server with "
               "`flask --app wsgi serve`.")


def _draft_pages() -> None:
    """Write drafts of the operator's pages where there are none, and say so."""
    folder = settings().data / "pages"
    if written := own_pages.write_missing(folder, settings().site_name, settings().base_url):
        click.echo(f"Drafts of {', '.join(written)} are in {folder}. Please complete them.")


@commands.command("migrate", cls=Command)
@click.option("--down", metavar="NAME", help="Undo the steps back to this one, itself included.")
@click.option("--status", is_flag=True, help="Only list the steps.")
def migrate(down: str | None, status: bool) -> None:
    """Bring the tables up to date with this version of Parley."""
    if status:
        for step in db.runner().status():
            click.echo(f"{'done   ' if step.applied else 'pending'}  {step.name}")
        return
    done = db.runner().down(down) if down else db.runner().up()
    for name in done:
        click.echo(f"{'undone' if down else 'done'}  {name}")
    if not done:
        click.echo("The database is up to date.")


@commands.command("serve", cls=Command)
def serve_command() -> None:
    """Run the web server and the jobs, until stopped; if one dies, the other is stopped too."""
    serve.check_port(settings().host, settings().port)
    if settings().demo:
        db.runner().up()
    pending = db.pending_migrations()
    if pending and not Account.table_exists():
        raise click.ClickException("This database is new. Run `flask --app wsgi init` first.")
    if pending:
        raise click.ClickException(
            f"The database is not up to date ({', '.join(pending)}). Take a backup, then run "
            "`flask --app wsgi migrate`.")
    run_both([])


def run_both(sign_ins: list[str]) -> None:
    """Serve, and print the address (and the demo's sign-ins) once a page can be had."""
    words = [f"{settings().site_name} answers at {settings().base_url}", *sign_ins]
    db.database.close()
    sys.exit(serve.serve(settings(), lambda: click.echo("\n".join(words))))


@commands.command("demo", cls=Command)
@click.option("--serve", "then_serve", is_flag=True, help="Start the server afterwards.")
def demo(then_serve: bool) -> None:
    """Fill an empty database with a small community to look around in. Needs PARLEY_DEMO=1."""
    if not settings().demo:
        raise click.ClickException(
            "The demo runs only with PARLEY_DEMO=1. A community of your own begins with "
            "`flask --app wsgi init`.")
    if then_serve:
        serve.check_port(settings().host, settings().port)
    db.runner().up()
    _draft_pages()
    try:
        seeding.check_empty()
        click.echo("Telling the demo community…")
        told = seeding.seed(clock.now())
        click.echo(f"{told.people} people, {told.companies} companies, {told.threads} threads.")
    except seeding.AlreadySeeded as error:
        click.echo(str(error))
    except seeding.NotEmpty as error:
        raise click.ClickException(str(error)) from None
    if then_serve:
        run_both(sign_ins())


def sign_ins() -> list[str]:
    """The lines that tell a newcomer how to sign in."""
    known = {person.email: person for person in PEOPLE}
    addresses = [f"{who}@demo.example" for who in SIGN_INS]
    width = max(map(len, addresses))
    lines = [f"  {address:{width}}  {known[address].name}" for address in addresses]
    return [f"Sign in with one of these, password {PASSWORD}:", *lines,
            "Mail that Parley writes is at /demo/mailbox. Stop with Ctrl-C."]


@commands.command("backup", cls=Command)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup_command(file: Path) -> None:
    """Write everything into FILE (.zip): one state of the database, the files and the mail.

    The server may go on running.
    """
    held = backup.write(file, settings().data)
    click.echo(f"{file}: {held.rows:,} rows of {held.tables} tables, {held.files:,} files, "
               f"{file.stat().st_size:,} bytes.")


@commands.command("restore", cls=Command)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--erasures", "listed", type=click.Path(path_type=Path, dir_okay=False, exists=True),
              help="A copy of erasures.jsonl, for a data folder that has none.")
def restore_command(file: Path, listed: Path | None) -> None:
    """Restore FILE into an empty database and data folder. Mail is held until `mail release`, and
    people who left since leave again."""
    if listed:
        erasures.add(erasures.read(listed))
    held = backup.restore(file, settings().data)
    click.echo(f"Restored {held.rows:,} rows and {held.files:,} files.")
    if held.erased:
        click.echo(f"{held.erased:,} people who had left were erased again.")
    if held.mail:
        click.echo(f"{held.mail:,} mails are held. Send them with `flask --app wsgi mail release`.")


rules_group = AppGroup("rules", help="The rules that members set: prices, grace, free threads.")
commands.add_command(rules_group)


@rules_group.command("list", cls=Command)
def rules_list() -> None:
    """List the rules in force, with what each means."""
    book = rulebook.current()
    for name, (words, _, _) in rulebook.RULES.items():
        click.echo(f"{name:17} {getattr(book, name):>8}  {words}")


@rules_group.command("set", cls=Command)
@click.argument("name")
@click.argument("value", type=int)
def rules_set(name: str, value: int) -> None:
    """Set the rule NAME to VALUE from now on; earlier versions of the book are kept."""
    rulebook.change(name, value)
    click.echo(f"{name} is {value:,} from now on: {rulebook.RULES[name][0]}.")


DOMAINS = (accounts_group, archive_group, dump_public, jobs, mail_group, mail_in, members_group,
           offices_group, promises_group, scorecards_group, vendors_group)


def install(app: Flask) -> None:
    """Add Parley's commands to the app."""
    for command in (*commands.commands.values(), *DOMAINS):
        app.cli.add_command(command)
