"""The client of a running server, over its public HTTP API."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import httpx
import msgspec
from httpx_sse import EventSource

from ..platform.errors import Misconfigured, NotFound, ReelscribeError, Unauthenticated, Unavailable

_CONNECT_SECONDS, _READ_SECONDS = 10.0, 60.0  # a stream says something every 15 s
# A stream breaks when the server restarts; after this many attempts in a row something is really wrong.
_RECONNECTS = 30
_FINAL = frozenset({"completed", "failed", "cancelled"})
_ERRORS: dict[int, type[ReelscribeError]] = {401: Unauthenticated, 404: NotFound, 503: Unavailable}


class Warned(msgspec.Struct, frozen=True):
    """What went less than well."""

    code: str
    message: str


class Failure(msgspec.Struct, frozen=True):
    """Why a job failed."""

    message: str
    hint: str = ""


class Job(msgspec.Struct, frozen=True):
    """A job, as far as the command line shows it; ``progress`` in percent."""

    id: UUID
    kind: str
    status: str
    stage: str
    progress: int
    engine: str
    created_at: str
    model: str | None = None
    warnings: list[Warned] = []
    error: Failure | None = None

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to it."""
        return self.status in _FINAL


class Clip(msgspec.Struct, frozen=True):
    """A clip of a job, as far as the command line shows it; ``duration`` in seconds, ``url`` None without a file."""

    id: UUID
    kind: str
    title: str
    status: str
    duration: float
    score: float
    reason: str = ""
    url: str | None = None
    error: Failure | None = None


class WantedClips(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What to ask of the clips; what is None is left to the server."""

    count: int | None = None
    min_seconds: float | None = None
    max_seconds: float | None = None
    aspect: str | None = None
    layout: str | None = None
    subtitles: bool | None = None
    style: str | None = None
    remove_pauses: bool | None = None
    remove_fillers: bool | None = None
    analyst: str | None = None
    about: str | None = None


class NewJob(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What to ask for; what is None is left to the server."""

    media_id: UUID
    kind: str | None = None
    clips: WantedClips | None = None
    engine: str | None = None
    model: str | None = None
    language: str | None = None
    mode: str | None = None
    min_speakers: int | None = None
    max_speakers: int | None = None


class Segment(msgspec.Struct, frozen=True):
    """A piece of text as it comes, ``start`` in seconds."""

    start: float
    text: str


class Event(msgspec.Struct, frozen=True):
    """One event of a job's stream; which fields it has depends on its type."""

    progress: int | None = None
    stage: str | None = None
    segments: list[Segment] = []


class _Page(msgspec.Struct, frozen=True):
    items: list[Job]


class _Clips(msgspec.Struct, frozen=True):
    items: list[Clip]


class _Made(msgspec.Struct, frozen=True):
    id: UUID


class _Tokens(msgspec.Struct, frozen=True):
    access_token: str


class _Key(msgspec.Struct, frozen=True):
    key: str


class _Problem(msgspec.Struct, frozen=True):
    detail: str = ""
    hint: str = ""


class Client:
    """Speaks to the server at ``server`` with an API key or an access token; use it as a context manager.

    All methods raise ``Unavailable`` where it does not answer, ``Unauthenticated`` where it does not know
    the key, and ``ReelscribeError`` with the server's own words for what it refuses.
    """

    def __init__(self, server: str, token: str = "") -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        timeout = httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS)
        self.server = server.rstrip("/")
        self._http = httpx.Client(base_url=f"{self.server}/api/v1", headers=headers, timeout=timeout)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def register(self, email: str, password: str) -> None:
        """Make an account."""
        self._send("POST", "/auth/register", json={"email": email, "password": password})

    def make_key(self, email: str, password: str, *, name: str) -> str:
        """Sign in and return a new API key that may read and write."""
        answer = self._send("POST", "/auth/login", json={"email": email, "password": password})
        token = msgspec.json.decode(answer.content, type=_Tokens).access_token
        answer = self._send("POST", "/keys", json={"name": name}, headers={"Authorization": f"Bearer {token}"})
        return msgspec.json.decode(answer.content, type=_Key).key

    def upload(self, path: Path, sent: Callable[[int], None] = lambda _bytes: None) -> UUID:
        """Store a recording and return its id; ``sent`` gets the number of bytes that have gone out.

        Raises:
            NotFound: the file cannot be opened.
        """
        try:
            file = path.open("rb")
        except OSError as exc:
            raise NotFound(f"{path} cannot be read: {(exc.strerror or str(exc)).lower()}") from exc
        with file:
            answer = self._send("POST", "/media", files={"file": (path.name, _Counted(file, sent))})
        return msgspec.json.decode(answer.content, type=_Made).id

    def create(self, wanted: NewJob) -> Job:
        """Start a job."""
        body = msgspec.json.encode(wanted)
        return self._job(self._send("POST", "/jobs", content=body, headers={"Content-Type": "application/json"}))

    def job(self, job_id: UUID) -> Job:
        """Return a job as it stands."""
        return self._job(self._send("GET", f"/jobs/{job_id}"))

    def jobs(self, *, limit: int, status: str | None) -> list[Job]:
        """Return the newest jobs."""
        query = {"limit": str(limit)} | ({"status": status} if status else {})
        return msgspec.json.decode(self._send("GET", "/jobs", params=query).content, type=_Page).items

    def cancel(self, job_id: UUID) -> Job:
        """Cancel a job."""
        return self._job(self._send("DELETE", f"/jobs/{job_id}"))

    def retry(self, job_id: UUID) -> Job:
        """Run a failed job again."""
        return self._job(self._send("POST", f"/jobs/{job_id}/retry"))

    def transcript(self, job_id: UUID, form: str) -> bytes:
        """Return the transcript in a format."""
        return self._send("GET", f"/jobs/{job_id}/transcript", params={"format": form}).content

    def clips(self, job_id: UUID) -> list[Clip]:
        """Return the clips of a job, in the order of the recording."""
        return msgspec.json.decode(self._send("GET", f"/jobs/{job_id}/clips").content, type=_Clips).items

    def subtitles(self, clip_id: UUID, form: str) -> bytes:
        """Return the subtitles of a clip in a format."""
        return self._send("GET", f"/clips/{clip_id}/subtitles", params={"format": form}).content

    def save_clip(self, clip_id: UUID, path: Path) -> None:
        """Write the video of a clip to ``path``, piece by piece.

        Raises:
            Misconfigured: ``path`` cannot be written.
        """
        address = f"/clips/{clip_id}/content"
        with _answered(self.server), self._http.stream("GET", address, follow_redirects=True) as answer:
            if answer.is_error:
                answer.read()
                raise _refusal(answer)
            _write(answer, path)

    def follow(self, job_id: UUID, said: Callable[[Event], None]) -> Job:
        """Pass the job's events to ``said`` until it has ended; returns how. Survives restarts of the server."""
        last_id, misses = "", 0
        while True:
            try:
                for event_id, event in self._events(job_id, last_id):
                    last_id, misses = event_id or last_id, 0
                    said(event)
                job = self.job(job_id)
                if job.is_final:
                    return job
            except Unavailable:
                if misses >= _RECONNECTS:
                    raise
            misses += 1
            time.sleep(min(1.0, 0.05 * misses))

    def _events(self, job_id: UUID, last_id: str) -> Iterator[tuple[str, Event]]:
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last_id} if last_id else {})
        with _answered(self.server), self._http.stream("GET", f"/jobs/{job_id}/events", headers=headers) as answer:
            if answer.is_error:
                answer.read()
                raise _refusal(answer)
            for event in EventSource(answer).iter_sse():
                if not event.data:  # a heartbeat
                    continue
                yield event.id, msgspec.json.decode(event.data, type=Event)

    def _job(self, answer: httpx.Response) -> Job:
        return msgspec.json.decode(answer.content, type=Job)

    def _send(self, method: str, path: str, **arguments: object) -> httpx.Response:
        with _answered(self.server):
            answer = self._http.request(method, path, **arguments)  # type: ignore[arg-type]  # passed through
        if answer.is_error:
            raise _refusal(answer)
        return answer


class _Counted:
    """A file that tells how much of it has been read; httpx reads it piece by piece."""

    def __init__(self, file: BinaryIO, sent: Callable[[int], None]) -> None:
        self._file, self._sent = file, sent

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._sent(self._file.tell())
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def fileno(self) -> int:
        return self._file.fileno()


def _write(answer: httpx.Response, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.part")  # what breaks off must not look like a whole video
        with part.open("wb") as file:
            for chunk in answer.iter_bytes():
                file.write(chunk)
        part.replace(path)
    except OSError as exc:
        raise Misconfigured(f"{path} cannot be written: {(exc.strerror or str(exc)).lower()}") from exc


@contextmanager
def _answered(server: str) -> Iterator[None]:
    try:
        yield
    except (httpx.TransportError, httpx.InvalidURL) as exc:
        raise Unavailable(
            f"{server} does not answer: {exc}", hint="Is 'reelscribe up' running there? --server names another."
        ) from exc


def _refusal(answer: httpx.Response) -> ReelscribeError:
    try:
        problem = msgspec.json.decode(answer.content, type=_Problem)
    except msgspec.DecodeError:
        problem = _Problem()
    kind = _ERRORS.get(answer.status_code, ReelscribeError)
    return kind(problem.detail or f"The server answers {answer.status_code}", hint=problem.hint)
