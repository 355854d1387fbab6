"""Problems of companies, the threads they lie behind, and what was done and said about them."""

from __future__ import annotations

import peewee

from parley.accounts.models import Account
from parley.kernel import db, ids
from parley.threads.models import Post, Thread
from parley.vendors.models import Vendor


class Problem(db.Model):
    """One cause at one company; `rules` tells its life.

    `place` orders lists and follows from `state`. `fix` counts the fixes claimed so far. The
    counts are of threads and people that everybody can see: `linked` threads, `affected` people,
    `gone` of whom have left, and their answers to the present fix. `weeks` holds [week, threads,
    people]: how many were hit in which week, counted in weeks since Monday, 29 December 1969.
    """

    id = peewee.TextField(primary_key=True, default=ids.new)
    vendor = peewee.ForeignKeyField(Vendor, backref="problems")
    title = peewee.TextField()
    body = peewee.TextField()
    html = peewee.TextField()
    opened_by = peewee.ForeignKeyField(Account, backref="problems")
    hat = peewee.TextField()  # representative, advocate, member
    opened_at = db.InstantField()
    form_key = peewee.TextField(null=True)

    state = peewee.TextField()
    place = peewee.SmallIntegerField()
    moved_at = db.InstantField()
    fix = peewee.IntegerField(default=0)
    fixed_at = db.InstantField(null=True)
    planned_for = peewee.TextField(null=True)  # ISO day

    linked = peewee.IntegerField(default=0)
    affected = peewee.IntegerField(default=0)
    gone = peewee.IntegerField(default=0)
    works = peewee.IntegerField(default=0)
    broken = peewee.IntegerField(default=0)
    weeks = db.JSONField(default=list)
    hidden_at = db.InstantField(null=True)  # by a steward; its counts and state stand meanwhile

    class Meta:
        indexes = (
            (("vendor", "state", "moved_at", "id"), False),
            (("vendor", "place", "moved_at", "id"), False),
            (("vendor", "moved_at", "id"), False),
            (("vendor", "affected", "id"), False),
            (("opened_by", "form_key"), True),
        )


SHOWN = Problem.hidden_at.is_null()


class ProblemLink(db.Model):
    """A thread that belongs to a problem, or may. `since` is when it came to its state.

    `side` suggested it and `decided_by` settled it: `author`, `vendor` or `other`. `only` holds
    the thread while it is linked, so that it is linked to one problem at a time.
    """

    id = peewee.TextField(primary_key=True, default=ids.new)
    problem = peewee.ForeignKeyField(Problem, backref="links", index=False)
    thread = peewee.ForeignKeyField(Thread, backref="problem_links", index=False)
    state = peewee.TextField()
    side = peewee.TextField()
    by = peewee.ForeignKeyField(Account, backref="problem_links")
    at = db.InstantField()
    since = db.InstantField()
    decided_by = peewee.TextField(null=True)
    only = peewee.TextField(null=True, unique=True)

    class Meta:
        indexes = (
            (("problem", "thread"), True),
            (("problem", "state", "since", "id"), False),
            (("thread", "state"), False),
        )


class ProblemStep(db.Model):
    """How a problem moved: to which state, in whose words. `by` is None when the people hit did.

    `told` is the last account to which a mail about the step was written, in order of their ids.
    """

    id = peewee.BigAutoField()
    problem = peewee.ForeignKeyField(Problem, backref="steps", index=False)
    at = db.InstantField()
    state = peewee.TextField()
    fix = peewee.IntegerField(default=0)
    planned_for = peewee.TextField(null=True)
    words = peewee.TextField(default="")
    html = peewee.TextField(default="")
    by = peewee.ForeignKeyField(Account, null=True, backref="problem_steps")
    told = peewee.TextField(default="")
    hidden_at = db.InstantField(null=True)  # its words, by a steward

    class Meta:
        indexes = ((("problem", "id"), False),)


class ProblemVote(db.Model):
    """Somebody hit by a problem says whether a fix of it works; changeable."""

    problem = peewee.ForeignKeyField(Problem, backref="votes")
    fix = peewee.IntegerField()
    account = peewee.ForeignKeyField(Account, backref="problem_votes")
    works = peewee.BooleanField()
    at = db.InstantField()

    class Meta:
        primary_key = peewee.CompositeKey("problem", "fix", "account")


class ProblemFollow(db.Model):
    """Somebody who hears of every step; with `affected` they say that it hits them too."""

    account = peewee.ForeignKeyField(Account, backref="problem_follows", on_delete="CASCADE")
    problem = peewee.ForeignKeyField(Problem, backref="follows")
    affected = peewee.BooleanField(default=False)
    since = db.InstantField()

    class Meta:
        primary_key = peewee.CompositeKey("account", "problem")


class ProblemUpdate(db.Model):
    """News of a problem, published as the answer to the threads linked at that instant.

    `total` threads get it, up to and with the thread `reached` they have it; in `answered` of
    them it is an answer, in `updated` an update, and `left` wait for a colleague.
    """

    id = peewee.TextField(primary_key=True, default=ids.new)
    problem = peewee.ForeignKeyField(Problem, backref="updates", index=False)
    by = peewee.ForeignKeyField(Account, backref="problem_updates")
    body = peewee.TextField()
    html = peewee.TextField()
    at = db.InstantField()
    form_key = peewee.TextField(null=True)
    total = peewee.IntegerField(default=0)
    answered = peewee.IntegerField(default=0)
    updated = peewee.IntegerField(default=0)
    left = peewee.IntegerField(default=0)
    reached = peewee.TextField(default="")
    finished_at = db.InstantField(null=True)
    hidden_at = db.InstantField(null=True)  # by a steward; what it became in threads with it

    class Meta:
        indexes = (
            (("problem", "at", "id"), False),
            (("by", "form_key"), True),
        )


class ProblemAnswer(db.Model):
    """What an update became in one thread: a post, its claim when it is an answer, or why it was
    `left` (the code of a refusal)."""

    source = peewee.ForeignKeyField(ProblemUpdate, backref="answers")
    thread = peewee.ForeignKeyField(Thread, backref="problem_answers")
    post = peewee.ForeignKeyField(Post, null=True, backref="problem_answers")
    claim = peewee.IntegerField(null=True)
    left = peewee.TextField(default="")

    class Meta:
        primary_key = peewee.CompositeKey("source", "thread")
        indexes = ((("source", "left", "thread"), False),)


class ProblemReport(db.Model):
    """Somebody says that a problem breaks a rule, or one `part` of it: `step-<id>` or
    `update-<id>`. It hides nothing by itself."""

    id = peewee.TextField(primary_key=True, default=ids.unguessable)
    problem = peewee.ForeignKeyField(Problem, backref="reports", index=False)
    part = peewee.TextField(default="")
    reporter = peewee.ForeignKeyField(Account, backref="problem_reports")
    vendor = peewee.ForeignKeyField(Vendor, null=True)  # set when filed for the company
    reason = peewee.TextField()
    note = peewee.TextField(default="")
    at = db.InstantField()
    settled_at = db.InstantField(null=True)
    upheld = peewee.BooleanField(null=True)

    class Meta:
        indexes = (
            (("problem", "part", "reporter"), True),
            (("settled_at", "at", "id"), False),
        )


class ProblemAct(db.Model):
    """One act of a steward about a problem, or one `part` of it, on the public log."""

    id = peewee.TextField(primary_key=True, default=ids.new)
    kind = peewee.TextField()  # hide_problem, show_problem, hide_words, show_words
    steward = peewee.ForeignKeyField(Account, backref="problem_acts")
    problem = peewee.ForeignKeyField(Problem, backref="acts")
    part = peewee.TextField(default="")
    reason = peewee.TextField()
    words = peewee.TextField(default="")
    at = db.InstantField()

    class Meta:
        indexes = ((("at", "id"), False),)
