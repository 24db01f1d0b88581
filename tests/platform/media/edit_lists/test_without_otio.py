"""A server without OpenTimelineIO, as on Python 3.14, lacks one format only."""

from __future__ import annotations

import sys

import pytest
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.errors import UnsupportedOption
from reelscribe.platform.media import edit_lists
from reelscribe.platform.media.edit_lists import EditClip, Recording

RECORDING = Recording(name="talk.mp4", duration=60.0, fps=25.0, width=640, height=360)
CLIPS = (EditClip(title="One", spans=(Span(1, 5),)),)


@pytest.fixture(autouse=True)
def without_otio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentimelineio", None)


@pytest.mark.parametrize(("name", "part"), [("fcpxml", b"<asset-clip"), ("edl", b"001  AX")])
def test_other_formats_are_written(name, part):
    assert part in edit_lists.timeline(CLIPS, RECORDING, name).content


def test_otio_is_refused_with_what_to_do():
    with pytest.raises(UnsupportedOption) as caught:
        edit_lists.timeline(CLIPS, RECORDING, "otio")

    assert "FCPXML or EDL" in caught.value.hint
