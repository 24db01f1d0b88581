"""Whatever happens to copies: what is used stays as it is, the bounds hold, nothing half remains."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from reelscribe.platform.storage.copies import UNUSED_SECONDS, Copies
from reelscribe.platform.storage.fetched import Fetched, Source

LIMIT = 100
KEYS = st.sampled_from("abcd")


class Machine(RuleBasedStateMachine):
    """Two processes on one folder; their users come and go."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.home = tempfile.TemporaryDirectory()
        self.folder = Path(self.home.name, "fetched")
        self.copies = Copies(self.folder, limit_bytes=LIMIT)
        self.both = [Fetched(self.copies), Fetched(Copies(self.folder, limit_bytes=LIMIT))]
        self.keepers: list[asyncio.Task[None]] = []
        self.stored = {key: key.encode() * 40 for key in "abcd"}
        self.used: list[tuple[AsyncExitStack, Path, bytes]] = []
        self.runner.run(self._keep())

    async def _keep(self) -> None:
        self.keepers = [asyncio.create_task(each.keep()) for each in self.both]
        await asyncio.sleep(0)

    @rule(key=KEYS, which=st.integers(0, 1))
    def want(self, key: str, which: int) -> None:
        self.runner.run(self._want(key, which))

    async def _want(self, key: str, which: int) -> None:
        content, stack = self.stored[key], AsyncExitStack()
        source = Source(key=key, content=content.hex(), size=len(content), read=lambda: _stream(content))
        path = await stack.enter_async_context(self.both[which].copy(source))
        self.used.append((stack, path, content))

    @precondition(lambda self: self.used)
    @rule(data=st.data())
    def let_go(self, data: st.DataObject) -> None:
        stack, _, _ = self.used.pop(data.draw(st.integers(0, len(self.used) - 1)))
        self.runner.run(stack.aclose())

    @rule(key=KEYS, size=st.integers(0, 110))
    def replace(self, key: str, size: int) -> None:
        self.stored[key] = key.encode() * size

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        self.copies.forget(key)

    @rule()
    def time_passes(self) -> None:
        for path in self.folder.glob("*"):
            os.utime(path, (path.stat().st_atime - UNUSED_SECONDS - 1, path.stat().st_mtime))
        self.copies.tidy()
        assert set(self.folder.glob("*")) <= {path for _, path, _ in self.used}

    @rule(wanted=st.integers(1, LIMIT))
    def disk_is_full(self, wanted: int) -> None:
        self.copies.make_room(wanted)

    @rule()
    def other_worker_ends(self) -> None:
        self.copies.clear()
        assert set(self.folder.glob("*")) <= {path for _, path, _ in self.used}

    @invariant()
    def what_is_used_is_whole(self) -> None:
        assert all(path.read_bytes() == content for _, path, content in self.used)

    @invariant()
    def bounds_hold(self) -> None:
        found = list(self.folder.glob("*"))
        assert sum(path.stat().st_size for path in found) <= LIMIT
        assert not [path for path in found if path.suffix or path.stat().st_mode & 0o177]
        assert not found or self.folder.stat().st_mode & 0o077 == 0

    def teardown(self) -> None:
        for stack, _, _ in self.used:
            self.runner.run(stack.aclose())
        for keeper in self.keepers:
            keeper.cancel()
        self.runner.run(_ended(self.keepers))
        assert not self.folder.exists() or list(self.folder.iterdir()) == []
        self.runner.close()
        self.home.cleanup()


async def _stream(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _ended(tasks: list[asyncio.Task[None]]) -> None:
    await asyncio.wait(tasks)


TestCopies = Machine.TestCase
TestCopies.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
