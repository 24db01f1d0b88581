"""How good an engine is: what it heard in recordings whose words and speakers are known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from . import diarization_error, word_errors
from .diarization_error import DiarizationError
from .transcript import Segment, Turn
from .word_errors import WordErrors

# ``engine``: called directly, one whole recording at a time; ``platform``: a job over the HTTP API.
Way = Literal["engine", "platform"]

# How far the platform may be from the engine that it runs, in points (hundredths).
WER_POINTS, DER_POINTS = 0.5, 1.0


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """What is really said and by whom; None where nobody has written it down, an empty text where nothing is said."""

    text: str | None = None
    turns: tuple[Turn, ...] | None = None


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What came out. ``seconds`` is the length of the recording, ``took`` that of the work (with loading a model).

    ``turns`` are those of the diarization, ``said`` those of the finished transcript (``transcript_turns``); each
    None where nobody asked for it or it cannot be seen.
    """

    model: str
    seconds: float
    took: float
    language: str | None = None
    text: str | None = None
    turns: tuple[Turn, ...] | None = None
    said: tuple[Turn, ...] | None = None


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """One recording, one engine, one way; what could not be scored is None. ``failure``: why there is no result.

    ``turns`` is the error of the diarization's turns, ``transcript`` that of the finished transcript's speakers.
    """

    engine: str
    way: Way
    recording: str
    language: str | None = None
    model: str = ""
    seconds: float = 0.0
    took: float = 0.0
    words: WordErrors | None = None
    turns: DiarizationError | None = None
    transcript: DiarizationError | None = None
    speakers: int | None = None
    speakers_true: int | None = None
    failure: str = ""

    @property
    def is_wordless(self) -> bool:
        """Whether nothing is said in the recording, so that every word is invented."""
        return self.words is not None and self.words.words == 0


class Pool(msgspec.Struct, frozen=True, kw_only=True):
    """All recordings of one engine and way together; rates weigh each word and each second alike.

    ``words`` are those of recordings in which something is said; ``invented`` those heard in the others.
    """

    engine: str
    way: Way
    model: str
    recordings: int
    failed: int
    seconds: float
    took: float
    words: WordErrors | None = None
    invented: int | None = None
    turns: DiarizationError | None = None
    transcript: DiarizationError | None = None

    @property
    def pace(self) -> float:
        """Return seconds of work per second of sound."""
        return self.took / self.seconds if self.seconds else 0.0


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """How far the platform is from the bare engine, in points, over what both could do; negative: it is better."""

    engine: str
    recordings: int
    wer_points: float | None = None
    der_points: float | None = None

    @property
    def is_small(self) -> bool:
        """Whether nothing, neither better nor worse, is further off than ``WER_POINTS`` and ``DER_POINTS``."""
        return abs(self.wer_points or 0.0) <= WER_POINTS and abs(self.der_points or 0.0) <= DER_POINTS


def transcript_turns(segments: Iterable[Segment]) -> tuple[Turn, ...]:
    """Return who speaks when by a transcript: its segments' times and speakers, never two people at once."""
    return tuple(Turn(start=one.start, end=one.end, speaker=one.speaker) for one in segments if one.speaker)


def score(
    reference: Reference,
    heard: Heard,
    *,
    engine: str,
    way: Way,
    recording: str,
    language: str | None,
    collar: float,
) -> Score:
    """Compare; ``language`` is that of the recording where it is known, ``collar`` as of ``diarization_error``."""
    spoken_in = language or heard.language
    words = None
    if reference.text is not None and heard.text is not None:
        words = word_errors.compare(reference.text, heard.text, language=spoken_in)
    best = heard.turns if heard.turns is not None else heard.said
    return Score(
        engine=engine,
        way=way,
        recording=recording,
        language=spoken_in,
        model=heard.model,
        seconds=heard.seconds,
        took=heard.took,
        words=words,
        turns=_of_speakers(reference.turns, heard.turns, collar),
        transcript=_of_speakers(reference.turns, heard.said, collar),
        speakers=None if best is None or reference.turns is None else _people(best),
        speakers_true=None if reference.turns is None else _people(reference.turns),
    )


def pools(scores: Sequence[Score]) -> tuple[Pool, ...]:
    """Return one pool for each engine and way, in order of first appearance."""
    kinds = dict.fromkeys((one.engine, one.way) for one in scores)
    return tuple(_pool([one for one in scores if (one.engine, one.way) == kind]) for kind in kinds)


def differences(scores: Sequence[Score]) -> tuple[Difference, ...]:
    """Compare both ways of each engine over the recordings that neither failed."""
    found = []
    for engine in dict.fromkeys(one.engine for one in scores):
        bare = {one.recording: one for one in scores if (one.engine, one.way, one.failure) == (engine, "engine", "")}
        whole = {one.recording: one for one in scores if (one.engine, one.way, one.failure) == (engine, "platform", "")}
        both = [name for name in bare if name in whole]
        if both:
            found.append(_difference(_pool([bare[name] for name in both]), _pool([whole[name] for name in both])))
    return tuple(found)


def _pool(scores: Sequence[Score]) -> Pool:
    done = [one for one in scores if not one.failure]
    words = [one.words for one in done if one.words is not None and not one.is_wordless]
    invented = [one.words.extra for one in done if one.words is not None and one.is_wordless]
    turns = [one.turns for one in done if one.turns is not None]
    said = [one.transcript for one in done if one.transcript is not None]
    return Pool(
        engine=scores[0].engine,
        way=scores[0].way,
        model=", ".join(dict.fromkeys(one.model for one in done if one.model)),
        recordings=len(scores),
        failed=len(scores) - len(done),
        seconds=sum(one.seconds for one in done),
        took=sum(one.took for one in done),
        words=word_errors.together(words) if words else None,
        invented=sum(invented) if invented else None,
        turns=diarization_error.together(turns) if turns else None,
        transcript=diarization_error.together(said) if said else None,
    )


def _difference(bare: Pool, whole: Pool) -> Difference:
    return Difference(
        engine=bare.engine,
        recordings=bare.recordings,
        wer_points=_points(bare.words, whole.words),
        der_points=_worst(_points(bare.turns, whole.turns), _points(bare.transcript, whole.transcript)),
    )


def _worst(*points: float | None) -> float | None:
    return max((each for each in points if each is not None), key=abs, default=None)


def _points(bare: WordErrors | DiarizationError | None, whole: WordErrors | DiarizationError | None) -> float | None:
    return None if bare is None or whole is None else round(100 * (whole.rate - bare.rate), 3)


def _of_speakers(true: Sequence[Turn] | None, found: Sequence[Turn] | None, collar: float) -> DiarizationError | None:
    return None if true is None or found is None else diarization_error.compare(true, found, collar=collar)


def _people(turns: Sequence[Turn]) -> int:
    return len({turn.speaker for turn in turns})
