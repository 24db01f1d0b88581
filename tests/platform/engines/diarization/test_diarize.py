"""The whole way on real recordings."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from reelscribe.platform.domain import diarization_error
from reelscribe.platform.engines.diarization import diarize
from reelscribe.platform.errors import BadMedia

from .conftest import Converted, read_rttm

Written = Callable[..., Path]


def speakers(path: Path, **bounds: int) -> int:
    return len({turn.speaker for turn in diarize(path, **bounds)})


@pytest.mark.parametrize(
    ("name", "people", "bound"),  # the bound is about three times what was measured (docs/quality.md)
    [
        ("pyannote_sample_30s_2spk.wav", 2, 0.25),
        ("falcon_3spk_18s.wav", 3, 0.10),
        ("conv_2spk_no_overlap.ogg", 2, 0.10),
    ],
)
def test_diarize_finds_the_speakers_when_they_take_turns(
    shared: Path, converted: Converted, name: str, people: int, bound: float
) -> None:
    reference = read_rttm((shared / "media" / "B_multispeaker" / name).with_suffix(".rttm"))

    turns = diarize(converted(f"B_multispeaker/{name}"))

    assert len({turn.speaker for turn in turns}) == people
    assert diarization_error.compare(reference, turns).rate <= bound


def test_diarize_sorts_turns_and_keeps_each_speaker_free_of_overlap(conversation: Path) -> None:
    turns = diarize(conversation)

    assert [turn.start for turn in turns] == sorted(turn.start for turn in turns)
    assert turns[0].speaker == "SPEAKER_00"
    assert all(0 <= turn.start < turn.end <= 30.0 for turn in turns)
    for name in {turn.speaker for turn in turns}:
        own = [turn for turn in turns if turn.speaker == name]
        assert all(before.end < after.start for before, after in pairwise(own))


@pytest.mark.parametrize(
    ("name", "count"),
    [("pyannote_sample_30s_2spk.wav", 1), ("pyannote_sample_30s_2spk.wav", 2), ("falcon_3spk_18s.wav", 2)],
)
def test_diarize_finds_as_many_as_asked_for(converted: Converted, name: str, count: int) -> None:
    assert speakers(converted(f"B_multispeaker/{name}"), min_speakers=count, max_speakers=count) == count


def test_diarize_splits_further_when_more_are_asked_for(converted: Converted) -> None:
    path = converted("A_speech/en_sonnet1_53s.mp3")

    assert speakers(path) < speakers(path, min_speakers=2)


def test_diarize_finds_one_speaker_when_one_reads(converted: Converted) -> None:
    assert speakers(converted("A_speech/en_sonnet1_53s.mp3")) == 1


def test_diarize_reports_progress_that_never_falls_and_ends_at_one(conversation: Path) -> None:
    fractions: list[float] = []

    diarize(conversation, on_progress=fractions.append)

    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


@pytest.mark.parametrize("seconds", [0.0, 0.0001, 0.2, 5.0, 12.3])
def test_diarize_finds_nobody_when_it_is_silent(written: Written, seconds: float) -> None:
    assert diarize(written(np.zeros(int(seconds * 16_000)))) == []


def test_diarize_finds_nobody_when_there_is_only_faint_noise(written: Written) -> None:
    noise = np.random.default_rng(0).normal(0, 0.001, 160_000)

    assert diarize(written(noise)) == []


def test_diarize_does_not_fail_when_speech_is_cut_very_short(conversation: Path, written: Written) -> None:
    content = np.frombuffer(conversation.read_bytes()[-12 * 32_000 :], "<i2") / 32768

    for seconds in (0.2, 1.0, 4.9, 5.01):
        assert all(turn.end <= seconds + 0.001 for turn in diarize(written(content[: int(seconds * 16_000)])))


def test_diarize_refuses_another_sample_rate(written: Written) -> None:
    with pytest.raises(BadMedia, match="16 kHz"):
        diarize(written(np.zeros(800), rate=8_000))


def test_diarize_refuses_what_is_no_wav(tmp_path: Path) -> None:
    path = tmp_path / "text.wav"
    path.write_text("not a recording")

    with pytest.raises(BadMedia):
        diarize(path)
