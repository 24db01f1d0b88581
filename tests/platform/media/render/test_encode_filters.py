"""What the ffmpeg at hand cannot do is said before it fails."""

from __future__ import annotations

import pytest
from reelscribe.platform.errors import Misconfigured
from reelscribe.platform.media.render import encode_filters


def test_this_ffmpeg_has_what_clips_need() -> None:
    assert {"ass", "bwdif", "concat", "fps", "gblur", "overlay", "scale", "select", "tpad"} <= encode_filters.names()


def test_a_filter_that_is_missing_is_named() -> None:
    with pytest.raises(Misconfigured, match="cannot draw dreams: it lacks the filter 'dreams'"):
        encode_filters.require("dreams", "draw dreams")
