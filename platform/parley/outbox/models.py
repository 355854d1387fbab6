"""What must happen after a commit: leased rows, done at least once."""

from __future__ import annotations

import peewee

from parley.kernel import db, ids


class Task(db.Model):
    """`held` rows wait for an operator's word (mail after a restore)."""

    id = peewee.TextField(primary_key=True, default=ids.new)
    kind = peewee.TextField()
    data = db.JSONField(default=dict)
    run_after = db.InstantField()
    attempts = peewee.IntegerField(default=0)
    leased_until = db.InstantField(null=True)
    created_at = db.InstantField()
    done_at = db.InstantField(null=True)
    failed_at = db.InstantField(null=True)
    held = peewee.BooleanField(default=False)
    error = peewee.TextField(default="")


# What waits, in the order in which it is leased; done tasks cost the queue nothing.
WAITING = Task.done_at.is_null() & Task.failed_at.is_null() & ~Task.held
Task.add_index(Task.index(Task.run_after, Task.id, where=WAITING))
