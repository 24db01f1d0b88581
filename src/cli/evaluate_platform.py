"""The second half of ``reelscribe evaluate --platform``: the same recordings as jobs of a whole platform."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import click
import msgspec

from ..platform.domain import evaluation
from ..platform.domain.evaluation import Heard, Score
from ..platform.domain.exports import rttm
from ..platform.domain.transcript import Transcript
from ..platform.services.evaluation import measure
from ..platform.services.evaluation.bare import Wanted
from ..platform.services.evaluation.manifest import Recording
from . import demo, following, launch
from .client import Client, NewJob
from .transcribe import NO_MEDIA


def scores(engines: Sequence[str], recordings: Sequence[Recording], wanted: Wanted, *, collar: float) -> list[Score]:
    """Start a platform, give it every recording as a job of every engine over its HTTP API, and stop it again.

    Raises:
        Misconfigured: it does not start.
    """
    click.echo("Starting the platform: PostgreSQL, Redis, web, worker, scheduler …", err=True)
    with launch.platform(environ=demo.environ()) as platform:
        key = demo.new_key(platform.url)
        with Client(platform.url, key) as client:
            return [
                asyncio.run(
                    measure.scored(
                        recording,
                        _heard(client, recording, engine, wanted),
                        engine=engine,
                        way="platform",
                        collar=collar,
                    )
                )
                for engine in engines
                for recording in recordings
            ]


async def _heard(client: Client, recording: Recording, engine: str, wanted: Wanted) -> Heard:
    speakers, started = wanted.speakers and recording.has_turns, time.perf_counter()
    order = NewJob(
        media_id=NO_MEDIA,
        engine=engine,
        model=wanted.model,
        language=recording.language,
        mode="dialogue" if speakers else "mono",
    )
    job = following.complete(client, recording.path, order)
    made = msgspec.json.decode(client.transcript(job.id, "json"), type=Transcript)
    return Heard(
        model=made.engine.model,
        seconds=made.duration,
        took=time.perf_counter() - started,
        language=made.language,
        text=made.text if wanted.words else None,
        turns=rttm.parse(client.transcript(job.id, "rttm").decode()) if speakers else None,
        said=evaluation.transcript_turns(made.segments) if speakers else None,
    )
