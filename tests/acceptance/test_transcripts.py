"""Transcripts in every format, each read by something that knows the format."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import docx
import httpx
import pytest

from tests.acceptance.conftest import API, SPOKEN, Json, ended, problem, send, submit

TYPES = {
    "json": "application/json",
    "txt": "text/plain; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
    "tsv": "text/tab-separated-values; charset=utf-8",
    "csv": "text/csv; charset=utf-8; header=present",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "rttm": "text/plain; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
}
_WORDS = SPOKEN.split()


@pytest.fixture(scope="module")
def get(owner: httpx.Client, finished_job: Json):
    """Get the finished job's transcript in a format."""
    return lambda form: owner.get(f"{API}/jobs/{finished_job['id']}/transcript", params={"format": form})


@pytest.fixture(scope="module")
def transcript(get) -> Json:
    return get("json").json()


@pytest.mark.parametrize("form", TYPES)
def test_transcript_has_its_type_and_name(get, finished_job: Json, form: str) -> None:
    answer = get(form)

    assert (answer.status_code, answer.headers["content-type"]) == (200, TYPES[form])
    assert f".{form}" in answer.headers["content-disposition"]


def test_json_has_exactly_the_shape_of_the_contract(transcript: Json) -> None:
    assert set(transcript) == {"version", "language", "duration", "engine", "speakers", "segments", "text"}
    assert set(transcript["engine"]) == {"name", "model"}
    for segment in transcript["segments"]:
        assert set(segment) == {"id", "start", "end", "speaker", "text", "words"}
        for word in segment["words"]:
            assert set(word) == {"start", "end", "text", "confidence", "speaker"}


def test_times_are_in_order_and_never_overlap(transcript: Json) -> None:
    words = [word for segment in transcript["segments"] for word in segment["words"]]
    times = [time for word in words for time in (word["start"], word["end"])]

    assert times == sorted(times)
    assert times[-1] <= transcript["duration"]
    assert [word["text"] for word in words] == _WORDS
    assert len({segment["id"] for segment in transcript["segments"]}) == len(transcript["segments"])


@pytest.mark.parametrize("form", ["txt", "md"])
def test_text_has_all_words_in_order(get, form: str) -> None:
    assert re.findall(r"\w+", get(form).text)[-len(_WORDS) :] == [word.strip(".,") for word in _WORDS]


@pytest.mark.parametrize(("form", "sign"), [("srt", ","), ("vtt", ".")])
def test_subtitles_are_numbered_cues_in_order(get, transcript: Json, form: str, sign: str) -> None:
    blocks = [block.split("\n") for block in get(form).text.strip().split("\n\n")]
    if form == "vtt":
        assert blocks.pop(0) == ["WEBVTT"]
    stamp = rf"(\d\d):(\d\d):(\d\d)\{sign}(\d\d\d)"
    times = [re.fullmatch(f"{stamp} --> {stamp}", block[1]) for block in blocks]

    assert [block[0] for block in blocks] == [str(number) for number in range(1, len(blocks) + 1)]
    assert [line for block in blocks for line in " ".join(block[2:]).split()] == _WORDS
    seconds = [_seconds(match.groups()[half : half + 4]) for match in times if match for half in (0, 4)]
    assert len(seconds) == 2 * len(blocks)
    assert seconds == sorted(seconds)


def _seconds(parts: tuple[str, ...]) -> float:
    hours, minutes, seconds, thousandths = (int(part) for part in parts)
    return hours * 3600 + minutes * 60 + seconds + thousandths / 1000


@pytest.mark.parametrize(("form", "delimiter", "unit"), [("csv", ",", 1.0), ("tsv", "\t", 0.001)])
def test_table_has_a_row_for_each_segment(get, transcript: Json, form: str, delimiter: str, unit: float) -> None:
    rows = list(csv.DictReader(io.StringIO(get(form).text, newline=""), delimiter=delimiter))

    assert [row["text"] for row in rows] == [segment["text"] for segment in transcript["segments"]]
    starts = [float(row["start"]) * unit for row in rows]
    assert starts == pytest.approx([segment["start"] for segment in transcript["segments"]], abs=0.001)


def test_rttm_has_a_turn_for_each_line(get, transcript: Json) -> None:
    lines = [line.split(" ") for line in get("rttm").text.splitlines()]

    assert {(len(line), line[0], line[2]) for line in lines} == {(10, "SPEAKER", "1")}
    assert float(lines[-1][3]) + float(lines[-1][4]) == pytest.approx(transcript["duration"], abs=0.01)


def test_docx_opens_and_has_the_words(get) -> None:
    document = docx.Document(io.BytesIO(get("docx").content))

    text = " ".join(paragraph.text for paragraph in document.paragraphs)
    assert "Today we speak about rivers, and why they wander." in text


@pytest.mark.parametrize("form", ["pdf", "", "JSON", "../json"])
@pytest.mark.parametrize("path", ["transcript", "download"])
def test_unknown_format_is_refused_with_the_known_ones(
    owner: httpx.Client, finished_job: Json, path: str, form: str
) -> None:
    answer = owner.get(f"{API}/jobs/{finished_job['id']}/{path}", params={"format": form})

    assert problem(answer, 422)["errors"][0]["field"] == "format"
    assert all(known in answer.text for known in TYPES)


def test_versions_begin_with_that_of_the_engine(owner: httpx.Client, finished_job: Json) -> None:
    page = owner.get(f"{API}/jobs/{finished_job['id']}/transcript/versions").json()

    assert [(item["version"], item["origin"]) for item in page["items"]] == [(1, "engine")]


def test_download_link_works_for_anyone_until_it_expires(
    owner: httpx.Client, anyone: httpx.Client, finished_job: Json
) -> None:
    link = owner.get(f"{API}/jobs/{finished_job['id']}/download?format=srt").json()

    answer = anyone.get(link["url"])

    assert answer.status_code == 200
    assert answer.text == owner.get(f"{API}/jobs/{finished_job['id']}/transcript?format=srt").text
    assert 'filename="talk.srt"' in answer.headers["content-disposition"]
    left = datetime.fromisoformat(link["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=1) < left <= timedelta(days=1)


@pytest.mark.parametrize(
    "change", [("srt", "txt"), ("expires=1", "expires=2"), ("signature=", "signature=0"), ("jobs/", "media/")]
)
def test_download_link_is_refused_when_it_was_changed(
    owner: httpx.Client, anyone: httpx.Client, finished_job: Json, change: tuple[str, str]
) -> None:
    url = owner.get(f"{API}/jobs/{finished_job['id']}/download?format=srt").json()["url"]
    assert int(parse_qs(urlsplit(url).query)["expires"][0]) > 0

    answer = anyone.get(url.replace(*change, 1))

    assert answer.status_code in (403, 404), answer.text


def test_formula_in_a_table_is_not_run_by_a_spreadsheet(owner: httpx.Client) -> None:
    media = send(owner, "formula.txt", b"=HYPERLINK(1) is what they said.")["id"]
    job = ended(owner, submit(owner, media_id=media)["id"])

    rows = csv.DictReader(io.StringIO(owner.get(f"{API}/jobs/{job['id']}/transcript?format=csv").text, newline=""))

    assert not next(rows)["text"].startswith("=")  # OWASP, CSV injection


def test_markup_in_the_words_stays_text(owner: httpx.Client) -> None:
    media = send(owner, "markup.txt", b"They wrote <b>bold</b> and --> an arrow & more.")["id"]
    job = ended(owner, submit(owner, media_id=media)["id"])

    vtt = owner.get(f"{API}/jobs/{job['id']}/transcript?format=vtt").text

    cue = vtt.split("\n\n", 1)[1].split("\n", 2)[2]
    assert "-->" not in cue
    assert "<b>" not in cue
    assert "&lt;b&gt;" in cue
