"""What admins see and do: the audit log, paused queues, living workers."""

from __future__ import annotations

from piccolo.columns import JSONB, Array, BigInt, BigSerial, Integer, Text, Varchar
from piccolo.table import Table

from . import columns
from .accounts import User


class AuditEntry(Table, tablename="audit_log"):
    """Who did what to what; append-only."""

    id = BigSerial(primary_key=True)
    actor_id = columns.refers_to(User)
    action = Varchar(length=64, null=False)
    subject_kind = Varchar(length=32, null=False)
    subject_id = Varchar(length=64, default="", null=False)
    reason = Text(default="", null=False)
    before = JSONB(default=None, null=True)
    after = JSONB(default=None, null=True)
    address = Varchar(length=64, default="", null=False)
    created_at = columns.created()


class QueueControl(Table, tablename="queue_controls"):
    """A queue or an engine that an admin paused; no row means that it runs."""

    id = columns.key()
    name = Varchar(length=64, unique=True, null=False)
    paused_at = columns.moment()
    paused_by = columns.refers_to(User)
    reason = Text(default="", null=False)


class Worker(Table, tablename="workers"):
    """A worker process that reported within the last minutes."""

    id = Varchar(length=100, primary_key=True)
    host = Varchar(length=200, null=False)
    pid = Integer(null=False)
    queues = Array(base_column=Varchar(length=32), default=list, null=False)
    memory_bytes = BigInt(default=0, null=False)
    started_at = columns.created()
    seen_at = columns.created()
