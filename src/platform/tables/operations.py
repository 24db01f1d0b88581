"""What admins see and do: the audit log, paused queues, living workers, breakers, what was mended."""

from __future__ import annotations

from piccolo.columns import JSONB, UUID, Array, BigInt, BigSerial, Integer, Text, Varchar
from piccolo.constraints import Check
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
    """A queue or an engine that an admin stopped; no row means that it runs.

    ``name``: a queue ("engine.high"), a group ("engine"), a priority ("high"), "engine:NAME", or "all".
    ``paused``: accepts work, starts none. ``draining``: accepts no new jobs, finishes those that are there.
    """

    id = columns.key()
    name = Varchar(length=64, unique=True, null=False)
    state = Varchar(length=16, default="paused", null=False)
    paused_at = columns.created()
    paused_by = columns.refers_to(User)
    reason = Text(default="", null=False)

    queue_controls_state = Check("state IN ('paused', 'draining')")


class Worker(Table, tablename="workers"):
    """A worker process that reported within the last minutes."""

    id = Varchar(length=100, primary_key=True)
    host = Varchar(length=200, null=False)
    pid = Integer(null=False)
    queues = Array(base_column=Varchar(length=32), default=list, null=False)
    memory_bytes = BigInt(default=0, null=False)
    slots = JSONB(default="{}", null=False)  # {group: how many stages at once}
    pool = JSONB(default="{}", null=False)  # engines.pool.PoolStats and the models that are loaded
    started_at = columns.created()
    seen_at = columns.created()


class Breaker(Table, tablename="breakers"):
    """An engine that keeps failing gets no work for a while; no row means that it is well.

    ``open`` until ``opened_until``, then ``half_open``: one stage tries it.
    """

    engine = Varchar(length=32, primary_key=True)
    state = Varchar(length=16, default="closed", null=False)
    failures = Integer(default=0, null=False)  # in a row, over different jobs
    last_job_id = UUID(default=None, null=True)
    last_error = Text(default="", null=False)
    opened_count = Integer(default=0, null=False)
    opened_until = columns.moment()
    probe_until = columns.moment()  # half-open: who tries it has until then
    changed_at = columns.created()

    breakers_state = Check("state IN ('closed', 'open', 'half_open')")
    breakers_open = Check("state <> 'open' OR opened_until IS NOT NULL")


class Mended(Table, tablename="mended"):
    """How often a duty of the scheduler put something right, since the beginning."""

    duty = Varchar(length=64, primary_key=True)
    times = BigInt(default=0, null=False)
    last_at = columns.created()
