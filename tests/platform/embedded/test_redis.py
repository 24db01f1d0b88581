"""The embedded Redis: starts anywhere, survives every kind of stop."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from reelscribe.platform.embedded import folders, redis, server


def test_start_keeps_what_was_written_when_stopped_cleanly(tmp_path):
    with _running(tmp_path) as client:
        client.set("key", "value")

    with _running(tmp_path) as client:
        assert client.get("key") == b"value"


def test_start_ends_the_orphan_when_its_supervisor_was_killed(tmp_path):
    prepared = redis.prepare(tmp_path)
    orphan = server.start(prepared)

    with _running(tmp_path) as client:
        assert client.ping()

    assert orphan.wait() == 0


def test_start_works_when_killed_before(tmp_path):
    prepared = redis.prepare(tmp_path)
    process = server.start(prepared)
    process.kill()
    process.wait()
    assert (tmp_path / "redis" / "redis.sock").exists()

    with _running(tmp_path) as client:
        assert client.ping()


def test_start_works_when_the_home_path_is_long(tmp_path):
    home = tmp_path / ("long" * 30)

    with _running(home) as client:
        assert client.ping()
    short = Path((home / "redis.socket-folder").read_text())
    assert str(short) in redis.url(home)
    folders.forget_socket_folder(home / "redis")
    assert not short.exists()


def test_socket_is_short_also_where_the_temporary_folder_is_not(tmp_path, monkeypatch):
    long = tmp_path / ("t" * 100)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))

    with _running(long / "home") as client:
        assert client.ping()
    folders.forget_socket_folder(long / "home" / "redis")


def test_running_says_whether_it_answers(tmp_path):
    before = redis.running(tmp_path)

    with _running(tmp_path):
        during = redis.running(tmp_path)

    assert (before, during) == (False, True)


@contextmanager
def _running(home: Path) -> Iterator[Redis]:
    prepared = redis.prepare(home)
    process = server.start(prepared)
    with Redis.from_url(prepared.url) as client:
        yield client
    server.stop(prepared, process)


def test_running_touches_nothing_when_the_home_is_not_there(tmp_path):
    home = tmp_path / ("long" * 30)

    assert not redis.running(home)
    assert not home.exists()
