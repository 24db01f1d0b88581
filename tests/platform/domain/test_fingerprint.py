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


# As our own code and the servers behind it write them; each row is one cause.
CAUSES = [
    (
        "Redis does not answer: Error 111 connecting to 10.0.0.12:6379. Connection refused.",
        "Redis does not answer: Error 111 connecting to 10.0.3.7:6380. Connection refused.",
    ),
    (
        "The S3 server answers with an error: SlowDown: Please reduce your request rate. (request 4Y5ZK2M8QJ3C7D9F)",
        "The S3 server answers with an error: SlowDown: Please reduce your request rate. (request 9B1XV7T2WN5R8H3K)",
    ),
    (
        "This file says that it lasts 3600 s, but it holds 12 s",
        "This file says that it lasts 90 s, but it holds 4 s",
    ),
    (
        "The step was stopped at its time limit; 3 of 12 are done and kept",
        "The step was stopped at its time limit; 11 of 40 are done and kept",
    ),
    (
        "The model 'tiny.en' knows English, but not 'fr'.",
        "The model 'base.en' knows English, but not 'pt-BR'.",
    ),
    (
        "The model in /srv/models/tiny cannot be loaded: Unable to open file 'model.bin' in model '/srv/models/tiny'",
        "The model in C:\\models\\base cannot be loaded: Unable to open file 'model.bin' in model 'C:\\models'",
    ),
    ("ffmpeg was ended by signal 9.", "ffmpeg was ended by signal 11."),
    (
        "audio-0012.wav is not mono, 16 kHz, 16 bit but (2, 44100)",
        "audio-7.wav is not mono, 16 kHz, 16 bit but (1, 8000)",
    ),
    ("PostgreSQL did not answer: canceling statement", "PostgreSQL did not answer:  canceling statement"),
    (
        "An unexpected error stopped this step (KeyError)",
        "An unexpected error stopped this step (KeyError)",
    ),
    ("An unexpected error stopped this step (ValueError)", "An unexpected error stopped this step (ValueError)"),
    (
        "The engine answers 500: internal error, request id req_8Jf92kLmQ4",
        "The engine answers 502: internal error, request id req_1Zx77aBcD9",
    ),
    ("Library libcublas12 is missing", "Library libcublas13 is missing"),
    ("Library libcudnn9 is missing", "Library libcudnn8 is missing"),
]


@pytest.mark.parametrize(("one", "other"), CAUSES)
def test_same_fingerprint_when_one_cause_comes_twice(one: str, other: str) -> None:
    assert essence(one) == essence(other)


def test_causes_stay_apart_when_all_are_there() -> None:
    assert len({fingerprint("E", "transcribe", one) for one, _ in CAUSES}) == len(CAUSES)


@given(st.text(), st.text(), st.text(alphabet=st.characters(), max_size=300))
def test_any_text_has_a_fingerprint(error_class: str, stage: str, message: str) -> None:
    made = fingerprint(error_class, stage, message)

    assert len(made) == 32
    assert set(made) <= set("0123456789abcdef")


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_numbers_never_matter(one: int, other: int) -> None:
    assert essence(f"exit code {one} after {other} bytes") == "exit code <n> after <n> bytes"
