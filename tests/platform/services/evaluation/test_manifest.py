"""Lists of recordings: what is read of them, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from reelscribe.platform.domain.transcript import Turn
from reelscribe.platform.errors import BadInput, NotFound
from reelscribe.platform.services.evaluation import manifest


def written(folder: Path, content: object) -> Path:
    path = folder / "manifest.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def only(path: Path) -> manifest.Recording:
    (recording,) = manifest.read(path).recordings
    return recording


def test_read_takes_the_text_and_turns_of_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Good morning.")
    (tmp_path / "a.rttm").write_text(
        ";; comment\nSPEAKER a 1 0.50 2.00 <NA> <NA> anna <NA> <NA>\nLEXEME a 1 0.5 0.2 good lex anna 1\n"
    )

    recording = only(written(tmp_path, [{"file": "a.wav", "reference": {"text_path": "a.txt", "rttm": "a.rttm"}}]))

    reference = manifest.reference(recording)
    assert reference.text == "Good morning."
    assert reference.turns == (Turn(start=0.5, end=2.5, speaker="anna"),)
    assert recording.path == tmp_path / "a.wav"


def test_read_takes_text_and_turns_from_segments(tmp_path: Path) -> None:
    segments = [
        {"start": 0, "end": 1, "speaker": "anna", "text": "Good"},
        {"start": 1, "end": 2, "speaker": "ben", "text": "morning."},
    ]

    recording = only(written(tmp_path, {"entries": [{"file": "a.wav", "reference": {"segments": segments}}]}))

    reference = manifest.reference(recording)
    assert (reference.text, reference.turns) == (
        "Good morning.",
        (Turn(start=0, end=1, speaker="anna"), Turn(start=1, end=2, speaker="ben")),
    )


@pytest.mark.parametrize(
    ("entry", "text"),
    [({"kind": "silence"}, ""), ({"kind": "music", "reference": None}, ""), ({"reference": {"text": ""}}, "")],
)
def test_read_knows_where_nothing_is_said(tmp_path: Path, entry: dict[str, object], text: str) -> None:
    recording = only(written(tmp_path, [{"file": "a.wav", **entry}]))

    assert manifest.reference(recording).text == text
    assert not recording.has_turns


def test_read_leaves_out_what_has_no_reference(tmp_path: Path) -> None:
    path = written(tmp_path, [{"file": "a.wav"}, {"file": "b.wav", "kind": "speech"}, {"file": "c", "kind": "noise"}])

    found = manifest.read(path)

    assert ([one.name for one in found.recordings], found.unscorable) == (["c"], 2)


@pytest.mark.parametrize(("given", "used"), [("en", "en"), ("en+de", None), (None, None)])
def test_read_tells_engines_a_language_only_when_it_is_one(tmp_path: Path, given: str | None, used: str | None) -> None:
    assert only(written(tmp_path, [{"file": "a", "language": given, "reference": {"text": "a"}}])).language == used


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[{", "is not JSON"),
        ('"text"', "is no list of recordings"),
        ({"files": []}, "is no list of recordings: Object missing required field `entries`"),
        ([{"name": "a.wav"}], "is no list of recordings: Object missing required field `file`"),
        ([{"file": "a", "reference": "b"}], r"is no list of recordings: Expected `object \| null`, got `str` - at"),
        ([{"file": "../a.wav", "reference": {"text": "a"}}], r"\.\./a\.wav lies outside"),
        ([{"file": "/etc/passwd", "reference": {"text": "a"}}], "/etc/passwd lies outside"),
        ([{"file": "a.wav", "reference": {"rttm": "b/../../a.rttm"}}], "a.rttm lies outside"),
        ([{"file": "a.wav", "reference": {"text_path": "/etc/hostname"}}], "/etc/hostname lies outside"),
    ],
)
def test_read_refuses_what_is_no_such_list(tmp_path: Path, content: object, says: str) -> None:
    with pytest.raises(BadInput, match=says) as refusal:
        manifest.read(written(tmp_path, content))

    assert refusal.value.hint


def test_read_follows_no_link_out_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "list"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "a.txt").symlink_to(tmp_path / "secret.txt")

    with pytest.raises(BadInput, match="outside"):
        manifest.read(written(folder, [{"file": "a.wav", "reference": {"text_path": "a.txt"}}]))


def test_read_says_that_the_list_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"none\.json cannot be read: no such file"):
        manifest.read(tmp_path / "none.json")


@pytest.mark.parametrize("line", ["SPEAKER a 1 0.5", "SPEAKER a 1 soon 2.0 <NA> <NA> anna <NA> <NA>"])
def test_reference_refuses_what_is_not_rttm(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.rttm").write_text(line)
    recording = only(written(tmp_path, [{"file": "a.wav", "reference": {"rttm": "a.rttm"}}]))

    with pytest.raises(BadInput, match="is not RTTM"):
        manifest.reference(recording)


def test_matching_keeps_what_is_asked_for(tmp_path: Path) -> None:
    rows = [("a/en.wav", "en"), ("a/de.wav", "de"), ("b/en.wav", "en"), ("b/two.wav", "en")]
    found = manifest.read(
        written(tmp_path, [{"file": file, "language": code, "reference": {"text": "x"}} for file, code in rows])
    )

    kept = manifest.matching(found, globs=("b/*", "*/de.wav"), language=None, limit=2)
    english = manifest.matching(found, globs=(), language="en", limit=None)

    assert [one.name for one in kept.recordings] == ["a/de.wav", "b/en.wav"]
    assert [one.name for one in english.recordings] == ["a/en.wav", "b/en.wav", "b/two.wav"]
    with pytest.raises(BadInput, match="No recording"):
        manifest.matching(found, globs=("c/*",), language=None, limit=None)
