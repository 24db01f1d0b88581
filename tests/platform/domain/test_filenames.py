from __future__ import annotations

import json
import unicodedata
from email.message import Message
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain import filenames

WILD = st.text(alphabet=st.characters() | st.sampled_from("/\\.: \x00\u202eé")) | st.text(min_size=250, max_size=400)


def assert_safe(name: str) -> None:
    assert 1 <= len(name.encode()) <= filenames.LONGEST_BYTES
    assert not set(name) & set("/\\\u202e\u2066\u200b")
    assert not any(unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} for sign in name)
    assert unicodedata.is_normalized("NFC", name)
    assert name not in {".", ".."}
    assert name == name.strip()


@given(WILD)
def test_clean_name_is_safe_and_stable(name: str) -> None:
    cleaned = filenames.clean(name)

    assert_safe(cleaned)
    assert filenames.clean(cleaned) == cleaned


@given(WILD, st.sampled_from([".mp4", ".mp3", ".webm", ".M4A"]))
def test_suffix_is_kept(stem: str, suffix: str) -> None:
    assert filenames.clean(stem + suffix).endswith(suffix)


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("Lecture 1.mp4", "Lecture 1.mp4"),
        ("../../../etc/cron.d/x.mp4", "x.mp4"),
        ("..\\..\\windows\\x.mp4", "x.mp4"),
        ("C:\\x.mp4", "x.mp4"),
        ("C:x.mp4", "x.mp4"),
        ("concat:a.mp4", "concat:a.mp4"),
        ("file:///etc/passwd.mp4", "passwd.mp4"),
        ("name\nnewline.mp4", "name newline.mp4"),
        ("bell\aesc\x1b[31m.mp4", "bellesc[31m.mp4"),
        ("null\x00byte.mp4", "nullbyte.mp4"),
        ("rtl\u202e4pm.exe", "rtl4pm.exe"),
        ("e\u0301.mp4", "\u00e9.mp4"),
        ("CON.mp4", "_CON.mp4"),
        ("com1", "_com1"),
        ("console.mp4", "console.mp4"),
        (".mp4", "recording.mp4"),
        ("", "recording"),
        ("..", "recording"),
        ("a/..", "recording"),
        ("a/", "recording"),
        ("x" * 400 + ".mp4", "x" * 251 + ".mp4"),
        ("日" * 100 + ".mp4", "日" * 83 + ".mp4"),  # 83 x 3 + 4 = 253 bytes
    ],
)
def test_name_is_cleaned(name: str, cleaned: str) -> None:
    assert filenames.clean(name) == cleaned


def test_hostile_names_of_the_shared_material_become_safe(shared: Path) -> None:
    names = json.loads((shared / "media" / "D_hostile" / "filenames.json").read_text(encoding="utf-8"))["names"]

    for name in names:
        assert_safe(filenames.clean(name))
        assert filenames.content_disposition(name).isascii()
    assert len(names) > 30


@given(WILD)
def test_content_disposition_reads_back_as_the_clean_name(name: str) -> None:
    header = filenames.content_disposition(name)
    message = Message()
    message["Content-Disposition"] = header
    plain, _, extended = header.partition("; filename*=UTF-8''")

    assert header.isascii()
    assert header.isprintable()
    assert message.get_content_disposition() == "attachment"
    assert plain.count('"') == 2
    assert (unquote(extended) or plain.split('"')[1]) == filenames.clean(name)


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a.mp4", 'attachment; filename="a.mp4"'),
        ('a"b.mp4', "attachment; filename=\"a_b.mp4\"; filename*=UTF-8''a%22b.mp4"),
        ("50%.mp4", "attachment; filename=\"50_.mp4\"; filename*=UTF-8''50%25.mp4"),
        ("講義.mp4", "attachment; filename=\"recording.mp4\"; filename*=UTF-8''%E8%AC%9B%E7%BE%A9.mp4"),
    ],
)
def test_content_disposition(name: str, header: str) -> None:
    assert filenames.content_disposition(name) == header


def test_content_disposition_can_be_inline() -> None:
    assert filenames.content_disposition("a.mp4", inline=True) == 'inline; filename="a.mp4"'
