"""Why somebody would watch a thought, in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from . import cues, ranking
from .cue_words import Cue
from .phrases import Phrase
from .ranking import Ranked
from .text import Text

_MOST_QUESTION = 140
_MATCH = "It is about what you asked for"


def of(text: Text, ranked: Ranked, phrases: Sequence[Phrase], about: Mapping[str, float]) -> str:
    """Return one or two sentences; ``about``: what the customer asked for."""
    names = _listed([phrase.text for phrase in phrases[:2]])
    reasons = [
        f"{_MATCH}: {_matches(text, ranked, about)}." if ranked.asked else "",
        _question(text, ranked),
        "The speaker sums up here." if _says(text, ranked, "summing") else "",
        "The speaker calls this important." if _says(text, ranked, "stressed") else "",
        f"It says most about {names}." if names else "It stands by itself.",
    ]
    return " ".join([reason for reason in reasons if reason][:2])


def names_a_match(reason: str) -> bool:
    """Return whether ``of`` wrote that a thought has what the customer asked for."""
    return reason.startswith(_MATCH)


def _says(text: Text, ranked: Ranked, cue: Cue) -> bool:
    said = text.sentences[ranked.thought.first : ranked.thought.last + 1]
    return any(cues.has(cue, sentence.text, text.language) for sentence in said)


def _question(text: Text, ranked: Ranked) -> str:
    places = range(ranked.thought.first, ranked.thought.last)
    asked = [text.sentences[place].text for place in places if ranking.asks(text, place)]
    short = [each for each in asked if len(each) <= _MOST_QUESTION]
    return f"It answers a question: “{short[0]}”" if short else ""


def _matches(text: Text, ranked: Ranked, about: Mapping[str, float]) -> str:
    said: dict[str, str] = {}
    for words in text.tokens[ranked.thought.first : ranked.thought.last + 1]:
        for word in words:
            for term in word.terms:
                if term in about:
                    said.setdefault(term, word.text if not word.is_unspaced else term)
    return _listed(sorted(said.values())[:3])


def _listed(names: Sequence[str]) -> str:
    return " and ".join(f"“{name}”" for name in names)
