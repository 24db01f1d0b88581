"""Webhooks of users and every delivery to them (Standard Webhooks 1.0)."""

from __future__ import annotations

from piccolo.columns import JSONB, UUID, Array, Integer, Text, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from . import columns
from .accounts import User


class Webhook(Table, tablename="webhooks"):
    """An address that wants to hear of a user's events."""

    id = columns.key()
    user_id = columns.owned_by(User, index=True)
    url = Varchar(length=2000, null=False)
    secret = Varchar(length=128, null=False)
    events = Array(base_column=Varchar(length=64), default=list, null=False)
    created_at = columns.created()
    disabled_at = columns.moment()


class WebhookDelivery(Table, tablename="webhook_deliveries"):
    """One event for one webhook, written once; tried until it arrives or is given up."""

    id = columns.key()
    webhook_id = columns.owned_by(Webhook)
    event_id = UUID(null=False)
    event_type = Varchar(length=64, null=False)
    payload = JSONB(null=False)
    status = Varchar(length=16, default="pending", null=False)
    attempts = Integer(default=0, null=False)
    due_at = columns.created()
    response_status = Integer(default=None, null=True)
    response_excerpt = Text(default="", null=False)
    created_at = columns.created()
    finished_at = columns.moment()

    webhook_deliveries_once = Unique(["webhook_id", "event_id"])
    webhook_deliveries_status = Check("status IN ('pending', 'delivered', 'failed')")
