"""``reelscribe transcribe``: recordings to transcripts on a running server."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from ..platform.errors import Misconfigured, ReelscribeError, Unauthenticated, Unavailable
from . import account

if TYPE_CHECKING:
    from .client import Client, NewJob

FORMATS = ("json", "txt", "srt", "vtt", "tsv", "csv", "rttm", "md", "docx")

# Stands for the recording that is not there yet.
NO_MEDIA = UUID(int=0)


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@account.server_option
@click.option("--engine", metavar="NAME", help="The server's default if not given.")
@click.option("--model", metavar="NAME", help="The engine's default if not given.")
@click.option("--language", metavar="CODE", help="As in 'en' or 'de'; found out if not given.")
@click.option("--mode", type=click.Choice(["mono", "dialogue"]), default="mono", show_default=True)
@click.option("--min-speakers", type=click.IntRange(1, 50))
@click.option("--max-speakers", type=click.IntRange(1, 50))
@click.option("--format", "formats", multiple=True, default=("txt",), show_default=True, type=click.Choice(FORMATS))
@click.option(
    "--out", default=".", show_default=True, metavar="DIR", help="Where to write; '-' is the standard output."
)
def command(
    files: tuple[Path, ...],
    server: str | None,
    engine: str | None,
    model: str | None,
    language: str | None,
    mode: str,
    min_speakers: int | None,
    max_speakers: int | None,
    formats: tuple[str, ...],
    out: str,
) -> None:
    """Transcribe each FILE on a server and write DIR/<name>.<format>; a failed one does not stop the others."""
    from .client import NewJob

    wanted = NewJob(
        media_id=NO_MEDIA,
        engine=engine,
        model=model,
        language=language,
        mode=mode,
        min_speakers=min_speakers,
        max_speakers=max_speakers,
    )
    with account.client(server) as client:
        failed = [path for path, name in named(files) if not _one(client, path, wanted, formats, out, name)]
    if failed:
        sys.exit(1)


def write(client: Client, job_id: UUID, form: str, path: Path) -> None:
    """Write the transcript in one format.

    Raises:
        Misconfigured: ``path`` cannot be written.
    """
    write_file(path, client.transcript(job_id, form))


def write_file(path: Path, content: bytes) -> None:
    """Write ``content``, with the folders above; errors as ``write``."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as exc:
        raise Misconfigured(f"{path} cannot be written: {(exc.strerror or str(exc)).lower()}") from exc


def named(files: tuple[Path, ...]) -> Iterator[tuple[Path, str]]:
    """Yield each file with a name for what is made of it: its own without the suffix, numbered where taken."""
    taken: set[str] = set()
    for path in files:
        others = (f"{path.stem}-{number}" for number in count(2))
        name = next(name for name in chain([path.stem], others) if name not in taken)
        taken.add(name)
        yield path, name


def _one(client: Client, path: Path, wanted: NewJob, formats: tuple[str, ...], out: str, name: str) -> bool:
    from . import following

    try:
        job = following.complete(client, path, wanted)
        for form in formats:
            _deliver(client, job.id, form, out, name)
    except (Unauthenticated, Unavailable):
        raise  # the next file would fare no better
    except ReelscribeError as exc:
        report(exc, path)
        return False
    return True


def _deliver(client: Client, job_id: UUID, form: str, out: str, name: str) -> None:
    if out == "-":
        sys.stdout.buffer.write(client.transcript(job_id, form))
        return
    target = Path(out) / f"{name}.{form}"
    write(client, job_id, form, target)
    click.echo(str(target))


def report(exc: ReelscribeError, path: Path) -> None:
    """Say on the standard error what went wrong with one of several files, and with which."""
    message = exc.message if str(path) in exc.message else f"{path}: {exc.message}"
    click.echo(f"error: {message}{' — ' + exc.hint if exc.hint else ''}", err=True)
