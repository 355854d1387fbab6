"""What stewards decide about companies: claims that wait for them, and pages that are one."""

from __future__ import annotations

from parley.accounts.models import Account
from parley.journal import actions as journal
from parley.kernel import clock, db, fulltext, versions
from parley.kernel.errors import Invalid, NotFound, Refusal, Refused, refuse
from parley.kernel.safe_html import clean_text
from parley.members.actions import offices_of
from parley.outbox import mail
from parley.vendors import actions, claims
from parley.vendors import claim_rules as rules
from parley.vendors.claim_rules import State
from parley.vendors.models import (
    Claim,
    ContactAddress,
    Dispute,
    Representative,
    Vendor,
    VendorAlias,
    VendorFollow,
)


def waiting(limit: int) -> list[Dispute]:
    """What stewards have to decide, longest waiting first, with claims, companies and claimants."""
    other = Vendor.alias()
    rows = (
        Dispute.select(Dispute, Claim, Account, Vendor, other)
        .join_from(Dispute, Claim).join_from(Claim, Account)
        .join_from(Dispute, Vendor, on=Dispute.vendor)
        .join_from(Dispute, other, "LEFT OUTER JOIN", on=Dispute.other == other.id, attr="other")
        .where(Dispute.decided_at.is_null())
    )
    return list(rows.order_by(Dispute.opened_at, Dispute.id).limit(limit))


def decide(dispute_id: str, by: Account, decision: str, words: str) -> Dispute:
    """Give a page to its claimant, or turn the claim down; the words stand on the public log.

    :raise NotFound: `by` is no steward, or there is no such dispute
    :raise Invalid: under `decision` or `words`
    :raise Refused: it was decided before, or this steward answers for one of the companies
    """
    if decision not in rules.DECISIONS:
        raise Invalid({"decision": "Choose what to do about this claim."})
    words = _words(words)
    with db.write():
        _steward(by)
        row = db.lock(Dispute.select().where(Dispute.id == dispute_id)).first()
        if row is None:
            raise NotFound
        if row.decided_at:
            raise Refused(Refusal("decided", "Another steward has decided this."))
        _disinterested(by, row)
        row.decided_at, row.decision, row.steward, row.words = clock.now(), decision, by, words
        row.save()
        vendor, claim = claims.hold(row.vendor_id), row.claim
        if decision == "uphold":
            _check_free(claim)
            claims.prove(claim, vendor)
        else:
            claim.state, claim.ended_at = State.REFUSED, clock.now()
            claim.save()
        journal.record("claim.decided", "vendor", row.vendor_id, by=by.id, claim=claim.id,
                       dispute=row.id, decision=decision)
        versions.touch("log")
        if claim.by.email:
            mail.send(claim.by.email, "claim_decided", name=claim.by.display_name,
                      company=vendor.name, domain=claim.domain, decision=decision, words=words,
                      slug=vendor.slug)
    return row


def _words(words: str) -> str:
    return clean_text(words, field="words", least=3, most=rules.MOST_WORDS,
                      what="reason").strip()


def _steward(by: Account) -> None:
    if "steward" not in offices_of(by):
        raise NotFound


def _disinterested(by: Account, row: Dispute) -> None:
    own = row.claim.by_id == by.id or any(
        vendor and actions.role_of(by, vendor) for vendor in (row.vendor_id, row.other_id))
    if own:
        raise Refused(Refusal("own_company", "You answer for one of these companies, or claim it "
                              "yourself, so another steward has to decide."))


def _check_free(claim: Claim) -> None:
    holder = Vendor.get_or_none(Vendor.controls == claim.domain, Vendor.id != claim.vendor_id)
    if holder is not None:
        raise Refused(Refusal("other_page", f"{claim.domain} stands for {holder.name} meanwhile. "
                              "Merge the two pages instead."))


def decided(limit: int) -> list[Dispute]:
    """The public log of decisions, newest first."""
    rows = (
        Dispute.select(Dispute, Claim, Vendor, Account)
        .join_from(Dispute, Claim).join_from(Dispute, Vendor, on=Dispute.vendor)
        .join_from(Dispute, Account, on=Dispute.steward)
        .where(Dispute.decided_at.is_null(False))
    )
    return list(rows.order_by(Dispute.decided_at.desc(), Dispute.id.desc()).limit(limit))


def merges(limit: int) -> list[VendorAlias]:
    """The public log of merged pages, newest first."""
    rows = VendorAlias.select(VendorAlias, Vendor, Account).join_from(
        VendorAlias, Vendor).join_from(VendorAlias, Account)
    return list(rows.order_by(VendorAlias.at.desc(), VendorAlias.slug).limit(limit))


def merge(gone: Vendor, kept: Vendor, by: Account, words: str) -> Vendor:
    """Fold one page into another: its threads, followers and everything else that names it move,
    its address leads on, and its people are asked anew.

    :raise NotFound: `by` is no steward
    :raise Invalid: under `words`
    :raise Refused: see `claim_rules.may_merge`
    """
    words = _words(words)
    with db.write():
        _steward(by)
        # Writers hold a thread, then its vendor; so the threads, which move on hearing this, first.
        journal.record("vendor.merged", "vendor", kept.id, by=by.id, merged=gone.id)
        for vendor_id in sorted({gone.id, kept.id}):
            claims.hold(vendor_id)
        gone, kept = Vendor.get_by_id(gone.id), Vendor.get_by_id(kept.id)
        refuse(rules.may_merge(
            same=gone.id == kept.id, gone_stands=claims.standing_of(gone.id) is not None,
            kept_stands=claims.standing_of(kept.id) is not None,
            interested=any(actions.role_of(by, vendor) for vendor in (gone, kept))))
        asked = _free_people(gone, kept)
        _free_claims(gone)
        _free_follows(gone, kept)
        _free_addresses(gone, kept)
        _move_the_rest(gone, kept)
        kept = _leave_a_trace(gone, kept, by, words)
        for row in asked:
            actions.appoint(kept, row.account, row.role, row.title)
        actions.shown_anew(kept)
        versions.touch("log", f"vendor:{gone.id}")
    return kept


def _free_people(gone: Vendor, kept: Vendor) -> list[Representative]:
    """End what the merged page's people are there; those who serve there now are asked anew,
    unless they answer for the other page already."""
    there = {r.account_id for r in Representative.select().where(Representative.vendor == kept.id)}
    serving = actions.serving(gone.id)
    staying = {r.account_id for r in actions.serving(kept.id)}
    actions.dismiss_all(gone.id, None)
    Representative.delete().where(
        Representative.vendor == gone.id, Representative.account.in_(there)).execute()
    return [row for row in serving if row.account_id not in staying]


def _free_claims(gone: Vendor) -> None:
    now, open_or_standing = clock.now(), rules.OPEN + rules.STANDING
    ended = Claim.select(Claim.id).where(
        Claim.vendor == gone.id, Claim.state.in_(open_or_standing))
    Dispute.delete().where(Dispute.decided_at.is_null(), Dispute.claim.in_(ended)).execute()
    Claim.update(state=State.RELEASED, ended_at=now).where(
        Claim.vendor == gone.id, Claim.state.in_(open_or_standing)).execute()


def _free_follows(gone: Vendor, kept: Vendor) -> None:
    there = VendorFollow.select(VendorFollow.account).where(VendorFollow.vendor == kept.id)
    VendorFollow.delete().where(
        VendorFollow.vendor == gone.id, VendorFollow.account.in_(there)).execute()
    VendorFollow.update(vendor=kept.id).where(VendorFollow.vendor == gone.id).execute()


def _free_addresses(gone: Vendor, kept: Vendor) -> None:
    """Mail goes to one address of a company; that of the page that stays is kept."""
    approved = ContactAddress.state == "approved"
    if ContactAddress.select().where(ContactAddress.vendor == kept.id, approved).exists():
        ContactAddress.update(state="replaced").where(
            ContactAddress.vendor == gone.id, approved).execute()


def _move_the_rest(gone: Vendor, kept: Vendor) -> None:
    """Whatever table names a company: its rows about the merged page now name the other one.

    Tables in which a company may stand once only have been seen to by then, here or by those who
    hear of `vendor.merged`; otherwise the database refuses the whole merge.
    """
    for column, model in Vendor._meta.backrefs.items():
        model.update({column: kept.id}).where(column == gone.id).execute()


def _leave_a_trace(gone: Vendor, kept: Vendor, by: Account, words: str) -> Vendor:
    domain, consulted = gone.domain, gone.last_consultation_at
    fulltext.drop("vendor", gone.id)
    Vendor.delete().where(Vendor.id == gone.id).execute()
    known = domain and actions.of_domain(domain) is not None
    kept = Vendor.get_by_id(kept.id)
    if kept.domain is None and domain and not known:
        kept.domain, kept.domain_skeleton = domain, gone.domain_skeleton
        known = True
    latest = [at for at in (consulted, kept.last_consultation_at) if at]
    kept.last_consultation_at = max(latest, default=None)
    kept.save()
    VendorAlias.create(
        slug=gone.slug, vendor=kept, old_id=gone.id, name=gone.name, name_key=gone.name_key,
        domain=None if known else domain, steward=by, words=words, at=clock.now())
    return kept
