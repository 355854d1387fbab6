"""Addresses at which a mail of ours is answered: one for each mail, used up by one answer."""

from __future__ import annotations

import re
from datetime import timedelta

from parley.accounts.models import Account
from parley.kernel import clock, db, ids
from parley.notifications.models import ReplyRefusal, ReplyToken

KEPT = timedelta(days=180)  # nobody answers a mail that is older
REFUSE_EVERY = timedelta(days=1)  # a machine at the other end must not be answered each time
_TOKEN = re.compile(r"[0-9a-hjkmnp-tv-z]{26}")
_address = ""


def configure(address: str) -> None:
    """Set the address that takes answers, such as `reply@parley.example`; empty for none."""
    global _address
    _address = address.strip().lower()


def address_of(token: str) -> str:
    """`reply+<token>@parley.example`; empty when this server takes no answers by mail."""
    if not _address:
        return ""
    local, _, domain = _address.rpartition("@")
    return f"{local}+{token}@{domain}"


def token_in(recipient: str) -> str | None:
    """The token of an address of ours, None when it is none."""
    local, _, domain = recipient.strip().strip("<>").lower().rpartition("@")
    own_local, _, own_domain = _address.rpartition("@")
    name, plus, token = local.rpartition("+")
    ours = bool(_address) and plus and (name, domain) == (own_local, own_domain)
    return token if ours and _TOKEN.fullmatch(token) else None


def is_own(address: str) -> bool:
    """Whether mail from here comes from ourselves."""
    return bool(_address) and (address == _address or token_in(address) is not None)


def make(thread_id: str, account_id: str | None) -> str:
    """A new token for one mail about a thread; `account_id` is None for a company nobody claimed.

    Inside the write of the mail.
    """
    token = ids.unguessable()
    ReplyToken.create(token_hash=ids.digest(token), thread=thread_id, account=account_id,
                      made_at=clock.now())
    return token


def address_for(thread_id: str, account: Account) -> str:
    """The address for one mail to a person about a thread; empty when answers are not taken."""
    return address_of(make(thread_id, account.id)) if _address else ""


def find(token: str) -> ReplyToken | None:
    return ReplyToken.get_or_none(ReplyToken.token_hash == ids.digest(token))


def take(token: ReplyToken, mail_digest: str) -> bool:
    """Use a token up for one mail. True for that same mail again, False for another one."""
    with db.write():
        taken = ReplyToken.update(used_at=clock.now(), used_by=mail_digest).where(
            ReplyToken.token_hash == token.token_hash,
            ReplyToken.used_by.is_null() | (ReplyToken.used_by == mail_digest)).execute()
    return bool(taken)


def give_back(token: ReplyToken, mail_digest: str) -> None:
    """Nothing came of that mail: the token can be used once more."""
    with db.write():
        ReplyToken.update(used_at=None, used_by=None).where(
            ReplyToken.token_hash == token.token_hash, ReplyToken.used_by == mail_digest).execute()


def may_refuse(whom: str) -> bool:
    """Whether this address (or the like) may be told no now; asking counts as telling. Inside a
    write."""
    now, key = clock.now(), ids.digest(whom)
    ReplyRefusal.delete().where(ReplyRefusal.at <= now - REFUSE_EVERY).execute()
    before = ReplyRefusal.select().where(ReplyRefusal.address_hash == key).exists()
    ReplyRefusal.insert(address_hash=key, at=now).on_conflict_ignore().execute()
    return not before


def sweep() -> None:
    """Forget tokens that are too old to be answered."""
    with db.write():
        ReplyToken.delete().where(ReplyToken.made_at < clock.now() - KEPT).execute()
