"""What a person ties to their account, or keeps away: outside sign-ins, blocks and mutes."""

from __future__ import annotations

from typing import Any

import peewee

from parley.accounts import rules
from parley.accounts.models import Account, Identity, Silence
from parley.journal import actions as journal
from parley.kernel import clock, db
from parley.kernel.errors import NotFound, Refusal, Refused, refuse
from parley.outbox import mail

LINKED_ELSEWHERE = Refusal(
    "linked_elsewhere", "This outside sign-in belongs to another account here.")


def account_of_identity(issuer: str, subject: str) -> Account | None:
    """Who linked this sign-in of an outside provider. E-mail addresses play no part in it."""
    row = (
        Identity.select(Identity, Account).join(Account)
        .where(Identity.issuer == issuer, Identity.subject == subject).first()
    )
    return row.account if row is not None and row.account.is_active else None


def identities_of(account: Account) -> list[Identity]:
    return list(
        Identity.select().where(Identity.account == account.id)
        .order_by(Identity.linked_at, Identity.id)
    )


def attach(account: Account, *, issuer: str, subject: str, label: str) -> None:
    """Tie an outside sign-in to an account. Tying it again changes nothing.

    :raise Refused: it is tied to somebody else's
    """
    try:
        with db.write():
            Identity.create(account=account, issuer=issuer, subject=subject, label=label,
                            linked_at=clock.now())
            journal.record("account.identity_linked", "account", account.id)
    except peewee.IntegrityError:
        if account_of_identity(issuer, subject) != account:
            raise Refused(LINKED_ELSEWHERE) from None


def link(by: Account, *, issuer: str, subject: str, label: str) -> None:
    """Let a person sign in through an outside provider as well, and tell them by mail.

    :raise Refused: it belongs to somebody else here
    """
    with db.write():
        attach(by, issuer=issuer, subject=subject, label=label)
        mail.send(by.email, "identity_linked", handle=by.handle, issuer=issuer)


def unlink(by: Account, identity_id: str) -> None:
    """Take an outside sign-in away.

    :raise NotFound: the person has no such sign-in
    :raise Refused: it is their only way in
    """
    with db.write():
        account: Any = db.lock(Account.select().where(Account.id == by.id)).get()
        own = {identity.id: identity for identity in identities_of(account)}
        if identity_id not in own:
            raise NotFound
        refuse(rules.may_unlink(bool(account.password_hash), len(own)))
        own[identity_id].delete_instance()
        journal.record("account.identity_unlinked", "account", by.id)


def silences_of(account: Account) -> list[Silence]:
    """Whom a person blocks or mutes, with them as `other`, the latest first."""
    return list(
        Silence.select(Silence, Account).join(Account, on=Silence.other)
        .where(Silence.account == account.id).order_by(Silence.since.desc())
    )


def silence(by: Account, handle: str, kind: str) -> Account:
    """`mute` or `block` somebody: no notice or mail of what they write reaches the person.

    :raise NotFound: there is no such person
    :raise Refused: it is oneself
    """
    other = _person(handle)
    if other == by:
        raise Refused(Refusal("yourself", "That is you."))
    with db.write():
        Silence.insert(account=by.id, other=other.id, kind=kind, since=clock.now()).on_conflict(
            conflict_target=[Silence.account, Silence.other],
            update={Silence.kind: kind, Silence.since: clock.now()},
        ).execute()
        journal.record("account.silenced", "account", by.id)
    return other


def clear(by: Account, handle: str) -> Account:
    """Neither block nor mute somebody any longer.

    :raise NotFound: there is no such person
    """
    other = _person(handle)
    with db.write():
        if Silence.delete().where(Silence.account == by.id, Silence.other == other.id).execute():
            journal.record("account.silence_ended", "account", by.id)
    return other


def _person(handle: str) -> Account:
    other: Account | None = Account.get_or_none(Account.handle == handle.lower())
    if other is None or other.closed_at:
        raise NotFound
    return other
