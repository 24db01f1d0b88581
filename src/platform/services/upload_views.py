"""What clients say and hear about resumable uploads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec

from .. import db, storage
from ..storage import PartArrived

_MIB = 1024 * 1024
# S3 takes parts from 5 MiB; a lost connection then costs at most this much.
_SMALLEST_PART = 8 * _MIB
# S3 takes 10,000; fewer keep the answer with all their URLs small.
_MOST_PARTS = 1_000


class NewUpload(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a client announces; ``size`` in bytes, ``content_type`` is a claim and decides nothing."""

    filename: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    size: Annotated[int, msgspec.Meta(ge=1, le=2**62)]
    content_type: Annotated[str, msgspec.Meta(max_length=100, pattern=r"^[ -~]*\Z")] = ""
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-fA-F]{64}$")] | None = None


class PartView(msgspec.Struct, frozen=True, kw_only=True):
    """A part: whether it has ``arrived`` whole, else how to send its ``size`` bytes."""

    number: int
    size: int
    arrived: bool
    method: str
    url: str
    headers: dict[str, str]


class UploadView(msgspec.Struct, frozen=True, kw_only=True):
    """An upload; part 1 holds the first ``part_size`` bytes, the last part the rest."""

    id: UUID
    filename: str
    size: int
    content_type: str
    sha256: str | None
    status: str
    part_size: int
    parts: list[PartView]
    media_id: UUID | None
    created_at: datetime
    expires_at: datetime


def part_size_for(size: int) -> int:
    """Return the size of all parts but the last, in bytes, for a file of ``size`` bytes.

    >>> part_size_for(1) // _MIB, part_size_for(5 * 1024**3) // _MIB, part_size_for(100 * 1024**3) // _MIB
    (8, 8, 103)
    """
    return max(_SMALLEST_PART, -(-size // _MOST_PARTS // _MIB) * _MIB)


def all_parts(row: db.Row) -> list[PartArrived]:
    """Return the parts as they should be, from 1 on."""
    size, part_size = row["size_bytes"], row["part_size"]
    sizes = [min(part_size, size - start) for start in range(0, size, part_size)]
    return [PartArrived(number=number, size=size, etag="") for number, size in enumerate(sizes, start=1)]


def is_whole(part: PartArrived, arrived: Mapping[int, PartArrived]) -> bool:
    """Tell whether ``part`` lies in the storage in its full size."""
    return part.number in arrived and arrived[part.number].size == part.size


def of_row(row: db.Row, arrived: Mapping[int, PartArrived]) -> UploadView:
    """Return a row of ``uploads`` as its owner sees it; the parts are listed while they can be sent."""
    left = row["expires_at"] - datetime.now(UTC)
    is_open = row["status"] == "open" and left >= timedelta(seconds=1)
    parts = [_part_view(row, part, left, arrived) for part in all_parts(row)] if is_open else []
    return UploadView(
        id=row["id"],
        filename=row["filename"],
        size=row["size_bytes"],
        content_type=row["content_type"],
        sha256=row["sha256"],
        status=row["status"],
        part_size=row["part_size"],
        parts=parts,
        media_id=row["media_id"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
    )


def _part_view(row: db.Row, part: PartArrived, left: timedelta, arrived: Mapping[int, PartArrived]) -> PartView:
    target = storage.current().part_target(
        row["storage_key"], row["storage_upload"], part.number, size=part.size, expires=left
    )
    return PartView(
        number=part.number,
        size=part.size,
        arrived=is_whole(part, arrived),
        method=target.method,
        url=target.url,
        headers=target.headers,
    )
