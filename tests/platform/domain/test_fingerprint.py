from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain.fingerprint import essence, fingerprint

UUID_A, UUID_B = "6f1c1f0e-8d3e-4a53-9f7a-0b1c2d3e4f50", "00000000-0000-0000-0000-00000000000A"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"job {UUID_A} is gone", f"job {UUID_B} is gone"),
        ("cannot read /srv/data/a.wav", "cannot read ~/talks/b.wav"),
        ("cannot read C:\\a\\b.wav", "cannot read D:\\c.wav"),
        ("GET https://a.example/x?y=1 failed", "GET http://b.example:80/ failed"),
        ("took 12 s", "took 7.25 s"),
        ("at 2026-11-21T07:00:00Z", "at 2025-01-02 23:59:59.123+01:00"),
        ("stopped at 00:01:02.5", "stopped at 1:59"),
        ("no codec 'opus'", "no codec 'flac one'"),
        ('no codec "opus"', "no codec “flac”"),
        ("segfault at 0xdeadbeef", "segfault at 0x1"),
        ("etag 9a0364b9e99bb480dd25e1f0284c8555", "etag d41d8cd98f00b204e9800998ecf8427e"),
        ("mail to a.b@example.org failed", "mail to c@mail.example.org failed"),
        ("Too  many\nfiles", "too many files"),
    ],
)
def test_same_fingerprint_when_only_details_differ(one: str, other: str) -> None:
    assert essence(one) == essence(other)
    assert fingerprint("E", "ingest", one) == fingerprint("E", "ingest", other)


@pytest.mark.parametrize(
    "other",
    [
        ("EngineFailed", "ingest", "no sound"),
        ("MediaFailed", "render", "no sound"),
        ("MediaFailed", "ingest", "no picture"),
        ("MediaFailedingest", "", "no sound"),
    ],
)
def test_other_fingerprint_when_the_cause_differs(other: tuple[str, str, str]) -> None:
    assert fingerprint(*other) != fingerprint("MediaFailed", "ingest", "no sound")


def test_fingerprint_is_the_same_in_every_release() -> None:
    assert fingerprint("MediaFailed", "ingest", "took 12 s") == "0d4a43a6b7b18f7bc7941d56fb8728d0"


def test_apostrophes_are_no_quotes() -> None:
    assert essence("can't open, won't try") == "can't open, won't try"


@given(st.text(), st.text(), st.text(alphabet=st.characters(), max_size=300))
def test_any_text_has_a_fingerprint(error_class: str, stage: str, message: str) -> None:
    made = fingerprint(error_class, stage, message)

    assert len(made) == 32
    assert set(made) <= set("0123456789abcdef")


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_numbers_never_matter(one: int, other: int) -> None:
    assert essence(f"exit code {one} after {other} bytes") == "exit code <n> after <n> bytes"
