"""What is shown becomes filters: one pane is cut out, several are laid on what is behind them."""

from __future__ import annotations

import pytest
from reelscribe.platform.domain.framing import Pane, Rect
from reelscribe.platform.media.render.panes import Look, framed

WIDE = (1280, 720)
UPRIGHT = Look(size=(720, 1280))


def pane(source: tuple[int, int, int, int], target: tuple[int, int, int, int]) -> Pane:
    return Pane(source=Rect(*source), target=Rect(*target))


ALL = pane((0, 0, 1280, 720), (0, 438, 720, 404))
SPEAKER = pane((440, 0, 406, 720), (0, 0, 720, 1280))
UPPER, LOWER = pane((0, 0, 1280, 720), (0, 0, 720, 404)), pane((900, 400, 246, 300), (0, 404, 720, 876))


@pytest.mark.parametrize(
    ("panes", "there", "absent"),
    [
        ((SPEAKER,), ["crop=406:720:440:0,scale=720:1280"], ["split", "overlay", "gblur"]),
        ((ALL,), ["split=2", "gblur", "scale=720:404", "overlay=0:438"], ["crop=1280"]),
        # These fill the target together, so nothing is behind them.
        ((UPPER, LOWER), ["split=2", "pad=720:1280:0:0", "crop=246:300:900:400", "overlay=0:404"], ["gblur"]),
        ((UPPER, SPEAKER), ["overlay"], []),
        ((), ["scale=720:1280"], ["overlay"]),
    ],
    ids=["cut out", "whole", "slides and speaker", "too much", "nothing known"],
)
def test_panes_are_laid_on_what_is_behind_them(panes: tuple[Pane, ...], there: list[str], absent: list[str]) -> None:
    graph = framed(panes, UPRIGHT, source=WIDE, name="a")

    assert graph.startswith("[a]")
    assert graph.endswith("[ao]")
    assert [part for part in there if part not in graph] == []
    assert [part for part in absent if part in graph] == []


def test_every_label_is_made_once_and_used_once() -> None:
    graph = framed((ALL, pane((0, 0, 100, 100), (0, 0, 100, 100))), UPRIGHT, source=WIDE, name="x")

    labels = [part.split("]")[0] for part in graph.split("[")[1:]]
    assert {label: labels.count(label) for label in labels if label not in ("x", "xo")} == dict.fromkeys(
        set(labels) - {"x", "xo"}, 2
    )
