from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.engines.detection import WINDOW_SECONDS, Window, averaged, starts

KNOWN = frozenset({"de", "en", "fr"})


def window(seconds: float = 30.0, **probabilities: float) -> Window:
    return Window(seconds=seconds, probabilities=probabilities)


@given(st.floats(0.001, 50_000))
def test_windows_cover_the_recording_once(duration: float) -> None:
    found = sorted(starts(duration))

    assert found == [number * WINDOW_SECONDS for number in range(len(found))]
    assert found[-1] < duration <= found[-1] + WINDOW_SECONDS


def test_first_windows_are_spread_over_everything() -> None:
    first = sorted(list(starts(8 * 3600.0))[:8])  # an hour each

    assert all(3600 * number <= start < 3600 * (number + 1.2) for number, start in enumerate(first))


@pytest.mark.parametrize(
    ("windows", "language", "probability"),
    [
        ([], None, 0.0),
        ([window(en=0.9, de=0.1)], "en", 0.9),
        # The recording opens in German, most of it is English: (0.95 + 2 * 0.2) / 3 = 0.45 and (0.05 + 2 * 0.8) / 3
        ([window(de=0.95, en=0.05), window(en=0.8, de=0.2), window(en=0.8, de=0.2)], "en", 0.55),
        # A second of music that sounds French counts by its second: 1 * 1.0 / 31 against 30 * 0.6 / 31
        ([window(1.0, fr=1.0), window(30.0, en=0.6, fr=0.4)], "en", 0.5806),
        # A narrow guess in two windows against a sure one: (0.51 + 0.51 + 0.02) / 3 and (0.49 + 0.49 + 0.98) / 3
        ([window(de=0.51, en=0.49), window(de=0.51, en=0.49), window(de=0.02, en=0.98)], "en", 0.6533),
        # What the model calls no speech is no language
        ([window(nospeech=0.9, fr=0.1)], "fr", 0.1),
        ([window(nospeech=1.0)], None, 0.0),
        ([window(en=0.5, de=0.5)], "de", 0.5),
    ],
)
def test_probabilities_are_averaged(windows: list[Window], language: str | None, probability: float) -> None:
    assert averaged(windows, known=KNOWN) == (language, pytest.approx(probability, abs=1e-4))


@given(st.lists(st.builds(window, st.floats(0.1, 30), en=st.floats(0, 0.5), de=st.floats(0, 0.5)), max_size=8))
def test_order_of_windows_does_not_matter(windows: list[Window]) -> None:
    there, back = averaged(windows, known=KNOWN), averaged(windows[::-1], known=KNOWN)

    assert there[1] == pytest.approx(back[1], abs=1e-3)
