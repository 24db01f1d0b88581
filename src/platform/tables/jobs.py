"""Jobs, and the requests that made them."""

from __future__ import annotations

from decimal import Decimal

from piccolo.columns import JSONB, DoublePrecision, Integer, Numeric, Text, Varchar
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
