"""Text of people inside an ASS script: as they wrote it, in fonts that have its signs, and as wide as there is room.

Source: libass, "ASS File Format Guide" (escapes and override tags).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from . import ass_fonts, scripts
from .subtitle_tokens import Token

_LASTS_SECONDS = 0.4  # a word stays lit that long in a pause
_WORD_JOINER = "\u2060"  # has no width; parts a backslash from what would make a command of it
_INVISIBLE = "\u200c\u200d\u200e\u200f"  # joiners and directions, which change how others are drawn
_NARROW, _WIDE = frozenset("iljtfrI.,:;'|!()[]-\u2019"), frozenset("mwMWQO@%&—…")
_NARROW_EM, _USUAL_EM, _CAPITAL_EM, _WIDE_EM, _FULL_EM = 0.40, 0.63, 0.78, 1.05, 1.05


class Ink(msgspec.Struct, frozen=True, kw_only=True):
    """With what a subtitle is written: ``families`` by writing system, ``size`` of ``font`` in pixels, ``han`` as in
    ``scripts.runs``.

    Colours are as ASS overrides have them; the word that is being said shines in ``highlight``, if any.
    ``left_out``: writing systems that no font draws, so that nothing stands there rather than boxes.
    """

    font: str
    size: int
    families: Mapping[str, str]
    han: str
    colour: str
    highlight: str | None
    left_out: frozenset[str] = frozenset()


def escaped(text: str) -> str:
    r"""Return the text so that libass draws all of it and obeys none of it.

    >>> print(escaped("{a}"))
    \{a\}
    """
    return "".join(_escaped(sign) for sign in text if sign.isprintable() or sign in _INVISIBLE)


def _escaped(sign: str) -> str:
    if sign == "\\":
        return f"\\{_WORD_JOINER}"
    return f"\\{sign}" if sign in "{}" else sign


def lines(words: Sequence[Sequence[Token]], ink: Ink, *, since: float) -> str:
    """Return the lines of one subtitle that is there from ``since`` on (seconds); "" where nothing can be drawn.

    With a highlight each word shines while it is said, one at a time.
    """
    flat = [token for line in words for token in line]
    lit = iter(_lit(flat, ink, since) if ink.highlight else [""] * len(flat))
    pen = _Pen(ink)
    drawn = [
        "".join(pen.write(token, next(lit), is_first=nr == 0) for nr, token in enumerate(line)).strip()
        for line in words
    ]
    return r"\N".join(line for line in drawn if line) if pen.has_drawn else ""


class _Pen:
    """Writes one word after the other, and remembers the font that is in it."""

    def __init__(self, ink: Ink) -> None:
        self._ink, self._held, self.has_drawn = ink, (ink.font, ink.size), False

    def write(self, token: Token, before: str, *, is_first: bool) -> str:
        drawn = "".join(self._run(script, text) for script, text in scripts.runs(token.text, han=self._ink.han))
        self.has_drawn = self.has_drawn or bool(drawn)
        return (" " if token.spaced and not is_first else "") + before + drawn if drawn else ""

    def _run(self, script: str, text: str) -> str:
        shown = "" if script in self._ink.left_out else escaped(text)
        return self._taking(self._wanted(script)) + shown if shown else ""

    def _wanted(self, script: str) -> tuple[str, int]:
        family = self._ink.families.get(script)
        if script == scripts.LATIN or family is None:
            return self._ink.font, self._ink.size
        return family, round(self._ink.size * ass_fonts.scale(script))

    def _taking(self, wanted: tuple[str, int]) -> str:
        font, size = wanted
        tags = rf"\fn{font}" if font != self._held[0] else ""
        tags += rf"\fs{size}" if size != self._held[1] else ""
        self._held = wanted
        return f"{{{tags}}}" if tags else ""


def _lit(flat: Sequence[Token], ink: Ink, since: float) -> list[str]:
    """Return the tags before each word that make it shine from its start to the next one's."""
    nexts = [token.start for token in flat[1:]] + [float("inf")]
    return [_shining(token, after, ink, since) for token, after in zip(flat, nexts, strict=True)]


def _shining(token: Token, after: float, ink: Ink, since: float) -> str:
    until = min(after, token.end + _LASTS_SECONDS)
    begin, end = round((token.start - since) * 1000), round((until - since) * 1000)
    if end <= 0 or end <= begin:
        return rf"{{\1c{ink.colour}}}"
    if begin <= 0:  # libass takes a change at 0 for one over the whole time
        return rf"{{\1c{ink.highlight}\t({end},{end},\1c{ink.colour})}}"
    return rf"{{\1c{ink.colour}\t({begin},{begin},\1c{ink.highlight})\t({end},{end},\1c{ink.colour})}}"


def ems(text: str) -> float:
    """Return how wide a text is at most, nearly, in ems of a wide and heavy font."""
    return sum(_sign_ems(text))


def _sign_ems(text: str) -> Iterator[float]:
    for sign in text:
        if sign in _NARROW or sign.isspace():
            yield _NARROW_EM
        elif sign in _WIDE:
            yield _WIDE_EM
        elif ord(sign) >= 0x1100 and scripts.of(sign) != scripts.LATIN:
            yield _FULL_EM
        else:
            yield _CAPITAL_EM if sign.isupper() else _USUAL_EM
