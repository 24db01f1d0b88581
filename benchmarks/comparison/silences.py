"""PyDub's search for silence: ``python -m benchmarks.comparison.silences FILE.wav LEVEL`` prints what it took.

In its favour: it gets the sound decoded, and only the search itself is timed.
"""

from __future__ import annotations

import json
import sys
import time

from pydub import AudioSegment
from pydub.silence import detect_silence


def main() -> None:
    """Search as our own pass does: 0.5 s or more, below the level it chose for the file."""
    sound = AudioSegment.from_wav(sys.argv[1])
    begin, cpu = time.perf_counter(), time.process_time()
    found = detect_silence(sound, min_silence_len=500, silence_thresh=float(sys.argv[2]))
    seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
    print(json.dumps({"seconds": seconds, "cpu": cpu, "silences": len(found)}))


if __name__ == "__main__":
    main()
