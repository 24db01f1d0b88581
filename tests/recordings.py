"""Small recordings made on the spot."""

from __future__ import annotations

import io
import math
import struct
import wave


def wav(seconds: float = 1.0, *, rate: int = 8_000) -> bytes:
    """Return a mono 16-bit WAV file with a tone; about ``2 * rate`` bytes per second."""
    content = io.BytesIO()
    samples = (int(8_000 * math.sin(number / 5)) for number in range(int(seconds * rate)))
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return content.getvalue()


def silent_wav(size: int) -> bytes:
    """Return a mono 16-bit 48 kHz WAV file of exactly ``size`` bytes (even, more than 44) without sound."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(bytes(size - 44))
    return content.getvalue()
