"""Joining, proving who one is, and changing one's account.

A mail goes out whether or not an address is known here, and the pages answer the same, so
that nobody learns from Parley who has an account.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import peewee

from parley.accounts import leaving, rules, sessions, ties
from parley.accounts.models import Account, Session, SignUp, Token
from parley.journal import actions as journal
from parley.kernel import clock, db, ids, safe_html, versions
from parley.kernel.errors import Invalid, Refusal, Refused
from parley.outbox import mail

on_arrival: list[Callable[[Account], str | None]] = []
"""Called when a person arrives in this browser, signing in or confirming; `app` fills it.
Each may say where to go on, such as to a draft."""

GONE = Refusal("gone", "This link was used already, or it has run out.")
WRONG = Refusal("wrong", "This e-mail and password do not belong together here. Look at both once "
                "more, or ask for a new password.")
TAKEN = {"handle": "This handle is taken, or it looks too much like one that is."}
IN_USE = {"email": "This address has an account already."}


# Joining


def sign_up(
    *, email: str, handle: str, display_name: str, password: str | None, time_zone: str,
    browser: str, draft_id: str | None = None, identity: dict[str, str] | None = None,
) -> None:
    """Send a mail to confirm the address; nothing exists until it is.

    `browser` is a secret of the browser that asks; `identity` the `issuer`, `subject` and
    `label` of one who comes from an outside provider and needs no password.

    :raise Invalid: with words for every field that will not do
    """
    address, name, wanted, zone = _gathered(
        lambda: _email(email), lambda: _name(display_name), lambda: _free_handle(handle),
        lambda: _zone(time_zone),
        lambda: identity or _strong(password or "", email, handle, display_name),
    )[:4]
    kept = sessions.digest(password) if password else None
    token = ids.unguessable()
    with db.write():
        if Account.select().where(Account.email == address).exists():
            mail.send(address, "already")
            return
        SignUp.create(
            token_hash=ids.digest(token), email=address, handle=wanted, display_name=name,
            time_zone=zone, password_hash=kept, browser=ids.digest(browser), draft_id=draft_id,
            expires_at=clock.now() + rules.CONFIRM_WITHIN, **(identity or {}))
        mail.send(address, "confirm", token=token, handle=wanted)


def pending(token: str) -> SignUp | None:
    """The sign-up that a link from a mail confirms; None when it is used or has run out."""
    found: SignUp | None = SignUp.get_or_none(
        SignUp.token_hash == ids.digest(token), SignUp.expires_at > clock.now())
    return found


def needs_password(waiting: SignUp, browser: str) -> bool:
    """Whether the link is opened in another browser than the one that signed up."""
    return waiting.browser != ids.digest(browser)


def confirm(token: str, *, browser: str, password: str = "", handle: str = "") -> Account:
    """Make the account of a sign-up. `handle` replaces one that was taken in between.

    :raise Refused: the link is gone, or this is another browser and the password is not right
    :raise Invalid: the handle is taken; choose another
    """
    waiting = pending(token)
    if waiting is None:
        raise Refused(GONE, 404)
    if needs_password(waiting, browser):
        _check_who_asked(waiting, password)
    wanted = safe_html.clean_handle(handle) if handle else waiting.handle
    with db.write():
        if not SignUp.delete().where(SignUp.token_hash == waiting.token_hash).execute():
            raise Refused(GONE, 404)
        account = _create(
            email=waiting.email, handle=wanted, display_name=waiting.display_name,
            time_zone=waiting.time_zone, password_hash=waiting.password_hash)
        if waiting.issuer:
            ties.attach(account, issuer=waiting.issuer, subject=waiting.subject,
                        label=waiting.label)
        SignUp.delete().where(SignUp.email == waiting.email).execute()
    return account


def _check_who_asked(waiting: SignUp, password: str) -> None:
    if waiting.password_hash is None:
        raise Refused(Refusal(
            "other_browser", "Please open this link in the browser in which you signed up, so "
            "that we know it was you."))
    if not sessions.digest_matches(waiting.password_hash, password):
        raise Invalid({"password": "This is not the password that was chosen when signing up."})


def create_account(
    *, email: str, handle: str, display_name: str, password: str | None, time_zone: str = "UTC",
) -> Account:
    """Make an account without asking its address: for the operator and for a demo.

    :raise Invalid: a value will not do, or the e-mail or handle is taken
    """
    address, name, wanted, zone = _gathered(
        lambda: _email(email), lambda: _name(display_name), lambda: safe_html.clean_handle(handle),
        lambda: _zone(time_zone),
        lambda: password is None or _strong(password, email, handle, display_name),
    )[:4]
    kept = sessions.digest(password) if password else None
    return _create(email=address, handle=wanted, display_name=name, time_zone=zone,
                   password_hash=kept)


def _create(**values: Any) -> Account:
    key = safe_html.skeleton(values["handle"])
    try:
        with db.write():
            account: Account = Account.create(handle_key=key, created_at=clock.now(), **values)
            if leaving.is_retired(key):
                raise Invalid(TAKEN)
            journal.record("account.confirmed", "account", account.id)
    except peewee.IntegrityError:
        known = Account.select().where(Account.email == values["email"]).exists()
        raise Invalid(IN_USE if known else TAKEN) from None
    return account


# Proving who one is


def authenticate(email: str, password: str) -> Account:
    """The account that this e-mail and password belong to.

    :raise Refused: they do not belong together (which part is wrong stays unsaid), or the
        account is suspended
    """
    address = rules.email_address(email)
    account = Account.get_or_none(Account.email == address) if address else None
    right = sessions.matches(account, password)
    if account is None or not right or account.closed_at:
        raise Refused(WRONG, 422)
    if account.suspended_at:
        raise Refused(Refusal("suspended", "Your account is suspended. The moderation log says "
                              "why."), 403)
    sessions.renew_digest(account, password)
    return account


def ask_reset(email: str) -> None:
    """Mail a link that sets a new password, or word that the address has no account.

    :raise Invalid: this is no e-mail address
    """
    address = _email(email)
    token = ids.unguessable()
    with db.write():
        account = Account.get_or_none(Account.email == address)
        if account is None or not account.is_active:
            mail.send(address, "no_account")
        else:
            _issue(account, token, "reset", rules.RESET_WITHIN)
            mail.send(address, "reset", token=token)


def usable(token: str, purpose: str) -> Token | None:
    """The unused `reset` or `email` link of this token, with its account; None otherwise."""
    row = (
        Token.select(Token, Account).join(Account)
        .where(Token.token_hash == ids.digest(token), Token.purpose == purpose,
               Token.used_at.is_null(), Token.expires_at > clock.now())
        .first()
    )
    return row if row is not None and row.account.is_active else None


def reset(token: str, password: str) -> None:
    """Set a new password by a mailed link and end every session.

    :raise Refused: the link is gone
    :raise Invalid: the password will not do
    """
    row = usable(token, "reset")
    if row is None:
        raise Refused(GONE, 404)
    account = row.account
    _strong(password, account.email, account.handle, account.display_name)
    kept = sessions.digest(password)
    with db.write():
        _use(row)
        _set_password(account, kept)
        sessions.end_all(account)


def change_password(by: Account, old: str, new: str) -> None:
    """Set a new password and end the person's other sessions.

    :raise Invalid: the old one is wrong, or the new one will not do
    """
    _know(by, old, "old_password")
    _strong(new, by.email, by.handle, by.display_name, field="new_password")
    kept = sessions.digest(new)
    with db.write():
        _set_password(by, kept)
        sessions.end_all(by, but=by.session)


def _set_password(account: Account, kept: str) -> None:
    """Every link of the old days loses its power with the old password."""
    Account.update(password_hash=kept).where(Account.id == account.id).execute()
    Token.delete().where(Token.account == account.id, Token.used_at.is_null()).execute()
    journal.record("account.password_changed", "account", account.id)
    mail.send(account.email, "password_changed", handle=account.handle)


def ask_email(by: Account, email: str, password: str) -> None:
    """Mail a link to a new address; the account keeps the old one until it is followed.

    :raise Invalid: it is no address, it is the present one, or the password is wrong
    """
    address = _email(email)
    _know(by, password, "password")
    if address == by.email:
        raise Invalid({"email": "This is your address already."})
    token = ids.unguessable()
    with db.write():
        if Account.select().where(Account.email == address).exists():
            mail.send(address, "email_in_use")
        else:
            _issue(by, token, "email", rules.EMAIL_WITHIN, address)
            mail.send(address, "email_change", token=token, handle=by.handle)


def change_email(token: str) -> Account:
    """Give the account the address that a mailed link proves; the old address is told.

    :raise Refused: the link is gone, or the address has found another account
    """
    row = usable(token, "email")
    if row is None:
        raise Refused(GONE, 404)
    account = row.account
    try:
        with db.write():
            _use(row)
            Account.update(email=row.email).where(Account.id == account.id).execute()
            Token.delete().where(Token.account == account.id, Token.used_at.is_null()).execute()
            journal.record("account.email_changed", "account", account.id)
            mail.send(account.email, "email_changed", handle=account.handle)
    except peewee.IntegrityError:
        raise Refused(Refusal("in_use", IN_USE["email"])) from None
    return account


def _issue(
    account: Account, token: str, purpose: str, lasts: timedelta, email: str | None = None
) -> None:
    """One link per purpose: the newest."""
    Token.delete().where(Token.account == account.id, Token.purpose == purpose).execute()
    Token.create(token_hash=ids.digest(token), purpose=purpose, account=account, email=email,
                 expires_at=clock.now() + lasts)


def _use(row: Token) -> None:
    now = clock.now()
    unused = (Token.token_hash == row.token_hash) & Token.used_at.is_null() & (
        Token.expires_at > now)
    if not Token.update(used_at=now).where(unused).execute():
        raise Refused(GONE, 404)


def _know(by: Account, password: str, field: str) -> None:
    if not sessions.matches(by, password):
        raise Invalid({field: "This is not your present password."})


# The profile


def change_profile(
    by: Account, *, display_name: str, about: str, time_zone: str, licence: str
) -> None:
    """Change what a person's page says, and the zone in which they read times.

    :raise Invalid: with words for every field that will not do
    """
    name, text, zone, _ = _gathered(
        lambda: _name(display_name),
        lambda: safe_html.clean_text(about, field="about", least=0, most=rules.ABOUT_MOST,
                                     what="text about you"),
        lambda: _zone(time_zone), lambda: _licence(licence))
    with db.write():
        Account.update(display_name=name, about=text, time_zone=zone, licence=licence).where(
            Account.id == by.id).execute()
        kind = "account.changed" if name == by.display_name else "account.renamed"
        journal.record(kind, "account", by.id)
        versions.touch(f"member:{by.id}")


# Housekeeping, and what is typed


def sweep() -> int:
    """Delete sign-ups, links and sessions that ran out; how many that were."""
    now = clock.now()
    old = (SignUp.delete().where(SignUp.expires_at < now),
           Token.delete().where(Token.expires_at < now),
           Session.delete().where(Session.created_at < now - rules.SESSION_FOR))
    with db.write():
        return sum(query.execute() for query in old)


def _gathered(*checks: Callable[[], Any]) -> list[Any]:
    """What each check answers; what they all complain of comes back at once.

    :raise Invalid: with the words of every check that raised it
    """
    found, wrong = [], {}
    for check in checks:
        try:
            found.append(check())
        except Invalid as error:
            wrong.update(error.errors)
    if wrong:
        raise Invalid(wrong)
    return found


def _email(raw: str) -> str:
    address = rules.email_address(raw)
    if address is None:
        raise Invalid({"email": "This does not look like an e-mail address, such as "
                       "anna@example.org."})
    return address


def _name(raw: str) -> str:
    return safe_html.clean_line(
        raw, field="display_name", least=1, most=rules.NAME_MOST, what="name")


def _free_handle(raw: str) -> str:
    handle = safe_html.clean_handle(raw)
    key = safe_html.skeleton(handle)
    if Account.select().where(Account.handle_key == key).exists() or leaving.is_retired(key):
        raise Invalid(TAKEN)
    return handle


def _strong(password: str, *own: str, field: str = "password") -> str:
    wrong = rules.weak_password(password, *own)
    if wrong:
        raise Invalid({field: wrong})
    return password


def is_zone(name: str) -> bool:
    return name in clock.zones()


def _zone(raw: str) -> str:
    if not is_zone(raw):
        raise Invalid({"time_zone": "Please choose a time zone from the list."})
    return raw


def _licence(raw: str) -> str:
    if raw not in rules.LICENCES:
        raise Invalid({"licence": "Please choose one of the licences."})
    return raw
