"""What the content analysis found, and the clips made of it."""

from __future__ import annotations

from piccolo.columns import JSONB, Array, Boolean, DoublePrecision, Integer, Text, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from . import columns
from .jobs import Job


class ContentSegment(Table, tablename="content_segments"):
    """A whole thought in the recording; seconds from the start of the file, importance 0 to 1."""

    id = columns.key()
    job_id = columns.owned_by(Job)
    position = Integer(null=False)
    start_seconds = DoublePrecision(null=False)
    end_seconds = DoublePrecision(null=False)
    title = Varchar(length=300, null=False)
    topics = Array(base_column=Varchar(length=100), default=list, null=False)
    importance = DoublePrecision(null=False)
    reason = Text(default="", null=False)
    quote = Text(default="", null=False)

    content_segments_once = Unique(["job_id", "position"])
    content_segments_order = Check("start_seconds >= 0 AND end_seconds > start_seconds")
    content_segments_importance = Check("importance BETWEEN 0 AND 1")


class Clip(Table, tablename="clips"):
    """A short video cut from the recording; ``spans`` is a list of {start, end} in seconds."""

    id = columns.key()
    job_id = columns.owned_by(Job)
    position = Integer(null=False)
    title = Varchar(length=300, null=False)
    reason = Text(default="", null=False)
    score = DoublePrecision(null=False)
    topics = Array(base_column=Varchar(length=100), default=list, null=False)
    spans = JSONB(null=False)
    duration_seconds = DoublePrecision(null=False)
    status = Varchar(length=16, default="pending", null=False)
    subtitles = Boolean(default=True, null=False)
    aspect = Varchar(length=8, default="16:9", null=False)
    storage_key = Varchar(length=255, default=None, null=True)
    error = JSONB(default=None, null=True)
    created_at = columns.created()
    deleted_at = columns.moment()

    clips_once = Unique(["job_id", "position"])
    clips_status = Check("status IN ('pending', 'rendering', 'ready', 'failed')")
    clips_aspect = Check("aspect IN ('16:9', '9:16', '1:1', '4:5')")
    clips_score = Check("score BETWEEN 0 AND 1 AND duration_seconds > 0")
