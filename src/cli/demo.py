"""``reelscribe demo``: the main job, once, on a platform of its own."""

from __future__ import annotations

import secrets
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from ..platform.domain.transcript import Transcript
from ..platform.errors import NotFound
from ..platform.resources import data_path
from ..platform.settings import PREFIX, current
from . import clips, launch
from .transcribe import NO_MEDIA, write

if TYPE_CHECKING:
    from .client import Clip

_FORMATS = ("txt", "srt", "vtt", "json")
# Any recording that this machine can hold.
_CREDITS = 1_000_000


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--out", default="demo-output", show_default=True, type=click.Path(path_type=Path), metavar="DIR")
@click.option("--engine", metavar="NAME", help="The best that this machine can run if not given.")
def command(file: Path | None, out: Path, engine: str | None) -> None:
    """Make a transcript and clips of FILE (a sample lecture if not given) through the whole platform, then stop it."""
    recording = file or data_path("samples") / "lecture.mp4"
    if not recording.is_file():
        raise NotFound(f"{recording} is not there")
    # So that the platform is stopped, and its folder removed, when we are told to go.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    click.echo("Starting the platform: PostgreSQL, Redis, web, worker, scheduler …", err=True)
    with launch.platform(environ=environ()) as platform:
        click.echo(f"It runs at {platform.url}", err=True)
        _perform(platform.url, recording, out, engine=engine, language=None if file else "en")


def environ() -> dict[str, str]:
    """Return the settings of a platform that works for us alone, with the models of this machine."""
    # Models are kept where 'up' looks for them too: they are downloaded once.
    return {
        f"{PREFIX}MODEL_DIR": str(current().model_path.absolute()),
        f"{PREFIX}SIGNUP_CREDITS": str(_CREDITS),
        f"{PREFIX}ALLOW_SIGNUP": "true",
        f"{PREFIX}LOG_LEVEL": "warning",
    }


def new_key(server: str) -> str:
    """Make an account on a platform of ``environ`` and return an API key of it."""
    from .client import Client

    email, password = "demo@localhost.example", secrets.token_urlsafe(24)
    with Client(server) as visitor:
        visitor.register(email, password)
        return visitor.make_key(email, password, name="demo")


def _perform(server: str, recording: Path, out: Path, *, engine: str | None, language: str | None) -> None:
    from . import following
    from .client import Client, NewJob

    # A text is its own transcript and has nothing that could be cut; what a recording is, the server says.
    kind = None if recording.suffix.lower() == ".txt" else "clips"
    with Client(server, new_key(server)) as client:
        wanted = NewJob(media_id=NO_MEDIA, kind=kind, engine=engine, language=language, mode="dialogue")
        job = following.complete(client, recording, wanted)
        for form in _FORMATS:
            write(client, job.id, form, out / f"transcript.{form}")
        saved = clips.save(client, job.id, out / "clips") if kind else []
    _tell(out, saved)


def _tell(out: Path, saved: Sequence[tuple[Clip, Path]]) -> None:
    click.echo((out / "transcript.txt").read_text(encoding="utf-8"))
    engine = msgspec.json.decode((out / "transcript.json").read_bytes(), type=Transcript).engine
    click.echo(f"Transcribed by {engine.name}, model {engine.model}", err=True)
    for form in _FORMATS:
        click.echo(str(out / f"transcript.{form}"), err=True)
    for clip, path in saved:
        click.echo(f"{path}  ({clip.duration:.0f} s: {clip.title})", err=True)
