"""Passwords, and the signed-in browsers that the server can end at any time."""

from __future__ import annotations

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from parley.accounts.models import Account, Session
from parley.accounts.rules import PASSWORD_MOST, SEEN_EVERY, SESSION_FOR
from parley.kernel import clock, db, ids
from parley.kernel.errors import NotFound
from parley.kernel.prepared import Prepared

_hasher = PasswordHasher()
_nobody = ""


_session = Prepared(
    lambda token_hash, since: Session.select(Session, Account).join(Account).where(
        Session.token_hash == token_hash, Session.ended_at.is_null(), Session.created_at > since))


def configure(cheap: bool) -> None:
    """Choose the cost of a password's digest; `cheap` is for tests and for seeding a demo."""
    global _hasher, _nobody
    _hasher = (
        PasswordHasher(time_cost=1, memory_cost=8, parallelism=1) if cheap else PasswordHasher()
    )
    _nobody = ""


def digest(password: str) -> str:
    """The Argon2id digest of a password. Takes long on purpose: never inside a write."""
    return _hasher.hash(_typed(password))


def _typed(password: str) -> str:
    """One spelling for all keyboards; no more of it than a password may have."""
    return unicodedata.normalize("NFC", password[: PASSWORD_MOST + 1])


def matches(account: Account | None, password: str) -> bool:
    """Whether this is the account's password; as slow for nobody's account as for one."""
    global _nobody
    if not _nobody:
        _nobody = digest(ids.unguessable())
    kept = account.password_hash if account is not None else None
    return digest_matches(kept or _nobody, password) and bool(kept)


def digest_matches(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, _typed(password))
    except (VerificationError, InvalidHashError):
        return False


def renew_digest(account: Account, password: str) -> None:
    """Digest a password again that was just right, when the cost has changed since."""
    if _hasher.check_needs_rehash(account.password_hash):
        fresh = digest(password)
        with db.write():
            Account.update(password_hash=fresh).where(Account.id == account.id).execute()


def sign_in(account: Account, browser: str) -> str:
    """Begin a session; the token for the cookie. `browser` is shown to the person."""
    token, now = ids.unguessable(), clock.now()
    with db.write():
        Session.create(token_hash=ids.digest(token), account=account, browser=browser,
                       created_at=now, seen_at=now)
    return token


def account_of(token: str) -> Account | None:
    """Whose session this is, with `session` filled in; None when it ended or never was."""
    now = clock.now()
    row = _session.first(ids.digest(token), now - SESSION_FOR)
    if row is None or not row.account.is_active:
        return None
    if now - row.seen_at >= SEEN_EVERY:
        with db.write():
            Session.update(seen_at=now).where(Session.id == row.id).execute()
    account: Account = row.account
    account.session, account.session_token = row, token
    return account


def living(account: Account) -> list[Session]:
    """The person's signed-in browsers, the one used last first."""
    return list(
        Session.select()
        .where(Session.account == account.id, Session.ended_at.is_null(),
               Session.created_at > clock.now() - SESSION_FOR)
        .order_by(Session.seen_at.desc(), Session.id)
    )


def end(session_id: str, by: Account) -> None:
    """End one session from its next request on. Ending it again changes nothing.

    :raise NotFound: the person has no such session
    """
    with db.write():
        own = (Session.id == session_id) & (Session.account == by.id)
        if not Session.select().where(own).exists():
            raise NotFound
        Session.update(ended_at=clock.now()).where(own, Session.ended_at.is_null()).execute()


def end_all(account: Account, but: Session | None = None) -> int:
    """End the person's sessions, except one that they are using; how many that were."""
    ending = Session.update(ended_at=clock.now()).where(
        Session.account == account.id, Session.ended_at.is_null())
    with db.write():
        return (ending.where(Session.id != but.id) if but else ending).execute()
