"""Commands about companies."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from parley.accounts.commands import account_of
from parley.kernel.errors import NotFound
from parley.vendors import actions as vendors
from parley.vendors import claims
from parley.vendors.models import Vendor
from parley.web.commands import Command, settings

vendors_group = AppGroup("vendors", help="Companies and those who answer for them.")


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
