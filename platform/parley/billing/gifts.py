"""What people pay for each other: gifts between persons, and places from the solidarity fund."""

from __future__ import annotations

from parley.accounts import rules as accounts
from parley.accounts.models import Account
from parley.billing import actions, coverage, rules
from parley.billing.models import Fund, Gift, SolidarityRequest
from parley.journal import actions as journal
from parley.kernel import clock, db, rulebook
from parley.kernel.errors import Invalid, NotFound, Refusal, Refused, refuse
from parley.members.actions import standing_of
from parley.outbox import mail

MOST_UNPAID = 10  # gifts that one person promised and did not pay yet
AT_ONCE = 50  # places that one look at the fund gives

def may_give(by: Account) -> Refusal | None:
    """Why this person can give to nobody else, said before they type anything."""
    return rules.may_give(for_company=coverage.answers_for_company(by), to_self=False, months=1)


def price(months: int) -> int:
    """What so many months cost as a gift, in cents: as suggested, by the year where it fits."""
    plans = coverage.plans()
    years, rest = divmod(months, 12)
    return years * plans["year"].suggestion + rest * plans["month"].suggestion


def give(by: Account, to: str, months: str) -> Gift:
    """Promise months of membership to the person with this handle or e-mail address.

    Nothing happens before it is paid. An address is not looked up, so nobody learns whose it is.

    :raise Invalid: under `to` or `months`
    :raise Refused: `by` answers for a company, or gives to themselves
    """
    count = int(months) if months.strip().isascii() and months.strip().isdigit() else 0
    with db.write():
        db.lock(Account.select(Account.id).where(Account.id == by.id)).first()
        refuse(may_give(by))
        receiver, email = _receiver(to.strip())
        own = receiver == by if receiver else email == by.email
        refuse(rules.may_give(for_company=False, to_self=own, months=count))
        unpaid = Gift.select().where(Gift.giver == by.id, Gift.paid_at.is_null()).count()
        if unpaid >= MOST_UNPAID:
            raise Refused(Refusal("unpaid", f"You have promised {MOST_UNPAID} gifts. Pay one of "
                                  "them first."))
        gift = Gift.create(
            giver=by, receiver=receiver, email=email, months=count, amount=price(count),
            currency=coverage.currency(), reference=coverage.new_reference(),
            made_at=clock.now())
        journal.record("gift.promised", "gift", gift.id, by=by.id)
    return gift


def _receiver(to: str) -> tuple[Account | None, str]:
    if "@" in to.lstrip("@"):
        email = accounts.email_address(to)
        if email is None:
            raise Invalid({"to": "This is no e-mail address."})
        return None, email
    account = Account.get_or_none(Account.handle == to.lstrip("@"), Account.closed_at.is_null())
    if account is None:
        raise Invalid({"to": "Nobody here has this handle. Type their e-mail address instead."})
    return account, ""


def drop(by: Account, gift_id: str) -> None:
    """Take back a gift that was not paid. Raises `NotFound`."""
    with db.write():
        gift = db.lock(Gift.select().where(
            Gift.id == gift_id, Gift.giver == by.id, Gift.paid_at.is_null())).first()
        if gift is None or gift.payments.exists():
            raise NotFound
        gift.delete_instance()


def offered(gift_id: str, to: Account) -> Gift:
    """A paid gift whose link this person followed.

    :raise NotFound: there is none for them
    """
    gift = Gift.get_or_none(Gift.id == gift_id, Gift.paid_at.is_null(False))
    if gift is None or (gift.receiver_id and gift.receiver_id != to.id):
        raise NotFound
    return gift


def accept(by: Account, gift_id: str) -> Gift:
    """Take a gift: its months are added to what is paid.

    :raise NotFound: there is none for them
    :raise Refused: it is their own, or was taken
    """
    with db.write():
        db.lock(Gift.select(Gift.id).where(Gift.id == gift_id)).first()
        gift = offered(gift_id, by)
        if gift.accepted_at:
            raise Refused(Refusal("accepted", "This gift has been accepted."))
        if gift.giver_id == by.id:
            raise Refused(Refusal("yourself", "This is your own gift; it is for somebody else."))
        gift.receiver, gift.accepted_at = by, clock.now()
        gift.save()
        coverage.cover(by, "gift", f"gift:{gift.id}", clock.now(), months=gift.months)
        journal.record("gift.accepted", "gift", gift.id, by=by.id)
    return gift


# Solidarity places


def place_cost() -> int:
    """What a place takes from the fund, in cents: its months at the floor."""
    book = rulebook.current()
    return book.place_months * book.floor_month


def ask_for_place(by: Account) -> SolidarityRequest:
    """Ask for a place from the fund. It is given at once when the fund holds enough.

    :raise Refused: they are a member, or have asked already
    """
    with db.write():
        db.lock(Account.select(Account.id).where(Account.id == by.id)).first()
        row = coverage.subscription_of(by)
        if coverage.state_of(row) is rules.State.ACTIVE:
            raise Refused(Refusal("member", "Your membership runs until "
                                  f"{actions.long_day(row.paid_until)}. Ask again after that."))
        if waiting(by):
            raise Refused(Refusal("asked", "You have asked. You are next as soon as the fund "
                                  "holds enough."))
        request = SolidarityRequest.create(account=by, asked_at=clock.now())
        journal.record("solidarity.asked", "account", by.id, by=by.id)
        _grant(request)
    return request


def waiting(account: Account) -> SolidarityRequest | None:
    found: SolidarityRequest | None = SolidarityRequest.get_or_none(
        SolidarityRequest.account == account.id, SolidarityRequest.open == 1)
    return found


def places_waiting() -> int:
    return SolidarityRequest.select().where(SolidarityRequest.open == 1).count()


def _grant(request: SolidarityRequest) -> bool:
    """Give the place if the fund holds what it costs; whoever waited longest comes first."""
    before = SolidarityRequest.select().where(
        SolidarityRequest.open == 1, SolidarityRequest.id != request.id,
        SolidarityRequest.asked_at < request.asked_at).exists()
    cost = place_cost()
    if before or not Fund.update(balance=Fund.balance - cost).where(
            Fund.name == actions.SOLIDARITY, Fund.balance >= cost).execute():
        return False
    now = clock.now()
    request.granted_at, request.cost, request.open = now, cost, None
    request.save()
    coverage.cover(request.account_id, "place", f"place:{request.id}", now,
                   months=rulebook.current().place_months)
    journal.record("solidarity.granted", "account", request.account_id)
    return True


def sweep() -> None:
    """Give the places that the fund can pay for now, oldest request first."""
    for _ in range(AT_ONCE):
        with db.write():
            request = SolidarityRequest.select().where(SolidarityRequest.open == 1).order_by(
                SolidarityRequest.asked_at, SolidarityRequest.id).first()
            if request is None:
                return
            if standing_of(request.account) == "member" and _paid_ahead(request.account):
                request.open = None  # somebody paid or gave meanwhile
                request.save()
                continue
            if not _grant(request):
                return
            account = request.account
            if account.email:
                mail.send(account.email, "place", name=account.display_name,
                          months=rulebook.current().place_months, path="/account/membership")


def _paid_ahead(account: Account) -> bool:
    return coverage.state_of(coverage.subscription_of(account)) is rules.State.ACTIVE
