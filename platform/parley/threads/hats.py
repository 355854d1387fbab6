"""The hat a person wears in a thread, and whether they may write under it now."""

from __future__ import annotations

from functools import partial
from typing import Any

import peewee

from parley.accounts.models import Account, Silence
from parley.advocates.actions import declaration_of
from parley.kernel.errors import refuse
from parley.kernel.prepared import Prepared
from parley.threads import rules
from parley.threads.models import Post, Thread
from parley.threads.rules import Hat, Kind
from parley.threads.turns import may_join_in, needs
from parley.vendors import actions as vendors


def hat_of(by: Account, thread: Thread) -> tuple[Hat, str | None]:
    """The hat a person wears in a thread, and their role at its vendor (None without one)."""
    role = vendors.role_of(by, thread.vendor_id)
    declared = role is None and declaration_of(by, thread.vendor_id) is not None
    return rules.hat_for(is_author=thread.author_id == by.id, represents=role is not None,
                         declared=declared, kind=Kind(thread.kind)), role


def hat_to_write(by: Account, thread: Thread) -> Hat:
    """The hat under which a person may write in a thread now.

    :raise Refused: they wore another one here, or have no say in threads of others (403)
    """
    hat, _ = hat_of(by, thread)
    if hat is Hat.AUTHOR:
        return hat
    other = _spoke_as[hat](thread.id, by.id)
    refuse(rules.may_wear(hat, {Hat(post.hat) for post in other}))
    refuse(vendors.may_write(thread.vendor_id) if hat is Hat.REPRESENTATIVE else None)
    if hat is not Hat.REPRESENTATIVE:
        needs(may_join_in(by))
        refuse(rules.may_speak_to(bool(_blocked(thread.author_id, by.id))))
    return hat


_blocked = Prepared(lambda author, by: Silence.select(Silence.kind).where(
    Silence.account == author, Silence.other == by, Silence.kind == "block"))


def _in_other_voice(hat: Hat, thread: Any, account: Any) -> peewee.ModelSelect:
    return Post.select(Post.hat).where(
        Post.thread == thread, Post.author == account, Post.hat.in_(rules.other_voice(hat))
    ).limit(1)


_spoke_as = {hat: Prepared(partial(_in_other_voice, hat)) for hat in Hat}
