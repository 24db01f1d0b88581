"""Failures that wait for a person; kept in our own table, so no broker's expiry can lose them."""

from __future__ import annotations

from piccolo.columns import JSONB, Integer, Text, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from . import columns
from .accounts import User
from .jobs import Job, Stage


class DeadLetter(Table, tablename="dead_letters"):
    """A job that failed for good. ``fingerprint`` groups failures of one cause; ``payload`` is the request."""

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
    status = Varchar(length=16, default="open", null=False)
    note = Text(default="", null=False)
    assigned_to = columns.refers_to(User)
    reviewed_at = columns.moment()
    resolved_by = columns.refers_to(User)
    resolved_at = columns.moment()
    reason = Text(default="", null=False)
    created_at = columns.created()

    dead_letters_once = Unique(["job_id", "run"])
    dead_letters_status = Check("status IN ('open', 'requeued', 'discarded')")
    dead_letters_resolved = Check("(status = 'open') = (resolved_at IS NULL)")


class DeadLetterGroup(Table, tablename="dead_letter_groups"):
    """What people decided about a whole group of failures."""

    id = columns.key()
    fingerprint = Varchar(length=64, unique=True, null=False)
    muted_at = columns.moment()
    muted_by = columns.refers_to(User)
    note = Text(default="", null=False)
