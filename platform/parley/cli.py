"""Commands: `flask --app wsgi …`. Each reads its words, calls one verb, and says what it did."""

from __future__ import annotations

import calendar
import signal
import smtplib
import sys
import threading
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import click
import peewee
from flask import Flask, current_app
from flask.cli import AppGroup
from playhouse.migrations import MigrationError

from parley import backup, serve
from parley.accounts import actions as accounts
from parley.accounts import leaving as leaving_rules
from parley.accounts import rules as accounts_rules
from parley.accounts.models import Account
from parley.archives import actions as archives
from parley.archives import bringing, community, erasures, leaving, trust
from parley.archives import telling as archive_telling
from parley.archives.names import BagError
from parley.archives.report import Report
from parley.config import Settings
from parley.demo import seeding
from parley.demo.community import PASSWORD, PEOPLE
from parley.kernel import clock, db, rulebook
from parley.kernel.errors import Invalid, NotFound, Refused
from parley.kernel.records import Fate
from parley.members import actions as members
from parley.members.models import Membership
from parley.notifications import listener
from parley.outbox import actions as outbox
from parley.outbox import mail, worker
from parley.outbox.models import Task
from parley.promises import actions as promises
from parley.promises import wording
from parley.scorecards import figures, reading, recount, telling
from parley.vendors import actions as vendors
from parley.vendors import claims
from parley.vendors.models import Vendor
from parley.web import own_pages

MOST_NAMED = 20  # of what did not come in with an archive
MOST_VERSIONS = 100  # of a promise, in a listing
OPERATOR_YEARS = 100  # whoever runs the machine is not asked for dues
WORDS = {"email": "e-mail"}
SIGN_INS = (
    "member", "lapsed", "advocate", "representative", "manager", "steward", "treasurer")


commands = AppGroup("parley")


class Command(click.Command):
    """A command with the database open, whose refusals are plain messages."""

    def invoke(self, ctx: click.Context) -> Any:
        db.database.connect(reuse_if_open=True)
        try:
            return super().invoke(ctx)
        except Invalid as error:
            lines = [f"{WORDS.get(field, field)}: {words}" for field, words in error.errors.items()]
            raise click.ClickException("\n".join(lines)) from None
        except (Refused, backup.BackupError, serve.Busy, MigrationError) as error:
            raise click.ClickException(str(error)) from None
        except peewee.OperationalError as error:
            raise click.ClickException(f"The database does not do it: {error}") from None
        finally:
            if not db.database.transaction_depth():
                db.database.close()


def settings() -> Settings:
    found: Settings = current_app.extensions["parley.settings"]
    return found


def account_of(email: str) -> Account:
    """The account with this e-mail.

    :raise ClickException: there is none
    """
    address = accounts_rules.email_address(email)
    account = Account.get_or_none(Account.email == address) if address else None
    if account is None:
        raise click.ClickException(
            f"No account has the e-mail address {email}. The person signs up first.")
    return account


def company_of(text: str) -> Vendor:
    """The company known by its address here, its website or its name.

    :raise ClickException: there is none
    """
    try:
        return vendors.find(text)
    except NotFound:
        raise click.ClickException(
            f"No company here is known as “{text}”. Its page begins with its first thread."
        ) from None


def day(instant: datetime) -> str:
    return f"{instant.day} {instant:%B %Y, %H:%M} UTC"


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


@commands.command("jobs", cls=Command)
def jobs() -> None:
    """Carry out the outbox and the sweeps, until stopped. `serve` starts this by itself."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    worker.run(stop)


@commands.command("mail-in", cls=Command)
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


members_group = AppGroup("members", help="Membership, while it is granted by hand.")
commands.add_command(members_group)


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
    click.echo(f"{account.display_name} is a member until {day(ends)}.")


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


accounts_group = AppGroup("accounts", help="Accounts of people.")
commands.add_command(accounts_group)


@accounts_group.command("erase", cls=Command)
@click.argument("email")
@click.option("--words", type=click.Choice(leaving_rules.WORDS), default=leaving_rules.KEEP,
              show_default=True,
              help="What becomes of what the person said in public: kept under made-up names, "
              "or removed.")
@click.confirmation_option(prompt="This cannot be undone. Close the account and erase it?")
def accounts_erase(email: str, words: str) -> None:
    """Let the person with this EMAIL leave, on their request or a court's, and wait for it."""
    left = leaving.erase_now(leaving.close(account_of(email), words))
    click.echo(f"The account is erased. The certificate is at "
               f"{settings().base_url}/left/{left.id}; it is also mailed to the person.")


offices_group = AppGroup("offices", help="Offices: steward, treasurer, operator.")
commands.add_command(offices_group)
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


vendors_group = AppGroup("vendors", help="Companies and those who answer for them.")
commands.add_command(vendors_group)


@vendors_group.command("appoint", cls=Command)
@click.argument("vendor")
@click.argument("email")
@click.option("--role", type=click.Choice(["responder", "manager"]), default="responder",
              show_default=True, help="A manager also edits the company's page.")
@click.option("--title", default="", help="What the person does there, shown with each answer.")
def vendors_appoint(vendor: str, email: str, role: str, title: str) -> None:
    """Ask a person to answer for VENDOR (its address here, its website or its name)."""
    company = company_of(vendor)
    account = account_of(email)
    row = vendors.appoint(company, account, role, title)
    if row.accepted_at:
        click.echo(f"{account.display_name} is {role} of {company.name}.")
    else:
        click.echo(f"{account.display_name} can answer for {company.name} once they accept: "
                   f"they find it at {settings().base_url}/account/appointments.")


@vendors_group.command("check-claims", cls=Command)
def vendors_check_claims() -> None:
    """Check the domains of all companies that proved one, now. The jobs do it once a day."""
    count = claims.check_all()
    click.echo(f"Domains checked: {count:,}.")


promises_group = AppGroup("promises", help="What companies promise.")
commands.add_command(promises_group)


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
        click.echo(f"{what} {row.number}: published {day(row.published_at)}, "
                   f"counts from {day(row.effective_from)}{state}")


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


archive_group = AppGroup("archive", help="What belongs to one person, to take away.")
commands.add_command(archive_group)


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
    told = archive_telling.tell(file, {"keys": trust.known()})
    for line in told.lines:
        click.echo(line)
    if not told.whole:
        raise click.ClickException("Do not rely on this file.")


@commands.command("dump-public", cls=Command)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
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


mail_group = AppGroup("mail", help="Outgoing mail.")
commands.add_command(mail_group)


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


scorecards_group = AppGroup("scorecards", help="Figures of companies, and the record behind them.")
commands.add_command(scorecards_group)
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
    click.echo(f"{company.name}, {figures.WINDOWS[window]}, as of {day(instant)}")
    for line in reading.lines(found).values():
        click.echo(f"  {line.name:38} {line.plain()}")


def install(app: Flask) -> None:
    """Add Parley's commands to the app."""
    for command in commands.commands.values():
        app.cli.add_command(command)
