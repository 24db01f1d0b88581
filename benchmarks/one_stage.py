"""A worker for jobs of one stage whose work does nothing for a set time: ``python -m benchmarks.one_stage``.

Everything but the work is the real worker. The pipeline is cut down to ``ingest``, whose work returns a checkpoint
after ``BENCH_WORK_SECONDS`` (default 0: at once).
"""

from __future__ import annotations

import asyncio
import os
import sys

import msgspec
from reelscribe.actors import registry, worker
from reelscribe.actors.checkpoints import Ingested
from reelscribe.actors.report import Report
from reelscribe.platform.domain.lifecycle import PIPELINES, JobKind, StageName
from reelscribe.platform.services.stages import Claimed, Finished

_SECONDS = float(os.environ.get("BENCH_WORK_SECONDS", "0"))
_DONE = Finished(
    result=msgspec.json.encode(Ingested(audio_key="none", duration_seconds=90.0)),
    # A job that came over HTTP has the later stages too.
    skip=tuple(name for name in StageName if name is not StageName.INGEST),
)


async def work(_stage: Claimed, _report: Report) -> Finished:
    """Take the set time."""
    if _SECONDS:
        await asyncio.sleep(_SECONDS)
    return _DONE


def main() -> int:
    """Run the worker until SIGTERM; returns the exit code."""
    PIPELINES[JobKind.TRANSCRIPTION] = (StageName.INGEST,)
    registry.WORK[StageName.INGEST] = work
    return worker.run(sys.argv[1:] or None)


if __name__ == "__main__":
    sys.exit(main())
