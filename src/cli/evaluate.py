"""``reelscribe evaluate``: how many words and speakers an engine gets wrong."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..platform.errors import BadInput, Misconfigured, NotFound
from ..platform.resources import data_path

if TYPE_CHECKING:
    from ..platform.domain.evaluation import Score
    from ..platform.engines.protocol import Engine
    from ..platform.services.evaluation.bare import Wanted
    from ..platform.services.evaluation.manifest import Recording
    from ..platform.services.evaluation.measure import Tell


@click.command()
@click.argument("manifest", required=False, type=click.Path(path_type=Path))
@click.option("--engine", "names", multiple=True, metavar="NAME", help="One of them; may be given again.")
@click.option("--model", metavar="NAME", help="The engine's default if not given.")
@click.option("--only", multiple=True, metavar="GLOB", help="As in 'A_speech/en_*'; may be given again.")
@click.option("--language", metavar="CODE", help="Only recordings in this language.")
@click.option("--limit", type=click.IntRange(min=1), help="Only so many recordings.")
@click.option(
    "--score", multiple=True, type=click.Choice(["words", "speakers"]), help="Only this; speakers alone need no text."
)
@click.option(
    "--collar",
    default=0.25,
    show_default=True,
    type=click.FloatRange(min=0),
    help="Seconds on each side of each reference boundary that do not count.",
)
@click.option("--platform", "by_platform", is_flag=True, help="Do it all again as jobs of a platform, and compare.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it there.")
def command(
    manifest: Path | None,
    names: tuple[str, ...],
    model: str | None,
    only: tuple[str, ...],
    language: str | None,
    limit: int | None,
    score: tuple[str, ...],
    collar: float,
    out: Path | None,
    *,
    by_platform: bool,
    as_json: bool,
) -> None:
    """Measure engines on the recordings that MANIFEST lists (the sample lecture if not given).

    Prints word and diarization error rates, words heard where nothing is said, and seconds of work per second of
    sound. Exit code 1 if a recording failed or the platform is not as good as the engine.

    MANIFEST is a JSON file such as this; all its paths count from its folder:

    \b
    [{"file": "talk.mp4", "language": "en",
      "reference": {"text": "Good morning.", "rttm": "talk.rttm"}},
     {"file": "rain.wav", "reference": {"text": ""}}]

    An empty text means that nothing is said. Instead of "text" there may be "text_path", instead of "rttm"
    "segments": [{"start": 0.0, "end": 1.5, "speaker": "anna", "text": "Good morning."}].
    """
    from ..platform.engines import registry
    from ..platform.services.evaluation import libraries
    from ..platform.services.evaluation.bare import Wanted

    libraries.expect()
    with _usage():
        recordings = _selected(manifest or data_path("samples") / "manifest.json", only, language, limit)
        engines = [registry.get(name) for name in dict.fromkeys(names or (_default(),))]
    wanted = Wanted(words="speakers" not in score or "words" in score, speakers=score != ("words",), model=model)
    scores = asyncio.run(_by_engines(engines, recordings, wanted, collar))
    if by_platform:
        from . import evaluate_platform

        scores += evaluate_platform.scores([engine.name for engine in engines], recordings, wanted, collar=collar)
    _deliver(scores, collar=collar, as_json=as_json, out=out)
    sys.exit(0 if _went_well(scores) else 1)


def _default() -> str:
    """Return the default engine; ``auto`` is an order of several, of which none is measured unasked."""
    from ..platform.domain.options import AUTO
    from ..platform.engines import registry
    from ..platform.settings import current

    return "local" if current().transcription_backend == AUTO else registry.default()


@contextmanager
def _usage() -> Iterator[None]:
    """Take what is wrong with the arguments for wrong usage: exit code 2."""
    try:
        yield
    except (BadInput, NotFound) as exc:
        raise click.UsageError(f"{exc.message.rstrip('.')}. {exc.hint}".strip()) from exc


def _selected(path: Path, only: tuple[str, ...], language: str | None, limit: int | None) -> Sequence[Recording]:
    from ..platform.services.evaluation import manifest

    found = manifest.matching(manifest.read(path), globs=only, language=language, limit=limit)
    if found.unscorable:
        click.echo(f"{found.unscorable} entries without a reference are left out", err=True)
    return found.recordings


async def _by_engines(
    engines: Sequence[Engine], recordings: Sequence[Recording], wanted: Wanted, collar: float
) -> list[Score]:
    from ..platform.engines import registry
    from ..platform.services.evaluation import measure

    scores: list[Score] = []
    try:
        with _progress(len(engines) * len(recordings)) as tell:
            for engine in engines:
                scores += await measure.bare_engine(
                    engine, recordings, wanted, decode=_decode, collar=collar, tell=tell
                )
    finally:
        await registry.close_all()
    return scores


async def _decode(source: Path, target: Path, /) -> float:
    """Decode as the first stage of a job does, repair of damaged files included."""
    from ..actors import ingest
    from ..platform.settings import current

    async def nobody(_: float) -> None: ...

    made, _ = await ingest.decoded(source, target, seconds=current().max_media_seconds, on_progress=nobody)
    return made.duration_seconds


@contextmanager
def _progress(total: int) -> Iterator[Tell]:
    if not sys.stderr.isatty():
        yield _plain(total)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    seen: dict[tuple[str, str], None] = {}
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=total)

        def tell(engine: str, recording: str, fraction: float) -> None:
            seen[engine, recording] = None
            done = len(seen) - 1
            progress.update(task, description=f"{engine}: {recording} {fraction:.0%}", completed=done)

        yield tell
        progress.update(task, completed=total)


def _plain(total: int) -> Tell:
    seen: dict[tuple[str, str], None] = {}

    def tell(engine: str, recording: str, _: float) -> None:
        if (engine, recording) not in seen:
            seen[engine, recording] = None
            click.echo(f"{len(seen)}/{total} {engine}: {recording}", err=True)

    return tell


def _deliver(scores: Sequence[Score], *, collar: float, as_json: bool, out: Path | None) -> None:
    from ..platform.domain import evaluation_table

    if out is None and not as_json and sys.stdout.isatty():
        _show(scores)
        return
    text = evaluation_table.json(scores, collar=collar).decode() if as_json else _plain_text(scores)
    if out is None:
        click.echo(text)
        return
    try:
        out.write_text(text + "\n", encoding="utf-8")
    except OSError as exc:
        raise Misconfigured(f"{out} cannot be written: {(exc.strerror or str(exc)).lower()}") from exc


def _plain_text(scores: Sequence[Score]) -> str:
    from ..platform.domain import evaluation, evaluation_table

    parts = [evaluation_table.markdown(table) for table in evaluation_table.tables(scores)]
    parts += [evaluation_table.sentence(one) for one in evaluation.differences(scores)]
    return "\n\n".join(parts)


def _show(scores: Sequence[Score]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from ..platform.domain import evaluation, evaluation_table

    console = Console()
    for made in evaluation_table.tables(scores):
        table = Table(title=made.title, title_justify="left", box=None, pad_edge=False)
        for number, name in enumerate(made.head):
            table.add_column(name, overflow="fold", justify="left" if number == 0 else "right")
        for row in made.rows:
            table.add_row(*map(Text, row))
        console.print(table)
    for difference in evaluation.differences(scores):
        console.print(evaluation_table.sentence(difference), markup=False)


def _went_well(scores: Sequence[Score]) -> bool:
    from ..platform.domain import evaluation

    return not any(one.failure for one in scores) and all(one.is_small for one in evaluation.differences(scores))
