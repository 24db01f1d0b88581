"""Of a picture with very many keyframes a few are kept, from all parts of it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import av
import pytest
from reelscribe.platform.media.render import samples

from ..conftest import Make


@pytest.mark.parametrize(("keys", "kept"), [(21, 11), (40, 20), (61, 16)])
async def test_thinned_keeps_twenty_keyframes_at_most_at_even_distances(
    keys: int, kept: int, make: Make, tmp_path: Path
) -> None:
    codec = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "5", "-pix_fmt", "yuv420p")
    source = make("clip.mp4", "-f", "lavfi", "-i", f"testsrc2=s=64x64:r=5:d={keys}", *codec)

    made = await samples.thinned(source, tmp_path / "samples.mov", keys=keys)

    with av.open(str(made)) as container:
        times = [round(float(frame.time or 0), 3) for frame in container.decode(video=0)]
    step = -(-keys // samples.MOST)
    assert len(times) == kept
    assert {after - before for before, after in pairwise(times)} == {float(step)}
