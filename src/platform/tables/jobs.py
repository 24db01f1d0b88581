"""Jobs, their stages and attempts, and the outbox that carries a stage to its queue."""

from __future__ import annotations

from decimal import Decimal

from piccolo.columns import JSONB, UUID, BigInt, BigSerial, DoublePrecision, Integer, Numeric, Text, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from . import columns
from .accounts import User
from .media import Media


class Job(Table, tablename="jobs"):
    """What a customer asked for. ``engine_used`` and ``model_used`` are what really did it.

    ``run`` grows with every retry by a person; ``credits_*`` are exact, in credits. ``admitted_at`` is NULL while
    the job waits for another one of its user to end.
    """

    id = columns.key()
    user_id = columns.owned_by(User)
    media_id = columns.needs(Media, index=True)
    kind = Varchar(length=16, null=False)
    status = Varchar(length=16, default="pending", null=False)
    stage = Varchar(length=16, default="ingest", null=False)
    progress = Integer(default=0, null=False)
    priority = Varchar(length=16, default="normal", null=False)
    engine = Varchar(length=32, null=False)
    model = Varchar(length=200, default=None, null=True)
    engine_used = Varchar(length=32, default=None, null=True)
    model_used = Varchar(length=200, default=None, null=True)
    language = Varchar(length=16, default=None, null=True)
    mode = Varchar(length=16, default="mono", null=False)
    min_speakers = Integer(default=None, null=True)
    max_speakers = Integer(default=None, null=True)
    features = JSONB(default="{}", null=False)  # as given
    options = JSONB(default="{}", null=False)  # {hotwords, prompt, engines}: see domain.options
    clips = JSONB(default="{}", null=False)
    time_factor = DoublePrecision(default=1, null=False)  # of the usual time limits
    run = Integer(default=1, null=False)
    attempts = Integer(default=0, null=False)
    warnings = JSONB(default="[]", null=False)  # [{code, stage, message}]
    error = JSONB(default=None, null=True)  # {code, stage, message, hint}
    credits_quoted = Numeric(digits=(14, 2), default=Decimal(0), null=False)
    credits_held = Numeric(digits=(14, 2), default=Decimal(0), null=False)
    credits_charged = Numeric(digits=(14, 2), default=Decimal(0), null=False)
    created_at = columns.created()
    admitted_at = columns.moment()
    started_at = columns.moment()
    finished_at = columns.moment()

    jobs_kind = Check("kind IN ('transcription', 'clips')")
    jobs_status = Check("status IN ('pending', 'processing', 'completed', 'failed', 'cancelled')")
    jobs_priority = Check("priority IN ('critical', 'high', 'normal', 'low')")
    jobs_mode = Check("mode IN ('mono', 'dialogue')")
    jobs_progress = Check("progress BETWEEN 0 AND 100")
    jobs_speakers = Check(
        "(min_speakers IS NULL OR min_speakers >= 1) AND (max_speakers IS NULL OR max_speakers >= 1)"
        " AND (min_speakers IS NULL OR max_speakers IS NULL OR min_speakers <= max_speakers)"
    )
    jobs_final = Check("(status IN ('completed', 'failed', 'cancelled')) = (finished_at IS NOT NULL)")
    jobs_options = Check("jsonb_typeof(options) = 'object'")
    jobs_time_factor = Check("time_factor >= 1 AND time_factor <= 10")
    jobs_failed = Check("status <> 'failed' OR error IS NOT NULL")


class IdempotencyKey(Table, tablename="idempotency_keys"):
    """An ``Idempotency-Key`` and the answer it got; ``response`` is NULL while the first request runs."""

    id = columns.key()
    user_id = columns.owned_by(User)
    key = Varchar(length=255, null=False)
    fingerprint = Varchar(length=64, null=False)  # SHA-256 of method, path and body
    response_status = Integer(default=None, null=True)
    response = Text(default=None, null=True)  # JSON, byte for byte
    created_at = columns.created()

    idempotency_keys_once = Unique(["user_id", "key"])


class Stage(Table, tablename="stages"):
    """One step of a job. Only the holder of ``lease_token`` may write while it is running.

    ``message_id`` is the one delivery in Redis that is valid now; ``result`` is the checkpoint, ``note`` what an
    engine keeps for the next attempt: where its work goes on when this worker is gone.
    """

    id = columns.key()
    job_id = columns.owned_by(Job)
    name = Varchar(length=16, null=False)
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

    stages_once = Unique(["job_id", "name"])
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
