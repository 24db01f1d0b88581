from __future__ import annotations

import pytest
from reelscribe.platform import errors
from reelscribe.platform.domain.advice import advice


@pytest.mark.parametrize(
    "kind", [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception)]
)
def test_every_error_has_advice(kind: type[errors.ReelscribeError]) -> None:
    assert all(step.endswith(".") for step in advice(kind.code))
    assert advice(kind.code)


def test_advice_names_memory_when_the_program_was_killed() -> None:
    assert "memory" in advice("media_failed", exit_code=-9)[0]
    assert "memory" not in advice("media_failed", exit_code=-11)[0]


def test_nothing_can_be_done_when_the_recording_is_gone() -> None:
    assert advice("engine_failed", exit_code=-9, is_source_there=False) == [
        "The recording is gone, so this job cannot run again. Discard the letter."
    ]
