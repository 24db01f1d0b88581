"""Server-sent events: snapshot, replay, heartbeat, the end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from tests.acceptance.conftest import API, NIL, Join, Json, ended, problem, send, submit

KINDS = {
    "job.progress", "job.partial", "job.warning", "job.completed", "job.failed", "job.cancelled",
    "credits.updated", "upload.progress",
}  # fmt: skip
LECTURE = Path(__file__).resolve().parents[2] / "samples" / "lecture.mp4"


class Event(NamedTuple):
    name: str
    id: str
    data: Json


def read(lines: Iterator[str]) -> Iterator[Event]:
    """Parse a stream as the HTML standard says; heartbeat comments come out as the event ':'."""
    fields: dict[str, str] = {}
    for line in lines:
        if line.startswith(":"):
            yield Event(":", "", {})
        elif line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            yield Event(fields.get("event", "message"), fields.get("id", ""), json.loads(fields["data"]))
            fields = {}


def whole(client: httpx.Client, job_id: str, last: str | None = None) -> list[Event]:
    """Read the stream of a job until it ends by itself."""
    headers = {} if last is None else {"Last-Event-ID": last}
    with client.stream("GET", f"{API}/jobs/{job_id}/events", headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        return [event for event in read(answer.iter_lines()) if event.name != ":"]


def _order(event: Event) -> tuple[int, ...]:
    return tuple(int(part) for part in event.id.split("-"))


@pytest.fixture
def live(owner: httpx.Client, text_media: str) -> tuple[Json, list[Event]]:
    """A new job and all that its stream said, read from its creation."""
    job = submit(owner, media_id=text_media)
    return job, whole(owner, job["id"])


def test_stream_begins_with_a_snapshot_and_ends_by_itself(live: tuple[Json, list[Event]]) -> None:
    job, events = live

    assert (events[0].name, events[0].data["snapshot"], events[0].data["id"]) == ("job.progress", True, job["id"])
    assert (events[-1].name, events[-1].data["status"]) == ("job.completed", "completed")
    assert {event.name for event in events} <= KINDS
    assert {event.data["job_id"] for event in events} == {job["id"]}


def test_ids_grow_and_progress_never_falls(live: tuple[Json, list[Event]]) -> None:
    _, events = live
    ids = [_order(event) for event in events if event.id]
    progress = [event.data["progress"] for event in events if event.name == "job.progress"]

    assert ids == sorted(set(ids))
    assert progress == sorted(progress)
    assert all(0 <= value <= 100 for value in progress)


def test_partial_segments_are_those_of_the_transcript(owner: httpx.Client, live: tuple[Json, list[Event]]) -> None:
    job, events = live
    partial = [part for event in events if event.name == "job.partial" for part in event.data["segments"]]

    transcript = owner.get(f"{API}/jobs/{job['id']}/transcript").json()

    assert [part["text"] for part in partial] == [segment["text"] for segment in transcript["segments"]]


def test_stream_of_a_finished_job_ends_at_once(owner: httpx.Client, finished_job: Json) -> None:
    events = whole(owner, finished_job["id"])

    assert (events[0].data["snapshot"], events[-1].name) == (True, "job.completed")


def test_reload_shows_the_text_so_far(owner: httpx.Client, live: tuple[Json, list[Event]]) -> None:
    job, events = live
    text = [event.data["segments"] for event in events if event.name == "job.partial"]

    again = [event.data["segments"] for event in whole(owner, job["id"]) if event.name == "job.partial"]

    assert again == text


def test_replay_gives_what_came_after_the_last_id(owner: httpx.Client, live: tuple[Json, list[Event]]) -> None:
    job, events = live
    partial = next(event for event in events if event.name == "job.partial")
    before = events[events.index(partial) - 1]

    seen = whole(owner, job["id"], before.id)
    after = whole(owner, job["id"], partial.id)

    assert partial in seen
    assert partial not in after
    assert (seen[-1].name, after[-1].name) == ("job.completed", "job.completed")


@pytest.mark.parametrize("last", ["abc", "-1", "99999999999999-0", "5-99999999999999999999999", "\u00e9"])
def test_replay_starts_anew_when_the_last_id_is_none(owner: httpx.Client, finished_job: Json, last: str) -> None:
    with owner.stream(
        "GET", f"{API}/jobs/{finished_job['id']}/events", headers={"Last-Event-ID": last.encode()}
    ) as answer:
        events = list(read(answer.iter_lines()))

    assert events[0].data["snapshot"] is True
    assert events[-1].name == "job.completed"


@pytest.mark.parametrize("path", ["events", f"jobs/{NIL}/events"])
def test_stream_answers_401_when_nobody_is_signed_in(anyone: httpx.Client, path: str) -> None:
    problem(anyone.get(f"{API}/{path}"), 401)


def test_stream_answers_404_when_there_is_no_such_job(owner: httpx.Client) -> None:
    problem(owner.get(f"{API}/jobs/{NIL}/events"), 404)


def test_stream_of_a_user_tells_of_their_jobs_only(join: Join) -> None:
    mine, other = join(), join()
    other_media, my_media = (send(client, "words.txt", b"Some words.")["id"] for client in (other, mine))

    with mine.stream("GET", f"{API}/events") as answer:
        events = read(answer.iter_lines())
        next(events)  # the snapshot: from here on we are listening
        ended(other, submit(other, media_id=other_media)["id"])
        job = submit(mine, media_id=my_media)["id"]
        heard = []
        for event in events:
            heard.append(event)
            if event.name == "job.completed":
                break

    assert {event.data["job_id"] for event in heard if event.data.get("job_id")} == {job}


@pytest.mark.slow
@pytest.mark.timeout(30)
def test_stream_of_a_user_ends_when_they_sign_out(join: Join) -> None:
    client = join()

    with client.stream("GET", f"{API}/events") as answer:
        lines = answer.iter_lines()
        next(read(lines))
        assert client.post(f"{API}/auth/logout").status_code == 204
        list(lines)  # ends, within a heartbeat

    problem(client.get(f"{API}/events"), 401)


@pytest.mark.slow
def test_quiet_stream_has_a_heartbeat(join: Join) -> None:
    with join().stream("GET", f"{API}/events", timeout=20) as answer:
        names = (event.name for event in read(answer.iter_lines()))

        assert ":" in names  # read until the first comes; 20 s of silence would raise
