"""Clips of real recordings: every cut is in a pause or at the edge of a word of the reference.

The word times that cuts are chosen by are as wrong as those of engines; the pauses are those of our own detector.
"""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from reelscribe.platform.domain import selection, sentences, timeline
from reelscribe.platform.domain.clips import ClipPlan, ClipsWanted, ContentSegment
from reelscribe.platform.domain.sentences import Sentence
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.domain.transcript import Segment, Word
from reelscribe.platform.engines.messages import Transcribe
from reelscribe.platform.media import silence, wav

from tests.platform.media.conftest import decoded, ignore

TALKS = ("lecture_2spk_12min.mp4", "panel_5spk_8min_overlap.m4a")
TOLERANCE = 0.05  # seconds: as exact as the reference is
PART_SECONDS = 32.0  # ends in a pause


class Truth(msgspec.Struct):
    """What is known about a recording, and the pauses that are heard in it."""

    segments: list[dict[str, Any]]
    pauses: list[Span]
    rests: list[Span]
    duration: float
    sound: Path

    def torn(self, at: float) -> list[str]:
        """Return the words of the reference that a cut would tear."""
        if any(pause.start <= at <= pause.end for pause in (*self.pauses, *self.rests)):
            return []
        words = (word for segment in self.segments for word in segment["words"] if word["s"] is not None)
        return [word["w"] for word in words if word["s"] + TOLERANCE < at < word["e"] - TOLERANCE]


@pytest.fixture(scope="module")
async def truths(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Truth]:
    folder = tmp_path_factory.mktemp("talks")
    return {name: await _truth(shared / "media" / "E_long" / name, folder) for name in TALKS}


async def _truth(path: Path, folder: Path) -> Truth:
    known = json.loads(path.with_name(f"{path.name}.truth.json").read_text(encoding="utf-8"))
    sound = folder / f"{path.stem}.wav"
    await decoded(path, sound)
    pauses = await silence.detect(sound, on_progress=ignore, min_seconds=0.12)
    rests = [Span(rest["start"], rest["end"]) for rest in (*known["silences"], *known["pauses_inside_segments"])]
    return Truth(known["segments"], pauses, rests, known["duration"], sound)


def heard(truth: Truth, random: Random, *, wrong_by: float) -> list[Segment]:
    """Return the transcript of an engine whose words begin and end up to so many seconds early or late."""
    segments = (_misheard(segment, random, wrong_by) for segment in truth.segments)
    return sorted(segments, key=lambda segment: segment.start)


def _misheard(segment: dict[str, Any], random: Random, wrong_by: float) -> Segment:
    known = [word for word in segment["words"] if word["s"] is not None]
    starts: list[float] = []
    for word in known:
        starts.append(max(word["s"] + random.uniform(-wrong_by, wrong_by), *starts[-1:], 0.0))
    ends = [max(word["e"] + random.uniform(-wrong_by, wrong_by), 0.0) for word in known]
    words = [
        Word(start=start, end=max(start, min(end, following)), text=word["w"])
        for word, start, end, following in zip(known, starts, ends, [*starts[1:], 1e9], strict=True)
    ]
    mark = segment["text"].strip()[-1:]
    if mark in ".?!,;":
        words[-1] = msgspec.structs.replace(words[-1], text=words[-1].text + mark)
    text = " ".join(word.text for word in words)
    last = max(word.end for word in words)
    return Segment(id="", start=starts[0], end=last, speaker=segment["speaker"], text=text, words=tuple(words))


def found(text: tuple[Sentence, ...], random: Random) -> list[ContentSegment]:
    """Return thoughts of all lengths, one after the other, each with one of its sentences as the quote."""
    thoughts: list[ContentSegment] = []
    first = 0
    while first < len(text):
        length = random.choice((3, 8, 20, 40, 70, 150))
        last = max(at for at in range(first, len(text)) if text[at].start - text[first].start <= length)
        quote = text[random.randint(first, last)].text
        thoughts.append(
            ContentSegment(
                first=first,
                last=last,
                start=text[first].start,
                end=text[last].end,
                title=f"From {first}",
                topics=(random.choice("abcd"),),
                importance=random.random(),
                quote=quote,
            )
        )
        first = last + 1
    return thoughts


def check(plans: tuple[ClipPlan, ...], truth: Truth, wanted: ClipsWanted) -> None:
    edges = [edge for plan in plans for span in plan.spans for edge in (span.start, span.end)]
    assert {at: words for at in edges if (words := truth.torn(at))} == {}
    assert all(timeline.total(plan.spans) <= wanted.max_seconds + 1e-6 for plan in plans)
    assert all(other.spans[0].start - one.spans[-1].end >= 0.05 - 1e-6 for one, other in pairwise(plans))


@pytest.mark.parametrize("name", TALKS)
@pytest.mark.parametrize("wrong_by", [0.0, 0.3])
async def test_clips_begin_and_end_where_nobody_is_cut_off(
    truths: dict[str, Truth], name: str, wrong_by: float
) -> None:
    truth = truths[name]
    for seed in range(5):
        random = Random(seed)
        text = sentences.of(heard(truth, random, wrong_by=wrong_by), "en")
        wanted = ClipsWanted(count=8, max_seconds=random.choice((30.0, 90.0)), remove_pauses=bool(seed % 2))

        plans = selection.choose(found(text, random), text, truth.pauses, duration=truth.duration, wanted=wanted)

        assert len(plans) >= 3
        check(plans, truth, wanted)


class Ears:
    """Takes the place of the channel to the parent of an engine's child."""

    def __init__(self) -> None:
        self.segments: list[Segment] = []

    def heard(self, segments: list[Segment]) -> None:
        self.segments += segments

    def progress(self, fraction: float) -> None:
        """Needs no place."""


@pytest.mark.slow
async def test_clips_by_the_words_of_an_engine_cut_nobody_off(truths: dict[str, Truth], tmp_path: Path) -> None:
    sphinx = pytest.importorskip("reelscribe.platform.engines.child.sphinx")  # has no wheel for every Python
    truth, ears = truths[TALKS[0]], Ears()
    with wav.Writer(tmp_path / "part.wav") as part:
        part.write(next(wav.blocks(truth.sound, round(PART_SECONDS * wav.RATE))))
    command = Transcribe(audio=str(tmp_path / "part.wav"), duration=PART_SECONDS, language="en")
    sphinx.Sphinx.load().transcribe(command, ears)
    pauses = timeline.clip(truth.pauses, Span(0.0, PART_SECONDS))

    for seed in range(5):
        random = Random(seed)
        text = sentences.of(ears.segments, "en")
        wanted = ClipsWanted(count=3, min_seconds=5, max_seconds=20)
        plans = selection.choose(found(text, random), text, pauses, duration=PART_SECONDS, wanted=wanted)

        assert plans
        check(plans, truth, wanted)
