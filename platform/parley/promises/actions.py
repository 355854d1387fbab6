"""Drafting, publishing and withdrawing what a company promises."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from parley.accounts.models import Account
from parley.journal import actions as journal
from parley.journal.actions import Fact
from parley.kernel import clock, db, versions
from parley.kernel.errors import Invalid, NotFound, Refusal, Refused, refuse
from parley.kernel.prepared import Prepared
from parley.kernel.safe_html import clean_line
from parley.promises import drafting, rules
from parley.promises.models import Promise, PromiseDraft
from parley.promises.rules import PromiseTerms
from parley.vendors import actions as vendors
from parley.vendors.models import Vendor
from parley.vendors.people import manage

MOST_NUMBER = 2**31 - 1  # that the database can be asked for


def in_force(vendor_id: str, at: datetime) -> Promise | None:
    """The version of a company's promise that binds at an instant; see `rules.in_force`."""
    newest = _newest_begun.first(vendor_id, at)
    return newest if newest is not None and rules.binds(newest, at) else None


_newest_begun = Prepared(lambda page, at: Promise.select().where(
    Promise.page == page, Promise.effective_from <= at).order_by(Promise.number.desc()).limit(1))


def newest(vendor_id: str) -> list[Promise]:
    """The newest versions, newest first: all that wait to take effect, and the one that decides
    now, since no more than `rules.MOST_WAITING` ever wait."""
    found: list[Promise] = _newest(vendor_id)
    return found


_newest = Prepared(lambda page: Promise.select().where(Promise.page == page)
                   .order_by(Promise.number.desc()).limit(rules.MOST_WAITING + 1))


@dataclass(frozen=True)
class Standing:
    """How a company's promise stands at an instant."""

    now: datetime
    in_force: Promise | None
    coming: list[Promise]  # what will count next, soonest first
    decided: Promise | None  # the newest that has taken effect, expired or not
    newest: Promise | None

    @property
    def changes_at(self) -> datetime | None:
        """When time alone makes this untrue."""
        known = [version.effective_from for version in self.coming]
        if self.in_force is not None and self.in_force.expires_at:
            known.append(self.in_force.expires_at)
        return min(known, default=None)


def standing(vendor_id: str) -> Standing:
    """How a company's promise stands now, in one query."""
    now, found = clock.now(), newest(vendor_id)
    decided = next((version for version in found if version.effective_from <= now), None)
    coming = rules.still_to_come(found, now)
    bound = decided if decided is not None and rules.binds(decided, now) else None
    return Standing(now, bound, coming, decided, found[0] if found else None)


def terms_of(promise: Promise | None) -> PromiseTerms | None:
    """What a version promises; None for no version, or a withdrawal."""
    return rules.from_json(promise.terms) if promise is not None and promise.terms else None


def version(vendor_id: str, number: int) -> Promise:
    """:raise NotFound: this page never had a version of this number"""
    found: Promise | None = None
    if number <= MOST_NUMBER:
        found = Promise.get_or_none(Promise.page == vendor_id, Promise.number == number)
    if found is None:
        raise NotFound
    return found


def by_id(promise_id: str) -> Promise:
    """A version with the company that it is kept with now.

    :raise NotFound: there is none
    """
    found: Promise | None = Promise.select(Promise, Vendor).join(Vendor).where(
        Promise.id == promise_id).first()
    if found is None:
        raise NotFound
    return found


def history(vendor_id: str, below: int | None, limit: int) -> list[Promise]:
    """Versions with a number below this one, newest first."""
    rows = Promise.select().where(Promise.page == vendor_id)
    if below is not None:
        rows = rows.where(Promise.number < below)
    return list(rows.order_by(Promise.number.desc()).limit(limit))


# Drafts


def draft_of(vendor_id: str) -> PromiseDraft | None:
    """The draft of the next version, with who edited it last."""
    found: PromiseDraft | None = PromiseDraft.select(PromiseDraft, Account).join(Account).where(
        PromiseDraft.vendor == vendor_id).first()
    return found


def save_draft(by: Account, vendor: Vendor, revision: int, typed: dict[str, Any]) -> PromiseDraft:
    """Keep what was typed so far, whether it can be published or not. `revision` is that of the
    draft on which it builds, 0 for none.

    :raise NotFound: `by` is no manager there
    :raise Invalid: a field is too long or holds characters that do not show
    :raise Refused: somebody else saved or published since, or the company's proof has lapsed
    """
    manage(vendor, by)
    fields = drafting.cleaned(typed)
    with db.write():
        _hold(vendor, by)
        draft = draft_of(vendor.id)
        refuse(_overtaken(draft, revision, by))
        now = clock.now()
        if draft is None:
            return PromiseDraft.create(vendor=vendor, fields=fields, edited_at=now, edited_by=by)
        return _raise(draft, by, now, fields)


def _raise(draft: PromiseDraft, by: Account, at: datetime, fields: dict[str, Any]) -> PromiseDraft:
    draft.fields, draft.revision = fields, draft.revision + 1
    draft.edited_at, draft.edited_by = at, by
    draft.save()
    return draft


def _overtaken(draft: PromiseDraft | None, revision: int, by: Account) -> Refusal | None:
    """Why this cannot be saved or published on top of a draft that is not the one it began with."""
    if (draft.revision if draft else 0) == revision:
        return None
    who = "You" if draft and draft.edited_by_id == by.id else (
        draft.edited_by.display_name if draft else "Somebody")
    newest_one = next(iter(newest(draft.vendor_id)), None) if draft else None
    if draft and newest_one and newest_one.published_at == draft.edited_at:
        return Refusal("published", f"{who} published version {newest_one.number} meanwhile, and a "
                       "published version never changes. What you typed is kept on this page; "
                       "saved again, it becomes the draft of the next version.", "revision")
    return Refusal("overtaken", f"{who} saved the draft elsewhere meanwhile. What you typed is "
                   "kept on this page; saved again, it replaces that.", "revision")


def _hold(vendor: Vendor, by: Account) -> None:
    """Hold the company's row, so that its versions get their numbers one after another."""
    if db.lock(Vendor.select(Vendor.id).where(Vendor.id == vendor.id)).first() is None:
        raise NotFound  # merged meanwhile
    manage(vendor, by)
    refuse(vendors.may_write(vendor.id))


# Publishing


def publish(by: Account, vendor: Vendor, revision: int, effective_from: date | None, note: str
            ) -> Promise:
    """Make the draft of this revision a version, which binds from a day (None: as early as can
    be) and never changes. The draft stays, as the beginning of the next.

    :raise NotFound: `by` is no manager there, or there is no draft
    :raise Invalid: under `effective_from` or `note`, or the draft cannot be used
    :raise Refused: somebody else saved or published since; see `rules.may_publish`
    """
    manage(vendor, by)
    note = clean_line(note, field="note", least=0, most=300, what="note")
    with db.write():
        _hold(vendor, by)
        draft = draft_of(vendor.id)
        if draft is None:
            raise NotFound
        refuse(_overtaken(draft, revision, by))
        now, found = clock.now(), newest(vendor.id)
        terms = _readable(draft, now)
        refuse(rules.may_publish(_waiting(found, now), bool(found) and terms_of(found[0]) == terms))
        expires = drafting.expires_at(terms)
        begins = rules.takes_effect(
            _instant(effective_from, terms.zone, now, not found), now, not found, expires)
        row = Promise.create(
            vendor=vendor, page=vendor.id, number=_next(found), terms=rules.to_json(terms),
            note=note, published_at=now, published_by=by, effective_from=begins,
            expires_at=expires)
        _raise(draft, by, now, draft.fields)
        _recorded("promise.published", row, by)
    return row


def _readable(draft: PromiseDraft, now: datetime) -> PromiseTerms:
    try:
        return drafting.read(draft.fields, now)
    except Invalid as problem:
        raise Refused(Refusal("unreadable", "The draft cannot be published as it is: "
                              + " ".join(problem.errors.values()))) from None


def withdraw(by: Account, vendor: Vendor, effective_from: date | None, words: str) -> Promise:
    """Take the promise back, from a day on (None: after the days of notice). This is a version
    too, one without terms; `words` say why.

    :raise NotFound: `by` is no manager there
    :raise Invalid: under `effective_from` or `words`
    :raise Refused: see `rules.may_withdraw`
    """
    manage(vendor, by)
    words = clean_line(words, field="words", least=3, most=300, what="reason")
    with db.write():
        _hold(vendor, by)
        now, found = clock.now(), newest(vendor.id)
        last = found[0] if found else None
        refuse(rules.may_withdraw(last, _waiting(found, now), now))
        zone = rules.from_json(last.terms).zone
        begins = rules.takes_effect(
            _instant(effective_from, zone, now, False), now, first=False, expires=None)
        row = Promise.create(
            vendor=vendor, page=vendor.id, number=_next(found), terms=None, note=words,
            published_at=now, published_by=by, effective_from=begins)
        _recorded("promise.withdrawn", row, by)
    return row


def _instant(day: date | None, zone: str, now: datetime, first: bool) -> datetime | None:
    """When a chosen day begins where the company is; today means at once, where that is allowed."""
    if day is None:
        return None
    day = max(day, now.date() - 2 * rules.ONE_DAY)  # a day of year 1 may have no UTC
    begins = drafting.begins_at(day, zone)
    today = first and begins <= now < drafting.begins_at(day + rules.ONE_DAY, zone)
    return None if today else begins


def _waiting(found: list[Promise], now: datetime) -> int:
    return sum(version.effective_from > now for version in found)


def _next(found: list[Promise]) -> int:
    return found[0].number + 1 if found else 1


def _recorded(kind: str, row: Promise, by: Account) -> None:
    journal.record(kind, "vendor", row.vendor_id, by.id, row.published_at, promise=row.id,
                   number=row.number)
    versions.touch(f"vendor:{row.vendor_id}")


def follow_merge(fact: Fact) -> None:
    """The draft of a page that is merged away goes with it. Its versions stay with the threads
    that keep them; they were published on another page, so they bind the one that stays to
    nothing."""
    PromiseDraft.delete().where(PromiseDraft.vendor == fact.refs["merged"]).execute()


def listen() -> None:
    """Follow what other domains record."""
    journal.subscribe("vendor.merged", follow_merge)
