"""MoviePy's cut-and-write: ``python -m benchmarks.comparison.cuts SOURCE FOLDER SPANS [CUES]`` prints what it took.

``SPANS`` is a JSON list of [start, end] in seconds; each becomes a file in ``FOLDER``, with MoviePy's own settings.
``CUES``, a JSON list of [start, end, text] in seconds of the clip, are drawn into the picture as people do it: a text
clip for each, on top of the video. In its favour: no loudness, no fades, no poster, no preview, no chapters.
"""

from __future__ import annotations

import json
import sys
import time

from moviepy import CompositeVideoClip, TextClip, VideoFileClip

FONT_SIZE = 40


def main() -> None:
    """Cut and write; importing MoviePy is not counted."""
    source, folder, spans = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    cues = json.loads(sys.argv[4]) if len(sys.argv) > 4 else []
    begin = time.perf_counter()
    for number, (start, end) in enumerate(spans):
        with VideoFileClip(source) as recording:
            clip = recording.subclipped(start, end)
            if cues:
                clip = CompositeVideoClip([clip, *(_text(cue, clip.size) for cue in cues)])
            clip.write_videofile(
                f"{folder}/{number}.mp4", codec="libx264", audio_codec="aac", logger=None, temp_audiofile_path=folder
            )
    print(json.dumps({"seconds": time.perf_counter() - begin}))


def _text(cue: list, size: tuple[int, int]) -> TextClip:
    start, end, text = cue
    drawn = TextClip(text=text, font_size=FONT_SIZE, color="white", stroke_color="black", stroke_width=2)
    place = ("center", size[1] - 140)
    return drawn.with_start(start).with_duration(end - start).with_position(place)


if __name__ == "__main__":
    main()
