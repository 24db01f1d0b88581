"""Two orders have one likeness exactly where picture and sound would be the same."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from reelscribe.platform.domain import likeness
from reelscribe.platform.domain.clips import Chapter
from reelscribe.platform.domain.framing import Rect, Scene
from reelscribe.platform.domain.rendering import Basis, Recording, RenderOrder
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.errors import BadMedia
from reelscribe.platform.media import fonts
from reelscribe.platform.media.render import laid

from . import watching

SEEN = Recording(seconds=60.0, fps=30.0, size=(1280, 720))
HEARD = Recording(seconds=60.0)
SAID = watching.said((1.0, "Hello"), (2.0, "there"), (3.0, "you"))
SCENE = Scene(start=0.0, end=60.0, kind="camera", width=1280, height=720, face=Rect(900, 200, 120, 150))
PLAIN = watching.order(Span(10.0, 20.0), Span(30.0, 35.0), transcript=SAID)
BURNED = msgspec.structs.replace(PLAIN, burned=True)
UPRIGHT = msgspec.structs.replace(PLAIN, aspect="9:16", scenes=(SCENE,))
CHAPTERS = (Chapter(start=0.0, title="One"), Chapter(start=2.2, title="Two"))

Change = tuple[RenderOrder, Recording, dict[str, Any]]
OTHERS: list[Change] = [
    (PLAIN, SEEN, {"spans": (Span(10.0, 20.0), Span(30.0, 35.1))}),  # three frames more
    (PLAIN, SEEN, {"spans": (Span(30.0, 35.0), Span(10.0, 20.0))}),
    (PLAIN, SEEN, {"spans": (Span(10.0, 20.0), Span(20.0, 25.0))}),
    (PLAIN, SEEN, {"aspect": "9:16"}),
    (PLAIN, SEEN, {"burned": True}),
    (UPRIGHT, SEEN, {"layout": "whole"}),
    (UPRIGHT, SEEN, {"scenes": (msgspec.structs.replace(SCENE, face=Rect(100, 200, 120, 150)),)}),
    (BURNED, SEEN, {"style": "box"}),
    (BURNED, SEEN, {"transcript": watching.said((1.0, "Hello"), (2.0, "there"), (3.0, "two"))}),
    (BURNED, SEEN, {"transcript": watching.said((1.2, "Hello"), (2.0, "there"), (3.0, "you"))}),
    (BURNED, SEEN, {"chapters": CHAPTERS}),  # a subtitle ends where a part does
    (PLAIN, HEARD, {"title": "Another"}),  # it is drawn where there is no picture
    (PLAIN, HEARD, {"aspect": "1:1"}),
]
SAME: list[Change] = [
    (PLAIN, SEEN, {"title": "Another"}),
    (BURNED, SEEN, {"title": "Another"}),
    (PLAIN, SEEN, {"transcript": watching.said((1.2, "Other"), language="de")}),
    (PLAIN, HEARD, {"transcript": watching.said((1.2, "Other"), language="de")}),
    (PLAIN, SEEN, {"style": "karaoke"}),
    (PLAIN, SEEN, {"chapters": CHAPTERS}),
    (PLAIN, SEEN, {"aspect": "16:9"}),  # which it has
    (PLAIN, SEEN, {"layout": "whole"}),
    (PLAIN, SEEN, {"spans": (Span(10.004, 20.0), Span(30.0, 34.99))}),  # less than half a frame
]


def basis(order: RenderOrder, recording: Recording = SEEN, **values: Any) -> Basis:
    return laid.basis(msgspec.structs.replace(order, **values), recording)


@pytest.mark.parametrize(("order", "recording", "values"), OTHERS, ids=lambda value: str(value)[:40])
def test_what_changes_picture_or_sound_is_another(order: RenderOrder, recording: Recording, values: Any) -> None:
    assert basis(order, recording, **values) != basis(order, recording)


@pytest.mark.parametrize(("order", "recording", "values"), SAME, ids=lambda value: str(value)[:40])
def test_what_changes_neither_is_the_same(order: RenderOrder, recording: Recording, values: Any) -> None:
    assert basis(order, recording, **values) == basis(order, recording)


def test_every_field_of_an_order_is_tried() -> None:
    tried = {name for _, _, values in OTHERS for name in values}

    assert tried == set(RenderOrder.__struct_fields__)


@pytest.mark.parametrize(
    "other",
    [Recording(seconds=60.0, fps=25.0, size=(1280, 720)), Recording(seconds=32.0, fps=30.0, size=(1280, 720))],
    ids=["rate", "length"],
)
def test_another_grid_is_another(other: Recording) -> None:
    assert basis(PLAIN, other).likeness != basis(PLAIN).likeness


def test_newer_renderer_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = basis(PLAIN)
    monkeypatch.setattr(likeness, "VERSION", likeness.VERSION + 1)

    assert basis(PLAIN) != before


def test_basis_is_read_back_as_it_was_written() -> None:
    made = basis(PLAIN, Recording(seconds=61.0033, fps=30000 / 1001, size=(640, 360)))

    assert msgspec.json.decode(msgspec.json.encode(made), type=Basis) == made


def test_order_outside_the_recording_is_refused() -> None:
    with pytest.raises(BadMedia, match="outside the recording"):
        basis(PLAIN, Recording(seconds=5.0, fps=30.0, size=(1280, 720)))


@pytest.mark.parametrize(("burned", "told"), [(True, 1), (False, 0)])
def test_signs_that_no_font_draws_are_told_where_they_are_drawn(
    monkeypatch: pytest.MonkeyPatch, burned: bool, told: int
) -> None:
    monkeypatch.setattr(fonts, "missing", lambda text, **_: ("Khmer",) if "Hello" in text else ())

    found = laid.warnings(msgspec.structs.replace(PLAIN, burned=burned), SEEN)

    assert len(found) == told
    assert all("Khmer" in warning for warning in found)
