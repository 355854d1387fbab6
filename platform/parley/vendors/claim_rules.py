"""The life of a claim to a company's page, on plain values.

                     seen, nothing against it
         pending ────────────────────────────────> proved <──────────┐
            │                                       │ │ ▲            │ seen again
            │ seen, but another holds the page,     │ │ └ seen       │
            │ or it looks like another company      │ │              │
            ▼             a steward upholds it      │ │ three daily  │
         disputed ──────────────────────────────────┘ └────────────> lapsed
            │ a steward turns it down                   checks fail
            ▼
         refused          proved, lapsed ── given up ───────────────> released
                          proved, lapsed ── a steward, or somebody
                                            else's proof after it
                                            lapsed ─────────────────> transferred
         pending, disputed ── given up ─────────────────────────────> released

Refused, released and transferred are ends: no proof revives them, and a token belongs to one
claim for good. "Seen" means that the claim's own token was found at the domain.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from parley.kernel.errors import Refusal

CHECK_EVERY = timedelta(days=1)
FAILURES = 3  # name servers have bad days; three in a row are no accident
MOST_OPEN = 5  # claims of one person that wait for their proof
MOST_WORDS = 1_000
LABEL = "_parley-challenge"
FILE = "/.well-known/parley.json"


class State(StrEnum):
    PENDING = "pending"
    DISPUTED = "disputed"
    PROVED = "proved"
    LAPSED = "lapsed"
    REFUSED = "refused"
    RELEASED = "released"
    TRANSFERRED = "transferred"


OPEN = (State.PENDING, State.DISPUTED)
STANDING = (State.PROVED, State.LAPSED)

CASES = {
    "two_claimants": "Two parties claim this page",
    "look_alike": "It looks like another company’s name or domain",
    "mixed_scripts": "Its domain mixes alphabets",
    "no_website": "The page named no website before",
}
DECISIONS = {
    "uphold": "Give the page to the claimant",
    "reject": "Turn the claim down",
}


@dataclass(frozen=True)
class Facts:
    """What a check found a claim to be. `failures`: daily checks in a row that saw nothing."""

    state: State
    failures: int
    checked_at: datetime | None


def after_check(claim: Facts, seen: bool, against: str | None, now: datetime) -> Facts:
    """What becomes of a claim when its domain was looked at.

    `against` is a key of `CASES`, or None when nothing speaks against it. A failure counts once a
    day, so that asking often does not make a claim lapse sooner.
    """
    if seen:
        if claim.state is State.PENDING:
            state = State.DISPUTED if against else State.PROVED
        else:
            state = State.PROVED if claim.state in STANDING else claim.state
        return Facts(state, 0, now)
    if claim.state is not State.PROVED or not is_due(claim.checked_at, now):
        due = claim.state is State.LAPSED and is_due(claim.checked_at, now)
        return replace(claim, checked_at=now) if due else claim
    failures = claim.failures + 1
    return Facts(State.LAPSED if failures >= FAILURES else State.PROVED, failures, now)


def is_due(checked_at: datetime | None, now: datetime) -> bool:
    return checked_at is None or now - checked_at >= CHECK_EVERY


def challenge(token: str) -> str:
    """What stands in the TXT record."""
    return f"token={token} expiry=never"


def holds(text: str, token: str, today: date) -> str:
    """Whether one record carries this token: `yes`, `expired`, `unclear` (no expiry that can be
    read), or `no`."""
    said = dict(word.partition("=")[::2] for word in text.split())
    return verdict(said.get("token"), said.get("expiry"), token, today)


def verdict(found: object, expiry: object, token: str, today: date) -> str:
    if found != token:
        return "no"
    if expiry == "never":
        return "yes"
    try:
        return "yes" if today <= date.fromisoformat(str(expiry)) else "expired"
    except ValueError:
        return "unclear"


def may_begin(*, waiting: int, controlled: bool, manages: bool) -> Refusal | None:
    """Whether somebody may begin a claim: with so many that wait, on a page whose domain is
    proved now, which they manage."""
    if controlled and manages:
        return Refusal("proved", "Your company has proved its domain already. There is nothing "
                       "left to do.")
    if waiting >= MOST_OPEN:
        return Refusal("too_many", f"You have {waiting} claims that wait for their proof. Finish "
                       "or give up one of them first.")
    return None


def speaks_against(*, held: bool, manages: bool, mixed: bool, looks_alike: bool,
                   no_website: bool) -> str | None:
    """Why a steward has to look at a proof first, as a key of `CASES`; None when none has to.

    `held`: others answer for the company and their claim, if any, has not lapsed.
    """
    if held and not manages:
        return "two_claimants"
    if mixed:
        return "mixed_scripts"
    if looks_alike:
        return "look_alike"
    if no_website and not manages:
        return "no_website"
    return None


def may_write(lapsed: bool) -> Refusal | None:
    """Whether a company's people may write for it now."""
    if lapsed:
        return Refusal("claim_lapsed", "Your company’s proof of its domain has lapsed, so nobody "
                       "can write for it at the moment. A manager restores it on the page "
                       "“Claim this page”.")
    return None


def may_merge(*, same: bool, gone_stands: bool, kept_stands: bool,
              interested: bool) -> Refusal | None:
    """Whether a steward may fold one page into another. `…_stands`: that page's claim stands;
    `interested`: the steward answers for one of the two companies."""
    if same:
        return Refusal("same", "That is the same page.", "into")
    if interested:
        return Refusal("own_company", "You answer for one of these companies, so another steward "
                       "has to decide.")
    if gone_stands and not kept_stands:
        return Refusal("claimed", "The company has claimed the page that would go. Merge the other "
                       "one into it instead.", "into")
    return None
