"""Companies in an archive that comes in: found again here, and followed again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from parley.accounts.models import Account
from parley.kernel import versions
from parley.kernel.errors import Invalid
from parley.kernel.records import Fate, Found, Origin, Source, Unfit, instant
from parley.kernel.safe_html import clean_line
from parley.vendors import rules
from parley.vendors.actions import find_or_make, of_domain
from parley.vendors.models import Vendor, VendorAlias, VendorFollow

MOST_MADE = 200  # pages that one archive may begin; nobody knows more companies


def named(name: str, domain: str | None) -> tuple[str, str | None]:
    """Name and domain as they may stand here.

    :raise Unfit: it is no name of a company
    """
    try:
        name = clean_line(name, field="name", least=1, most=80, what="name of the company")
    except Invalid as error:
        raise Unfit(str(error)) from error
    try:
        return name, rules.domain_of(domain)
    except Invalid:
        return name, None


def known(name: str, domain: str | None) -> Vendor | None:
    """The company here that this is, by its domain, else by its name; nothing is written."""
    vendor = of_domain(domain) if domain else None
    if vendor is not None:
        return vendor
    key = rules.name_key(name)
    alike = Vendor.select().where(Vendor.name_key == key).order_by(Vendor.id).limit(20)
    once = VendorAlias.select(VendorAlias, Vendor).join(Vendor).where(VendorAlias.name_key == key)
    return next((v for v in alike if rules.same_site(v.domain, domain)), None) or next(
        (row.vendor for row in once.limit(20) if rules.same_site(row.domain, domain)), None)


def check(source: Source, account: Account) -> Iterator[Found]:
    """The companies that the person follows there. Their own follows here stay as they are."""
    if source.here:
        return
    made: set[str] = set()
    try:
        rows = source.table("follows.csv")
    except Unfit as error:
        yield Found("follow", "follows.csv", Fate.REFUSED, str(error))
        return
    for row in rows:
        if row.get("kind") == "vendor":
            try:
                yield _follow(source, account, row, made)
            except Unfit as error:
                yield Found("follow", row.get("name", ""), Fate.REFUSED, str(error))


def _follow(source: Source, account: Account, row: dict[str, str], made: set[str]) -> Found:
    name, domain = named(row.get("name", ""), row.get("domain"))
    vendor = known(name, domain)
    if vendor is not None and VendorFollow.select().where(
            VendorFollow.account == account.id, VendorFollow.vendor == vendor.id).exists():
        return Found("follow", name, Fate.SAME)
    if vendor is None and not source.checked:
        return Found("follow", name, Fate.LEFT, "This company has no page here.")
    made |= {rules.name_key(name)} if vendor is None else set()
    if len(made) > MOST_MADE:
        return Found("follow", name, Fate.LEFT, "These are more companies than one archive begins.")
    why = "" if vendor else "A page of this company begins here."
    since = instant(row.get("since", ""))
    return Found("follow", name, Fate.NEW, why, partial(_follow_again, account, name, domain,
                                                        since))


def _follow_again(
    account: Account, name: str, domain: str | None, since: datetime, origin: Origin
) -> None:
    vendor = known(name, domain) or find_or_make(name, domain, account)
    VendorFollow.insert(account=account, vendor=vendor, since=since).on_conflict_ignore().execute()
    versions.touch(f"member:{account.id}")
