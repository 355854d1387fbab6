"""Commands about the accounts of people."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from parley.accounts import leaving as leaving_rules
from parley.accounts import rules
from parley.accounts.models import Account
from parley.archives import leaving
from parley.web.commands import Command, settings

accounts_group = AppGroup("accounts", help="Accounts of people.")


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


def account_of(email: str) -> Account:
    """The account with this e-mail.

    :raise ClickException: there is none
    """
    address = rules.email_address(email)
    account = Account.get_or_none(Account.email == address) if address else None
    if account is None:
        raise click.ClickException(
            f"No account has the e-mail address {email}. The person signs up first.")
    return account
