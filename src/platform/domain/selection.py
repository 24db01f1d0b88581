"""Choose clips from what the content analysis found, and where exactly they are cut; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal

import msgspec

from . import cuts, cuts_edges, removal, selection_fit, selection_spread, timeline
from .clips import ClipPlan, ClipsWanted, ContentSegment, Removed
from .selection_fit import Limits, Material, Run
from .selection_spread import Candidate
from .sentences import Sentence
from .timeline import Span

_SPARE = 0.1  # seconds by which a clip is planned longer than it must be, since a neighbour may take half a frame


_Kept = tuple[tuple[Span, ...], tuple[Removed, ...]]


class _Task(msgspec.Struct, frozen=True):
    """All that is given."""

    material: Material
    pauses: Sequence[Span]
    gaps: Sequence[Span]
    duration: float
    wanted: ClipsWanted

    @property
    def all(self) -> Run:
        return Run(0, len(self.material.sentences) - 1)

    @property
    def most(self) -> float:
        """The longest clip, in seconds; ``max_seconds`` wins over ``min_seconds``."""
        total = self.wanted.total_seconds
        return self.wanted.max_seconds if total is None else min(self.wanted.max_seconds, total)

    @property
    def least(self) -> float:
        return min(self.wanted.min_seconds + _SPARE, self.most)


class _Placed(msgspec.Struct, frozen=True):
    """A run that becomes a clip of ``most`` seconds at most."""

    run: Run
    most: float


def choose(
    found: Sequence[ContentSegment],
    sentences: Sequence[Sentence],
    pauses: Sequence[Span],
    *,
    duration: float,
    wanted: ClipsWanted,
    language: str | None = None,
) -> tuple[ClipPlan, ...]:
    """Return the clips to make, in the order of the recording, none sharing a moment with another.

    ``sentences`` as ``domain.sentences`` makes them; ``pauses``: where nothing is heard, sorted, from 0.12 s on;
    ``duration`` of the recording in seconds; ``language`` of the fillers that may be cut.

    1. The best set of at most ``count`` segments: importance, spread over topics and over the recording.
    2. Each becomes a run of whole sentences of the length that is wanted (``selection_fit``), the best first.
    3. Segments that were not chosen fill what is left of ``count`` and ``total_seconds``, trimmed if need be.
    4. Each run is cut in pauses (``cuts_edges``), a frame (50 ms) at least from its neighbours; what is not wanted
       inside is removed (``removal``).

    Always kept: ``count``, ``max_seconds`` (also by cutting a sentence that is longer, in a pause), ``total_seconds``,
    apart from each other. ``min_seconds`` is missed only beside a silence of more than 8 s or the end of the
    recording, or where there would be no clip else: one that has no room for its length beside the others is left out.
    A recording in which less than that is said gives one clip of all of it. Found segments that name no sentence of
    the list are passed over.
    """
    if not sentences:
        return ()
    task = _task(sentences, pauses, duration, wanted, language)
    candidates = _candidates(found, task)
    if not candidates:
        return ()
    best = max(range(len(candidates)), key=lambda at: candidates[at].importance)
    if task.material.seconds(task.all) <= task.least:
        return _plans({best: _Placed(task.all, task.most)}, candidates, task)
    placed = _all_placed(candidates, task) or {best: _alone(candidates[best], task)}
    return _plans(placed, candidates, task)


def _task(
    sentences: Sequence[Sentence], pauses: Sequence[Span], duration: float, wanted: ClipsWanted, language: str | None
) -> _Task:
    heard = [pause for pause in timeline.merge(pauses) if pause.length >= cuts.LEAST_PAUSE]
    every = (word for sentence in sentences for word in sentence.words)
    words = tuple(sorted(every, key=lambda word: word.start))
    holes = removal.holes(
        words,
        heard,
        remove_pauses=wanted.remove_pauses,
        pause_seconds=wanted.pause_seconds,
        remove_fillers=wanted.remove_fillers,
        language=language,
    )
    edges = cuts_edges.edges(sentences, heard, duration=duration)
    return _Task(Material(sentences, edges, holes), heard, cuts.gaps(words, duration), duration, wanted)


def _candidates(found: Sequence[ContentSegment], task: _Task) -> list[Candidate]:
    places = {sentence.number: at for at, sentence in enumerate(task.material.sentences)}
    candidates: list[Candidate] = []
    for segment in found:
        first, last = places.get(segment.first), places.get(segment.last)
        if first is None or last is None or first > last:
            continue
        seconds = min(max(task.material.seconds(Run(first, last)), task.least), task.most)
        span = task.material.span(Run(first, last))
        candidates.append(Candidate(segment=segment, first=first, last=last, span=span, seconds=seconds))
    return candidates


def _all_placed(candidates: Sequence[Candidate], task: _Task) -> dict[int, _Placed]:
    """Return what becomes of each candidate that becomes a clip."""
    count, left = task.wanted.count, _total(task)
    chosen = selection_spread.pick(candidates, count=count, total=left, duration=task.duration)
    done: dict[int, _Placed] = {}
    for number, at in enumerate(chosen):
        pending = chosen[number + 1 :]
        blocked = [*_taken(done), *(_core(candidates[other]) for other in pending)]
        most = min(task.most, left - task.least * len(pending))
        if placed := _placed(candidates[at], blocked, most, task):
            done[at] = placed
            left -= _seconds(placed, task)
    for at in selection_spread.next_best(candidates, list(done), count=count, duration=task.duration):
        placed = _placed(candidates[at], _taken(done), min(task.most, left), task) if len(done) < count else None
        if placed:
            done[at] = placed
            left -= _seconds(placed, task)
    return done


def _taken(done: Mapping[int, _Placed]) -> list[Run]:
    return [placed.run for placed in done.values()]


def _total(task: _Task) -> float:
    return (
        task.wanted.max_seconds * task.wanted.count if task.wanted.total_seconds is None else task.wanted.total_seconds
    )


def _core(candidate: Candidate) -> Run:
    return Run(candidate.first, candidate.last)


def _seconds(placed: _Placed, task: _Task) -> float:
    return timeline.total(_cut(task.material.span(placed.run), placed.most, task)[0])


def _placed(candidate: Candidate, blocked: Sequence[Run], most: float, task: _Task) -> _Placed | None:
    """Return the run for a candidate beside the blocked ones; None where it has no room for the wanted length."""
    free = _free(candidate, blocked, task)
    while free.first <= free.last and most >= task.least:
        run = selection_fit.fit(
            task.material, _core(candidate), candidate.segment.quote, Limits(task.least, most, free)
        )
        if run is None:
            return None
        placed = _Placed(run, most)
        if _is_short(placed, task) and not _is_short(_alone(candidate, task), task):
            return None
        crowded = _crowded(run, blocked, task)
        if crowded is None:
            return placed
        free = Run(free.first + 1, free.last) if crowded == "before" else Run(free.first, free.last - 1)
    return None


def _is_short(placed: _Placed, task: _Task) -> bool:
    kept = _shortened(task.material.span(placed.run), placed.most, task)
    return kept is None or timeline.total(kept[0]) < task.least - _SPARE


def _alone(candidate: Candidate, task: _Task) -> _Placed:
    """Return what would become of a candidate if there were no other."""
    core = _core(candidate)
    run = selection_fit.fit(task.material, core, candidate.segment.quote, Limits(task.least, task.most, task.all))
    return _Placed(run or core, task.most)


def _free(candidate: Candidate, blocked: Sequence[Run], task: _Task) -> Run:
    """Return the stretch of free sentences that holds the quote, or else the most of the candidate."""
    quote = selection_fit.quoted(task.material.sentences, _core(candidate), candidate.segment.quote)
    edges = [-1, *(at for run in sorted(blocked) for at in (run.first, run.last)), len(task.material.sentences)]
    stretches = [Run(left + 1, right - 1) for left, right in zip(edges[::2], edges[1::2], strict=True)]

    def shared(run: Run) -> tuple[bool, int]:
        holds = quote is not None and run.first <= quote.first and quote.last <= run.last
        return holds, min(run.last, candidate.last) - max(run.first, candidate.first)

    return max(stretches, key=shared)


def _crowded(run: Run, blocked: Sequence[Run], task: _Task) -> Literal["before", "after"] | None:
    """Return on which side there is no room for a frame between a run and its neighbour."""
    edges = task.material.edges
    before = max((other for other in blocked if other.last < run.first), default=None)
    after = min((other for other in blocked if other.first > run.last), default=None)
    if before and cuts_edges.parted(edges.closes[before.last], edges.opens[run.first]) is None:
        return "before"
    if after and cuts_edges.parted(edges.closes[run.last], edges.opens[after.first]) is None:
        return "after"
    return None


def _plans(placed: Mapping[int, _Placed], candidates: Sequence[Candidate], task: _Task) -> tuple[ClipPlan, ...]:
    order = sorted(placed, key=lambda at: placed[at].run)
    left, plans = _total(task), []
    for at, span in zip(order, _spans([placed[at].run for at in order], task), strict=True):
        # A clip that was parted from its neighbour may be a little longer than planned: what is removed has moved.
        spans, removed = _cut(span, min(placed[at].most, left), task)
        left -= timeline.total(spans)
        plans.append(_plan(candidates[at], spans, removed))
    return tuple(plans)


def _spans(runs: Sequence[Run], task: _Task) -> list[Span]:
    """Return where the runs are cut, a frame apart from each other."""
    edges = task.material.edges
    starts, ends = [edges.opens[run.first].at for run in runs], [edges.closes[run.last].at for run in runs]
    for at, (run, following) in enumerate(pairwise(runs)):
        if apart := cuts_edges.parted(edges.closes[run.last], edges.opens[following.first]):
            ends[at], starts[at + 1] = apart
    return [Span(_moment(start), _moment(end)) for start, end in zip(starts, ends, strict=True)]


def _cut(span: Span, most: float, task: _Task) -> _Kept:
    """Return what is left of a span, ``most`` seconds at most; in the middle of a word only if it is longer."""
    return _shortened(span, most, task) or _ended(span, span.start + most, task)


def _shortened(span: Span, most: float, task: _Task) -> _Kept | None:
    """Return what is left of a span, ``most`` seconds at most; None where a word fills them.

    What is too long ends in its last pause that leaves ``min_seconds``, else between its last words that do, else
    where it is longest.
    """
    whole = removal.cut((span,), task.material.holes)
    if timeline.total(whole[0]) <= most:
        return whole
    shorter: list[_Kept] = []
    for places in (task.pauses, task.gaps):
        ends = (cuts_edges.after(place) for place in cuts.near(places, span, 0.0))
        shorter += [_ended(span, at, task) for at in ends if span.start + removal.LEAST_SECONDS <= at < span.end]
        fitting = [each for each in shorter if timeline.total(each[0]) <= most]
        longest = max(fitting, key=lambda each: timeline.total(each[0]), default=None)
        if longest and timeline.total(longest[0]) >= task.least:
            break
    return longest


def _ended(span: Span, at: float, task: _Task) -> _Kept:
    return removal.cut((Span(span.start, _moment(at)),), task.material.holes)


def _plan(candidate: Candidate, spans: tuple[Span, ...], removed: tuple[Removed, ...]) -> ClipPlan:
    segment = candidate.segment
    return ClipPlan(
        title=segment.title,
        reason=segment.reason,
        quote=segment.quote,
        score=candidate.importance,
        topics=segment.topics,
        spans=spans,
        removed=removed,
    )


def _moment(seconds: float) -> float:
    return round(seconds, 3)
