"""Who speaks when, by pyannote, and by our own small models where that cannot be had."""

from __future__ import annotations

from collections.abc import Mapping

from ..settings import Settings
from . import by_child
from .pool import Pool
from .protocol import Diarization, Reporter, Request


async def diarize(
    pool: Pool,
    settings: Settings,  # noqa: ARG001 being built
    request: Request,
    report: Reporter,
    *,
    environ: Mapping[str, str],  # noqa: ARG001 being built
) -> Diarization:
    """Tell the speakers in the recording of ``request`` apart."""
    return await by_child.diarize(pool, request, report)
