"""The profile in an archive that comes in."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from parley.accounts import rules
from parley.accounts.actions import is_zone
from parley.accounts.models import Account
from parley.kernel import versions
from parley.kernel.errors import Invalid
from parley.kernel.records import Fate, Found, Origin, Source, Unfit
from parley.kernel.safe_html import clean_text


def check(source: Source, account: Account) -> Iterator[Found]:
    """What the profile said, where it says nothing here. Name, handle, address, password and
    whoever is kept away stay those of this account."""
    if "account.json" not in source.paths:
        return
    try:
        there = source.json("account.json")
        about = clean_text(there["about"], field="about", least=0, most=rules.ABOUT_MOST,
                           what="text about you")
    except (Unfit, Invalid) as error:
        yield Found("profile", "Your profile", Fate.REFUSED, str(error))
        return
    new: dict[str, str] = {}
    if about and not account.about:
        new["about"] = about
    if account.time_zone == "UTC" != there["time_zone"] and is_zone(there["time_zone"]):
        new["time_zone"] = there["time_zone"]
    if new:
        yield Found("profile", "Your profile", Fate.CHANGED, bring=partial(_fill, account, new))
    elif about in ("", account.about):
        yield Found("profile", "Your profile", Fate.SAME)
    else:
        yield Found("profile", "Your profile", Fate.KEPT, "Yours says something here already.")


def _fill(account: Account, new: dict[str, str], origin: Origin) -> None:
    Account.update(**new).where(Account.id == account.id).execute()
    versions.touch(f"member:{account.id}")
