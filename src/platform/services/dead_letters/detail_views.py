"""What is known about one dead letter, as API and pages show it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from .listing import LetterRow
from .reproduction import Reproduction


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try at the failed step. ``seconds``: how long it took; ``exit_code`` of its child, negative for a signal."""

    run: int
    number: int
    worker: str
    engine: str | None
    outcome: str
    started_at: datetime
    finished_at: datetime | None
    seconds: float | None
    exit_code: int | None
    error_code: str
    message: str
    hint: str
    traceback: str
    log_tail: str
    peak_memory_bytes: int | None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the job. ``has_output``: its result is kept, so a new run need not do it again.

    ``chunks``: how many pieces it has, ``chunks_done`` of them have a result; 0 where it is done in one.
    """

    name: str
    status: str
    attempts: int
    max_attempts: int
    progress: float
    has_output: bool
    chunks: int
    chunks_done: int
    worker: str | None
    started_at: datetime | None
    finished_at: datetime | None
    seconds: float | None


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """Something the job made that is still there: ``kind`` is transcript, clip or artifact."""

    kind: str
    name: str
    created_at: datetime


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """The recording. ``probe``: streams and container as ffprobe names them; ``exists``: its file is there, None while
    the storage does not answer.
    """

    id: UUID
    filename: str
    kind: str
    content_type: str
    size: int
    sha256: str
    duration: float | None
    probe: msgspec.Raw
    exists: bool | None


class LedgerLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the owner's ledger about this job."""

    kind: str
    run: int
    balance_delta: Decimal
    held_delta: Decimal
    note: str
    by: str | None
    created_at: datetime


class Money(msgspec.Struct, frozen=True, kw_only=True):
    """What the job costs, in credits: quoted, held now, charged so far; ``available``: what its owner can spend."""

    quoted: Decimal
    held: Decimal
    charged: Decimal
    available: Decimal
    lines: list[LedgerLine]


class Sibling(msgspec.Struct, frozen=True, kw_only=True):
    """Another dead letter of the same job: an earlier or a later run."""

    id: UUID
    run: int
    stage: str
    error_code: str
    status: str
    created_at: datetime


class BulkPart(msgspec.Struct, frozen=True, kw_only=True):
    """A bulk action that the letter was part of; ``outcome`` says why it was skipped."""

    id: UUID
    action: str
    status: str
    outcome: str
    by: str | None
    created_at: datetime


class Letter(LetterRow, frozen=True, kw_only=True):
    """A dead letter with all that is known about it; the fields of the list, ``message`` and ``note`` whole.

    ``advice``: what to do, in words. ``tries``: every attempt at the failed step in all runs, the newest first.
    ``payload``: the request as it was made, as JSON text without secrets; ``changes``: {field: [old, new]} of a
    requeue. ``job_status`` and ``job_run`` are how the job stands now.
    """

    advice: list[str]
    job_status: str
    job_run: int
    tries: list[Attempt]
    steps: list[Step]
    outputs: list[Output]
    payload: str
    source: Source
    source_deleted: bool
    credits: Money
    siblings: list[Sibling]
    bulk_actions: list[BulkPart]
    changes: msgspec.Raw
    reviewed_by: str | None
    group_note: str
    group_count: int
    reproduce: Reproduction
