from __future__ import annotations

import csv
import html
import io
import re
import zipfile
from itertools import pairwise

import docx
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reelscribe.platform.domain import exports, subtitles, wording
from reelscribe.platform.domain.insights import Chapter, Insights
from reelscribe.platform.domain.transcript import Segment, Transcript, Turn
from reelscribe.platform.errors import UnsupportedOption

from .samples import TEXTS, TRANSCRIPTS, assembled, segment

TALK = assembled(
    [segment("Shall we go? Yes, let us go.", each=1.0)],
    [Turn(start=0, end=3, speaker="A"), Turn(start=3, end=7, speaker="B")],
)


def text_of(made: Transcript, name: str, *, title: str = "A talk") -> str:
    return exports.render(made, name, title=title).content.decode()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("txt", "Speaker 1: Shall we go?\n\nSpeaker 2: Yes, let us go.\n"),
        (
            "srt",
            "1\n00:00:00,000 --> 00:00:03,000\nSpeaker 1: Shall we go?\n\n"
            "2\n00:00:03,000 --> 00:00:07,000\nSpeaker 2: Yes, let us go.\n",
        ),
        (
            "vtt",
            "WEBVTT\n\n1\n00:00:00.000 --> 00:00:03.000\n<v Speaker 1>Shall we go?\n\n"
            "2\n00:00:03.000 --> 00:00:07.000\n<v Speaker 2>Yes, let us go.\n",
        ),
        (
            "tsv",
            "start\tend\tspeaker\ttext\n0\t3000\tSpeaker 1\tShall we go?\n3000\t7000\tSpeaker 2\tYes, let us go.\n",
        ),
        (
            "csv",
            "start,end,speaker,text\r\n0.000,3.000,Speaker 1,Shall we go?\r\n"
            '3.000,7.000,Speaker 2,"Yes, let us go."\r\n',
        ),
        (
            "rttm",
            "SPEAKER A_talk 1 0.000 3.000 <NA> <NA> Speaker_1 <NA> <NA>\n"
            "SPEAKER A_talk 1 3.000 4.000 <NA> <NA> Speaker_2 <NA> <NA>\n",
        ),
        (
            "md",
            "# A talk\n\n**Speaker 1** (00:00:00)\n\nShall we go?\n\n**Speaker 2** (00:00:03)\n\nYes, let us go.\n",
        ),
    ],
)
def test_text_formats(name: str, content: str) -> None:
    assert text_of(TALK, name) == content


def test_json_has_the_shape_of_the_contract() -> None:
    made = msgspec.json.decode(text_of(TALK, "json"))

    assert list(made) == ["version", "language", "duration", "engine", "speakers", "segments", "text"]
    assert list(made["engine"]) == ["name", "model"]
    assert list(made["speakers"][0]) == ["id", "label"]
    assert list(made["segments"][0]) == ["id", "start", "end", "speaker", "text", "words"]
    assert list(made["segments"][0]["words"][0]) == ["start", "end", "text", "confidence", "speaker"]


@given(TRANSCRIPTS)
def test_json_reads_back_as_the_transcript_without_its_turns(made: Transcript) -> None:
    read = msgspec.json.decode(text_of(made, "json"), type=Transcript)

    assert read == msgspec.structs.replace(made, turns=msgspec.UNSET)


@pytest.mark.parametrize("name", exports.FORMATS)
@settings(max_examples=40)
@given(made=TRANSCRIPTS, title=TEXTS)
def test_any_transcript_can_be_exported_and_twice_alike(name: str, made: Transcript, title: str) -> None:
    once, again = (exports.render(made, name, title=title) for _ in range(2))

    assert once == again
    assert once.suffix == f".{name}"


@pytest.mark.parametrize("name", exports.FORMATS)
def test_transcript_without_speech_can_be_exported(name: str) -> None:
    assert exports.render(assembled([]), name, title="").content_type


_SRT = re.compile(r"(\d+)\n(\d\d+):(\d\d):(\d\d),(\d{3}) --> (\d\d+):(\d\d):(\d\d),(\d{3})\n((?:.+\n){1,2})", re.ASCII)


@given(TRANSCRIPTS)
def test_srt_reads_back_as_its_cues(made: Transcript) -> None:
    text = text_of(made, "srt")

    found = [_SRT.fullmatch(block) for block in re.split(r"(?<=\n)\n", text) if block]
    expected = subtitles.cues(made, labelled=True)
    assert all(found)
    assert [int(match[1]) for match in found] == list(range(1, len(expected) + 1))
    assert [(ms(match, 2), ms(match, 6)) for match in found] == [(cue.start_ms, cue.end_ms) for cue in expected]
    lines = ["\n".join(cue.lines).replace("-->", "→") + "\n" for cue in expected]
    assert [match[10] for match in found] == lines
    assert text.count("-->") == len(expected)


def ms(match: re.Match[str], first: int) -> int:
    hours, minutes, seconds, rest = (int(match[at]) for at in range(first, first + 4))
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest


_VTT = re.compile(
    r"\d+\n(\d\d+):(\d\d):(\d\d)\.(\d{3}) --> (\d\d+):(\d\d):(\d\d)\.(\d{3})\n(?:<v ([^<>\n]+)>)?((?:.+\n)+)"
)


@given(TRANSCRIPTS)
def test_vtt_reads_back_as_its_cues(made: Transcript) -> None:
    header, *blocks = re.split(r"(?<=\n)\n", text_of(made, "vtt"))

    found = [_VTT.fullmatch(block) for block in blocks if block]
    expected = subtitles.cues(made)
    assert header == "WEBVTT\n"
    assert [(ms(match, 1), ms(match, 5)) for match in found] == [(cue.start_ms, cue.end_ms) for cue in expected]
    assert [html.unescape(match[10]) for match in found] == ["\n".join(cue.lines) + "\n" for cue in expected]
    assert not any(set(match[10]) & {"<", ">"} for match in found)


@given(TRANSCRIPTS)
def test_csv_reads_back_and_starts_no_formula(made: Transcript) -> None:
    rows = list(csv.reader(io.StringIO(text_of(made, "csv"), newline=""), strict=True))

    assert rows[0] == ["start", "end", "speaker", "text"]
    assert [float(row[0]) for row in rows[1:]] == [one.start for one in made.segments]
    assert [row[3].removeprefix("'") for row in rows[1:]] == [one.text.removeprefix("'") for one in made.segments]
    assert not any(cell[:1] in tuple("=+-@\t\r") and cell for row in rows for cell in row)


@given(TRANSCRIPTS)
def test_tsv_has_four_fields_in_every_row(made: Transcript) -> None:
    rows = [row.split("\t") for row in text_of(made, "tsv").split("\n")[1:-1]]

    assert [row[3] for row in rows] == [one.text for one in made.segments]
    assert all(int(row[0]) <= int(row[1]) for row in rows)


@given(TRANSCRIPTS, TEXTS)
def test_rttm_has_ten_fields_in_every_line(made: Transcript, title: str) -> None:
    rows = [row.split(" ") for row in text_of(made, "rttm", title=title).split("\n")[:-1]]

    assert all(len(row) == 10 and row[0] == "SPEAKER" and all(row) for row in rows)
    assert all(float(row[4]) > 0 for row in rows)
    assert all(float(left[3]) <= float(right[3]) for left, right in pairwise(rows))


def test_rttm_says_who_is_heard_also_at_once_and_without_a_word() -> None:
    turns = (
        Turn(start=0.0, end=3.5, speaker="S1"),
        Turn(start=3.0, end=7.0, speaker="S2"),
        Turn(start=6.0, end=6.5, speaker="S3"),
    )

    rows = text_of(msgspec.structs.replace(TALK, turns=turns), "rttm").splitlines()

    assert [(row.split()[3], row.split()[4], row.split()[7]) for row in rows] == [
        ("0.000", "3.500", "Speaker_1"),
        ("3.000", "4.000", "Speaker_2"),
        ("6.000", "0.500", "S3"),
    ]


@settings(max_examples=20)
@given(TRANSCRIPTS, TEXTS)
def test_docx_reads_back_with_all_text(made: Transcript, title: str) -> None:
    content = exports.render(made, "docx", title=title).content

    document = docx.Document(io.BytesIO(content))
    headings = [nr for nr, one in enumerate(document.paragraphs) if one.style.name.startswith("Heading")]
    text = "".join(paragraph.text.split("\n", 1)[1] for paragraph in document.paragraphs[headings[-1] + 1 :])
    assert "".join(text.split()) == "".join(made.text.split())
    assert document.paragraphs[0].text == (wording.clean(title) or "Transcript")


TOLD = msgspec.structs.replace(
    TALK,
    insights=Insights(
        summary="They <leave>.\n- Both agree.",
        chapters=(Chapter(start=3, end=7, headline="B says *yes*.", gist="The answer"),),
    ),
)


def test_md_begins_with_summary_and_chapters() -> None:
    assert text_of(TOLD, "md").startswith(
        "# A talk\n\n## Summary\n\nThey \\<leave\\>.\n\n\\- Both agree.\n\n"
        "## Chapters\n\n- 00:00:03 **The answer** B says \\*yes\\*.\n\n## Transcript\n\n**Speaker 1** (00:00:00)\n\n"
    )


def test_docx_begins_with_summary_and_chapters() -> None:
    document = docx.Document(io.BytesIO(exports.render(TOLD, "docx", title="A talk").content))

    above = [(one.style.name, one.text) for one in document.paragraphs[:7]]
    assert above == [
        ("Heading 1", "A talk"),
        ("Heading 2", "Summary"),
        ("Normal", "They <leave>."),
        ("Normal", "- Both agree."),
        ("Heading 2", "Chapters"),
        ("Normal", "00:00:03  The answer\nB says *yes*."),
        ("Heading 2", "Transcript"),
    ]


@pytest.mark.parametrize("name", ["txt", "srt", "vtt", "tsv", "csv", "rttm"])
def test_what_was_found_out_stays_out_of_plain_formats(name: str) -> None:
    assert text_of(TOLD, name) == text_of(TALK, name)


def test_json_has_what_was_found_out() -> None:
    made = msgspec.json.decode(text_of(TOLD, "json"))

    assert made["insights"]["summary"] == "They <leave>.\n- Both agree."
    assert made["insights"]["chapters"][0]["gist"] == "The answer"
    assert "translations" not in made["insights"]


def test_known_paragraphs_rule_where_there_are_any() -> None:
    made = assembled([segment("One."), segment("Two.", start=1), segment("Three.", start=10)])
    told = msgspec.structs.replace(made, insights=Insights(paragraphs=("s1", "s2")))

    assert text_of(told, "txt") == "One.\n\nTwo. Three.\n"


def test_docx_says_nothing_about_when_it_was_made() -> None:
    packed = zipfile.ZipFile(io.BytesIO(exports.render(TALK, "docx", title="A talk").content))

    assert {entry.date_time for entry in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\uff1d1"])
def test_csv_makes_formulas_harmless(text: str) -> None:
    made = assembled([Segment(id="?", start=0, end=1, text=text)])

    assert f",'{text}\r\n" in text_of(made, "csv")


def test_vtt_escapes_what_looks_like_a_tag() -> None:
    made = assembled([Segment(id="?", start=0, end=1, text="a <b> & --> c")])

    assert text_of(made, "vtt").endswith("\na &lt;b&gt; &amp; --&gt; c\n")


@pytest.mark.parametrize(
    ("text", "escaped"), [("# no", r"\# no"), ("1. no", r"1\. no"), ("- no", r"\- no"), ("a_b *c*", r"a\_b \*c\*")]
)
def test_md_keeps_text_as_text(text: str, escaped: str) -> None:
    made = assembled([Segment(id="?", start=0, end=1, text=text)])

    assert text_of(made, "md").endswith(f"\n\n{escaped}\n")


def test_long_pause_begins_a_paragraph() -> None:
    made = assembled([segment("One."), segment("Two.", start=1), segment("Three.", start=10)])

    assert text_of(made, "txt") == "One. Two.\n\nThree.\n"


@given(st.text())
def test_unknown_format_is_refused(name: str) -> None:
    with pytest.raises(UnsupportedOption, match="There is no format") as refusal:
        exports.render(TALK, f"x{name}", title="")

    assert "srt" in refusal.value.hint
