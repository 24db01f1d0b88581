from __future__ import annotations

import re
from itertools import pairwise
from typing import get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reelscribe.platform.domain import ass, ass_styles, ass_text, subtitles
from reelscribe.platform.domain.ass_fonts import FAMILIES
from reelscribe.platform.domain.clips import Style
from reelscribe.platform.domain.subtitles import Cue
from reelscribe.platform.domain.transcript import Segment, Transcript, Turn

from .samples import TRANSCRIPTS, assembled, segment

STYLES: tuple[Style, ...] = get_args(Style)
WIDE, TALL = (1920, 1080), (1080, 1920)
TAGS = re.compile(r"(\\fn[\w ]+|\\fs\d+|\\1c&H[0-9A-F]{6}&|\\t\(\d+,\d+,\\1c&H[0-9A-F]{6}&\))+", re.ASCII)


class Event(msgspec.Struct, frozen=True):
    """A line of the script as libass reads it: times in milliseconds, text with \n, and the tags between."""

    start_ms: int
    end_ms: int
    text: str
    tags: tuple[str, ...]


def events(script: str) -> list[Event]:
    head, _, body = script.partition("\n[Events]\n")
    assert head.startswith("[Script Info]\nScriptType: v4.00+\n")
    return [event(row) for row in body.splitlines()[1:]]


def event(row: str) -> Event:
    kind, _, fields = row.partition(": ")
    layer, start, end, style, *rest, text = fields.split(",", 9)
    assert (kind, layer, style, rest) == ("Dialogue", "0", "Speech", ["", "0", "0", "0", ""])
    shown, tags = read(text)
    return Event(ms(start), ms(end), shown, tags)


def ms(clock: str) -> int:
    hours, minutes, seconds = clock.split(":")
    return round((int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * 1000)


def read(text: str) -> tuple[str, tuple[str, ...]]:
    """Read a text as ass_parse.c of libass does: what is drawn, and the override blocks."""
    shown, tags, at = "", [], 0
    while at < len(text):
        if text.startswith((r"\N", r"\n", r"\h", r"\{", r"\}"), at):
            shown += {"N": "\n", "n": " ", "h": "\xa0"}.get(text[at + 1], text[at + 1])
            at += 2
        elif text[at] == "{" and "}" in text[at:]:
            end = text.index("}", at)
            tags.append(text[at + 1 : end])
            at = end + 1
        else:
            shown += text[at]
            at += 1
    return shown, tuple(tags)


def drawable(cue: Cue) -> str:
    """What of a subtitle is drawn."""
    lines = (" ".join(ass_text.escaped(line).split()) for line in cue.lines)
    return read("\n".join(lines).strip())[0]


WILD = st.lists(
    st.sampled_from(
        [r"{\b1}", r"\N", "\\", "{", "}", r"\{", "a,b", "\u202e", "hm", "{\\pos(0,0)}", "שלום", "今天", "≤"]
    )
    | st.text(max_size=4),
    min_size=1,
    max_size=8,
)


@given(WILD, st.sampled_from(STYLES))
def test_text_never_becomes_a_command(parts: list[str], style: Style) -> None:
    made = assembled([Segment(id="?", start=0, end=9, text=" ".join(parts))])

    found = events(ass.written(made, style=style, size=WIDE, language="en"))

    area = ass_styles.frame(style, WIDE)
    expected = [drawable(cue) for cue in subtitles.cues(made, line_width=area.line_width)]
    assert [re.sub(r" +", " ", one.text) for one in found] == [text for text in expected if text]
    assert all(TAGS.fullmatch(tag) for one in found for tag in one.tags)


@settings(max_examples=50)
@given(TRANSCRIPTS, st.sampled_from(STYLES), st.sampled_from([WIDE, TALL, (1080, 1080), (64, 48)]))
def test_events_are_the_subtitles(made: Transcript, style: Style, size: tuple[int, int]) -> None:
    found = events(ass.written(made, style=style, size=size, language=made.language))

    shown = {(cue.start_ms // 10 * 10, cue.end_ms // 10 * 10) for cue in subtitles.cues(
        made, line_width=ass_styles.frame(style, size).line_width)}  # fmt: skip
    assert {(one.start_ms, one.end_ms) for one in found} <= shown
    assert all(left.end_ms <= right.start_ms for left, right in pairwise(found))
    assert all(one.text.count("\n") <= 1 for one in found)


@pytest.mark.parametrize(
    ("size", "places", "lowest"),
    [
        (WIDE, 42, 0.925),
        ((640, 480), 37, 0.925),
        ((1080, 1080), 32, 0.915),
        ((1080, 1350), 28, 0.90),
        (TALL, 24, 0.79),  # what is below is covered by the buttons of the platforms
    ],
)
def test_lines_suit_the_shape_of_the_picture(size: tuple[int, int], places: int, lowest: float) -> None:
    area = ass_styles.frame("clean", size)

    assert area.line_width == places
    assert 1 - area.bottom / size[1] == pytest.approx(lowest, abs=0.01)
    assert area.line_width * 0.5 * area.em < area.room
    assert 2 * area.font_size < size[1] / 3  # both lines stand in the lower third of what is above the margin


@pytest.mark.parametrize("style", STYLES)
@given(width=st.integers(16, 4096), height=st.integers(16, 4096))
def test_every_picture_has_room_for_a_line(style: Style, width: int, height: int) -> None:
    area = ass_styles.frame(style, (width, height))

    assert 0 < area.room < width
    assert 0 < area.font_size < height


def test_words_that_are_too_wide_are_written_smaller() -> None:
    made = assembled([segment("WWWWWWWWWWWWWWWWWWWW WWWWWWWWWWWWWWWWWWWWW", each=2.0)])

    (found,) = events(ass.written(made, style="clean", size=WIDE, language="en"))

    area = ass_styles.frame("clean", WIDE)
    size = re.match(r"\\fs(\d+)", found.tags[0])
    assert size is not None
    assert area.font_size * 0.4 < int(size[1]) < area.font_size


def test_each_word_shines_while_it_is_said() -> None:
    made = assembled([segment("One two three.", start=1, each=0.5)])

    (found,) = events(ass.written(made, style="karaoke", size=WIDE, language="en"))

    white, lit = "&HFFFFFF&", "&H0AD6FF&"
    assert (found.start_ms, found.text) == (1000, "One two three.")
    assert found.tags[1:] == (
        rf"\1c{lit}\t(500,500,\1c{white})",
        rf"\1c{white}\t(500,500,\1c{lit})\t(1000,1000,\1c{white})",
        rf"\1c{white}\t(1000,1000,\1c{lit})\t(1900,1900,\1c{white})",  # 0.4 s after its end, then it is a pause
    )


@settings(max_examples=50)
@given(TRANSCRIPTS)
def test_no_two_words_shine_at_once(made: Transcript) -> None:
    for one in events(ass.written(made, style="karaoke", size=WIDE, language=made.language)):
        times = [tuple(map(int, re.findall(r"\\t\((\d+),", tag))) for tag in one.tags]
        spans = [(0, *found) if len(found) == 1 else found for found in times if found]
        assert all(begin < end for begin, end in spans)
        assert all(left[1] <= right[0] for left, right in pairwise(spans))


def test_speakers_have_colours_of_their_own() -> None:
    turns = [Turn(start=0, end=2, speaker="A"), Turn(start=2, end=9, speaker="B")]
    made = assembled([segment("Is it so? It is not, and it never was.", each=0.6)], turns)

    first, second = events(ass.written(made, style="clean", size=WIDE, language="en"))

    assert (first.tags[0], second.tags[0]) == (r"\1c&H66E0FF&", r"\1c&HFFFFFF&")  # who speaks most is white


def test_other_scripts_name_their_font_and_go_back() -> None:
    made = assembled([segment("Say שלום twice.", each=0.6)])

    (found,) = events(ass.written(made, style="clean", size=WIDE, language="en"))

    assert found.tags[1:] == (r"\fnNoto Sans Hebrew SemBd", r"\fnNoto Sans SemiBold")
    assert found.text == "Say שלום twice."


def test_what_no_font_draws_is_left_out() -> None:
    made = assembled([segment("Great 😀 work.", each=0.6), segment("😀", start=5)])

    found = events(ass.written(made, style="bold", size=WIDE, language="en", left_out=("emoji",)))

    assert [one.text for one in found] == ["Great work."]


def test_families_of_this_machine_are_taken() -> None:
    made = assembled([segment("今天很好", each=2.0)], language="zh")

    script = ass.written(made, style="clean", size=WIDE, language="zh", families={**FAMILIES, "Chinese": "Mine"})

    assert r"{\fnMine\fs78}今天很好" in script
