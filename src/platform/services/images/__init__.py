"""Illustrations: ordered by people, drawn by workers, charged once each.

An image's row is its own outbox and its own stage: it says who may work on it (lease and token), when it is due and
what is set aside for it. Whoever ends an image changes row, account and ledger in one statement.
"""

from .orders import NewImage, create
from .views import ImagePage, ImageView, content, get, of_job
from .work import (
    ILLUSTRATE,
    MOST_ATTEMPTS,
    Claimed,
    claim,
    fail,
    finish,
    key,
    offer_due,
    release,
    renew,
    rescue_expired,
)

__all__ = [
    "ILLUSTRATE",
    "MOST_ATTEMPTS",
    "Claimed",
    "ImagePage",
    "ImageView",
    "NewImage",
    "claim",
    "content",
    "create",
    "fail",
    "finish",
    "get",
    "key",
    "of_job",
    "offer_due",
    "release",
    "renew",
    "rescue_expired",
]
