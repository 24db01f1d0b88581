"""Frame rates as editors know them: whole frames and SMPTE timecode.

Sources: SMPTE ST 12-1 (timecode; drop-frame leaves out two numbers a minute at 29.97, four at 59.94, but for every
tenth minute).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import msgspec

from ...domain.timeline import Span

# A cut list for a recording without a picture counts in these.
SOUND_FPS = 25.0
# An average that was measured differs a little from the rate that was meant.
_MEASURED = 0.005


class Rate(msgspec.Struct, frozen=True):
    """Frames a second, exactly ``numerator / denominator``."""

    numerator: int
    denominator: int = 1

    @property
    def exact(self) -> Fraction:
        """Frames a second."""
        return Fraction(self.numerator, self.denominator)

    @property
    def nominal(self) -> int:
        """The number of frames that one second of timecode counts: 30 for 29.97."""
        return round(self.exact)

    @property
    def dropped(self) -> int:
        """How many timecode numbers a minute leaves out; 0 where timecode counts every frame."""
        return self.nominal // 15 if self.denominator == 1001 and self.nominal % 30 == 0 else 0

    def seconds(self, frames: int) -> str:
        """Return the time of a frame as FCPXML writes it.

        >>> Rate(30000, 1001).seconds(30), Rate(25).seconds(50)
        ('30030/30000s', '50/25s')
        """
        return f"{frames * self.denominator}/{self.numerator}s" if frames else "0s"

    def timecode(self, frame: int) -> str:
        """Return the timecode of a frame, counted from 00:00:00:00; a clock of 24 hours.

        >>> Rate(25).timecode(25 * 61), Rate(30000, 1001).timecode(1800), Rate(30000, 1001).timecode(17982)
        ('00:01:01:00', '00:01:00;02', '00:10:00;00')
        """
        number = frame + self._left_out(frame)
        seconds, rest = divmod(number, self.nominal)
        sign = ";" if self.dropped else ":"
        return f"{seconds // 3600 % 24:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{sign}{rest:02}"

    def _left_out(self, frame: int) -> int:
        minute = self.nominal * 60 - self.dropped
        tens, rest = divmod(frame, minute * 10 + self.dropped)
        within = max(rest - self.dropped, 0) // minute
        return self.dropped * (9 * tens + within)

    def hour(self) -> int:
        """Return the frame whose timecode is 01:00:00:00.

        >>> Rate(30000, 1001).timecode(Rate(30000, 1001).hour())
        '01:00:00;00'
        """
        return self.nominal * 3600 - self.dropped * 54


RATES = (
    Rate(24000, 1001),
    Rate(24),
    Rate(25),
    Rate(30000, 1001),
    Rate(30),
    Rate(48),
    Rate(50),
    Rate(60000, 1001),
    Rate(60),
)


def rate_of(fps: float | None) -> Rate:
    """Return the rate an editor would open the recording with: the nearest one that timecode knows.

    A slower recording gets a rate of which its own is a part, a faster one 60, any other the next higher.

    >>> [str(rate_of(fps).exact) for fps in (29.97, 30.0, 25.001, 15.0, 14.2, 120.0, None)]
    ['30000/1001', '30', '25', '30', '24000/1001', '60', '25']
    """
    wanted = fps if fps and fps > 0 else SOUND_FPS
    for times in (1, 2, 3, 4):
        # The nearest, as 29.97 and 30 are less apart than what is measured may be.
        best = min(RATES, key=lambda rate: abs(float(rate.exact) - wanted * times))
        if abs(float(best.exact) / (wanted * times) - 1) <= _MEASURED:
            return best
    return next((rate for rate in RATES if float(rate.exact) >= wanted), RATES[-1])


def cuts(spans: Sequence[Span], rate: Rate, *, total: int) -> tuple[tuple[int, int], ...]:
    """Return first and one past last frame of each span, in their order; what is no frame long is left out.

    ``total``: how many frames the recording has.
    """
    frames = [(_nearest(span.start, rate), _nearest(span.end, rate)) for span in spans]
    kept = [(max(first, 0), min(last, total)) for first, last in frames]
    return tuple((first, last) for first, last in kept if last > first)


def frames_in(seconds: float, rate: Rate) -> int:
    """Return how many whole frames a recording of that length has, at least one."""
    return max(int(Fraction(str(seconds)) * rate.exact), 1)


def _nearest(seconds: float, rate: Rate) -> int:
    # The decimal digits that people see: half a frame must not depend on the last bit of a double.
    return round(Fraction(str(seconds)) * rate.exact)
