"""Standing, and what each standing may do: pure values.

    account --pays--> member --paid_until + 14 days--> lapsed --pays--> member
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from parley.kernel.errors import Refusal

GRACE = timedelta(days=14)  # a late transfer takes nobody's voice
FREE_THREADS = 1  # a person may see that it works before paying


class Standing(StrEnum):
    VISITOR = "visitor"
    ACCOUNT = "account"
    MEMBER = "member"
    LAPSED = "lapsed"


class Need(StrEnum):
    """Who a route is for. Offices are private places: others get 404."""

    ANYONE = "anyone"
    ACCOUNT = "account"
    STEWARD = "steward"
    TREASURER = "treasurer"
    OPERATOR = "operator"


# The closed lists of reasons of stewards: against what somebody wrote, and to take an act back.
REASONS = {
    "personal_data": "Shows somebody's personal data",
    "threat": "Threatens or harasses somebody",
    "unlawful": "Is against the law",
    "spam": "Is advertising or spam",
    "false_identity": "Pretends to be somebody else",
    "off_topic": "Has nothing to do with this company",
}
LIFTING = {
    "mistake": "The earlier act was a mistake",
    "mended": "What was wrong has been put right",
}
MOST_WORDS = 1_000  # beside a reason


def reasons_for(act: str) -> dict[str, str]:
    """The closed list of reasons for an act of a steward."""
    return REASONS if act.startswith(("hide_", "lock")) else LIFTING



ROUTES: dict[str, Need] = {
    "public:read": Need.ANYONE,
    "public:sign-in": Need.ANYONE,
    "public:draft": Need.ANYONE,
    "public:file": Need.ANYONE,
    "public:health": Need.ANYONE,
    "public:keys": Need.ANYONE,
    "public:demo": Need.ANYONE,
    "public:mail": Need.ANYONE,
    "public:webhook": Need.ANYONE,
    "public:certificate": Need.ANYONE,
    "account:manage": Need.ACCOUNT,
    "account:archive": Need.ACCOUNT,
    "account:import": Need.ACCOUNT,
    "account:leave": Need.ACCOUNT,
    "account:notices": Need.ACCOUNT,
    "account:feed": Need.ACCOUNT,
    "account:silence": Need.ACCOUNT,
    "account:dues": Need.ACCOUNT,
    "vendors:follow": Need.ACCOUNT,
    "vendors:accept": Need.ACCOUNT,
    "vendors:edit": Need.ACCOUNT,
    "vendors:contact": Need.ACCOUNT,
    "vendors:claim": Need.ACCOUNT,
    "vendors:people": Need.ACCOUNT,
    "promises:manage": Need.ACCOUNT,
    "threads:open": Need.ACCOUNT,
    "threads:write": Need.ACCOUNT,
    "threads:decide": Need.ACCOUNT,
    "threads:follow": Need.ACCOUNT,
    "threads:me-too": Need.ACCOUNT,
    "advocates:declare": Need.ACCOUNT,
    "scorecards:comment": Need.ACCOUNT,
    "problems:open": Need.ACCOUNT,
    "problems:link": Need.ACCOUNT,
    "problems:move": Need.ACCOUNT,
    "problems:vote": Need.ACCOUNT,
    "problems:follow": Need.ACCOUNT,
    "moderation:report": Need.ACCOUNT,
    "desk:work": Need.ACCOUNT,
    "desk:manage": Need.ACCOUNT,
    "moderation:act": Need.STEWARD,
    "treasurer:record": Need.TREASURER,
}


def standing(
    paid_until: datetime | None, now: datetime, grace: timedelta = GRACE
) -> Standing:
    """The standing of a signed-in person. `paid_until` is None for one who never paid."""
    if paid_until is None:
        return Standing.ACCOUNT
    return Standing.MEMBER if now < paid_until + grace else Standing.LAPSED


def may_open(standing: Standing, opened: int, free: int = FREE_THREADS) -> Refusal | None:
    """Whether a person who opened `opened` threads so far may open one more; `free` come
    before paying."""
    if standing is Standing.MEMBER:
        return None
    if standing is Standing.LAPSED:
        return Refusal(
            "lapsed", "Your membership has ended, so you cannot open a new thread. In the threads "
            "you began you can still do everything.")
    if opened >= free:
        what = "Your first thread was free, and it stays" if free == 1 else (
            "Your first threads were free, and they stay" if free else "What you began stays")
        return Refusal(
            "free_thread_used", f"{what} yours to finish. "
            "Opening another one is for paying members.")
    return None


def may_join_in(standing: Standing) -> Refusal | None:
    """Whether a person may speak in threads of others: reply, say me too, advocate."""
    if standing is Standing.MEMBER:
        return None
    if standing is Standing.LAPSED:
        return Refusal("lapsed", "Your membership has ended. You can read, follow, export, and "
                       "finish your own threads; joining in elsewhere is for paying members.")
    return Refusal("members_only", "Joining in threads of others is for paying members.")
