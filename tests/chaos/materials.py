"""What customers bring: texts, and seconds of the sample lecture, with its picture or without."""

from __future__ import annotations

import subprocess
from pathlib import Path

from reelscribe.platform.media import programs
from reelscribe.platform.resources import data_path

# Where each piece of the lecture begins and how long it is, in seconds. Pieces beyond ten seconds are chunked.
PIECES = {"short": (2.0, 4.0), "talk": (36.0, 9.0), "long": (10.0, 23.0)}
# Two sentences with a second of silence in between: two clips.
FILMS = {"film": (16.2, 7.0)}
_SOUND = "-vn -ac 1 -ar 16000"
# A small picture is rendered fast; with a whole picture every second there is something to copy.
_PICTURE = "-vf scale=320:180 -c:v libx264 -preset veryfast -g 10 -c:a aac"


def cut(folder: Path) -> dict[str, Path]:
    """Cut the pieces out of the lecture; returns where they are by name."""
    heard = {name: _cut(folder / f"{name}.wav", piece, _SOUND) for name, piece in PIECES.items()}
    return heard | {name: _cut(folder / f"{name}.mp4", piece, _PICTURE) for name, piece in FILMS.items()}


def _cut(path: Path, piece: tuple[float, float], form: str) -> Path:
    start, length = piece
    whole = data_path("samples") / "lecture.mp4"
    command = [str(programs.ffmpeg().path), "-v", "error", "-ss", str(start), "-t", str(length), "-i", str(whole)]
    subprocess.run([*command, *form.split(), str(path)], check=True, timeout=60)
    return path


def text(number: int) -> str:
    """Return the text of a text job; no two are alike."""
    return f"This is the text of job {number}. It says {number * 7919 % 10_007} and nothing else."


def damage(path: Path) -> None:
    """Do to a stored recording what a dying disk does: the length stays, the content is noise."""
    size = path.stat().st_size
    path.write_bytes(bytes(number * 73 % 251 for number in range(size)))
