"""Illustrations."""

from __future__ import annotations

from decimal import Decimal

from piccolo.columns import JSONB, UUID, BigInt, Integer, Numeric, Text, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from . import columns
from .accounts import User
from .clips import Clip
from .jobs import Job


class Image(Table, tablename="images"):
    """A picture for a job or one of its clips, drawn by whichever worker holds the lease.

    It is its own outbox: while it is ``pending`` and ``due_at`` is past, the scheduler sends ``message_id`` as often as
    Redis loses it. ``credits_*`` are exact, in credits.
    """

    id = columns.key()
    user_id = columns.owned_by(User)
    job_id = columns.refers_to(Job)
    clip_id = columns.refers_to(Clip)
    prompt = Text(null=False)
    aspect = Varchar(length=8, default="16:9", null=False)
    status = Varchar(length=16, default="pending", null=False)
    attempts = Integer(default=0, null=False)
    due_at = columns.created()
    message_id = UUID(default=UUID4(), null=False)
    lease_token = UUID(default=None, null=True)
    lease_expires_at = columns.moment()
    worker = Varchar(length=100, default=None, null=True)
    storage_key = Varchar(length=255, default=None, null=True)
    content_type = Varchar(length=100, default=None, null=True)
    size_bytes = BigInt(default=None, null=True)
    width = Integer(default=None, null=True)  # pixels
    height = Integer(default=None, null=True)
    error = JSONB(default=None, null=True)  # {code, message, hint}
    credits_held = Numeric(digits=(14, 2), default=Decimal(0), null=False)
    credits_charged = Numeric(digits=(14, 2), default=Decimal(0), null=False)
    created_at = columns.created()
    finished_at = columns.moment()

    images_status = Check("status IN ('pending', 'running', 'ready', 'failed')")
    images_aspect = Check("aspect IN ('16:9', '9:16', '1:1', '4:5')")
    images_lease = Check(
        "(status = 'running') = (lease_token IS NOT NULL) AND (lease_token IS NULL) = (lease_expires_at IS NULL)"
    )
    images_ready = Check(
        "(status = 'ready') = (storage_key IS NOT NULL) AND (storage_key IS NULL OR"
        " (content_type IS NOT NULL AND size_bytes > 0 AND width > 0 AND height > 0))"
    )
    images_final = Check("(status IN ('ready', 'failed')) = (finished_at IS NOT NULL)")
    images_failed = Check("status <> 'failed' OR error IS NOT NULL")
    images_credits = Check(
        "credits_held >= 0 AND credits_charged >= 0 AND (finished_at IS NULL OR credits_held = 0)"
        " AND (status = 'ready' OR credits_charged = 0)"
    )
