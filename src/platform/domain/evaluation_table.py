"""What an evaluation prints: a table for each engine, a line for each that the platform was compared with, or JSON."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from . import evaluation
from .diarization_error import DiarizationError
from .evaluation import Difference, Pool, Score
from .word_errors import BY_CHARACTER, WordErrors

NOTHING = "–"  # noqa: RUF001 - what a table says where there is no number
_HEAD = ("recording", "WER", "wrong / missing / extra of words", "DER of turns", "DER of transcript")
_HEAD_REST = ("missed / false / confused, s", "speakers found / true", "work / sound")


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One engine, one way; every row is as long as ``head``, the last one is all recordings together."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(scores: Sequence[Score]) -> tuple[Table, ...]:
    """Return the tables of all engines and ways; a column that is empty everywhere is left out."""
    return tuple(
        _table(pool, [one for one in scores if (one.engine, one.way) == (pool.engine, pool.way)])
        for pool in evaluation.pools(scores)
    )


def markdown(table: Table) -> str:
    """Return the table as lines that read well as they are and render as Markdown."""
    rows = [table.head, ("---",) * len(table.head), *table.rows]
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([table.title, "", *lines])


def sentence(difference: Difference) -> str:
    """Say how far the platform is from the engine.

    >>> sentence(Difference(engine="local", recordings=2, wer_points=0.0, der_points=-1.25))
    'local: the platform differs by 0.00 points WER and -1.25 points DER over 2 recordings: too much'
    """
    parts = ((difference.wer_points, "WER"), (difference.der_points, "DER"))
    said = " and ".join(f"{points + 0.0:.2f} points {name}" for points, name in parts if points is not None)
    verdict = "as it should be" if difference.is_small else "too much"
    return (
        f"{difference.engine}: the platform differs by {said or 'nothing that was scored'}"
        f" over {difference.recordings} recording{'' if difference.recordings == 1 else 's'}: {verdict}"
    )


def _table(pool: Pool, scores: Sequence[Score]) -> Table:
    rows = [_row(one) for one in scores] + [_last(pool)]
    kept = [at for at in range(len(rows[0])) if at == 0 or any(row[at] != NOTHING for row in rows)]
    return Table(
        title=f"{pool.engine}{', model ' + pool.model if pool.model else ''}, {_WAYS[pool.way]}",
        head=tuple((*_HEAD, *_HEAD_REST)[at] for at in kept),
        rows=tuple(tuple(row[at] for at in kept) for row in rows),
    )


_WAYS = {"engine": "called directly", "platform": "as jobs of the platform"}


def _row(one: Score) -> tuple[str, ...]:
    if one.failure:
        return (one.recording, f"failed: {one.failure}", *[NOTHING] * (len(_HEAD) + len(_HEAD_REST) - 2))
    people = NOTHING if one.speakers is None else f"{one.speakers} / {one.speakers_true}"
    return (
        one.recording,
        _wer(one),
        f"{one.words.extra} where nothing is said" if one.words and one.is_wordless else _counts(one.words),
        _rate(one.turns),
        _rate(one.transcript),
        _seconds(one.turns or one.transcript),
        people,
        f"{one.took / one.seconds:.2f}" if one.seconds else NOTHING,
    )


def _last(pool: Pool) -> tuple[str, ...]:
    failed = f", {pool.failed} failed" if pool.failed else ""
    invented = "" if pool.invented is None else f"; {pool.invented} where nothing is said"
    counts = _counts(pool.words)
    return (
        f"all {pool.recordings}{failed}",
        _rate(pool.words),
        f"{counts}{invented}" if pool.words is not None else invented.removeprefix("; ") or NOTHING,
        _rate(pool.turns),
        _rate(pool.transcript),
        _seconds(pool.turns or pool.transcript),
        NOTHING,
        f"{pool.pace:.2f}" if pool.seconds else NOTHING,
    )


def _wer(one: Score) -> str:
    if one.words is None or one.is_wordless:
        return NOTHING
    return f"{one.words.rate:.3f}{' by character' if one.language in BY_CHARACTER else ''}"


def _rate(errors: WordErrors | DiarizationError | None) -> str:
    return NOTHING if errors is None else f"{errors.rate:.3f}"


def _counts(words: WordErrors | None) -> str:
    if words is None:
        return NOTHING
    return f"{words.wrong} / {words.missing} / {words.extra} of {words.words}"


def _seconds(error: DiarizationError | None) -> str:
    return NOTHING if error is None else f"{error.missed:.1f} / {error.false_alarm:.1f} / {error.confusion:.1f}"


def json(scores: Sequence[Score], *, collar: float) -> bytes:
    """Return everything for programs: rates are shares, times seconds."""
    told = {
        "collar_seconds": collar,
        "recordings": [msgspec.to_builtins(one) | _rates(one) for one in scores],
        "together": [msgspec.to_builtins(one) | _rates(one) for one in evaluation.pools(scores)],
        "platform": [msgspec.to_builtins(one) for one in evaluation.differences(scores)],
    }
    return msgspec.json.format(msgspec.json.encode(told))


def _rates(one: Score | Pool) -> dict[str, float | None]:
    wordless = isinstance(one, Score) and one.is_wordless
    return {
        "wer": None if one.words is None or wordless else one.words.rate,
        "der_turns": None if one.turns is None else one.turns.rate,
        "der_transcript": None if one.transcript is None else one.transcript.rate,
    }
