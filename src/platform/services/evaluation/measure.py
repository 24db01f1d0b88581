"""Let engines work on recordings and score what they hear; a failure is a result too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from ...domain import evaluation
from ...domain.evaluation import Heard, Score, Way
from ...engines.protocol import Engine
from ...errors import ReelscribeError
from . import bare, manifest
from .bare import Decode, Wanted
from .manifest import Recording

# Gets the engine, the recording and how far it is with one step, 0 to 1.
Tell = Callable[[str, str, float], None]


async def bare_engine(
    engine: Engine, recordings: Sequence[Recording], wanted: Wanted, *, decode: Decode, collar: float, tell: Tell
) -> list[Score]:
    """Score the engine called directly, one recording after the other."""
    scores = []
    for recording in recordings:
        tell(engine.name, recording.name, 0.0)
        work = bare.hear(engine, recording, wanted, decode=decode, tell=_told(tell, engine.name, recording.name))
        scores.append(await scored(recording, work, engine=engine.name, way="engine", collar=collar))
    return scores


async def scored(recording: Recording, work: Awaitable[Heard], *, engine: str, way: Way, collar: float) -> Score:
    """Await ``work`` and compare it with the reference; what goes wrong is the score's ``failure``."""
    try:
        heard = await work
        return evaluation.score(
            manifest.reference(recording),
            heard,
            engine=engine,
            way=way,
            recording=recording.name,
            language=recording.language,
            collar=collar,
        )
    except ReelscribeError as exc:
        failure = " ".join(f"{exc.message} {exc.hint}".split())
        return Score(engine=engine, way=way, recording=recording.name, failure=failure)


def _told(tell: Tell, engine: str, recording: str) -> Callable[[float], None]:
    return lambda fraction: tell(engine, recording, fraction)
