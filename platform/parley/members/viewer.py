"""Who is looking: the signed-in person with standing and offices, or a visitor."""

from __future__ import annotations

from parley.accounts.models import Account
from parley.members.actions import offices_of, standing_of
from parley.members.rules import ROUTES, Need, Standing


class Visitor:
    """Nobody who signed in. Has what templates ask of a person."""

    is_authenticated = False
    is_active = False
    is_anonymous = True
    id = None
    standing = Standing.VISITOR
    offices: frozenset[str] = frozenset()
    time_zone = "UTC"

    def get_id(self) -> None:
        return None


def with_standing(account: Account) -> Account:
    """Fill in `standing` and `offices` for the request under way."""
    account.standing = standing_of(account)
    account.offices = offices_of(account)
    return account


def passes(permission: str, viewer: Account | Visitor) -> bool | None:
    """True to go on, None when signing in would help, False when there is nothing to see."""
    need = ROUTES[permission]
    if need is Need.ANYONE:
        return True
    if not viewer.is_authenticated:
        return None if need is Need.ACCOUNT else False
    return need is Need.ACCOUNT or need.value in viewer.offices
