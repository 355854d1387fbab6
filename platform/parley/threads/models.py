"""Threads and posts, rounds, me too, helped marks, drafts and files."""

from __future__ import annotations

import peewee

from parley.accounts.models import Account
from parley.kernel import db, ids
from parley.promises.models import Promise
from parley.vendors.models import Vendor


class Thread(db.Model):
    """One conversation about one vendor. The state columns mirror `table.State`.

    `waiting_since`: the instant since which the vendor owes the next word (None otherwise).
    `turn_*`: the author's turn: since when, what the vendor last said in it, and whether one
    new claim already restarted it. `remind_at` and `silent_at` are when time moves it.

    `promise` and `rulebook` are the versions it is measured against. `clock_since` is when the
    company could know of it (None until then), and `clock_by` why: `opening`, `claimed`, `mail`
    or `wish`. `soon_at`, `due_at` and `very_at` are those of the clock that is due next, None
    while none runs; `clock_at` is when time changes them, `lateness` the last word for them.
    `queue_day` (None outside the vendor's turn), `queue_first` and `waiting_since` order queues:
    the day on which it is due, safety first, then who waited longest. `assignee` is the account
    of who takes care of it at the company: "" for nobody, since NULL would order by no index.
    """

    id = peewee.TextField(primary_key=True, default=ids.new)
    vendor = peewee.ForeignKeyField(Vendor, backref="threads")
    author = peewee.ForeignKeyField(Account, backref="threads")
    kind = peewee.TextField()
    title = peewee.TextField()
    opened_at = db.InstantField()
    last_post_at = db.InstantField()
    post_count = peewee.IntegerField(default=1)

    status = peewee.TextField()
    outcome = peewee.TextField(null=True)
    solved_by = peewee.TextField(null=True)
    round = peewee.IntegerField(default=1)
    waiting_since = db.InstantField(null=True)
    turn_since = db.InstantField(null=True)
    turn_claim = peewee.TextField(null=True)
    turn_restarted = peewee.BooleanField(default=False)
    remind_at = db.InstantField(null=True)
    silent_at = db.InstantField(null=True)
    vendor_posted = peewee.BooleanField(default=False)
    claims = peewee.IntegerField(default=0)
    first_answer_at = db.InstantField(null=True)
    closed_at = db.InstantField(null=True)
    idea_state = peewee.TextField(null=True)
    from_people = peewee.BooleanField(default=False)  # the author later joined the vendor
    listed = peewee.SmallIntegerField(default=1)  # 1 until hidden; a number, so that it indexes
    hidden_at = db.InstantField(null=True)
    locked_at = db.InstantField(null=True)

    promise = peewee.ForeignKeyField(Promise, null=True, index=False, backref="threads")
    rulebook = peewee.IntegerField(default=0)
    clock_since = db.InstantField(null=True)
    clock_by = peewee.TextField(null=True)
    soon_at = db.InstantField(null=True)
    due_at = db.InstantField(null=True)
    very_at = db.InstantField(null=True)
    clock_at = db.InstantField(null=True)
    lateness = peewee.TextField(default="")
    queue_day = peewee.IntegerField(null=True)
    queue_first = peewee.SmallIntegerField(default=1)
    escalated_at = db.InstantField(null=True)
    assignee = peewee.TextField(default="")

    product = peewee.TextField(default="")
    happened_where = peewee.TextField(default="")
    happened_when = peewee.TextField(default="")
    wish = peewee.TextField(default="")
    impact = peewee.TextField(null=True)

    affected = peewee.IntegerField(default=0)
    works_now = peewee.IntegerField(default=0)
    left_over = peewee.IntegerField(default=0)
    duplicate_of = peewee.ForeignKeyField("self", null=True, backref="duplicates")

    class Meta:
        indexes = (
            (("listed", "opened_at", "id"), False),
            (("listed", "waiting_since", "id"), False),
            (("listed", "outcome", "closed_at", "id"), False),
            (("vendor", "listed", "opened_at", "id"), False),
            (("vendor", "listed", "waiting_since", "id"), False),
            (("vendor", "listed", "outcome", "closed_at", "id"), False),
            (("vendor", "kind", "listed", "opened_at", "id"), False),
            (("vendor", "listed", "last_post_at", "id"), False),
            (("author", "opened_at", "id"), False),
            (("remind_at",), False),
            (("silent_at",), False),
            (("clock_at",), False),
            (("listed", "due_at", "id"), False),
            (("vendor", "listed", "due_at", "id"), False),
            (("vendor", "listed", "queue_day", "queue_first", "waiting_since", "id"), False),
            (("vendor", "kind", "listed", "queue_day", "queue_first", "waiting_since", "id"),
             False),
            (("vendor", "assignee", "kind", "listed", "queue_day", "queue_first",
              "waiting_since", "id"), False),
            (("vendor", "listed", "status", "kind", "last_post_at", "id"), False),
            (("vendor", "assignee", "listed", "status", "kind", "last_post_at", "id"), False),
            (("author", "vendor", "opened_at"), False),
        )


class Round(db.Model):
    """From opening, reopening or dispute to closing or dispute."""

    thread = peewee.ForeignKeyField(Thread, backref="rounds")
    number = peewee.IntegerField()
    began_by = peewee.TextField()  # opening, reopening, dispute
    opened_at = db.InstantField()
    closed_at = db.InstantField(null=True)
    outcome = peewee.TextField(null=True)

    class Meta:
        primary_key = peewee.CompositeKey("thread", "number")


class Clock(db.Model):
    """One clock of a thread as it stands; see `promises.clocks`. `number` counts them from 0.

    A row with a verdict is frozen: only a disowned claim changes it.
    """

    thread = peewee.ForeignKeyField(Thread, backref="clocks")
    number = peewee.SmallIntegerField()
    name = peewee.TextField()  # first_answer, resolution
    round = peewee.IntegerField()
    promised = peewee.BooleanField()  # False: the community's expectation
    started_at = db.InstantField()
    due_at = db.InstantField(null=True)  # None while paused
    stopped_at = db.InstantField(null=True)
    verdict = peewee.TextField(null=True)
    decided_at = db.InstantField(null=True)

    class Meta:
        primary_key = peewee.CompositeKey("thread", "number")


class Post(db.Model):
    """One text in a thread, under the hat its author wore.

    `form_key` makes a form post once, however often it is sent. `claim` is the number of the
    claim that it makes, from 1 in each thread. `unnamed_at`: when a name was replaced in it, since
    the person who had it left.
    """

    id = peewee.TextField(primary_key=True, default=ids.new)
    thread = peewee.ForeignKeyField(Thread, backref="posts")
    number = peewee.IntegerField()
    author = peewee.ForeignKeyField(Account, backref="posts")
    hat = peewee.TextField()
    purpose = peewee.TextField(null=True)
    side = peewee.TextField(null=True)
    ties = db.JSONField(default=list)
    title = peewee.TextField(default="")  # the representative's, as it was then
    saved_reply = peewee.BooleanField(default=False)
    ai_assisted = peewee.BooleanField(default=False)
    body = peewee.TextField()
    html = peewee.TextField()
    created_at = db.InstantField()
    edited_at = db.InstantField(null=True)
    removed_at = db.InstantField(null=True)
    hidden_at = db.InstantField(null=True)
    moved = peewee.BooleanField(default=False)
    claim = peewee.IntegerField(null=True)
    explains_delay = peewee.BooleanField(default=False)
    helped_at = db.InstantField(null=True)
    solved_round = peewee.IntegerField(null=True)
    form_key = peewee.TextField(null=True)
    file_count = peewee.IntegerField(default=0)
    unnamed_at = db.InstantField(null=True)

    class Meta:
        indexes = (
            (("thread", "number"), True),
            (("author", "form_key"), True),
            (("thread", "author", "hat"), False),
            (("author", "created_at", "id"), False),
        )


class Edit(db.Model):
    """What a post said before it was changed."""

    id = peewee.TextField(primary_key=True, default=ids.new)
    post = peewee.ForeignKeyField(Post, backref="edits")
    at = db.InstantField()
    title = peewee.TextField(default="")
    body = peewee.TextField()
    html = peewee.TextField()


class MeToo(db.Model):
    thread = peewee.ForeignKeyField(Thread, backref="me_toos")
    account = peewee.ForeignKeyField(Account, backref="me_toos")
    word = peewee.TextField()
    at = db.InstantField()

    class Meta:
        primary_key = peewee.CompositeKey("thread", "account")


class Helped(db.Model):
    """The author of a thread says that a post helped: the ground of recognition."""

    post = peewee.ForeignKeyField(Post, primary_key=True, backref="helped_marks")
    thread = peewee.ForeignKeyField(Thread)
    vendor = peewee.ForeignKeyField(Vendor)
    author = peewee.ForeignKeyField(Account, backref="helped_given")
    helper = peewee.ForeignKeyField(Account, backref="helped_received")
    at = db.InstantField()

    class Meta:
        indexes = ((("helper", "vendor", "at"), False),)


class Follow(db.Model):
    account = peewee.ForeignKeyField(Account, backref="follows", on_delete="CASCADE")
    thread = peewee.ForeignKeyField(Thread, backref="follows")
    since = db.InstantField()

    class Meta:
        primary_key = peewee.CompositeKey("account", "thread")


class Draft(db.Model):
    """What somebody typed and did not send yet. A visitor's has no account, only its id."""

    id = peewee.TextField(primary_key=True, default=ids.unguessable)
    account = peewee.ForeignKeyField(Account, null=True, backref="drafts", on_delete="CASCADE")
    place = peewee.TextField()  # "new", or "thread:<id>"
    fields = db.JSONField(default=dict)
    updated_at = db.InstantField()

    class Meta:
        indexes = ((("account", "place"), False),)


class Origin(db.Model):
    """A person's account elsewhere, whose archives they brought here.

    `kind` is `parley`, `mastodon` or `discourse`; `source_id` names the account on that server.
    `checked`: whether a key that this server knows had signed the latest of them.
    """

    id = peewee.TextField(primary_key=True, default=ids.new)
    account = peewee.ForeignKeyField(Account, backref="origins", on_delete="CASCADE")
    kind = peewee.TextField()
    server = peewee.TextField()
    server_url = peewee.TextField()
    handle = peewee.TextField()
    source_id = peewee.TextField()
    made_at = db.InstantField()
    signed_by = peewee.TextField(null=True)  # the kid of the key
    checked = peewee.BooleanField()
    brought_at = db.InstantField()

    class Meta:
        indexes = ((("account", "server_url", "source_id"), True),)


class Restored(db.Model):
    """Something that a person wrote elsewhere, as their archive tells it: history to read.

    A thread of theirs, their `replies` in somebody's thread, or a private `note`. It is a
    document, no thread: nothing counts, clocks, lists or answers it. `record` is what the archive
    said, `digest` of which bytes; `earlier` names the servers before `origin`. `listed` is 1 when
    others may read it. One that stewards hid is emptied (`removed_at`) when its person takes it
    away, so that an archive brings it back hidden.
    """

    id = peewee.TextField(primary_key=True, default=ids.new)
    account = peewee.ForeignKeyField(Account, backref="restored", on_delete="CASCADE")
    origin = peewee.ForeignKeyField(Origin, backref="restored", on_delete="CASCADE")
    kind = peewee.TextField()
    ref = peewee.TextField()  # its id there
    vendor = peewee.ForeignKeyField(Vendor, null=True, backref="restored")
    title = peewee.TextField()
    at = db.InstantField()
    listed = peewee.SmallIntegerField()
    hidden_at = db.InstantField(null=True)
    removed_at = db.InstantField(null=True)
    made_at = db.InstantField()
    checked = peewee.BooleanField()
    digest = peewee.TextField()
    record = db.JSONField()
    earlier = db.JSONField(default=list)

    class Meta:
        indexes = (
            (("account", "kind", "ref"), True),
            (("account", "at", "id"), False),
            (("account", "listed", "at", "id"), False),
        )


class File(db.Model):
    """A picture or PDF. The bytes lie under the data folder, named by their digest.

    It belongs to a post, or to one that was restored: then `restored_post` is its id there.
    """

    id = peewee.TextField(primary_key=True, default=ids.unguessable)
    account = peewee.ForeignKeyField(Account, backref="files")
    post = peewee.ForeignKeyField(Post, null=True, backref="files")
    position = peewee.IntegerField(default=0)
    sha256 = peewee.TextField(index=True)
    media_type = peewee.TextField()
    name = peewee.TextField()
    size = peewee.IntegerField()
    width = peewee.IntegerField(null=True)
    height = peewee.IntegerField(null=True)
    added_at = db.InstantField()
    restored = peewee.ForeignKeyField(Restored, null=True, backref="files", on_delete="CASCADE")
    restored_post = peewee.TextField(default="")


class OutsideContact(db.Model):
    """A call, a visit or a private answer, entered by one side and confirmed by the other.

    `side` is who entered it, `author` or `vendor`; `claimed` says whether confirming it moved
    the thread as an answer does.
    """

    id = peewee.TextField(primary_key=True, default=ids.new)
    thread = peewee.ForeignKeyField(Thread, backref="outside_contacts")
    side = peewee.TextField()
    entered_by = peewee.ForeignKeyField(Account, backref="outside_entered")
    how = peewee.TextField()
    day = peewee.TextField()  # ISO, as the person named it
    words = peewee.TextField()
    entered_at = db.InstantField()
    confirmed_by = peewee.ForeignKeyField(Account, null=True, backref="outside_confirmed")
    confirmed_at = db.InstantField(null=True)
    claimed = peewee.BooleanField(default=False)

    class Meta:
        indexes = ((("thread", "entered_at"), False),)


class Thanks(db.Model):
    """The author of a thread thanks a representative by name; once for each of them."""

    thread = peewee.ForeignKeyField(Thread, backref="thanks")
    representative = peewee.ForeignKeyField(Account, backref="thanks_received")
    post = peewee.ForeignKeyField(Post, backref="thanks")
    at = db.InstantField()

    class Meta:
        primary_key = peewee.CompositeKey("thread", "representative")
        indexes = ((("representative", "at"), False),)
