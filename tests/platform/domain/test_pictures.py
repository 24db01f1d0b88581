"""What bytes are, whoever says what of them."""

from __future__ import annotations

import io
import struct

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain import illustrations, pictures
from reelscribe.platform.errors import BadInput

from tests.stand_ins.flux import png


def drawn(codec: str, form: str, width: int, height: int) -> bytes:
    """A picture as ffmpeg writes it."""
    out = io.BytesIO()
    with av.open(out, "w", format=form) as container:
        stream = container.add_stream(codec, rate=1)
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "rgb24"
        frame = av.VideoFrame.from_ndarray(np.full((height, width, 3), 90, np.uint8), format="rgb24")
        container.mux(stream.encode(frame.reformat(format=stream.pix_fmt)))
        container.mux(stream.encode())
    return out.getvalue()


def webp(form: bytes, data: bytes) -> bytes:
    body = b"WEBP" + form + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (png(321, 123), "image/png"),
        (drawn("png", "image2pipe", 321, 123), "image/png"),
        (drawn("mjpeg", "image2pipe", 321, 123), "image/jpeg"),
        # Width and height as RFC 9649 packs them: as they are, less one in 14 bits, less one in 24 bits.
        (webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 321, 123) + b"\0" * 8), "image/webp"),
        (webp(b"VP8L", b"\x2f" + struct.pack("<I", 320 | 122 << 14) + b"\0" * 8), "image/webp"),
        (webp(b"VP8X", b"\0\0\0\0" + (320).to_bytes(3, "little") + (122).to_bytes(3, "little")), "image/webp"),
    ],
)
def test_kind_and_size_come_from_the_bytes(content, kind):
    found = pictures.look(content)

    assert (found.content_type, found.width, found.height) == (kind, 321, 123)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a" + b"\0" * 40,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        png(4, 4)[:20],
        png(4, 4)[:-1],
        png(9000, 1),
        png(4, 4).replace(b"IHDR", b"IHDX"),
        drawn("mjpeg", "image2pipe", 64, 64)[:-2],
        b"\xff\xd8\xff\xd9",
        webp(b"VP8 ", b"\0" * 30),
        webp(b"VP8X", b"\0" * 10)[:20],
    ],
    ids=lambda content: content[:12].hex(),
)
def test_what_is_no_whole_picture_is_refused(content):
    with pytest.raises(BadInput):
        pictures.look(content)


@given(start=st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\x10\0\0\0WEBPVP8X"]), rest=st.binary())
def test_any_bytes_are_a_picture_or_refused(start, rest):
    for end in (b"", b"\xff\xd9", b"IEND\xaeB`\x82"):
        try:
            found = pictures.look(start + rest + end)
        except BadInput:
            continue
        assert 0 < found.width <= pictures.LARGEST_SIDE


@given(title=st.text(max_size=400), topics=st.lists(st.text(max_size=300), max_size=20))
def test_prompt_is_short_enough_and_has_no_quotes(title, topics):
    made = illustrations.prompt(title, topics)

    assert len(made) <= illustrations.LONGEST_PROMPT
    assert not set("\"'\u201c\u201d\u00ab\u00bb") & set(made)
    assert made.endswith("no watermark.")
