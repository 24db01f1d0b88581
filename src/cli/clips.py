"""``reelscribe clips``: recordings to short videos on a running server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from ..platform.errors import ReelscribeError, StageFailed, Unauthenticated, Unavailable
from . import account
from .transcribe import NO_MEDIA, named, report, write_file

if TYPE_CHECKING:
    from .client import Client, Clip, NewJob

_SIDECARS = ("srt", "vtt", "ass")


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@account.server_option
@click.option("--count", type=click.IntRange(1, 15), help="How many at most; 5 if not given.")
@click.option("--min-seconds", type=click.FloatRange(1, 600), help="Length of a clip at least; 15 if not given.")
@click.option("--max-seconds", type=click.FloatRange(5, 1800), help="Length of a clip at most; 90 if not given.")
@click.option("--aspect", type=click.Choice(["source", "16:9", "9:16", "1:1", "4:5"]), help="Shape of the picture.")
@click.option("--layout", type=click.Choice(["auto", "whole", "speaker", "slides"]), help="What is shown of it.")
@click.option("--subtitles/--no-subtitles", default=None, help="Burn them in (they are, if not given).")
@click.option("--style", type=click.Choice(["clean", "box", "bold", "karaoke"]), help="How the subtitles look.")
@click.option("--remove-pauses", is_flag=True, default=None, help="Shorten long pauses.")
@click.option("--remove-fillers", is_flag=True, default=None, help="Cut 'um' and the like.")
@click.option("--about", metavar="TEXT", help="What to look for, in your words.")
@click.option("--analyst", type=click.Choice(["auto", "gemini", "local"]), help="Who chooses.")
@click.option("--engine", metavar="NAME", help="The server's default if not given.")
@click.option("--model", metavar="NAME", help="The engine's default if not given.")
@click.option("--language", metavar="CODE", help="As in 'en' or 'de'; found out if not given.")
@click.option("--sidecar", "sidecars", multiple=True, type=click.Choice(_SIDECARS), help="Subtitle files beside them.")
@click.option("--out", default=".", show_default=True, metavar="DIR", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print what was made, for programs.")
def command(
    files: tuple[Path, ...],
    server: str | None,
    engine: str | None,
    model: str | None,
    language: str | None,
    sidecars: tuple[str, ...],
    out: Path,
    *,
    as_json: bool,
    **wanted: object,
) -> None:
    """Make clips of each FILE on a server and write DIR/<name>-clips/*.mp4; a failed one does not stop the others."""
    import msgspec

    from .client import NewJob, WantedClips

    asked = msgspec.convert({name: value for name, value in wanted.items() if value is not None}, WantedClips)
    job = NewJob(media_id=NO_MEDIA, kind="clips", clips=asked, engine=engine, model=model, language=language)
    made: list[dict[str, object]] = []
    with account.client(server) as client:
        failed = [
            path
            for path, name in named(files)
            if not _one(client, path, job, out / f"{name}-clips", sidecars, made, as_json=as_json)
        ]
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(made)))
    if failed:
        sys.exit(1)


def save(client: Client, job_id: UUID, folder: Path, sidecars: tuple[str, ...] = ()) -> list[tuple[Clip, Path]]:
    """Write the finished clips of a job into ``folder``, numbered in the order of the recording.

    Raises:
        StageFailed: the job has no finished clip.
    """
    ready = [clip for clip in client.clips(job_id) if clip.kind == "clip" and clip.url is not None]
    if not ready:
        raise StageFailed("The job made no clip")
    saved = [(clip, folder / f"{number:02d}-{_slug(clip.title)}.mp4") for number, clip in enumerate(ready, start=1)]
    for clip, path in saved:
        client.save_clip(clip.id, path)
        for form in sidecars:
            write_file(path.with_suffix(f".{form}"), client.subtitles(clip.id, form))
    return saved


def _one(
    client: Client,
    path: Path,
    wanted: NewJob,
    folder: Path,
    sidecars: tuple[str, ...],
    made: list[dict[str, object]],
    *,
    as_json: bool,
) -> bool:
    from . import following

    try:
        job = following.complete(client, path, wanted)
        saved = save(client, job.id, folder, sidecars)
    except (Unauthenticated, Unavailable):
        raise  # the next file would fare no better
    except ReelscribeError as exc:
        report(exc, path)
        return False
    for clip, target in saved:
        made.append({"file": str(path), "clip": str(target), "id": clip.id, "title": clip.title, "score": clip.score})
        if not as_json:
            click.echo(str(target))
    return True


def _slug(title: str) -> str:
    """Return the title as a part of a file name on every system.

    >>> _slug("What is 1/2?")
    'what-is-1-2'
    """
    words = "".join(sign if sign.isalnum() else " " for sign in title.lower()).split()
    return "-".join(words)[:60].strip("-") or "clip"
