"""A change makes a new file; the old one stays until that is good, and nobody else's work gets in between."""

from __future__ import annotations

import pytest
from reelscribe.platform import db
from reelscribe.platform.domain.clips import ClipWord
from reelscribe.platform.errors import BadInput, Conflict, LostLease, NotFound, TimeLimitReached
from reelscribe.platform.services import failure, media, runs, stages
from reelscribe.platform.services.clips import edits, lines, reels, views
from reelscribe.platform.services.clips.edits import Bounds, ClipChanges
from reelscribe.platform.services.clips.lines import Corrections
from reelscribe.platform.services.clips.reels import NewReel
from reelscribe.platform.services.stages import Finished

from tests.platform.services.factories import identity

from .conftest import Work

pytestmark = pytest.mark.usefixtures("database")


async def changed(work: Work, clip_id, **values):
    return await edits.change(identity(work.user_id), clip_id, ClipChanges(**values))


async def test_title_that_stays_makes_no_new_file(work):
    clip_id, *_ = await work.complete()

    clip = await changed(work, clip_id, title="Part 0")

    assert (clip.status, clip.revision, await work.status()) == ("ready", 1, "completed")


async def test_change_renders_that_clip_alone_and_keeps_its_file(work):
    clip_id, *_ = await work.complete()

    clip = await changed(work, clip_id, style="karaoke")

    assert (clip.status, clip.is_stale) == ("pending", True)
    assert clip.url is not None
    (stage_id,) = await work.queued()
    assert await work.render(stage_id) == clip_id
    assert await work.status() == "completed"
    after = await views.get(work.user_id, clip_id)
    assert (after.status, after.is_stale, after.style) == ("ready", False, "karaoke")


async def test_second_change_takes_the_work_from_the_first(work):
    clip_id, *_ = await work.complete()
    await changed(work, clip_id, style="bold")
    (stage_id,) = await work.queued()
    first = await work.claim(stage_id)

    await changed(work, clip_id, style="box")

    with pytest.raises(LostLease):
        await stages.finish(first, Finished(result=b"{}"))
    await work.render(stage_id)
    assert (await views.get(work.user_id, clip_id)).is_stale is False


async def test_failed_change_keeps_the_old_file_and_says_why(work):
    clip_id, *_ = await work.complete()
    before = await views.get(work.user_id, clip_id)
    await changed(work, clip_id, aspect="9:16")
    (stage_id,) = await work.queued()
    await db.execute("UPDATE stages SET attempts = max_attempts - 1 WHERE id = $1", stage_id)

    await work.fail(stage_id, failure.of(TimeLimitReached("too slow")))

    after = await views.get(work.user_id, clip_id)
    assert (after.status, after.url, after.is_stale) == ("ready", before.url, True)
    assert after.error is not None
    assert after.error.message == "too slow"
    assert await work.status() == "completed"


async def test_change_costs_nothing(work):
    clip_id, *_ = await work.complete()

    await changed(work, clip_id, subtitles=False)

    row = await db.fetch_one("SELECT held FROM credit_accounts WHERE user_id = $1", work.user_id)
    assert row is not None
    assert row["held"] == 0


async def test_cancelled_change_leaves_the_clip_ready(work):
    clip_id, *_ = await work.complete()
    await changed(work, clip_id, style="bold")

    await runs.cancel(identity(work.user_id), work.job_id)

    assert await work.status() == "completed"
    assert (await views.get(work.user_id, clip_id)).status == "ready"


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"start": 9.0, "end": 4.0}, "end after it starts"),
        ({"start": 70.0}, "recording ends at 1:00.0"),
        ({"spans": (Bounds(start=3.0, end=3.1),)}, "would be 0.1 seconds long"),
        ({"words": (ClipWord(start=5.0, end=4.0, text="no"),)}, "before it starts"),
        ({"spans": (Bounds(start=0.0, end=60.0),) * 40}, "would be 40:00.0 long"),
        ({"title": " \t "}, "needs a title"),
        ({"start": 5.4, "end": 5.8}, "would be 0.4 seconds long"),  # as it was given, not as it would be moved
    ],
)
async def test_change_is_refused_when_it_makes_no_clip(work, values, says):
    clip_id, *_ = await work.complete()

    with pytest.raises(BadInput, match=says):
        await changed(work, clip_id, **values)

    assert (await views.get(work.user_id, clip_id)).revision == 1
    assert await work.status() == "completed"


async def test_new_end_moves_to_the_edge_of_a_word(work):
    clip_id, *_ = await work.complete()

    clip = await changed(work, clip_id, start=0.0, end=12.5)  # in the middle of "word12", 12.1 to 12.9

    assert clip.end in (pytest.approx(12.0, abs=0.11), pytest.approx(13.0, abs=0.11))


async def test_spans_are_taken_as_they_are_given(work):
    clip_id, *_ = await work.complete()

    clip = await changed(work, clip_id, spans=(Bounds(start=30.0, end=35.0), Bounds(start=2.0, end=4.0)))

    assert [(span.start, span.end) for span in clip.spans] == [(30.0, 35.0), (2.0, 4.0)]


async def test_ends_move_and_what_was_cut_by_hand_stays_cut(work):
    clip_id, *_ = await work.complete()
    await changed(work, clip_id, spans=(Bounds(start=2.0, end=4.0), Bounds(start=30.0, end=35.0)))

    clip = await changed(work, clip_id, end=33.05)

    (first, last) = clip.spans
    assert (first.start, first.end, last.start) == (2.0, 4.0, 30.0)
    assert last.end == pytest.approx(33.0, abs=0.11)


async def test_order_of_play_stays_when_fillers_are_cut(work):
    clip_id, *_ = await work.complete()
    await changed(work, clip_id, spans=(Bounds(start=30.0, end=35.0), Bounds(start=2.0, end=4.0)))

    clip = await changed(work, clip_id, remove_fillers=True)

    assert [(span.start, span.end) for span in clip.spans] == [(30.0, 35.0), (2.0, 4.0)]


async def test_ends_of_another_order_of_play_are_not_moved(work):
    clip_id, *_ = await work.complete()
    await changed(work, clip_id, spans=(Bounds(start=30.0, end=35.0), Bounds(start=2.0, end=4.0)))

    with pytest.raises(BadInput, match="order of the recording"):
        await changed(work, clip_id, end=40.0)


async def test_same_change_again_is_a_new_try_after_a_cancel(work):
    clip_id, *_ = await work.complete()
    await changed(work, clip_id, style="bold")
    await runs.cancel(identity(work.user_id), work.job_id)

    clip = await changed(work, clip_id, style="bold")

    assert (clip.status, clip.revision) == ("pending", 2)
    assert len(await work.queued()) == 1


async def test_change_is_refused_when_the_recording_is_gone(work):
    clip_id, *_ = await work.complete()
    row = await db.fetch_one("SELECT media_id FROM jobs WHERE id = $1", work.job_id)
    assert row is not None
    async with db.transaction():
        await media.mark_deleted(work.user_id, row["media_id"])

    with pytest.raises(Conflict, match="was deleted"):
        await changed(work, clip_id, style="bold")

    assert (await views.get(work.user_id, clip_id)).style == "clean"


async def test_change_is_refused_while_the_job_is_cancelled(work):
    first, *_ = await work.to_renders()
    clip_id = await work.render(first)
    await runs.cancel(identity(work.user_id), work.job_id)

    with pytest.raises(Conflict, match="cancelled"):
        await changed(work, clip_id, style="bold")


async def test_stranger_finds_no_clip(work, stranger):
    clip_id, *_ = await work.complete()

    with pytest.raises(NotFound):
        await edits.change(identity(stranger.id), clip_id, ClipChanges(title="Mine"))


async def test_deleted_clip_is_gone_and_not_rendered_again(work):
    clip_id, *_ = await work.complete()

    await edits.delete(identity(work.user_id), clip_id)

    assert len((await views.of_job(work.user_id, work.job_id)).items) == 2
    with pytest.raises(NotFound):
        await views.get(work.user_id, clip_id)


async def test_deleting_the_last_rendering_on_its_way_lets_the_job_go_on(work):
    first, second, third = await work.to_renders()
    await work.render(first)
    await work.render(second)
    row = await db.fetch_one("SELECT clip_id FROM stages WHERE id = $1", third)
    assert row is not None

    await edits.delete(identity(work.user_id), row["clip_id"])

    assert len(await work.queued("deliver")) == 1


async def test_only_clip_of_a_job_at_work_cannot_be_deleted(work):
    await work.to_renders()
    clips = (await views.of_job(work.user_id, work.job_id)).items
    for clip in clips[:-1]:
        await edits.delete(identity(work.user_id), clip.id)

    with pytest.raises(Conflict, match="only clip"):
        await edits.delete(identity(work.user_id), clips[-1].id)


async def test_reel_plays_its_clips_in_the_chosen_order(work):
    first, _, third = await work.complete()

    reel = await reels.create(identity(work.user_id), work.job_id, NewReel(clips=(third, first), title="Best"))

    assert [(span.start, span.end) for span in reel.spans] == [(40.0, 50.0), (0.0, 10.0)]
    assert [(chapter.start, chapter.title) for chapter in reel.chapters] == [(0.0, "Part 2"), (10.0, "Part 0")]
    (stage_id,) = await work.queued()
    assert await work.render(stage_id) == reel.id


async def test_reel_keeps_the_words_that_a_person_wrote(work):
    first, second, _ = await work.complete()
    await changed(work, first, words=(ClipWord(start=1.0, end=2.0, text="Mine"),))

    reel = await reels.create(identity(work.user_id), work.job_id, NewReel(clips=(second, first)))

    assert reel.words is not None
    assert [word.text for word in reel.words] == ["Mine", *(f"word{at}" for at in range(20, 30))]


async def test_reel_is_refused_when_a_clip_is_of_another_job(work):
    await work.complete()

    with pytest.raises(BadInput, match="no clip of this job"):
        await reels.create(identity(work.user_id), work.job_id, NewReel(clips=(work.job_id,)))


async def test_quote_goes_when_nobody_says_it_in_the_clip_any_more(work):
    clip_id, *_ = await work.complete()
    await db.execute("UPDATE clips SET quote = 'Word2 word3!' WHERE id = $1", clip_id)

    kept = await changed(work, clip_id, end=6.0)
    gone = await changed(work, clip_id, start=30.0, end=40.0)

    assert (kept.quote, gone.quote) == ("Word2 word3!", "")


@pytest.mark.parametrize(("end", "text"), [(1e300, "far"), (2.0, "  ")])
async def test_words_that_the_clip_never_shows_are_refused(work, end, text):
    clip_id, *_ = await work.complete()

    with pytest.raises(BadInput, match="None of these words"):
        await changed(work, clip_id, words=(ClipWord(start=1.0, end=end, text=text),))


async def test_all_lines_may_go_where_other_words_wait_outside_of_the_clip(work):
    clip_id, *_ = await work.complete()
    outside = ClipWord(start=8.0, end=9.0, text="Later.")
    await changed(work, clip_id, words=(ClipWord(start=1.0, end=2.0, text="Mine."), outside))
    clip = await changed(work, clip_id, end=6.0)
    version = (await lines.of(work.user_id, clip_id)).version

    after = await lines.correct(
        identity(work.user_id), clip_id, Corrections(revision=clip.revision, version=version, texts=("",))
    )

    assert after.words == (outside,)


async def test_words_grow_with_the_clip(work):
    clip_id, *_ = await work.complete()
    await changed(work, clip_id, words=(ClipWord(start=1.0, end=2.0, text="Mine"),))

    longer = await changed(work, clip_id, end=12.05)
    shorter = await changed(work, clip_id, end=6.0)

    assert longer.words is not None
    assert [word.text for word in longer.words] == ["Mine", "word10", "word11"]
    assert shorter.words == longer.words  # they are there again when the clip is


async def test_clip_that_shall_have_no_words_has_none_when_it_grows(work):
    clip_id, *_ = await work.complete()
    await changed(work, clip_id, words=())

    clip = await changed(work, clip_id, end=12.05)

    assert clip.words == ()


async def test_change_of_another_revision_is_refused(work):
    clip_id, *_ = await work.complete()
    await changed(work, clip_id, style="bold", revision=1)

    with pytest.raises(Conflict, match="changed meanwhile") as refused:
        await changed(work, clip_id, style="box", revision=1)

    assert refused.value.facts["revision"] == 2
    assert (await views.get(work.user_id, clip_id)).style == "bold"


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ({"remove_fillers": True}, ["no_fillers", "unchanged"]),
        ({"remove_pauses": True, "remove_fillers": True, "style": "bold"}, ["no_fillers", "no_pauses"]),
        ({"remove_fillers": False, "title": "Part 0"}, ["unchanged"]),
        ({"style": "bold"}, []),
    ],
)
async def test_change_says_what_it_found_nothing_to_do_for(work, values, codes):
    clip_id, *_ = await work.complete()

    clip = await changed(work, clip_id, **values)

    assert [notice.code for notice in clip.notices] == codes
    assert (await views.get(work.user_id, clip_id)).notices == ()


async def test_corrected_words_are_refused_when_the_transcript_is_another(work):
    clip_id, *_ = await work.complete()
    found = await lines.of(work.user_id, clip_id)
    texts = tuple(line.text for line in found.lines)

    with pytest.raises(Conflict, match="changed meanwhile"):
        await lines.correct(identity(work.user_id), clip_id, Corrections(revision=1, version=9, texts=texts))


async def test_corrected_words_of_a_reel_are_its_own(work):
    first, second, _ = await work.complete()
    reel = await reels.create(identity(work.user_id), work.job_id, NewReel(clips=(second, first)))
    found = await lines.of(work.user_id, reel.id)
    texts = tuple(line.text.replace("word3", "third") for line in found.lines)

    clip = await lines.correct(
        identity(work.user_id), reel.id, Corrections(revision=1, version=found.version, texts=texts)
    )

    assert clip.words is not None
    assert "third" in [word.text for word in clip.words]
    assert (await views.get(work.user_id, first)).words is None
