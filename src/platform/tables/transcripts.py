"""Transcripts in versions, and the stored results of jobs."""

from __future__ import annotations

from piccolo.columns import JSONB, BigInt, DoublePrecision, Integer, Text, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from . import columns
from .accounts import User
from .jobs import Job


class TranscriptVersion(Table, tablename="transcripts"):
    """One version of a job's transcript; a re-run or an edit adds one, none is ever changed.

    ``document`` is the whole ``domain.transcript.Transcript``. A ``partial`` one is what a cancelled or failed
    run had made so far.
    """

    id = columns.key()
    job_id = columns.owned_by(Job)
    version = Integer(null=False)
    origin = Varchar(length=16, null=False)
    run = Integer(default=1, null=False)
    language = Varchar(length=16, default=None, null=True)
    duration_seconds = DoublePrecision(null=False)
    document = JSONB(null=False)
    text = Text(default="", null=False)
    created_by = columns.refers_to(User)
    created_at = columns.created()

    transcripts_once = Unique(["job_id", "version"])
    transcripts_origin = Check("origin IN ('engine', 'edit', 'restore', 'partial')")
    transcripts_version = Check("version >= 1 AND duration_seconds >= 0")


class Artifact(Table, tablename="artifacts"):
    """A file that a job made, such as an export of its transcript."""

    id = columns.key()
    job_id = columns.owned_by(Job)
    kind = Varchar(length=32, null=False)
    version = Integer(default=1, null=False)
    storage_key = Varchar(length=255, unique=True, null=False)
    content_type = Varchar(length=100, null=False)
    size_bytes = BigInt(null=False)
    created_at = columns.created()

    artifacts_once = Unique(["job_id", "kind", "version"])
