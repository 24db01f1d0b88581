"""Illustrations as their owners see them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import msgspec

from ... import db, storage
from ...domain.illustrations import Aspect
from ...domain.pictures import Picture
from ...errors import Conflict, NotFound
from ...settings import current
from ..files import Download
from ..media import LINK_LIFETIME

Status = Literal["pending", "running", "ready", "failed"]


class ImageError(msgspec.Struct, frozen=True, kw_only=True):
    """Why there is no picture, in words for its owner; ``hint`` says what to do."""

    code: str
    message: str
    hint: str


class ImageCredits(msgspec.Struct, frozen=True, kw_only=True):
    """What a picture costs: as set aside now, as charged at the end."""

    held: Decimal
    charged: Decimal


class ImageView(msgspec.Struct, frozen=True, kw_only=True):
    """An illustration; ``url`` is None until it is ``ready``, ``width`` and ``height`` in pixels, ``size`` in bytes."""

    id: UUID
    job_id: UUID | None
    clip_id: UUID | None
    status: Status
    prompt: str
    aspect: Aspect
    url: str | None
    content_type: str | None
    width: int | None
    height: int | None
    size: int | None
    credits: ImageCredits
    error: ImageError | None
    created_at: datetime
    finished_at: datetime | None


class ImagePage(msgspec.Struct, frozen=True, kw_only=True):
    """All illustrations of a job and its clips, newest first; there are few."""

    items: list[ImageView]
    next_cursor: str | None = None


_PLAIN = ("id", "job_id", "clip_id", "status", "prompt", "aspect", "content_type", "width", "height")
COLUMNS = ", ".join(
    f"i.{name}"
    for name in (*_PLAIN, "size_bytes", "error", "credits_held", "credits_charged", "created_at", "finished_at")
)


async def get(user_id: UUID, image_id: UUID) -> ImageView:
    """Return one illustration of the user.

    Raises:
        NotFound: there is none with this id.
    """
    return of_row(await _row(user_id, image_id))


async def of_job(user_id: UUID, job_id: UUID) -> ImagePage:
    """Return the illustrations of a job.

    Raises:
        NotFound: there is no such job of the user.
    """
    if await db.fetch_one("SELECT 1 FROM jobs WHERE id = $1 AND user_id = $2", job_id, user_id) is None:
        raise NotFound("There is no such job")
    rows = await db.fetch(
        f"SELECT {COLUMNS} FROM images i WHERE i.job_id = $1 ORDER BY i.created_at DESC, i.id DESC LIMIT 1000",  # noqa: S608
        job_id,
    )
    return ImagePage(items=[of_row(row) for row in rows])


async def content(user_id: UUID, image_id: UUID) -> Download:
    """Return where the picture is.

    Raises:
        NotFound: there is no such illustration of the user.
        Conflict: it is not drawn.
    """
    row = await _row(user_id, image_id, more=", i.storage_key")
    if row["status"] != "ready":
        hint = "Its 'error' says why." if row["status"] == "failed" else "Ask for it again in a few seconds."
        raise Conflict(f"There is no picture: it is {row['status']}.", hint=hint)
    about = Picture(content_type=row["content_type"], width=row["width"], height=row["height"])
    key, name = row["storage_key"], f"illustration-{image_id}{about.suffix}"
    return Download(
        key=key,
        filename=name,
        content_type=about.content_type,
        size=row["size_bytes"],
        etag=key.rsplit("/", 1)[-1],  # a key never gets another content
        redirect=_link(key, name, about) if storage.current().direct else None,
    )


def _link(key: str, name: str, about: Picture) -> str:
    return storage.current().signed_url(key, expires=LINK_LIFETIME, filename=name, content_type=about.content_type)


async def _row(user_id: UUID, image_id: UUID, *, more: str = "") -> db.Row:
    row = await db.fetch_one(
        f"SELECT {COLUMNS}{more} FROM images i WHERE i.id = $1 AND i.user_id = $2",  # noqa: S608 - constants
        image_id,
        user_id,
    )
    if row is None:
        raise NotFound("There is no such image")
    return row


def _address() -> str:
    return f"{current().public_url.rstrip('/')}/api/v1/images"


def of_row(row: db.Row) -> ImageView:
    """Return the view of a row that was selected with ``COLUMNS``; only a failed one shows why."""
    values: dict[str, Any] = {name: row[name] for name in _PLAIN}
    failed = row["status"] == "failed"
    return ImageView(
        **values,
        url=f"{_address()}/{row['id']}/content" if row["status"] == "ready" else None,
        size=row["size_bytes"],
        credits=ImageCredits(held=row["credits_held"], charged=row["credits_charged"]),
        error=msgspec.json.decode(row["error"], type=ImageError) if failed else None,
        created_at=row["created_at"],
        finished_at=row["finished_at"],
    )
