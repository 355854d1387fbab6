"""What commands have in common. Each domain's stand in its `commands.py`; `cli` gathers them."""

from __future__ import annotations

from typing import Any

import click
import peewee
from flask import current_app
from playhouse.migrations import MigrationError

from parley.kernel import db
from parley.kernel.errors import Invalid, Refused

WORDS = {"email": "e-mail"}


class Command(click.Command):
    """A command with the database open, whose refusals are plain messages."""

    def invoke(self, ctx: click.Context) -> Any:
        db.database.connect(reuse_if_open=True)
        try:
            return super().invoke(ctx)
        except Invalid as error:
            lines = [f"{WORDS.get(field, field)}: {words}" for field, words in error.errors.items()]
            raise click.ClickException("\n".join(lines)) from None
        except (Refused, MigrationError) as error:
            raise click.ClickException(str(error)) from None
        except peewee.OperationalError as error:
            raise click.ClickException(f"The database does not do it: {error}") from None
        finally:
            if not db.database.transaction_depth():
                db.database.close()


def settings() -> Any:
    """The `config.Settings` of the app."""
    return current_app.extensions["parley.settings"]
