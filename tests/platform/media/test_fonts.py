from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from reelscribe.platform.domain import scripts
from reelscribe.platform.domain.ass_fonts import HEAVY, REGULAR, SHIPPED
from reelscribe.platform.media import font_file, fonts, programs

Picture = NDArray[np.uint8]

_HEAD = """[Script Info]
ScriptType: v4.00+
PlayResX: 480
PlayResY: 96
[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, Outline, Shadow, BorderStyle, Alignment, Encoding
Style: S,Noto Sans SemiBold,48,&H00FFFFFF,0,0,1,5,-1
[Events]
Format: Start, End, Style, Text
"""


def drawn(text: str, family: str, folder: Path) -> tuple[Picture, str]:
    """Return a text as libass draws it, white on black, and what libass says about its fonts."""
    (folder / "text.ass").write_text(f"{_HEAD}Dialogue: 0:00:00.00,0:00:09.00,S,{{\\fn{family}}}{text}\n", "utf-8")
    fonts.at_hand(text).link(folder / "fonts")
    argv = [programs.ffmpeg().path, "-nostdin", "-v", "verbose", "-f", "lavfi", "-i", "color=black:s=480x96:r=5:d=1"]
    argv += ["-vf", "ass=f=text.ass:fontsdir=fonts", "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray", "-"]
    done = subprocess.run(argv, cwd=folder, capture_output=True, check=True, timeout=60)
    picture = np.frombuffer(done.stdout, np.uint8).reshape(96, 480)
    return picture, done.stderr.decode(errors="replace")


def shape(picture: Picture) -> Picture:
    """Return what is drawn without the black around it."""
    rows, columns = np.nonzero(picture > 128)
    return picture[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def test_private_signs_are_boxes_that_look_alike(tmp_path: Path) -> None:
    first, said = drawn("\ue000", REGULAR, tmp_path)
    second, _ = drawn("\ue001", REGULAR, tmp_path)

    assert "not found" in said
    assert np.array_equal(shape(first), shape(second))


# Two letters that look different, so that boxes would be found out.
LETTERS = {
    "Arabic": "عم",
    "Hebrew": "שם",
    "Armenian": "Աբ",
    "Georgian": "აბ",
    "Devanagari": "कम",
    "Bengali": "কম",
    "Tamil": "கம",
    "Telugu": "కమ",
    "Kannada": "ಕಮ",
    "Malayalam": "കമ",
    "Gujarati": "કમ",
    "Gurmukhi": "ਕਮ",
    "Thai": "กม",
    "Lao": "ກມ",
    scripts.LATIN: "ßЖ",
    scripts.SYMBOLS: "→∞",
}


@pytest.mark.parametrize("script", ["Arabic", "Hebrew", "Thai", scripts.LATIN, scripts.SYMBOLS])
def test_letters_are_drawn_with_our_own_font(script: str, tmp_path: Path) -> None:
    family = SHIPPED[script]

    (first, said), (second, _) = (drawn(letter, family, tmp_path) for letter in LETTERS[script])

    chosen = re.search(r"fontselect: \(" + re.escape(family) + r",[^)]*\) -> ([^\s,]+)", said)
    assert chosen is not None
    assert "/" not in chosen[1] or "fonts/" in chosen[1]  # from memory, not from the system
    assert "not found" not in said
    assert shape(first).shape != shape(second).shape or not np.array_equal(shape(first), shape(second))


def test_every_family_that_scripts_name_is_in_the_folder() -> None:
    there = {name for path in fonts.folder().glob("*.ttf") for face in font_file.faces(path) for name in
             (face.family, face.name)}  # fmt: skip

    assert {REGULAR, HEAVY, *SHIPPED.values()} <= there


@pytest.mark.parametrize("script", SHIPPED)
def test_shipped_fonts_have_their_letters(script: str) -> None:
    faces = [face for path in fonts.folder().glob("*.ttf") for face in font_file.faces(path)]

    (face,) = [face for face in faces if SHIPPED[script] in (face.family, face.name)]

    assert all(map(face.draws, LETTERS[script]))
    assert scripts.used(LETTERS[script]) == (script,)


def test_letters_of_arabic_join(tmp_path: Path) -> None:
    together, _ = drawn("سلم", SHIPPED["Arabic"], tmp_path)
    apart, _ = drawn("س ل م", SHIPPED["Arabic"], tmp_path)

    gaps_together, gaps_apart = (int((~(shape(one) > 128).any(axis=0)).sum()) for one in (together, apart))
    assert gaps_together == 0
    assert gaps_apart > 0


def test_a_text_that_our_fonts_draw_needs_nothing() -> None:
    hand = fonts.at_hand("Crème, Ωμέγα, шалаш, שלום, سلام → ∞", system=())

    assert (hand.missing, fonts.advice(hand.missing)) == ((), "")
    assert all(file.parent == fonts.folder() for file in hand.files)


def test_what_is_missing_has_a_name_and_a_remedy() -> None:
    hand = fonts.at_hand("今天, 한국어, ខ្មែរ, 😀", system=())

    assert hand.missing == ("Korean", "Khmer", "emoji")  # where there is Korean, Chinese characters are Korean ones
    assert fonts.advice(hand.missing) == (
        "Install fonts (Debian, Ubuntu: apt install fonts-noto-cjk fonts-noto-core fonts-symbola)."
    )


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ((), ""),
        (("Chinese",), "No font on the server draws Chinese, so"),
        (("Korean", "Khmer", "emoji"), "No font on the server draws Korean, Khmer and emoji, so"),
    ],
)
def test_warning_names_what_is_missing(missing: tuple[str, ...], sentence: str) -> None:
    assert fonts.warning(missing).startswith(sentence)
    assert fonts.warning(missing).endswith(fonts.advice(missing))


def test_fonts_of_the_system_are_found_by_their_letters(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name, content in {
        "a.ttf": b"no font",
        "b.otf": b"OTTO\xff\xff",
        "c.ttc": b"ttcf\0\1\0\0\xff\xff\xff\xff",
    }.items():
        (tmp_path / "deep" / name).write_bytes(content)
    (tmp_path / "deep" / "d.TTF").symlink_to(fonts.folder() / "DejaVuSans-Bold.ttf")

    hand = fonts.at_hand("ߒߞߏ", system=(tmp_path,))  # N'Ko, which DejaVu has

    assert hand.missing == ()
    assert hand.families["N'Ko"] == "DejaVu Sans"
    assert hand.files[-1] == tmp_path / "deep" / "d.TTF"


def test_linked_fonts_are_files_that_ffmpeg_can_read(tmp_path: Path) -> None:
    hand = fonts.at_hand("hello", system=())

    folder = hand.link(hand.link(tmp_path / "fonts"))  # twice does no harm

    assert sorted(path.read_bytes()[:4] for path in folder.iterdir()) == [b"\0\1\0\0"] * len(hand.files)


@pytest.mark.parametrize("place", fonts.places())
def test_system_folders_are_absolute(place: Path) -> None:
    assert place.is_absolute()


@pytest.mark.skipif(bool(fonts.missing("今天")), reason="no font for Chinese on this machine")
def test_chinese_is_drawn_with_a_font_of_the_system(tmp_path: Path) -> None:
    family = fonts.at_hand("今天").families[scripts.CHINESE]

    (first, said), (second, _) = (drawn(sign, family, tmp_path) for sign in "今天")

    assert "not found" not in said
    assert not np.array_equal(shape(first), shape(second))
