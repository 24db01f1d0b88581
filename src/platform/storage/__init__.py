"""Where files are kept; ``current()`` is the storage of this process."""

from __future__ import annotations

from functools import cache

from .. import settings
from . import blocks
from .local import LocalStorage
from .protocol import PartArrived, PartTarget, Storage, Stored

__all__ = ["LocalStorage", "PartArrived", "PartTarget", "Storage", "Stored", "blocks", "current", "of"]


@cache
def current() -> Storage:
    """Return the storage that the settings of this process name; opens nothing yet."""
    return of(settings.current())


def of(chosen: settings.Settings) -> Storage:
    """Return the storage that ``chosen`` names."""
    if chosen.storage_backend == "local":
        return LocalStorage(chosen.storage_path, public_url=chosen.public_url)
    from .copies import Copies
    from .s3 import S3Storage, connect  # the SDK takes a quarter of a second and is needed only here

    client = connect(
        endpoint=chosen.s3_endpoint,
        region=chosen.s3_region,
        access_key=chosen.s3_access_key,
        secret_key=chosen.s3_secret_key,
    )
    copies = Copies(chosen.home / "fetched", limit_bytes=chosen.fetched_bytes)
    return S3Storage(client, chosen.s3_bucket, copies=copies)
