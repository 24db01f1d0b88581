"""Error of the light diarization on every recording that has a reference: ``python -m benchmarks.diarization DIR…``.

Without DIR: the multi-speaker and long recordings of the shared test media (``REELSCRIBE_SHARED``, default
``../shared``). Looks for ``x.rttm`` beside ``x.flac`` (wav, ogg …) and for ``x.mp4.rttm`` beside ``x.mp4``; prints the
table of ``docs/quality.md``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import imageio_ffmpeg
from reelscribe.platform.domain.diarization_error import compare
from reelscribe.platform.domain.transcript import Turn
from reelscribe.platform.engines.diarization import diarize

SUFFIXES = (".wav", ".flac", ".ogg", ".mp3", ".m4a", ".mp4")
HEAD = (
    "| recording | speakers found / true | DER, collar 0.25 s | DER, no collar | missed / false / confused, s | s/min |"
)


def main() -> None:
    shared = Path(os.environ.get("REELSCRIBE_SHARED") or "../shared") / "media"
    folders = [Path(name) for name in sys.argv[1:]] or [shared / "B_multispeaker", shared / "E_long"]
    print(HEAD, "| --- | --- | --- | --- | --- | --- |", sep="\n")
    for reference in sorted(path for folder in folders for path in folder.glob("*.rttm")):
        print(row(recording_of(reference), read_rttm(reference)), flush=True)


def recording_of(reference: Path) -> Path:
    bare = reference.with_suffix("")
    candidates = [bare, *(bare.with_suffix(suffix) for suffix in SUFFIXES)]
    return next(path for path in candidates if path.suffix in SUFFIXES and path.exists())


def row(recording: Path, reference: list[Turn]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "audio.wav"
        options = ["-vn", "-ac", "1", "-ar", "16000", "-c:a", "pcm_s16le", str(wav)]
        subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(recording), *options], check=True)
        started = time.perf_counter()
        turns = diarize(wav)
        pace = (time.perf_counter() - started) / (wav.stat().st_size / 32_000 / 60)
    fair, exact = compare(reference, turns, collar=0.25), compare(reference, turns)
    parts = f"{exact.missed:.1f} / {exact.false_alarm:.1f} / {exact.confusion:.1f}"
    people = f"{len({turn.speaker for turn in turns})} / {len({turn.speaker for turn in reference})}"
    return f"| {recording.name} | {people} | {fair.rate:.3f} | {exact.rate:.3f} | {parts} | {pace:.1f} |"


def read_rttm(path: Path) -> list[Turn]:
    rows = [line.split() for line in path.read_text().splitlines() if line.startswith("SPEAKER")]
    return [Turn(start=float(row[3]), end=float(row[3]) + float(row[4]), speaker=row[7]) for row in rows]


if __name__ == "__main__":
    main()
