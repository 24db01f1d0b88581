"""A local server that speaks AssemblyAI's HTTP protocol, as far as its SDK and we use it.

The shapes of its answers are those of https://www.assemblyai.com/docs/api-reference/openapi.json (upload, transcripts,
errors) and https://www.assemblyai.com/docs/llm-gateway/chat-completions. It hears nothing: its text is always the same
little dialogue, spread over the length of the WAV file that arrived.

``python -m tests.stand_ins.assemblyai`` starts one to look at pages with, and prints its settings.
"""

from __future__ import annotations

import contextlib
import json
import sys
import threading
import uuid
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import urlsplit

from tests.stand_ins.assemblyai_text import RESULTS, utterances, words
from tests.stand_ins.assemblyai_traffic import Fault, Received

KEY = "5c1f0f4e9d2b4a0c8e7d6b5a49382716"

SUMMARY = "Professor DeCarlo explains why the haze of wildfires harms the lungs."
FEATURES = ("speaker_labels", "sentiment_analysis", "auto_chapters", "entity_detection", "auto_highlights")
ENGLISH_ONLY = ("sentiment_analysis", "auto_chapters", "auto_highlights")

_HEADER_BYTES, _BYTES_PER_MS = 44, 32


@dataclass
class Server:
    """One stand-in; tests set what it shall do, and read what it was asked.

    ``states`` come one after the other, then the transcript is completed; ``error`` makes it fail instead.
    ``spoken`` is the language that a detection finds, ``changes`` are laid over each completed transcript.
    """

    url: str
    key: str = KEY
    states: tuple[str, ...] = ("queued", "processing")
    error: str = ""
    spoken: str = "en_us"
    is_silent: bool = False
    is_endless: bool = False
    unavailable: tuple[str, ...] = ()
    changes: dict[str, Any] = field(default_factory=dict)
    summary: str = SUMMARY
    requests: list[Received] = field(default_factory=list)
    uploads: dict[str, int] = field(default_factory=dict)
    transcripts: dict[str, dict[str, Any]] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    ended: threading.Event = field(default_factory=threading.Event)
    _faults: dict[str, deque[Fault]] = field(default_factory=dict)
    _polls: dict[str, int] = field(default_factory=dict)
    _change: threading.Condition = field(default_factory=threading.Condition)

    def fail(self, route: str, *faults: Fault) -> None:
        """Have the next requests of ``route``, such as ``"POST /v2/upload"``, get these faults, one each."""
        self._faults.setdefault(route, deque()).extend(faults)

    def routes(self) -> list[str]:
        """Return what was asked, in order."""
        return [request.route for request in self.requests]

    def asked(self, route: str) -> list[Received]:
        """Return the requests of one route."""
        return [request for request in self.requests if request.route == route]

    def wait_for(self, route: str, *, times: int = 1) -> None:
        """Return once ``route`` has been asked for so often; fail after 30 s."""
        with self._change:
            assert self._change.wait_for(lambda: len(self.asked(route)) >= times, timeout=30), self.routes()

    def note(self, request: Received) -> Fault | None:
        """Remember a request; return the fault that it gets, if any."""
        with self._change:
            self.requests.append(request)
            self._change.notify_all()
            faults = self._faults.get(request.route)
            return faults.popleft() if faults else None

    def answer(self, request: Received) -> tuple[int, dict[str, Any]]:
        """Return status and JSON for a request."""
        if request.headers.get("authorization") != self.key:
            return 401, {"error": "Authentication error, API token missing/invalid"}
        last = request.path.rsplit("/", 1)[-1]
        if request.route == "POST /v2/upload":
            return 200, self._uploaded(request.size)
        if request.route == "POST /v2/transcript":
            return self._created(request.json)
        if request.route == "GET /v2/transcript":
            newest = [{"id": one["id"], "audio_url": one["audio_url"]} for one in self.transcripts.values()]
            return 200, self._page(newest[::-1])
        if request.route == "POST /v1/chat/completions":
            return 200, self._completion()
        if last not in self.transcripts:
            return 400, {"error": "Transcript lookup error, transcript id not found"}
        if request.route == "GET /v2/transcript/{id}":
            return 200, self._state(last)
        if request.route == "DELETE /v2/transcript/{id}":
            return 200, self._gone(last)
        return 404, {"error": "Not found"}

    def _page(self, items: list[dict[str, Any]]) -> dict[str, Any]:
        common = {
            "resource_url": self.url,
            "status": "processing",
            "created": "2026-11-21T09:00:00.000000",
            "error": None,
        }
        urls = {"current_url": f"{self.url}/v2/transcript", "prev_url": None, "next_url": None}
        return {
            "page_details": {"limit": 100, "result_count": len(items), **urls},
            "transcripts": [{**common, **item} for item in items],
        }

    def _uploaded(self, size: int) -> dict[str, Any]:
        address = f"{self.url}/upload/{uuid.uuid4()}"
        self.uploads[address] = size
        return {"upload_url": address}

    def _created(self, wanted: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if wanted["audio_url"] not in self.uploads:
            return 403, {"error": "Cannot access uploaded file"}
        lacking = [name for name in self._lacking(wanted.get("language_code")) if wanted.get(name)]
        if lacking:
            return 400, {"error": f"The following models are not available in this language: {', '.join(lacking)}"}
        one = {"id": str(uuid.uuid4()), "status": "queued", "error": None, "text": None, "words": None, **wanted}
        self.transcripts[one["id"]] = one
        return 200, one

    def _lacking(self, language: str | None) -> tuple[str, ...]:
        foreign = ENGLISH_ONLY if language and not language.startswith("en") else ()
        return (*self.unavailable, *foreign)

    def _state(self, transcript_id: str) -> dict[str, Any]:
        poll = self._polls[transcript_id] = self._polls.get(transcript_id, 0) + 1
        one = self.transcripts[transcript_id]
        if transcript_id in self.deleted:
            return self._gone(transcript_id)
        if self.is_endless:
            return {**one, "status": "processing"}
        if poll <= len(self.states):
            return {**one, "status": self.states[poll - 1]}
        if self.error:
            return {**one, "status": "error", "error": self.error}
        return {**one, **self._completed(one), **self.changes}

    def _gone(self, transcript_id: str) -> dict[str, Any]:
        """The answer to a DELETE, and what a deleted transcript stays; its uploaded file goes with it."""
        self.deleted.add(transcript_id)
        one = self.transcripts[transcript_id]
        self.uploads.pop(one["audio_url"], None)
        empty = dict.fromkeys(("words", "utterances", "chapters", "entities", "language_code", "error"))
        gone = {"status": "completed", "audio_url": "http://deleted_by_user", "text": "Deleted by user."}
        return {"id": transcript_id, **empty, **gone, "audio_duration": 390}

    def _completed(self, wanted: dict[str, Any]) -> dict[str, Any]:
        language = wanted.get("language_code") or self.spoken
        milliseconds = max(self.uploads.get(wanted["audio_url"], 0) - _HEADER_BYTES, 0) // _BYTES_PER_MS
        said = [] if self.is_silent else words(milliseconds)
        if not wanted.get("speaker_labels"):
            said = [{**word, "speaker": None} for word in said]
        lacking = self._lacking(language)
        results = {name: make(said) for name, make in RESULTS.items() if wanted.get(name) and name not in lacking}
        fields = {field: value for result in results.values() for field, value in result.items()}
        return {
            "status": "completed",
            "language_code": language,
            "text": " ".join(word["text"] for word in said),
            "words": said,
            "utterances": utterances(said) if wanted.get("speaker_labels") else None,
            "confidence": 0.94,
            "audio_duration": milliseconds // 1000,
            "speech_model_used": (wanted.get("speech_models") or ["universal-2"])[0],
            **dict.fromkeys(("chapters", "sentiment_analysis_results", "entities", "auto_highlights_result")),
            **fields,
        }

    def _completion(self) -> dict[str, Any]:
        return {
            "request_id": str(uuid.uuid4()),
            "choices": [
                {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": self.summary}}
            ],
            "usage": {"prompt_tokens": 210, "completion_tokens": 20, "total_tokens": 230},
            "http_status_code": 200,
            "response_time": 1_250_000_000,
        }


@contextlib.contextmanager
def serving(**settings: Any) -> Iterator[Server]:
    """Run a stand-in on a free port of this machine; ``settings`` are fields of ``Server``."""
    http = _Http(("127.0.0.1", 0), _Handler)
    server = Server(f"http://127.0.0.1:{http.server_port}", **settings)
    http.RequestHandlerClass = type("Handler", (_Handler,), {"stand_in": server})
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        http.shutdown()
        thread.join()
        http.server_close()


class _Handler(BaseHTTPRequestHandler):
    stand_in: ClassVar[Server]
    protocol_version = "HTTP/1.1"
    # A connection that nobody uses any more must not keep the server from ending.
    timeout = 5

    def do_POST(self) -> None:
        path = urlsplit(self.path).path
        route = path if path.count("/") < 3 or path.startswith("/v1/") else f"{path.rsplit('/', 1)[0]}/{{id}}"
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Received(f"{self.command} {route}", path, headers)
        if not self._read(request):
            self.close_connection = True
            return
        fault = self.stand_in.note(request)
        if fault is not None and fault.late:
            self.stand_in.answer(request)
        if fault is None:
            status, answer = self.stand_in.answer(request)
            self._send(status, json.dumps(answer), {"Content-Type": "application/json"})
        elif fault.silent:
            self.close_connection = True
            self.stand_in.ended.wait(60)
        else:
            self._send(fault.status, fault.body, fault.headers, cut=fault.cut)

    do_GET = do_DELETE = do_POST  # noqa: N815 the base class looks for these names

    def _read(self, request: Received) -> bool:
        """Read the body, piece by piece; False where it did not come whole."""
        kept = bytearray()
        for piece in self._pieces(request.headers):
            request.size += len(piece)
            request.pieces += 1
            request.largest = max(request.largest, len(piece))
            if request.path != "/v2/upload":
                kept += piece
        request.json = json.loads(kept) if kept else None
        return request.size >= int(request.headers.get("content-length", 0))

    def _pieces(self, headers: dict[str, str]) -> Iterator[bytes]:
        if headers.get("transfer-encoding") == "chunked":
            while size := int(self.rfile.readline() or b"0", 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return
        left = int(headers.get("content-length", 0))
        while left and (piece := self.rfile.read1(min(left, 1 << 20))):
            left -= len(piece)
            yield piece

    def _send(self, status: int, text: str, headers: dict[str, str], *, cut: bool = False) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)
        self.close_connection = self.close_connection or cut

    def log_message(self, format: str, *args: object) -> None:
        """Keep the tests' output clean."""


class _Http(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet about clients that go away in the middle: tests have them do so."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type] the base class names private types


def main() -> None:
    """Serve until Ctrl-C."""
    with serving() as server, contextlib.suppress(KeyboardInterrupt):
        print(f"REELSCRIBE_ASSEMBLYAI_BASE_URL={server.url}")
        print(f"REELSCRIBE_ASSEMBLYAI_API_KEY={server.key}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
