"""Subtitles as libass draws them: where and when they stand, and which word shines."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from numpy.typing import NDArray
from reelscribe.platform.domain import ass, ass_styles
from reelscribe.platform.domain.clips import Style
from reelscribe.platform.domain.transcript import EngineName, Segment, Transcript, Word
from reelscribe.platform.media import fonts, programs

Frames = NDArray[np.int16]  # [frame, row, column, red green blue]

STYLES: tuple[Style, ...] = get_args(Style)
RATE = 5  # frames a second
GREY = 128
ENGINE = EngineName(name="stub", model="none")


def said(text: str, *, start: float = 1.0, each: float = 0.4, language: str = "en") -> Transcript:
    parts = text.split()
    times = [start + each * nr for nr in range(len(parts) + 1)]
    words = tuple(Word(start=times[nr], end=times[nr + 1], text=part) for nr, part in enumerate(parts))
    one = Segment(id="s1", start=start, end=times[-1], text=text, words=words)
    return Transcript(version=1, language=language, duration=times[-1] + 2, engine=ENGINE, segments=(one,), text=text)


def frames(made: Transcript, style: Style, size: tuple[int, int], folder: Path) -> Frames:
    """Return what a grey picture looks like with the subtitles, ``RATE`` times a second."""
    script = ass.written(made, style=style, size=size, language=made.language)
    (folder / "s.ass").write_text(script, "utf-8")
    fonts.at_hand(made.text).link(folder / "fonts")
    grey = f"color=c=0x808080:s={size[0]}x{size[1]}:r={RATE}:d={made.duration},format=gbrp"
    argv = [programs.ffmpeg().path, "-nostdin", "-v", "error", "-f", "lavfi", "-i", grey]
    argv += ["-vf", "ass=f=s.ass:fontsdir=fonts", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    done = subprocess.run(argv, cwd=folder, capture_output=True, check=True, timeout=60)
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, size[1], size[0], 3).astype(np.int16)


def touched(picture: Frames) -> NDArray[np.bool_]:
    """Return which pixels are no longer grey."""
    return np.asarray((abs(picture - GREY) > 12).any(axis=-1))


def white(picture: Frames) -> NDArray[np.bool_]:
    return np.asarray((picture > 225).all(axis=-1))


def yellow(picture: Frames) -> NDArray[np.bool_]:
    return np.asarray((picture[..., 0] > 200) & (picture[..., 1] > 160) & (picture[..., 2] < 90))


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("size", [(480, 270), (270, 480)])
def test_text_stands_in_the_safe_area_while_it_is_said(style: Style, size: tuple[int, int], tmp_path: Path) -> None:
    found = frames(said("We measured how often anybody reads."), style, size, tmp_path)  # from 1.0 s to 3.4 s

    width, height = size
    rows, columns = np.nonzero(touched(found[8]))  # 1.6 s
    area = ass_styles.frame(style, size)
    assert [bool(touched(one).any()) for one in (found[4], found[5], found[16], found[17])] == [
        False,
        True,
        True,
        False,
    ]
    assert white(found[8]).sum() > 100
    assert 0.04 * width < columns.min() < columns.max() < 0.96 * width
    assert abs((columns.min() + columns.max()) / 2 - width / 2) < 0.02 * width
    assert rows.max() < height - area.bottom + 0.35 * area.em
    assert rows.min() > height - area.bottom - 2.6 * area.font_size


@pytest.mark.parametrize("style", ["clean", "bold"])
def test_widest_letters_stay_in_the_picture(style: Style, tmp_path: Path) -> None:
    found = frames(said("W" * 18 + " " + "M" * 17, each=1.0), style, (180, 320), tmp_path)

    _, columns = np.nonzero(touched(found[8]))
    assert 0.05 * 180 < columns.min() < columns.max() < 0.95 * 180


@pytest.mark.parametrize(("text", "language", "direction"), [
    ("one three seven", "en", 1), ("שלום לכולם היום", "he", -1), ("مرحبا بكم جميعا", "ar", -1)])  # fmt: skip
def test_highlight_moves_with_the_words(text: str, language: str, direction: int, tmp_path: Path) -> None:
    found = frames(said(text, each=1.0, language=language), "karaoke", (320, 180), tmp_path)

    # the middle of each second: 1.4 s, 2.4 s, 3.4 s
    places = [float(np.nonzero(yellow(found[frame]))[1].mean()) for frame in (7, 12, 17)]
    assert places[0] * direction < places[1] * direction < places[2] * direction
    assert white(found[12]).sum() > 20  # the others stay white


def test_box_is_behind_all_lines(tmp_path: Path) -> None:
    size = (480, 270)

    found = frames(said("We measured how often anybody reads what is on the screen today."), "box", size, tmp_path)

    dark = (found[8] < 60).all(axis=-1)
    rows, columns = np.nonzero(dark)
    inside = touched(found[8])[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert inside.mean() > 0.97  # an edge of a letter may be as grey as the picture
    assert rows.max() - rows.min() > 2 * ass_styles.frame("box", size).font_size
