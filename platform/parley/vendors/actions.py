"""Making a company's page, keeping it, following it, and appointing who answers for it."""

from __future__ import annotations

from collections.abc import Iterator

import peewee

from parley.accounts.models import Account
from parley.journal import actions as journal
from parley.kernel import clock, db, fulltext, ids, versions
from parley.kernel.errors import Invalid, NotFound, Refusal, refuse
from parley.kernel.prepared import Prepared
from parley.kernel.safe_html import clean_line, clean_text
from parley.vendors import claim_rules, rules
from parley.vendors.domains import skeleton
from parley.vendors.models import (
    CATEGORIES,
    Claim,
    Representative,
    Vendor,
    VendorAlias,
    VendorFollow,
)


class Moved(NotFound):
    """Stewards folded this page into another, whose address is `slug`."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


NUMBERED = 9  # beyond "acme-9" a slug ends in random characters, so that making one stays cheap


def find_or_make(name: str, website: str | None, by: Account | None) -> Vendor:
    """The page of a company: the one with this domain, else of this name, else a new one.

    :raise Invalid: under `name` or `website`
    """
    name = clean_line(name, field="name", least=1, most=80, what="name of the company")
    domain = rules.domain_of(website)
    with db.write():
        return _known(name, domain) or _make(name, domain, by)


def _known(name: str, domain: str | None) -> Vendor | None:
    vendor = of_domain(domain) if domain else None
    if vendor is not None:
        return vendor
    named = Vendor.select().where(Vendor.name_key == rules.name_key(name)).order_by(Vendor.id)
    vendor = next((v for v in named.limit(20) if rules.same_site(v.domain, domain)), None)
    if vendor is None:
        return _once_named(name, domain)
    if not domain or vendor.domain or vendor.claimed_at:
        return vendor
    return _with_domain(vendor, domain)


def of_domain(domain: str) -> Vendor | None:
    """The page of the company with this website, also when it is that of a merged page."""
    vendor: Vendor | None = Vendor.get_or_none(Vendor.domain == domain)
    if vendor is None:
        vendor = Vendor.select().join(VendorAlias).where(VendorAlias.domain == domain).first()
    return vendor


def _once_named(name: str, domain: str | None) -> Vendor | None:
    """The page into which one of this name was merged."""
    rows = VendorAlias.select(VendorAlias, Vendor).join(Vendor).where(
        VendorAlias.name_key == rules.name_key(name)).order_by(VendorAlias.at).limit(20)
    return next((row.vendor for row in rows if rules.same_site(row.domain, domain)), None)


def _with_domain(vendor: Vendor, domain: str) -> Vendor:
    try:
        with db.write():
            vendor.domain, vendor.domain_skeleton = domain, skeleton(domain)
            vendor.save()
            journal.record("vendor.website", "vendor", vendor.id)
    except peewee.IntegrityError:  # another page got this domain meanwhile
        return Vendor.get(Vendor.domain == domain)
    shown_anew(vendor)
    return vendor


def _make(name: str, domain: str | None, by: Account | None) -> Vendor:
    for slug in _slugs(name, domain):
        vendor = Vendor(
            id=ids.new(), slug=slug, name=name, name_key=rules.name_key(name), domain=domain,
            name_skeleton=skeleton(name), domain_skeleton=skeleton(domain or ""),
            created_at=clock.now())
        if VendorAlias.select().where(VendorAlias.slug == slug).exists():
            continue  # that address leads to the page it was merged into
        Vendor.insert(vendor.__data__).on_conflict_ignore().execute()
        if Vendor.select().where(Vendor.id == vendor.id).exists():
            break
        if found := _known(name, domain):  # somebody else made it meanwhile
            return found
    journal.record("vendor.made", "vendor", vendor.id, by=by.id if by else None)
    shown_anew(vendor)
    return vendor


def _slugs(name: str, domain: str | None) -> Iterator[str]:
    slug = rules.slug_of(name, domain)
    yield slug
    for number in range(2, NUMBERED + 1):
        yield f"{slug}-{number}"
    while True:
        yield f"{slug}-{ids.unguessable()[:8]}"


def shown_anew(vendor: Vendor) -> None:
    """Draw the pages that show this company anew, and find it by its present words."""
    labels = (vendor.domain or "").replace(".", " ")
    words = f"{vendor.about} {labels} {CATEGORIES[vendor.category]}"
    fulltext.put("vendor", vendor.id, vendor.name, words, vendor.created_at)
    versions.touch(f"vendor:{vendor.id}", "vendors", "front")


def by_slug(slug: str) -> Vendor:
    """:raise NotFound: no company has this address (`Moved` when one had it)"""
    if not slug.isprintable():
        raise NotFound
    vendor = Vendor.get_or_none(Vendor.slug == slug)
    if vendor is None:
        moved = Vendor.select().join(VendorAlias).where(VendorAlias.slug == slug).first()
        raise Moved(moved.slug) if moved else NotFound
    return vendor


def find(text: str) -> Vendor:
    """A company by its address here, its website or its name, in this order.

    :raise NotFound: none is known by it
    """
    if not text.isprintable():
        raise NotFound
    try:
        domain = rules.domain_of(text)
    except Invalid:
        domain = None
    named = Vendor.select().where(Vendor.name_key == rules.name_key(text)).order_by(Vendor.id)
    vendor = (
        Vendor.get_or_none(Vendor.slug == text.strip().lower())
        or (domain and of_domain(domain))
        or named.first()
        or Vendor.select().join(VendorAlias).where(
            VendorAlias.slug == text.strip().lower()).first()
    )
    if not vendor:
        raise NotFound
    return vendor


def edit_page(vendor: Vendor, by: Account, about: str, category: str) -> Vendor:
    """What a company says about itself, and where the directory lists it.

    :raise Invalid: under `about` or `category`
    :raise Refused: `by` is no manager there, or the company's proof has lapsed
    """
    about = clean_text(about, field="about", least=0, most=rules.MOST_ABOUT, what="text")
    if category not in CATEGORIES:
        raise Invalid({"category": "Choose one of the categories."})
    with db.write():
        refuse(rules.may_edit(role_of(by, vendor)))
        refuse(may_write(vendor.id))
        vendor.about, vendor.category = about, category
        vendor.save()
        shown_anew(vendor)
        journal.record("vendor.edited", "vendor", vendor.id, by=by.id)
    return vendor


def follow(vendor: Vendor, by: Account) -> None:
    with db.write():
        VendorFollow.insert(account=by, vendor=vendor, since=clock.now()
                            ).on_conflict_ignore().execute()
        journal.record("vendor.followed", "vendor", vendor.id, by=by.id)


def unfollow(vendor: Vendor, by: Account) -> None:
    with db.write():
        VendorFollow.delete().where(
            VendorFollow.account == by.id, VendorFollow.vendor == vendor.id).execute()
        journal.record("vendor.unfollowed", "vendor", vendor.id, by=by.id)


def follows(account: Account, vendor: Vendor) -> bool:
    return VendorFollow.select().where(
        VendorFollow.account == account.id, VendorFollow.vendor == vendor.id).exists()


def appoint(
    vendor: Vendor, account: Account, role: str, title: str = "", by: Account | None = None
) -> Representative:
    """Ask a person to answer for a company. It counts once they accept; a change of role of
    somebody who accepted counts at once.

    :raise Invalid: there is no such role, or the title is no line of text
    """
    if role not in rules.ROLES:
        raise Invalid({"role": f"There is no role “{role}”. Roles: {', '.join(rules.ROLES)}."})
    title = clean_line(title, field="title", least=0, most=80, what="title")
    now = clock.now()
    with db.write():
        known = Representative.get_or_none(
            Representative.vendor == vendor.id, Representative.account == account.id)
        row = known or Representative(id=ids.new(), vendor=vendor, account=account)
        if known is None or known.removed_at:
            row.appointed_at, row.accepted_at, row.removed_at = now, None, None
        row.role, row.title = role, title
        row.save(force_insert=known is None)
        journal.record("representative.appointed", "vendor", vendor.id, at=now,
                       by=by.id if by else None, vendor=vendor.id, account=account.id, role=role)
        versions.touch(f"vendor:{vendor.id}", f"member:{account.id}")
    return row


def appointment(representative_id: str, by: Account) -> Representative:
    """One of `by`'s own appointments that stands or waits for an answer.

    :raise NotFound: it is somebody else's, over, or unknown
    """
    row = db.lock(Representative.select().where(
        Representative.id == representative_id, Representative.account == by.id,
        Representative.removed_at.is_null())).first()
    if row is None:
        raise NotFound
    return row


def accept(representative: Representative, by: Account) -> Representative:
    """Begin to answer for the company.

    :raise NotFound: it is not `by`'s appointment
    """
    now = clock.now()
    with db.write():
        row = appointment(representative.id, by)
        if row.accepted_at:
            return row
        row.accepted_at = now
        row.save()
        journal.record("representative.accepted", "vendor", row.vendor_id, by=by.id, at=now,
                       vendor=row.vendor_id, account=by.id)
        # After the threads that this changes: writers hold a thread, then its vendor.
        Vendor.update(claimed_at=now).where(
            Vendor.id == row.vendor_id, Vendor.claimed_at.is_null()).execute()
        versions.touch(f"vendor:{row.vendor_id}", "vendors", "front", f"member:{by.id}")
    return row


def remove(representative: Representative, by: Account | None = None) -> None:
    """End an appointment, or decline it. `by` is the person, a manager there, or None for the
    operator.

    :raise NotFound: `by` has no say in it, or it is over
    :raise Refused: see `rules.may_remove`
    """
    with db.write():
        row = db.lock(Representative.select().where(
            Representative.id == representative.id, Representative.removed_at.is_null())).first()
        if row is None or not _has_a_say(row, by):
            raise NotFound
        left = [r.role for r in serving(row.vendor_id) if r.id != row.id]
        if row.accepted_at:
            refuse(rules.may_remove(row.role, left.count("manager"), len(left)))
        _end(row, by)
        if not left and row.accepted_at:
            unclaim(row.vendor_id, "released")


def leave(row: Representative) -> None:
    """End an appointment whose person is gone, whatever is left behind. Inside a write."""
    _end(row, None)
    if row.accepted_at and not serving(row.vendor_id):
        unclaim(row.vendor_id, "released")


def dismiss_all(vendor_id: str, by: Account | None) -> None:
    """End all appointments at a company, because its page went to others or to nobody. Inside a
    write."""
    rows = Representative.select().where(
        Representative.vendor == vendor_id, Representative.removed_at.is_null())
    for row in db.lock(rows.order_by(Representative.id)):
        _end(row, by)


def _end(row: Representative, by: Account | None) -> None:
    row.removed_at = clock.now()
    row.save()
    journal.record("representative.removed", "vendor", row.vendor_id, at=row.removed_at,
                   by=by.id if by else None, vendor=row.vendor_id, account=row.account_id)
    versions.touch(f"vendor:{row.vendor_id}", "vendors", "front", f"member:{row.account_id}")


def unclaim(vendor_id: str, state: str) -> None:
    """Nobody answers for a company any longer; its claim, if it has one, ends as `state`.
    Inside a write."""
    now = clock.now()
    Claim.update(state=state, ended_at=now).where(
        Claim.vendor == vendor_id, Claim.state.in_(claim_rules.STANDING)).execute()
    Vendor.update(claimed_at=None, controls=None, lapsed_at=None).where(
        Vendor.id == vendor_id).execute()
    versions.touch(f"vendor:{vendor_id}", "vendors", "front")


def may_write(vendor_id: str) -> Refusal | None:
    """Why the people of a company cannot write for it now; None when they can."""
    lapsed = Vendor.select().where(
        Vendor.id == vendor_id, Vendor.lapsed_at.is_null(False)).exists()
    return claim_rules.may_write(lapsed)


def _has_a_say(row: Representative, by: Account | None) -> bool:
    return by is None or by.id == row.account_id or role_of(by, row.vendor_id) == "manager"


def hear_by_mail(representative_id: str, by: Account, wanted: bool) -> Representative:
    """Whether a person hears by mail of the turns of a company that they answer for.

    :raise NotFound: it is not `by`'s appointment
    """
    with db.write():
        row = appointment(representative_id, by)
        row.by_mail = wanted
        row.save()
    return row


def serving(vendor_id: str) -> list[Representative]:
    """The people who answer for a company now: accepted and not removed."""
    return list(Representative.select().where(
        Representative.vendor == vendor_id, Representative.accepted_at.is_null(False),
        Representative.removed_at.is_null()))


def role_of(account: Account, vendor: Vendor | str) -> str | None:
    """`responder`, `manager`, or None when the person does not answer for this company."""
    if account.id is None:
        return None
    row = _role.first(vendor if isinstance(vendor, str) else vendor.id, account.id)
    return row.role if row else None


_role = Prepared(
    lambda vendor, account: Representative.select(Representative.role).where(
        Representative.vendor == vendor, Representative.account == account,
        Representative.accepted_at.is_null(False), Representative.removed_at.is_null()))


def was_here(vendor: Vendor) -> bool:
    """Whether anybody ever answered for a company, also when nobody does now."""
    return vendor.claimed_at is not None or Representative.select().where(
        Representative.vendor == vendor.id, Representative.accepted_at.is_null(False)).exists()


def answers_for_any(account: Account) -> bool:
    """Whether the person answers for any company."""
    return Representative.select().where(
        Representative.account == account.id, Representative.accepted_at.is_null(False),
        Representative.removed_at.is_null()).exists()


def title_of(account: Account, vendor: Vendor | str) -> str:
    """What a representative is called at their company, as shown with each answer; may be empty."""
    row = Representative.get_or_none(
        Representative.vendor == vendor, Representative.account == account.id)
    return row.title if row else ""


def vendors_of(account: Account) -> list[Vendor]:
    """The companies that a person answers for now, by name."""
    rows = Vendor.select().join(Representative).where(
        Representative.account == account.id, Representative.accepted_at.is_null(False),
        Representative.removed_at.is_null())
    return list(rows.order_by(Vendor.name_key, Vendor.id))


def appointments_of(account: Account) -> list[Representative]:
    """Appointments that stand or wait for an answer, newest first, with their companies."""
    rows = Representative.select(Representative, Vendor).join(Vendor).where(
        Representative.account == account.id, Representative.removed_at.is_null())
    return list(rows.order_by(Representative.appointed_at.desc()))
