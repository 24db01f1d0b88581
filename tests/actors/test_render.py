"""A changed clip is rendered only where its picture or sound changes; else its file is joined anew as it is."""

from __future__ import annotations

from pathlib import Path

import av
import pytest
from reelscribe.actors import render, work
from reelscribe.platform import db, storage
from reelscribe.platform.domain.clips import ClipWord
from reelscribe.platform.services.clips import edits, files, views
from reelscribe.platform.services.clips.edits import ClipChanges
from reelscribe.platform.services.clips.views import ClipView

from tests.platform.media.conftest import make  # noqa: F401 - a fixture
from tests.platform.media.render import watching
from tests.platform.services.clips.conftest import Work
from tests.platform.services.clips.conftest import work as job  # noqa: F401 - a fixture
from tests.platform.services.factories import identity

pytestmark = pytest.mark.usefixtures("database", "redis")


class Clip:
    """A clip of three seconds, made by the stage itself, and what a test does to it."""

    def __init__(self, made: Work, clip_id, recording: str) -> None:
        self._made, self.id, self.recording = made, clip_id, recording

    async def change(self, **values) -> ClipView:
        """Change it, and do what its stage then has to do."""
        await edits.change(identity(self._made.user_id), self.id, ClipChanges(**values))
        (stage_id,) = await self._made.queued()
        row = await db.fetch_one("SELECT message_id FROM stages WHERE id = $1", stage_id)
        assert row is not None
        await work.perform(stage_id, row["message_id"], render.work)
        return await views.get(self._made.user_id, self.id)

    async def key(self, part: files.Part = "content") -> str:
        return (await files.download(self._made.user_id, self.id, part)).key

    async def video(self) -> Path:
        async with storage.current().local_copy(await self.key()) as path:
            return path


@pytest.fixture
async def clip(job: Work, make) -> Clip:  # noqa: F811 - the fixtures
    clip_id, *_ = await job.complete()
    row = await db.fetch_one("SELECT storage_key AS key FROM media")
    assert row is not None
    await storage.current().put_file(row["key"], watching.flashing(make, seconds=5, variable=False))
    await db.execute("""UPDATE clips SET subtitles = false, spans = '[{"start": 0.4, "end": 3.4}]'""")
    made = Clip(job, clip_id, row["key"])
    await made.change(title="First")
    return made


def packets(path: Path, kind: str) -> list[tuple[int | None, bytes]]:
    with av.open(str(path)) as container:
        return [(packet.pts, bytes(packet)) for packet in container.demux(container.streams.get({kind: 0}))]


async def test_new_title_and_words_need_no_recording_and_keep_every_packet(clip):
    before = {kind: packets(await clip.video(), kind) for kind in ("video", "audio")}
    keys = [await clip.key(part) for part in ("content", "poster", "preview")]
    await storage.current().delete(clip.recording)

    view = await clip.change(title="Better", words=(ClipWord(start=0.5, end=1.5, text="Salut"),))

    assert (view.status, view.is_stale, view.error) == ("ready", False, None)
    video, *stills = [await clip.key(part) for part in ("content", "poster", "preview")]
    assert (video != keys[0], stills) == (True, keys[1:])
    assert {kind: packets(await clip.video(), kind) for kind in before} == before
    with av.open(str(await clip.video())) as container:
        said = [bytes(packet)[2:] for packet in container.demux(container.streams.subtitles[0]) if packet.size > 2]
        assert (container.metadata["title"], said) == ("Better", [b"Salut"])
    assert view.size == await storage.current().size(video)


async def test_what_is_joined_anew_can_be_joined_anew(clip):
    await storage.current().delete(clip.recording)
    await clip.change(title="Better")

    view = await clip.change(title="Best")

    assert (view.title, view.is_stale) == ("Best", False)


async def test_a_warning_goes_with_its_reason(clip):
    await db.execute("""UPDATE clips SET spans = '[{"start": 0.4, "end": 7.0}]'""")
    (warning,) = (await clip.change(title="Too long")).warnings
    before = packets(await clip.video(), "video")
    await storage.current().delete(clip.recording)
    await db.execute("""UPDATE clips SET spans = '[{"start": 0.4, "end": 5.0}]'""")

    view = await clip.change(title="As long as it is")

    assert "ends before" in warning
    assert (view.is_stale, view.warnings) == (False, [])
    assert packets(await clip.video(), "video") == before


async def test_a_shape_is_looked_at_once_more_where_nobody_has_seen_the_picture(clip):
    await clip.change(aspect="1:1")
    await storage.current().delete(clip.recording)
    assert not (await clip.change(title="Seen")).is_stale
    await db.execute("DELETE FROM scenes")

    assert (await clip.change(title="Unseen")).is_stale  # as there is no recording to look at


@pytest.mark.parametrize("values", [{"end": 2.0}, {"subtitles": True}, {"aspect": "1:1"}])
async def test_another_picture_is_made_of_the_recording(clip, values):
    before = await clip.key()
    await storage.current().delete(clip.recording)

    view = await clip.change(**values)

    # There is none, so this attempt failed; the file of before is still the clip's.
    assert (view.is_stale, await clip.key()) == (True, before)
    row = await db.fetch_one("SELECT error->>'code' AS code FROM stages WHERE clip_id = $1", clip.id)
    assert row is not None
    assert row["code"] == "not_found"


async def _lose(clip: Clip) -> None:
    await storage.current().delete(await clip.key())


async def _lose_poster(clip: Clip) -> None:
    await storage.current().delete(await clip.key("poster"))


async def _damage(clip: Clip) -> None:
    with (await clip.video()).open("r+b") as file:
        file.seek(-50, 2)
        file.write(b"x")


@pytest.mark.parametrize("harm", [_lose, _lose_poster, _damage])
async def test_file_that_is_gone_or_damaged_is_rendered_anew(clip, harm):
    await harm(clip)

    view = await clip.change(title="Better")

    assert (view.status, view.is_stale) == ("ready", False)
    assert len(packets(await clip.video(), "video")) > 80
    assert await storage.current().size(await clip.key("poster")) > 0
