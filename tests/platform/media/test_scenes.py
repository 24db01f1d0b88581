"""What is seen in a video: slides and their changes, faces, where each is.

``portrait.jpg`` is a part of NASA's photograph of the astronaut Eileen Collins (1992), which is in the public domain.
"""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from reelscribe.platform.domain import timeline
from reelscribe.platform.domain.framing import Rect, Scene
from reelscribe.platform.domain.framing_choice import shots, target_size
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.media import probe, scenes, scenes_faces

from .conftest import Make, ignore

PORTRAIT = Path(__file__).with_name("portrait.jpg")
SAMPLE = Path(__file__).parents[3] / "samples" / "lecture.mp4"
# The face in the portrait, as parts of its width and height: from ear to ear, from brow to chin.
FACE_X, FACE_Y = (0.36, 0.66), (0.22, 0.58)
HERE, AWAY, FARTHER = Rect(100, 80, 50, 50), Rect(300, 80, 52, 52), Rect(420, 80, 50, 50)
FRAME_SECONDS = 0.1  # of the lectures


async def seen(path: Path, *spans: Span) -> tuple[Scene, ...]:
    info = await probe.inspect(path)
    return await scenes.detect(path, info, spans or [Span(0, info.duration_seconds or 0)], on_progress=ignore)


async def test_detect_dates_the_slides_of_the_sample_to_the_frame() -> None:
    found = await seen(SAMPLE, Span(27, 37), Span(66, 72))

    assert [scene.kind for scene in found] == ["slides"] * 4
    assert [scene.start for scene in found] == pytest.approx([27, 32.7, 66, 69.2], abs=FRAME_SECONDS / 2)


@pytest.mark.slow
async def test_detect_finds_every_slide_of_a_lecture_and_nothing_else(media: Path) -> None:
    lecture = media / "E_long" / "essay_lecture_5min.mp4"

    found = await seen(lecture)

    assert {scene.kind for scene in found} == {"slides"}
    assert [scene.start for scene in found] == pytest.approx(changes(lecture), abs=FRAME_SECONDS / 2)


@pytest.mark.slow
async def test_detect_finds_each_change_of_slides_in_short_spans(media: Path) -> None:
    lecture = media / "E_long" / "lecture_2spk_12min.mp4"
    times = changes(lecture)[1:]
    spans = timeline.merge(Span(time - 3, time + 3) for time in times)

    found = await seen(lecture, *spans)

    expected = sorted([*times, *(span.start for span in spans)])
    assert [scene.start for scene in found] == pytest.approx(expected, abs=FRAME_SECONDS / 2)


async def test_detect_returns_only_what_was_asked_for(media: Path) -> None:
    spans = (Span(395, 400), Span(30, 34), Span(31, 35), Span(719, 800))

    found = await seen(media / "E_long" / "lecture_2spk_12min.mp4", *spans)

    times = [(round(scene.start, 2), round(scene.end, 2)) for scene in found]
    assert times == [(30, 32.7), (32.7, 35), (395, 397.3), (397.3, 400), (719, 720)]


@pytest.mark.parametrize(
    ("name", "span", "size"),
    [
        ("real_iphone_portrait_vfr_gps.mov", Span(1, 3), (320, 568)),
        ("real_sar_2by3.mp4", Span(0, 2), (427, 360)),
        ("v_long_gop_one_keyframe.mp4", Span(15, 17), (640, 360)),
        ("v_still_image_one_frame.mp4", Span(8, 12), (640, 360)),
        ("v_mpeg2_mp2.ts", Span(3, 5), (640, 360)),
        ("real_leading_dash_name.mp4", Span(1.5, 2), (1, 1)),
    ],
)
async def test_detect_covers_the_span_of_any_video(name: str, span: Span, size: Any, media: Path) -> None:
    found = await seen(media / "C_video" / name, span)

    assert found[0].start == span.start
    assert found[-1].end == span.end
    assert all(one.end == other.start for one, other in pairwise(found))
    assert {(scene.width, scene.height) for scene in found} == {size}


@pytest.mark.parametrize("name", ["v_cover_art.mp3", "real_audio_only_m4a_in_mp4.mp4"])
async def test_detect_sees_nothing_in_sound(name: str, media: Path) -> None:
    assert await seen(media / "C_video" / name) == ()


async def test_detect_survives_a_damaged_picture(media: Path) -> None:
    found = await seen(media / "D_hostile" / "bitrot_mdat.mp4")

    assert (found[0].start, found[-1].end) == (0, 3)


async def test_detect_finds_cuts_of_a_film(media: Path) -> None:
    found = await seen(media / "C_video" / "real_google_advert_35s.mp4", Span(23, 29))

    # The first frames of other pictures, as looked at one by one; 30 frames a second.
    assert [scene.start for scene in found] == pytest.approx([23, 24.524, 26.493, 28.161], abs=0.02)
    assert [is_about(scene.face, x) for scene, x in zip(found, (227, 160, 224, 117), strict=True)] == [True] * 4


async def test_detect_tells_a_speaker_from_the_slide_they_are_shown_on(make: Make, tmp_path: Path) -> None:
    inset = Rect(1000, 480, 240, 200)
    video = make("inset.mp4", *lecture(tmp_path, ground=slide(1280, 720), inset=inset))

    (scene,) = await seen(video)

    assert scene.kind == "slides_with_speaker"
    assert scene.screen is None  # the slide is all of the picture
    assert near(scene.moving, inset)
    assert is_face(scene.face, inset)


async def test_detect_finds_slides_and_speaker_side_by_side(make: Make, tmp_path: Path) -> None:
    ground = np.full((720, 1280, 3), 24, np.uint8)
    ground[140:590, 20:820] = slide(800, 450)
    inset = Rect(860, 140, 400, 450)
    video = make("beside.mp4", *lecture(tmp_path, ground=ground, inset=inset))

    (scene,) = await seen(video)

    assert scene.kind == "slides_with_speaker"
    assert near(scene.screen, Rect(20, 140, 800, 450))
    assert near(scene.moving, inset)
    assert is_face(scene.face, inset)


async def test_detect_finds_who_speaks_and_the_upright_crop_shows_them(make: Make, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    ground = cv2.resize(rng.integers(40, 200, (9, 16, 3), np.uint8), (640, 360), interpolation=cv2.INTER_CUBIC)
    inset = Rect(320, 40, 320, 320)
    video = make("talk.mp4", *lecture(tmp_path, ground=ground, inset=inset))

    (scene,) = await seen(video)
    target = target_size("9:16", (640, 360))
    (shot,) = shots([scene], [Span(1, 2)], source_size=(640, 360), target_size=target, layout="auto")

    assert scene.kind == "camera"
    assert is_face(scene.face, inset)
    crop = shot.panes[0].source
    assert crop.x < inset.x + FACE_X[0] * inset.width
    assert crop.x + crop.width > inset.x + FACE_X[1] * inset.width


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([(AWAY,), (AWAY,), (AWAY,)], True),
        ([(AWAY,), (), (AWAY,)], False),  # not seen for a moment: nobody knows
        ([(AWAY,), (AWAY, HERE), (AWAY,)], False),  # another one came in
        ([(AWAY,), (FARTHER,), (AWAY,)], False),  # still on the way
    ],
)
def test_a_speaker_has_gone_once_they_stay_elsewhere(found: Any, expected: bool) -> None:
    assert scenes_faces.stays_apart(HERE, found, 80) == expected


def slide(width: int, height: int) -> Any:
    """Draw a title and five lines."""
    scale = width / 1280
    picture = np.full((height, width, 3), 248, np.uint8)
    cv2.rectangle(picture, (0, 0), (width, int(90 * scale)), (140, 64, 39), -1)
    for line in range(6):
        place = (int(60 * scale), int((60 + 100 * line) * scale))
        colour = (30, 30, 30) if line else (255, 255, 255)
        cv2.putText(picture, f"{line} Energy is conserved in closed systems", place, 0, scale, colour, 2, cv2.LINE_AA)
    return picture


def lecture(folder: Path, *, ground: Any, inset: Rect) -> list[str]:
    """Return ffmpeg's options for three seconds of ``ground`` with a person in ``inset`` who sways a little."""
    cv2.imwrite(str(folder / "ground.png"), ground)
    height = inset.height * 11 // 10
    width = max(height, inset.width * 11 // 10)
    person = (
        f"[1]scale={width}:{height},crop={inset.width}:{inset.height}"
        ":x='(iw-ow)/2*(1+sin(2*t)*0.6)':y='(ih-oh)/2*(1+sin(3*t)*0.6)',noise=alls=6:allf=t[person]"
    )
    return [
        *["-loop", "1", "-framerate", "10", "-i", str(folder / "ground.png")],
        *["-loop", "1", "-framerate", "10", "-i", str(PORTRAIT), "-t", "3"],
        *["-filter_complex", f"{person};[0][person]overlay={inset.x}:{inset.y}", "-pix_fmt", "yuv420p"],
        *["-c:v", "libx264", "-preset", "veryfast"],
    ]


def near(found: Rect | None, expected: Rect, *, pixels: int = 12) -> bool:
    assert found is not None
    edges = [(rect.x, rect.y, rect.x + rect.width, rect.y + rect.height) for rect in (found, expected)]
    return max(abs(one - other) for one, other in zip(*edges, strict=True)) <= pixels


def changes(lecture: Path) -> list[float]:
    """Return when each slide begins, as the lecture's truth has it."""
    truth = json.loads(lecture.with_name(lecture.name + ".truth.json").read_text(encoding="utf-8"))
    return [slide["start"] for slide in truth["slides"]]


def is_about(found: Rect | None, x: float) -> bool:
    """Whether the middle of a face is within 16 pixels of where it is seen, sideways."""
    return found is not None and abs(found.x + found.width / 2 - x) <= 16


def is_face(found: Rect | None, inset: Rect) -> bool:
    """Whether the middle of the rectangle is in the portrait's face, and it is about as large."""
    assert found is not None
    x, y = (found.x + found.width / 2 - inset.x) / inset.width, (found.y + found.height / 2 - inset.y) / inset.height
    return FACE_X[0] < x < FACE_X[1] and FACE_Y[0] < y < FACE_Y[1] and 0.15 < found.height / inset.height < 0.5
