"""Failures that wait for a person; kept in our own table, so no broker's expiry can lose them."""

from __future__ import annotations

from piccolo.columns import JSONB, Boolean, DoublePrecision, Integer, Text, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from . import columns
from .accounts import User
from .jobs import Job
from .stages import Stage


class DeadLetter(Table, tablename="dead_letters"):
    """A job that failed for good. ``fingerprint`` groups failures of one cause; ``payload`` is the request.

    ``open`` waits for a person, ``scheduled`` is requeued by itself at ``due_at``. ``changes`` is what the
    requeue changed of the payload, which stays as it was. ``search_text``: the words that a search finds.
    """

    id = columns.key()
    job_id = columns.owned_by(Job)
    stage_id = columns.owned_by(Stage)
    user_id = columns.owned_by(User)
    run = Integer(default=1, null=False)
    stage_name = Varchar(length=16, null=False)
    engine = Varchar(length=32, default="", null=False)
    error_code = Varchar(length=64, null=False)
    error_class = Varchar(length=100, null=False)
    message = Text(null=False)
    hint = Text(default="", null=False)
    fingerprint = Varchar(length=64, null=False)
    payload = JSONB(default="{}", null=False)
    kind = Varchar(length=16, default="transcription", null=False)
    priority = Varchar(length=16, default="normal", null=False)
    worker = Varchar(length=100, default="", null=False)  # of the last attempt
    attempts = Integer(default=0, null=False)  # of the failed stage in this run
    search_text = Text(default="", null=False)
    status = Varchar(length=16, default="open", null=False)
    note = Text(default="", null=False)
    assigned_to = columns.refers_to(User)
    reviewed_at = columns.moment()
    reviewed_by = columns.refers_to(User)
    due_at = columns.moment()
    plan = JSONB(default=None, null=True)  # scheduled: what to do then, and who said so
    changes = JSONB(default="{}", null=False)
    source_deleted = Boolean(default=False, null=False)
    resolved_by = columns.refers_to(User)
    resolved_at = columns.moment()
    reason = Text(default="", null=False)
    created_at = columns.created()

    dead_letters_once = Unique(["job_id", "run"])
    dead_letters_status = Check("status IN ('open', 'scheduled', 'requeued', 'discarded')")
    dead_letters_resolved = Check("(status IN ('open', 'scheduled')) = (resolved_at IS NULL)")
    dead_letters_scheduled = Check("(status = 'scheduled') = (due_at IS NOT NULL)")


class DeadLetterGroup(Table, tablename="dead_letter_groups"):
    """What people decided about a whole group of failures."""

    id = columns.key()
    fingerprint = Varchar(length=64, unique=True, null=False)
    muted_at = columns.moment()
    muted_by = columns.refers_to(User)
    note = Text(default="", null=False)


class BulkAction(Table, tablename="bulk_actions"):
    """One action on many dead letters, run by the scheduler; which ones is fixed when it begins.

    ``filter`` is how they were chosen, ``options`` what to do with each; ``rate_per_second`` NULL: no limit.
    """

    id = columns.key()
    action = Varchar(length=16, null=False)
    status = Varchar(length=16, default="running", null=False)
    filter = JSONB(default="{}", null=False)
    options = JSONB(default="{}", null=False)
    reason = Text(default="", null=False)
    rate_per_second = DoublePrecision(default=None, null=True)
    total = Integer(default=0, null=False)
    done = Integer(default=0, null=False)
    skipped = Integer(default=0, null=False)
    created_by = columns.refers_to(User)
    next_at = columns.created()  # not before this; the rate moves it on
    created_at = columns.created()
    finished_at = columns.moment()

    bulk_actions_action = Check("action IN ('requeue', 'discard', 'restore', 'review', 'assign')")
    bulk_actions_status = Check("status IN ('running', 'paused', 'stopped', 'finished')")
    bulk_actions_finished = Check("(status IN ('stopped', 'finished')) = (finished_at IS NOT NULL)")
    bulk_actions_rate = Check("rate_per_second > 0")
    bulk_actions_counts = Check("done >= 0 AND skipped >= 0 AND done + skipped <= total")


class BulkItem(Table, tablename="bulk_items"):
    """One dead letter of a bulk action; it leaves ``pending`` in the transaction that moves it."""

    id = columns.key()
    bulk_id = columns.owned_by(BulkAction)
    dead_letter_id = columns.owned_by(DeadLetter)
    position = Integer(null=False)
    status = Varchar(length=16, default="pending", null=False)
    outcome = Text(default="", null=False)  # why it was skipped, in words
    done_at = columns.moment()

    bulk_items_once = Unique(["bulk_id", "dead_letter_id"])
    bulk_items_status = Check("status IN ('pending', 'done', 'skipped')")
    bulk_items_done = Check("(status = 'pending') = (done_at IS NULL)")
