"""What the tests of both engines with Whisper models hear, and with what damage they must cope."""

from __future__ import annotations

from pathlib import Path

LATE = "A_speech/silence_25s_speech_40s.ogg"  # speaks from 25 to 37 s of 77 s
# Nobody speaks in these; the micro model says something it knows by heart to any sound it is given.
WORDLESS = (
    "A_speech/silence_digital_30s.wav",
    "A_speech/silence_roomtone_30s.ogg",
    "A_speech/music_only_vibe_ace_61s.ogg",
    "A_speech/laugh_no_words.mp3",
    "A_speech/noise_robin_bird.ogg",
    "A_speech/tiny_1_sample.wav",
)


def damages(folder: Path) -> list[tuple[Path, bytes]]:
    """Return which file is to be replaced by what: each file without which a model does nothing, cut and garbled."""
    needed = [folder / name for name in ("model.bin", "config.json", "tokenizer.json")]
    cut = [(path, path.read_bytes()[: path.stat().st_size // 2]) for path in needed]
    return [*cut, *((path, b"\x00\xff garbage" * 99) for path in needed), *((path, b"") for path in needed)]
