"""A real lecture becomes clips by the real processes although the worker dies in the middle; its edges are heard."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from reelscribe.platform import db, storage
from reelscribe.platform.domain.clips import ClipsWanted
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.media import programs
from reelscribe.platform.services import jobs
from reelscribe.platform.services.clips import files, views
from reelscribe.platform.services.clips.edits import ClipChanges, change
from reelscribe.platform.services.clips.views import ClipView

from ..platform.services.factories import identity, media
from .conftest import until, until_ended

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("pusher")]

SECONDS = 98.2  # in a silence
# The reference's word times come from forced alignment, about ±0.05 s.
TOLERANCE = 0.05
RATE = 16_000


@pytest.fixture(scope="session")
def talk(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The beginning of the long lecture, under the times of its reference."""
    whole = shared / "media" / "E_long" / "lecture_2spk_12min.mp4"
    part = tmp_path_factory.mktemp("talk") / "talk.mp4"
    command = [programs.ffmpeg().path, "-v", "error", "-i", str(whole), "-t", str(SECONDS), "-c", "copy", str(part)]
    subprocess.run(command, check=True, timeout=60)
    return part


@pytest.fixture(scope="session")
def spoken(shared: Path) -> list[Span]:
    """When each word of the lecture is said."""
    truth = json.loads((shared / "media" / "E_long" / "lecture_2spk_12min.mp4.truth.json").read_text(encoding="utf-8"))
    return [Span(word["s"], word["e"]) for segment in truth["segments"] for word in segment["words"]]


async def test_lecture_becomes_clips_although_the_worker_dies(user, processes, talk, spoken):
    processes.start("scheduler")
    doomed = processes.start("worker", lease_seconds="3")
    job_id = await _submitted(user.id, talk)
    await until(lambda: _rendering(job_id), seconds=240, what="a clip is being rendered")

    processes.kill(doomed)
    processes.start("worker", lease_seconds="3")

    assert await until_ended(user.id, seconds=240) == {"completed": 1}
    clips = (await views.of_job(user.id, job_id)).items
    assert [clip.status for clip in clips] == ["ready"] * len(clips)
    assert len(clips) >= 2
    for clip in clips:
        _check_edges(clip, spoken)
        await _check_sound(user.id, clip, talk, spoken)
    await _check_change(user.id, clips[0])


async def _submitted(user_id, path: Path):
    key = f"media/talk-{user_id}"
    await storage.current().put_file(key, path)
    media_id = await media(user_id, kind="video", seconds=SECONDS, key=key)
    wanted = ClipsWanted(count=3, min_seconds=10, max_seconds=40, subtitles=False)
    made = jobs.NewJob(media_id=media_id, engine="pocketsphinx", language="en", kind="clips", clips=wanted)
    return (await jobs.create(identity(user_id), made)).id


async def _rendering(job_id) -> bool:
    row = "SELECT 1 FROM stages WHERE job_id = $1 AND name = 'render' AND status = 'running' LIMIT 1"
    return await db.fetch_one(row, job_id) is not None


def _check_edges(clip: ClipView, spoken: list[Span]) -> None:
    """Both ends lie in a pause or at the edge of a word: none is cut."""
    for at in (clip.start, clip.end):
        cut = [word for word in spoken if word.start + TOLERANCE < at < word.end - TOLERANCE]
        assert not cut, f"{clip.title}: {at} s is inside a word of {cut[0].start} to {cut[0].end} s"


async def _check_sound(user_id, clip: ClipView, talk: Path, spoken: list[Span]) -> None:
    """The first and the last word of the clip are heard in it, whole and at their place: the very sound of the source.

    An engine says less: this one hears every other word wrongly, and the same word differently when it is louder.
    """
    whole = [word for word in spoken if clip.start <= word.start and word.end <= clip.end]
    found = await files.download(user_id, clip.id, "content")
    async with storage.current().local_copy(found.key) as video:
        made, source = await _decoded(video), await _decoded(talk)
    for word in (whole[0], whole[-1]):
        before = source[round(word.start * RATE) : round(word.end * RATE)]
        at = round((word.start - clip.start) * RATE)
        assert _likeness(made[at : at + len(before)], before) > 0.9, f"{clip.title}: the word at {word.start} s"


async def _decoded(path: Path) -> np.ndarray:
    command = [programs.ffmpeg().path, "-v", "error", "-i", str(path), "-ac", "1", "-ar", str(RATE), "-f", "s16le", "-"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    return np.frombuffer(output, dtype="<i2").astype(np.float64)


def _likeness(one: np.ndarray, other: np.ndarray) -> float:
    """The best correlation within half a frame, by which a clip may begin elsewhere: 1.0 for the same at any volume."""
    room = RATE * 3 // 100
    shifts = range(-room, room, 4)
    return max(float(np.corrcoef(np.roll(one, shift)[room:-room], other[room:-room])[0, 1]) for shift in shifts)


async def _check_change(user_id, clip: ClipView) -> None:
    """A change makes a new file of this clip alone, with subtitles in the picture now."""
    changed = await change(identity(user_id), clip.id, ClipChanges(title="Better", subtitles=True, aspect="9:16"))
    assert changed.is_stale

    assert await until_ended(user_id, seconds=120) == {"completed": 1}
    after = await views.get(user_id, clip.id)
    assert (after.status, after.is_stale, after.title) == ("ready", False, "Better")
    assert after.width is not None
    assert after.height is not None
    assert after.height > after.width
