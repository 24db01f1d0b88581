"""Every video of the shared media becomes a clip that plays, or is refused in words."""

from __future__ import annotations

from pathlib import Path

import av
import pytest
from reelscribe.platform.domain.rendering import RenderOrder
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.errors import BadMedia
from reelscribe.platform.media import probe
from reelscribe.platform.media.render.render import Rendered

from ..conftest import manifest
from . import watching

FILES = [entry["file"] for entry in manifest("C_video")]


async def attempted(source: Path, wanted: RenderOrder, folder: Path) -> Rendered | BadMedia:
    try:
        return await watching.rendered(source, wanted, folder)
    except BadMedia as exc:
        return exc


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES, ids=[Path(file).name for file in FILES])
async def test_a_clip_plays_or_is_refused(media: Path, tmp_path: Path, file: str) -> None:
    said = watching.said((0.2, "Every"), (0.7, "file"))
    wanted = watching.order(Span(0.4, 1.3), Span(0.0, 0.3), transcript=said)

    made = await attempted(media / file, wanted, tmp_path)

    if isinstance(made, BadMedia):
        assert len(made.message) > 20
        assert made.hint
        return
    info = await probe.inspect(made.video)
    times, pictures = watching.pictures(made.video)
    assert info.video is not None
    assert info.video.display_size == (made.width, made.height)
    assert made.poster.read_bytes()[:3] == b"\xff\xd8\xff"
    assert made.preview.read_bytes()[8:12] == b"WEBP"
    assert times[0] == 0.0
    assert abs(times[-1] - made.duration_seconds) < 0.5
    assert len(pictures) >= 1
    if info.has_audio:
        assert len(watching.sound(made.video)) / 48_000 == pytest.approx(made.duration_seconds, abs=0.045)
    with av.open(str(made.video)) as container:
        assert (container.duration or 0) / av.time_base == pytest.approx(made.duration_seconds, abs=0.05)
