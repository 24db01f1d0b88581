"""What an illustration shows and how large it is; pure.

Only titles and topics go into a prompt that we write, never what somebody said: the picture may be drawn elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

Aspect = Literal["16:9", "9:16", "1:1", "4:5"]

# About a megapixel each, which FLUX draws best, in steps of 32 pixels ("FLUX.1" model card, Black Forest Labs).
SIZES: dict[Aspect, tuple[int, int]] = {
    "16:9": (1344, 768),
    "9:16": (768, 1344),
    "1:1": (1024, 1024),
    "4:5": (896, 1120),
}

LONGEST_PROMPT = 1000
_MOST_TOPICS = 6
_LONGEST_TITLE, _LONGEST_TOPIC = 160, 60

# A model draws what stands in quotes as letters.
_QUOTES = re.compile(r"[\"'`\u00ab\u00bb\u2018-\u201f\u2039\u203a\u300c-\u300f]+")
_STYLE = (
    "Calm, modern editorial style, clear shapes, a few soft colours, one strong subject, soft light."
    " Purely pictorial: no text, no letters, no numbers, no captions, no logos, no watermark."
)


def prompt(title: str, topics: Sequence[str] = ()) -> str:
    """Return a prompt for a cover picture of a talk or a part of it.

    >>> prompt('Why "haze" hurts', ["wildfires", "lungs"]).partition(". ")[0]
    'An editorial cover illustration about Why haze hurts, with wildfires, lungs'
    """
    about = _plain(title) or "a talk"
    named = list(dict.fromkeys(filter(None, (_plain(topic)[:_LONGEST_TOPIC].strip() for topic in topics))))[
        :_MOST_TOPICS
    ]
    extra = f", with {', '.join(named)}" if named else ""
    return f"An editorial cover illustration about {about}{extra}. {_STYLE}"


def seed(number: int) -> int:
    """Return the seed for a picture's id, so that a second attempt draws the same one; it fits 31 bits."""
    return number % (2**31 - 1)


def _plain(text: str) -> str:
    """Return one line without quotes, cut to a length that leaves room for the rest."""
    return " ".join(_QUOTES.sub("", text).split()).rstrip(".")[:_LONGEST_TITLE].strip()
