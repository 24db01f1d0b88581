"""Recordings and the uploads that bring them."""

from __future__ import annotations

from piccolo.columns import JSONB, BigInt, DoublePrecision, Integer, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from . import columns
from .accounts import User


class Media(Table, tablename="media"):
    """A file somebody uploaded; ``kind`` and ``duration_seconds`` come from its content, not its name."""

    id = columns.key()
    user_id = columns.owned_by(User)
    filename = Varchar(length=255, null=False)
    storage_key = Varchar(length=255, unique=True, null=False)
    size_bytes = BigInt(null=False)
    sha256 = Varchar(length=64, null=False)
    content_type = Varchar(length=100, null=False)
    kind = Varchar(length=16, null=False)
    duration_seconds = DoublePrecision(default=None, null=True)  # None for text
    probe = JSONB(default="{}", null=False)  # streams and container as ffprobe names them
    created_at = columns.created()
    deleted_at = columns.moment()

    media_kind = Check("kind IN ('audio', 'video', 'text')")
    media_size = Check("size_bytes > 0")


class Upload(Table, tablename="uploads"):
    """A resumable upload in parts; its bytes live in the storage until ``complete`` makes a media of them."""

    id = columns.key()
    user_id = columns.owned_by(User)
    filename = Varchar(length=255, null=False)
    content_type = Varchar(length=100, default="", null=False)
    size_bytes = BigInt(null=False)
    part_size = BigInt(null=False)
    part_count = Integer(null=False)
    sha256 = Varchar(length=64, default=None, null=True)
    storage_key = Varchar(length=255, unique=True, null=False)
    storage_upload = Varchar(length=1024, default="", null=False)  # the storage's own name for it
    status = Varchar(length=16, default="open", null=False)
    media_id = columns.refers_to(Media)
    created_at = columns.created()
    expires_at = columns.created()

    uploads_status = Check("status IN ('open', 'completing', 'completed', 'aborted')")
    uploads_size = Check("size_bytes > 0 AND part_size > 0 AND part_count > 0")


class SilenceRegion(Table, tablename="silence_regions"):
    """A stretch without speech; seconds from the start of the file."""

    id = columns.key()
    media_id = columns.owned_by(Media)
    start_seconds = DoublePrecision(null=False)
    end_seconds = DoublePrecision(null=False)

    silence_regions_once = Unique(["media_id", "start_seconds"])
    silence_regions_order = Check("start_seconds >= 0 AND end_seconds > start_seconds")
