"""One recording from the file to the end of its job, with progress: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from ..platform.errors import StageFailed
from .client import Client, Event, Job, NewJob

# What is going on, and how much of it is done (0 to 1).
Tell = Callable[[str, float], None]

_PLAIN_STEP = 0.2


def complete(client: Client, path: Path, wanted: NewJob) -> Job:
    """Upload ``path``, start the job that ``wanted`` describes (but for its recording) and return it completed.

    Raises:
        StageFailed: the job failed or was cancelled; the message is the server's.
        KeyboardInterrupt: the job goes on without us.
    """
    with _progress(path.name) as tell:
        size = path.stat().st_size if path.exists() else 0
        media_id = client.upload(path, lambda sent: tell("upload", sent / max(size, 1)))
        job = client.create(msgspec.structs.replace(wanted, media_id=media_id))
        job = client.follow(job.id, lambda event: _tell(tell, event))
    for warned in job.warnings:
        click.echo(f"warning: {warned.message}", err=True)
    if job.status != "completed":
        raise _failure(path, job)
    return job


def _tell(tell: Tell, event: Event) -> None:
    if event.progress is not None and event.stage is not None:
        tell(event.stage, event.progress / 100)


def _failure(path: Path, job: Job) -> StageFailed:
    if job.error is None:
        return StageFailed(f"{path.name}: the job was {job.status}")
    return StageFailed(f"{path.name}: {job.error.message}", hint=job.error.hint)


@contextmanager
def _progress(name: str) -> Iterator[Tell]:
    if not sys.stderr.isatty():
        yield _plain(name)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(name, total=1.0)
        yield lambda what, done: progress.update(task, description=f"{name}: {what}", completed=done)


def _plain(name: str) -> Tell:
    told = ("", 0.0)

    def tell(what: str, done: float) -> None:
        nonlocal told
        if what != told[0] or done >= told[1] + _PLAIN_STEP:
            told = (what, done)
            click.echo(f"{name}: {what} {done:.0%}", err=True)

    return tell
