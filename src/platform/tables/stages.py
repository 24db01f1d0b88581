"""The steps of jobs, their pieces and attempts, and the outbox that carries a stage to its queue."""

from __future__ import annotations

from piccolo.columns import JSONB, UUID, BigInt, BigSerial, DoublePrecision, ForeignKey, Integer, Text, Varchar
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from . import columns
from .clips import Clip
from .jobs import Job


class Stage(Table, tablename="stages"):
    """One step of a job. Only the holder of ``lease_token`` may write while it is running.

    ``message_id`` is the one delivery in Redis that is valid now; ``result`` is the checkpoint, ``note`` what an
    engine keeps for the next attempt: where its work goes on when this worker is gone. ``clip_id``: which clip a
    ``render`` makes; each clip has one of its own.
    """

    id = columns.key()
    job_id = columns.owned_by(Job)
    name = Varchar(length=16, null=False)
    clip_id = ForeignKey(Clip, on_delete=OnDelete.cascade, null=True)
    position = Integer(null=False)
    status = Varchar(length=16, default="waiting", null=False)
    progress = DoublePrecision(default=0, null=False)  # 0 to 1
    attempts = Integer(default=0, null=False)
    max_attempts = Integer(default=4, null=False)
    queue = Varchar(length=32, default="", null=False)
    due_at = columns.moment()
    message_id = UUID(default=None, null=True)
    lease_token = UUID(default=None, null=True)
    lease_expires_at = columns.moment()
    worker = Varchar(length=100, default=None, null=True)
    note = Text(default=None, null=True)
    result = JSONB(default=None, null=True)
    error = JSONB(default=None, null=True)
    started_at = columns.moment()
    finished_at = columns.moment()

    stages_once = Unique(["job_id", "name", "clip_id"], nulls_distinct=False)
    stages_clip = Check("(name = 'render') = (clip_id IS NOT NULL)")
    stages_status = Check("status IN ('waiting', 'queued', 'running', 'completed', 'skipped', 'failed', 'cancelled')")
    stages_lease = Check("(status = 'running') = (lease_token IS NOT NULL AND lease_expires_at IS NOT NULL)")
    stages_queued = Check("status <> 'queued' OR (message_id IS NOT NULL AND due_at IS NOT NULL AND queue <> '')")


class StageChunk(Table, tablename="stage_chunks"):
    """A checkpointed piece of a long stage; seconds from the start of the file.

    Several workers share a stage: each chunk has a lease of its own, ``result`` is written once. ``asked`` is what
    the job wanted when the stage was cut: results of another engine, model or language must not be joined.
    """

    id = columns.key()
    stage_id = columns.owned_by(Stage)
    position = Integer(null=False)
    start_seconds = DoublePrecision(null=False)
    end_seconds = DoublePrecision(null=False)
    asked = Text(default="", null=False)
    attempts = Integer(default=0, null=False)
    lease_token = UUID(default=None, null=True)
    lease_expires_at = columns.moment()
    worker = Varchar(length=100, default=None, null=True)
    result = JSONB(default=None, null=True)
    finished_at = columns.moment()

    stage_chunks_lease = Check("(lease_token IS NULL) = (lease_expires_at IS NULL)")
    stage_chunks_finished = Check("(finished_at IS NULL) = (result IS NULL)")
    stage_chunks_once = Unique(["stage_id", "position"])
    stage_chunks_order = Check("start_seconds >= 0 AND end_seconds > start_seconds")


class Attempt(Table, tablename="attempts"):
    """One try at a stage: appended, then closed once, never overwritten."""

    id = columns.key()
    stage_id = columns.owned_by(Stage)
    run = Integer(default=1, null=False)
    number = Integer(null=False)
    worker = Varchar(length=100, null=False)
    engine = Varchar(length=32, default=None, null=True)
    outcome = Varchar(length=16, default="running", null=False)
    error = JSONB(default=None, null=True)
    traceback = Text(default=None, null=True)
    log_tail = Text(default=None, null=True)
    exit_code = Integer(default=None, null=True)
    peak_memory_bytes = BigInt(default=None, null=True)
    started_at = columns.created()
    finished_at = columns.moment()

    attempts_once = Unique(["stage_id", "run", "number"])
    attempts_outcome = Check("outcome IN ('running', 'succeeded', 'failed', 'lost', 'released', 'cancelled')")


class Outbox(Table, tablename="outbox"):
    """A message that must reach its queue; written with what it announces, deleted once pushed."""

    id = BigSerial(primary_key=True)
    stage_id = columns.owned_by(Stage, index=True)
    message_id = UUID(unique=True, null=False)
    task = Varchar(length=32, null=False)
    queue = Varchar(length=32, null=False)
    due_at = columns.created()
    created_at = columns.created()
