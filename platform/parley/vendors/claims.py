"""Proving who controls a company's domain, and with it who speaks for its page.

The lookups run outside of every transaction; what they found is then settled in one. The life of
a claim is told in `claim_rules`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import peewee

from parley.accounts.models import Account
from parley.journal import actions as journal
from parley.journal.models import Entry
from parley.kernel import clock, db, ids, versions
from parley.kernel.errors import Invalid, NotFound, Refusal, Refused, refuse
from parley.outbox import actions as outbox
from parley.outbox import mail
from parley.outbox.models import Task
from parley.vendors import actions, domains, lookups
from parley.vendors import claim_rules as rules
from parley.vendors.claim_rules import State
from parley.vendors.lookups import Seen
from parley.vendors.models import Claim, Dispute, Representative, Vendor

SWEEP_AT_ONCE = 5  # a lookup may take half a minute, and mail waits meanwhile
PATIENCE = timedelta(minutes=2)  # after which one may ask again
NAMES_LOOKED_AT = 20


def begin(vendor: Vendor, by: Account, typed: str) -> Claim:
    """Say that one controls a company's domain; what comes of it is a token to show there.

    Beginning again with the same domain gives the same claim.

    :raise Invalid: under `domain`: it cannot be claimed, or is not this company's
    :raise Refused: see `claim_rules.may_begin`, or another page has that domain
    """
    domain = domains.claimable(typed)
    with db.write():
        vendor = hold(vendor.id)
        _check_domain(vendor, domain)
        waiting = list(Claim.select().where(Claim.by == by.id, Claim.state.in_(rules.OPEN)))
        same = [c for c in waiting if (c.vendor_id, c.domain) == (vendor.id, domain)]
        if same:
            return same[0]
        manages = actions.role_of(by, vendor) == "manager"
        refuse(rules.may_begin(waiting=len(waiting), controlled=vendor.controls is not None,
                               manages=manages))
        claim = Claim.create(vendor=vendor, domain=domain, token=ids.unguessable(), by=by,
                             created_at=clock.now())
        journal.record("claim.begun", "vendor", vendor.id, by=by.id, claim=claim.id)
    return claim


def hold(vendor_id: str) -> Vendor:
    """A company's row, held until the write ends: whoever changes its claims holds it first."""
    vendor: Vendor = db.lock(Vendor.select().where(Vendor.id == vendor_id)).get()
    return vendor


def _check_domain(vendor: Vendor, domain: str) -> None:
    if vendor.domain and not domains.covers(domain, vendor.domain):
        raise Invalid({"domain": f"This page is about the company at {vendor.domain}. Prove that "
                       f"domain; {domain} is another one."})
    other = actions.of_domain(domain)
    if other is not None and other.id != vendor.id:
        raise Refused(Refusal("other_page", f"{domain} is the website of another page here, "
                              f"{other.name}. Claim that one; a steward can then merge this one "
                              "into it.", "domain"))
    holder = Vendor.get_or_none(Vendor.controls == domain, Vendor.id != vendor.id)
    if holder is not None:
        raise Refused(Refusal("other_page", f"{domain} stands for another page here already, "
                              f"{holder.name}. A steward can merge the two.", "domain"))


def of_person(vendor: Vendor, by: Account) -> Claim | None:
    """The claim that a person goes on with at a company: their company's, else their own."""
    standing = standing_of(vendor.id)
    if standing and actions.role_of(by, vendor) == "manager":
        return standing
    own = Claim.select().where(Claim.vendor == vendor.id, Claim.by == by.id)
    latest: Claim | None = own.order_by(Claim.created_at.desc(), Claim.id).first()
    return latest


def standing_of(vendor_id: str) -> Claim | None:
    """The claim by which a company's page is held: proved, or lapsed."""
    row: Claim | None = Claim.get_or_none(
        Claim.vendor == vendor_id, Claim.state.in_(rules.STANDING))
    return row


def _own(claim_id: str, by: Account) -> Claim:
    """A claim that has not ended and that `by` may act on: their own, or their company's.

    :raise NotFound: there is none
    """
    claim = Claim.get_or_none(Claim.id == claim_id)
    if claim is None or claim.ended_at:
        raise NotFound
    if claim.state in rules.STANDING:
        may = actions.role_of(by, claim.vendor_id) == "manager"
    else:
        may = claim.by_id == by.id
    if not may:
        raise NotFound
    return claim


def check_now(claim_id: str, by: Account) -> Claim:
    """Look whether a claim's token can be seen now, and settle what follows.

    :raise NotFound: `by` has no such claim that has not ended
    """
    return _look(_own(claim_id, by))


def _look(claim: Claim) -> Claim:
    return settle(claim, lookups.look(claim.domain, claim.token, clock.now().date()))


def ask(claim_id: str, by: Account) -> None:
    """Let the jobs process look for a claim's token: a slow server must not hold up readers.

    :raise NotFound: `by` has no such claim that has not ended
    """
    with db.write():
        claim = _own(claim_id, by)
        hold(claim.vendor_id)
        claim = _own(claim_id, by)
        if not looking(claim):
            claim.seen = claim.seen | {"asked": Claim.created_at.db_value(clock.now())}
            claim.save()
            outbox.put("claim", claim=claim.id)


def looking(claim: Claim) -> bool:
    """Whether the jobs process was asked for this claim just now, and has not answered yet."""
    asked = Claim.created_at.python_value(claim.seen.get("asked"))
    return asked is not None and clock.now() - asked < PATIENCE


def look_for(task: Task) -> None:
    """Do what `ask` asked for."""
    claim = Claim.get_or_none(Claim.id == task.data["claim"])
    if claim is not None and not claim.ended_at:
        _look(claim)


def settle(claim: Claim, seen: Seen) -> Claim:
    """Store what was seen at a claim's domain, and what follows from it."""
    with db.write():
        vendor = hold(claim.vendor_id)
        claim = Claim.get_by_id(claim.id)
        if claim.ended_at:
            return claim
        now, was = clock.now(), State(claim.state)
        against, like = _against(claim, vendor) if was is State.PENDING else (None, None)
        found = seen.method is not None and not _taken(claim)
        facts = rules.Facts(was, claim.failures, claim.checked_at)
        after = rules.after_check(facts, found, against, now)
        claim.failures, claim.checked_at = after.failures, after.checked_at
        claim.seen = seen.as_json() | {"at": Claim.created_at.db_value(now)}
        claim.save()
        _follow(claim, vendor, facts, after, seen.method, against, like)
    return claim


def _taken(claim: Claim) -> bool:
    """Whether another page stands for this domain now, so that this claim cannot come back."""
    return Vendor.select().where(
        Vendor.controls == claim.domain, Vendor.id != claim.vendor_id).exists()


def _against(claim: Claim, vendor: Vendor) -> tuple[str | None, Vendor | None]:
    """What speaks against a proof, and the company it looks like."""
    like = looks_like(vendor, claim.domain)
    managers = [r for r in actions.serving(vendor.id) if r.role == "manager"]
    kind = rules.speaks_against(
        held=bool(managers) and vendor.lapsed_at is None,
        manages=any(r.account_id == claim.by_id for r in managers),
        mixed=domains.mixes_scripts(claim.domain), looks_alike=like is not None,
        no_website=vendor.domain is None or _learned_its_website(vendor))
    return kind, like if kind == "look_alike" else None


def _learned_its_website(vendor: Vendor) -> bool:
    """Whether somebody named this website after the page was made: the claimant, perhaps."""
    return Entry.select().where(
        Entry.subject_id == vendor.id, Entry.kind == "vendor.website").exists()


def looks_like(vendor: Vendor, domain: str) -> Vendor | None:
    """A company that was here before, or that people answer for, whose name or domain could be
    taken for this one."""
    name, site = domains.skeleton(vendor.name), domains.skeleton(domain)
    known = Vendor.select().where(
        Vendor.id != vendor.id,
        (Vendor.name_skeleton == name) | (Vendor.domain_skeleton == site),
        Vendor.claimed_at.is_null(False) | (Vendor.created_at < vendor.created_at))
    rows = known.order_by(Vendor.id).limit(NAMES_LOOKED_AT)
    return next((v for v in rows if v.domain != domain), None)


def _follow(claim: Claim, vendor: Vendor, was: rules.Facts, now: rules.Facts,
            method: str | None, against: str | None, like: Vendor | None) -> None:
    if now.state is not was.state:
        if now.state is State.PROVED:
            claim.method = method
            (restore if was.state is State.LAPSED else prove)(claim, vendor, now.checked_at)
        elif now.state is State.DISPUTED:
            _dispute(claim, vendor, method, against, like)
        elif now.state is State.LAPSED:
            _lapse(claim, vendor)
    elif now.failures > was.failures:
        journal.record("claim.failed", "vendor", vendor.id, claim=claim.id)
        _mail_managers(claim, vendor, "claim_failing", left=rules.FAILURES - now.failures)


def prove(claim: Claim, vendor: Vendor, at: datetime | None = None) -> None:
    """The claimant holds the page from now on, as its manager; whoever held it by a claim that
    lapsed goes. Inside a write that holds the vendor."""
    at = at or clock.now()
    stays = actions.role_of(claim.by, vendor) == "manager"
    before = standing_of(vendor.id)
    if before is not None and before.id != claim.id:
        before.state = State.RELEASED if stays else State.TRANSFERRED
        before.ended_at = at
        before.save()
        journal.record("claim.transferred", "vendor", vendor.id, claim=before.id)
    if not stays and any(r.role == "manager" for r in actions.serving(vendor.id)):
        _mail_managers(claim, vendor, "claim_moved")
        actions.dismiss_all(vendor.id, None)
    claim.state, claim.proved_at, claim.failures = State.PROVED, at, 0
    claim.save()
    vendor.controls, vendor.lapsed_at = claim.domain, None
    if vendor.domain is None:
        vendor.domain, vendor.domain_skeleton = claim.domain, domains.skeleton(claim.domain)
    vendor.save()
    row = actions.appoint(vendor, claim.by, "manager", actions.title_of(claim.by, vendor))
    actions.accept(row, by=claim.by)
    journal.record("claim.proved", "vendor", vendor.id, by=claim.by_id, at=at, claim=claim.id)
    actions.shown_anew(vendor)


def restore(claim: Claim, vendor: Vendor, at: datetime | None = None) -> None:
    """A claim that had lapsed proves again: its people can write again."""
    claim.state = State.PROVED
    claim.save()
    vendor.controls, vendor.lapsed_at = claim.domain, None
    vendor.save()
    journal.record("claim.restored", "vendor", vendor.id, at=at, claim=claim.id)
    versions.touch(f"vendor:{vendor.id}", "vendors", "front")


def _lapse(claim: Claim, vendor: Vendor) -> None:
    claim.state = State.LAPSED
    claim.save()
    vendor.controls, vendor.lapsed_at = None, clock.now()
    vendor.save()
    journal.record("claim.lapsed", "vendor", vendor.id, claim=claim.id)
    versions.touch(f"vendor:{vendor.id}", "vendors", "front")
    _mail_managers(claim, vendor, "claim_lapsed")


def _dispute(claim: Claim, vendor: Vendor, method: str | None, against: str | None,
             like: Vendor | None) -> None:
    claim.state, claim.method = State.DISPUTED, method
    claim.save()
    row = Dispute.create(kind=against, claim=claim, vendor=claim.vendor_id, other=like,
                         opened_at=clock.now())
    journal.record("claim.disputed", "vendor", claim.vendor_id, by=claim.by_id, claim=claim.id,
                   dispute=row.id, reason=against)
    if against == "two_claimants":
        _mail_managers(claim, vendor, "claim_disputed")


def _mail_managers(claim: Claim, vendor: Vendor, kind: str, **context: Any) -> None:
    people = Account.select().join(Representative).where(
        Representative.vendor == vendor.id, Representative.role == "manager",
        Representative.accepted_at.is_null(False), Representative.removed_at.is_null(),
        Account.email.is_null(False), Account.closed_at.is_null())
    for person in people:
        mail.send(person.email, kind, name=person.display_name, company=vendor.name,
                  domain=claim.domain, record=f"{rules.LABEL}.{claim.domain}",
                  value=rules.challenge(claim.token), path=f"/vendors/{vendor.slug}/claim",
                  **context)


def release(claim_id: str, by: Account) -> Claim:
    """Give a claim up. One by which a page is held takes all its people with it; their posts
    stay as they are.

    :raise NotFound: `by` has no such claim that has not ended
    """
    with db.write():
        claim = _own(claim_id, by)
        hold(claim.vendor_id)
        claim = _own(claim_id, by)
        standing = claim.state in rules.STANDING
        if standing:
            actions.dismiss_all(claim.vendor_id, by)
            actions.unclaim(claim.vendor_id, State.RELEASED)
        Claim.update(state=State.RELEASED, ended_at=clock.now()).where(
            Claim.id == claim.id).execute()
        Dispute.delete().where(
            Dispute.claim == claim.id, Dispute.decided_at.is_null()).execute()
        journal.record("claim.released", "vendor", claim.vendor_id, by=by.id, claim=claim.id)
    return Claim.get_by_id(claim.id)


def sweep() -> int:
    """Check the claims whose day is over, those that waited longest first; how many that were."""
    before = clock.now() - rules.CHECK_EVERY
    due = _standing().where(Claim.checked_at <= before).limit(SWEEP_AT_ONCE)
    return len([_look(claim) for claim in list(due)])


def check_all() -> int:
    """Check every domain that was proved, whenever that was done last; how many that were."""
    return len([_look(claim) for claim in list(_standing())])


def _standing() -> peewee.ModelSelect:
    return Claim.select().where(Claim.state.in_(rules.STANDING)).order_by(
        Claim.checked_at, Claim.id)
