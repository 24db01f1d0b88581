"""A title for a thought, in the words of its speaker: a short statement of it, or the beginning of one."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from .. import wording
from ..clips import MOST_TITLE
from . import cues, edges, tokens
from .phrases import Phrase
from .text import Text
from .thoughts import Thought
from .tokens import Token

_BREAK = re.compile(r"(?<=[.!?…,;:—–。！？，、；：؟،؛।])[\s\"”»)]*|\s[-–—]\s|[\"“”«»()]")  # noqa: RUF001 - marks of many scripts
_MARKS = " \t.,;:!?…—–-\"'“”„‘’«»()[]。！？，、；：؟،؛।「」『』"  # noqa: RUF001 - as above
_FEWEST_WORDS, _MOST_WORDS = 3, 10
_MOST_WHOLE = 12  # words of a clause that need not be cut
_BEST_WORDS = 6
_MOST_SIGNS = 18  # of a script without spaces, where a sign is a syllable or a word
_MOST_CHARACTERS = 80
_FEWEST_TERMS = 2
# A rough engine hears such words where nobody said them, and nobody wants them above a clip if there is another title.
_COARSE = re.compile(r"\b(?:ass(?:hole)?|bitch\w*|cunt|dick|fuck\w*|piss\w*|shit\w*|slut|whore)\b", re.IGNORECASE)


class _Clause(NamedTuple):
    words: tuple[Token, ...]
    place: int
    is_whole: bool
    leads: bool  # it begins its sentence
    hangs: bool  # on what comes before or after: "to access a file"
    asks: bool


def of(
    text: Text,
    thought: Thought,
    phrases: Sequence[Phrase],
    weights: Mapping[str, float],
    *,
    central: int,
    taken: Collection[str] = (),
) -> str:
    """Return a title of 1 to 200 characters, none of ``taken`` if there is another.

    ``weights`` of the terms in this thought, ``central``: its best sentence.
    """
    places = range(thought.first, thought.last + 1)
    clauses = [clause for place in places for clause in _clauses(text, place, is_last=place == thought.last)]
    clauses.sort(key=lambda clause: (-_value(clause, weights, central), clause.place))
    titles = [shown(written(clause.words)) + ("?" if clause.asks else "") for clause in clauses]
    titles += [shown(phrase.text) for phrase in phrases if len(phrase.terms) > 1]
    titles.append(shown(_beginning(text.sentences[central].text)))
    free = [title for title in titles if title not in taken] or titles[:1]
    return next((title for title in free if not _COARSE.search(title)), free[0])


def shown(title: str) -> str:
    """Return ``title`` as it stands above a clip: no marks around it, a capital, not too long.

    >>> shown(" the invention of printing, ")
    'The invention of printing'
    """
    title = wording.clean(title)
    plain = title.lstrip(_MARKS).rstrip(_MARKS.replace("…", "")) or title.strip() or "…"
    return (plain[:1].upper() + plain[1:])[:MOST_TITLE] if len(plain[:1].upper()) == 1 else plain[:MOST_TITLE]


def written(words: Sequence[Token]) -> str:
    """Return words as one line; scripts without spaces get none."""
    line = ""
    for word in words:
        line += word.text if not line or (word.is_unspaced and word.follows) else f" {word.text}"
    return line


def _clauses(text: Text, place: int, *, is_last: bool) -> Iterator[_Clause]:
    is_piece = place > 0 and edges.goes_on(text, place)
    for number, part in enumerate(_BREAK.split(text.sentences[place].text)):
        said = cues.without_filling(part.strip(), text.language)
        asks = edges.is_question(said if number else text.sentences[place].text)
        if not said or cues.has("leaning", said, text.language) or (asks and is_last):
            continue
        words = tokens.read(said, text.lexicon)
        hangs = not asks and cues.has("hanging", said, text.language)
        for fitted in _fitted(words, text.language):
            is_whole = len(fitted) == len(words)
            if is_whole or not asks:
                yield _Clause(fitted, place, is_whole, number == 0 and not is_piece, hangs, asks)


def _fitted(words: Sequence[Token], language: str | None) -> Iterator[tuple[Token, ...]]:
    """Yield ``words``, and those beginnings of them that end where a phrase does, as far as they are short enough."""
    for end in range(1, len(words) + 1):
        kept = tuple(words[:end])
        if kept[-1].terms and not _goes_on(words[end : end + 1], language) and _fits(kept, is_whole=end == len(words)):
            yield kept


def _goes_on(following: Sequence[Token], language: str | None) -> bool:
    """Return whether what follows belongs to the phrase before: "a cloud" goes on in "of gas"."""
    return any(
        word.follows
        and (bool(word.terms) or cues.joins((word.text,), language) or not cues.begins_a_part(word.text, language))
        for word in following
    )


def _fits(words: Sequence[Token], *, is_whole: bool) -> bool:
    line = written(words)
    if any(word.is_unspaced for word in words):
        return 2 * _FEWEST_WORDS <= len(line) <= _MOST_SIGNS
    terms = sum(1 for word in words if word.terms)
    most = _MOST_WHOLE if is_whole else _MOST_WORDS
    return _FEWEST_WORDS <= len(words) <= most and len(line) <= _MOST_CHARACTERS and terms >= _FEWEST_TERMS


def _value(clause: _Clause, weights: Mapping[str, float], central: int) -> float:
    """Say how good a title is: what its words weigh, about six of them, a whole clause at the head of its sentence."""
    known = {term: weights.get(term, 0.0) for word in clause.words for term in word.terms}
    value = sum(known.values()) / math.sqrt(len(known))
    value *= 1.0 if clause.is_whole else 0.8
    value *= 1.0 if clause.leads else 0.75
    value *= 0.6 if clause.hangs else 1.0
    value *= 1.2 if clause.place == central else 1.0
    return value * (1 - (0.05 if clause.is_whole else 0.08) * abs(len(clause.words) - _BEST_WORDS))


def _beginning(said: str) -> str:
    """Return the first words of a sentence, whatever they are."""
    line = " ".join(said.split()[:_MOST_WORDS])[:_MOST_CHARACTERS]
    return line if line == " ".join(said.split()) else f"{line.rstrip(_MARKS)}…"
