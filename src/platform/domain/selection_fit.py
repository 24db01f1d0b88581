"""Which whole sentences a clip is made of, so that it has the length that is wanted; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile

import msgspec

from . import removal, wording
from .clips import Removed
from .cuts_edges import Edge, Edges
from .sentences import Sentence
from .timeline import Span

_LONG_PAUSE = 1.0  # seconds of silence around a clip beyond which it cannot stand more by itself
_FARTHEST = 3  # sentences are added or left out on each side to begin and end better
_SENTENCE_COSTS = 0.3  # of a good beginning and end, for each of them
# A run for a thought that is too long: how full, how well it begins and ends, and whether where the thought does.
_FULL, _SHAPE, _BEGINS, _ENDS = 0.4, 0.3, 0.2, 0.1
# A cut in a pause or between words, by the length of the pause, at the end of a sentence; one that hurts.
_PAUSE, _GAP, _QUIET, _WHOLE, _DOUBTFUL = 0.3, 0.15, 0.4, 0.3, 4.0
_SILENCE, _SILENCE_COSTS = 2.0, 0.3  # seconds from which on nobody waits for the next sentence; the price of each
_WALL = 8.0  # seconds of silence that nobody sits through
_LEAST_GAP = 0.08  # seconds; words that are nearer to each other may be one sound


class Run(msgspec.Struct, frozen=True, order=True):
    """From sentence ``first`` to sentence ``last``, by their places in the list."""

    first: int
    last: int


class Material(msgspec.Struct, frozen=True):
    """The recording in sentences; ``holes`` are what is left out of it, sorted and apart."""

    sentences: Sequence[Sentence]
    edges: Edges
    holes: Sequence[Removed]

    def span(self, run: Run) -> Span:
        """Return from where to where a run is cut."""
        return Span(self.edges.opens[run.first].at, self.edges.closes[run.last].at)

    def seconds(self, run: Run) -> float:
        """Return how long the run plays without its holes."""
        span = self.span(run)
        return span.length - sum(hole.end - hole.start for hole in removal.inside(self.holes, span))


class Limits(msgspec.Struct, frozen=True):
    """How long a clip is: ``least`` to ``most`` seconds, of sentences ``free.first`` to ``free.last``."""

    least: float
    most: float
    free: Run


def fit(material: Material, thought: Run, quote: str, limits: Limits) -> Run | None:
    """Return the run for a thought; None where none of it is free.

    1. A silence of more than 8 s ends a clip: of a thought with one inside, the side with the quote, or the longer.
    2. Of a thought that is too long, the best run of sentences with its quote: long, beginning and ending well.
    3. One that is too short gets its neighbours: as few seconds as will do, beginning and ending well.
    4. One that begins or ends in the middle of talk gets or loses up to three sentences on a side if that helps.

    ``most`` is broken by one last sentence only, which must be cut then; ``least`` where what is free, up to the next
    long silence, cannot reach it.
    """
    core = Run(max(thought.first, limits.free.first), min(thought.last, limits.free.last))
    if core.first > core.last:
        return None
    quotation = quoted(material.sentences, core, quote)
    core, free = _unbroken(material, core, quotation, limits.free)
    limits = msgspec.structs.replace(limits, free=free)
    if material.seconds(core) > limits.most:
        return _trimmed(material, core, quotation, limits)
    if material.seconds(core) < limits.least:
        return _extended(material, core, limits)
    return _rounded(material, core, quotation, limits)


def quoted(sentences: Sequence[Sentence], within: Run, quote: str) -> Run | None:
    """Return the sentences that hold the quote, or the one that has most words of it; None where few are anywhere."""
    wanted = _plain(quote)
    if not wanted:
        return None
    numbered = [(word, at) for at in range(within.first, within.last + 1) for word in _plain(sentences[at].text)]
    spoken = [word for word, _ in numbered]
    for at in range(len(spoken) - len(wanted) + 1):
        if spoken[at : at + len(wanted)] == wanted:
            return Run(numbered[at][1], numbered[at + len(wanted) - 1][1])
    return _likest(sentences, within, frozenset(wanted))


def _likest(sentences: Sequence[Sentence], within: Run, wanted: frozenset[str]) -> Run | None:
    shared = {at: len(wanted & set(_plain(sentences[at].text))) for at in range(within.first, within.last + 1)}
    best = max(shared, key=shared.__getitem__)
    return Run(best, best) if shared[best] * 2 >= len(wanted) else None


def _plain(text: str) -> list[str]:
    signs = (sign if sign.isalnum() else " " for sign in text.casefold() if sign not in "'’")  # noqa: RUF001 - quoted
    return "".join(signs).split()


def _unbroken(material: Material, core: Run, quote: Run | None, free: Run) -> tuple[Run, Run]:
    """Return what of a thought has no long silence inside, and how far talk goes on around it."""
    walls = [at for at in range(free.first, free.last) if _is_wall(material, at)]
    edges = [free.first, *(side for at in walls for side in (at, at + 1)), free.last]
    stretches = [Run(first, last) for first, last in zip(edges[::2], edges[1::2], strict=True)]

    def share(stretch: Run) -> tuple[bool, float]:
        held = Run(max(stretch.first, core.first), min(stretch.last, core.last))
        if held.first > held.last:
            return False, -1.0
        return quote is not None and held.first <= quote.first <= held.last, material.seconds(held)

    best = max(stretches, key=share)
    return Run(max(best.first, core.first), min(best.last, core.last)), best


def _is_wall(material: Material, at: int) -> bool:
    """Whether a long silence, no part of which is removed, follows a sentence."""
    gap = Span(material.edges.closes[at].at, material.edges.opens[at + 1].at)
    return gap.length > _WALL and not removal.inside(material.holes, Span(gap.start - 1.0, gap.end + 1.0))


def _trimmed(material: Material, core: Run, quote: Run | None, limits: Limits) -> Run:
    kept = quote if quote and _holds(core, quote) else core
    held = material.seconds(kept) <= limits.most

    def value(run: Run) -> float:
        return (
            _FULL * min(material.seconds(run) / limits.most, 1.0)
            + _SHAPE * _shape(material, run)
            + _BEGINS * (run.first == core.first)
            + _ENDS * (run.last == core.last)
        )

    runs = [run for run in _short_runs(material, core, limits.most) if not held or _holds(run, kept)]
    return max(runs, key=value, default=Run(kept.first, kept.first))


def _extended(material: Material, core: Run, limits: Limits) -> Run:
    """Return the cheapest run around the core that is long enough.

    Where none is, the next sentence is too long to fit: it is taken, and cut later; at the end of what is free it is
    the longest run that fits.
    """
    fitting = [run for run in _around(material, core, limits) if material.seconds(run) <= limits.most]
    enough = [run for run in fitting if material.seconds(run) >= limits.least]
    if enough:
        return min(enough, key=lambda run: material.seconds(run) / limits.least - _shape(material, run))
    following = Run(core.first, max((run.last for run in fitting if run.first == core.first), default=core.last) + 1)
    return following if following.last <= limits.free.last else max(fitting, key=material.seconds, default=core)


def _around(material: Material, core: Run, limits: Limits) -> Iterator[Run]:
    """Yield for each beginning the runs up to the first that is long enough, and two more."""
    for first in range(core.first, limits.free.first - 1, -1):
        more = 0
        for last in range(core.last, limits.free.last + 1):
            run = Run(first, last)
            yield run
            more += material.seconds(run) >= limits.least
            if more > _FARTHEST:
                break
        if material.seconds(Run(first, core.last)) > max(limits.least, 0.0):
            break


def _rounded(material: Material, core: Run, quote: Run | None, limits: Limits) -> Run:
    """Return the core, or a run with a better beginning and end, some sentences longer or shorter."""
    moves = range(-_FARTHEST, _FARTHEST + 1)
    firsts = [core.first] if _begins_well(material, core) else [core.first + move for move in moves]
    lasts = [core.last] if _ends_well(material, core) else [core.last + move for move in moves]
    allowed = [
        run
        for run in (Run(first, last) for first in firsts for last in lasts)
        if limits.free.first <= run.first <= run.last <= limits.free.last and _holds(run, quote or core)
    ]
    fitting = [run for run in allowed if limits.least <= material.seconds(run) <= limits.most]

    def value(run: Run) -> float:
        moved = abs(core.first - run.first) + abs(run.last - core.last)
        return _shape(material, run) - _SENTENCE_COSTS * moved / 2

    return max(fitting, key=value, default=core)


def _short_runs(material: Material, within: Run, most: float) -> Iterator[Run]:
    for first in range(within.first, within.last + 1):
        runs = (Run(first, last) for last in range(first, within.last + 1))
        yield from takewhile(lambda run: material.seconds(run) <= most, runs)


def _holds(run: Run, other: Run) -> bool:
    return run.first <= other.first and other.last <= run.last


def _begins_well(material: Material, run: Run) -> bool:
    edge = material.edges.opens[run.first]
    whole = _is_whole(material, run.first - 1)
    return edge.kind == "pause" or (whole and not _is_doubtful(material, edge, whole=whole))


def _ends_well(material: Material, run: Run) -> bool:
    edge = material.edges.closes[run.last]
    whole = _is_whole(material, run.last)
    return edge.kind == "pause" or (whole and not _is_doubtful(material, edge, whole=whole))


def _is_whole(material: Material, at: int) -> bool:
    """Whether a sentence ends as one, so that it can be parted from the next."""
    return not 0 <= at < len(material.sentences) - 1 or wording.ends_sentence(material.sentences[at].text)


def _is_doubtful(material: Material, edge: Edge, *, whole: bool) -> bool:
    """Whether a cut may well be inside a word or a thought: no pause is heard, and the words are no help."""
    is_bound = edge.room.length < _LEAST_GAP and not whole
    return edge.kind == "speech" or (edge.kind == "gap" and (is_bound or not material.edges.are_words_exact))


def _shape(material: Material, run: Run) -> float:
    """Return how well a run begins and ends, 1 at most; far less with a doubtful cut or a long silence inside."""
    begin = _edge_worth(material, material.edges.opens[run.first], whole=_is_whole(material, run.first - 1))
    end = _edge_worth(material, material.edges.closes[run.last], whole=_is_whole(material, run.last))
    pairs = pairwise(material.sentences[run.first : run.last + 1])
    silence = sum(max(right.start - left.end - _SILENCE, 0.0) for left, right in pairs)
    return (begin + end) / 2 - _SILENCE_COSTS * silence


def _edge_worth(material: Material, edge: Edge, *, whole: bool) -> float:
    if _is_doubtful(material, edge, whole=whole):
        return -_DOUBTFUL
    quiet = min(edge.room.length / _LONG_PAUSE, 1.0) if edge.kind == "pause" else 0.0
    return (_PAUSE if edge.kind == "pause" else _GAP) + _QUIET * quiet + _WHOLE * whole
