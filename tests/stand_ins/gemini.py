"""A local server that speaks the Gemini API's HTTP protocol, as far as Google's SDK and we use it.

Shapes and rules: https://ai.google.dev/api/files (resumable upload, states, errors of files),
https://ai.google.dev/api/generate-content (requests, candidates, finish reasons, usage),
https://ai.google.dev/gemini-api/docs/troubleshooting and https://google.aip.dev/193 (errors with details).

``python -m tests.stand_ins.gemini`` starts one to look at pages with, and prints its settings; after the port (0: any)
it takes how it shall choose clips, see ``gemini_clips``.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import re
import sys
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from tests.stand_ins import gemini_clips, gemini_model

KEY = "AIzaSyStandIn-0123456789abcdefghijklmno"
MODELS = ("gemini-3.5-flash", "gemini-2.5-pro")

_DETAIL = "type.googleapis.com/google.rpc."


@dataclass
class Received:
    """A request as it arrived."""

    route: str  # start, upload, get, delete or generate
    path: str
    headers: dict[str, str]
    json: Any = None

    @property
    def config(self) -> dict[str, Any]:
        """The generationConfig of a generate request."""
        return dict(self.json.get("generationConfig") or {})

    @property
    def text(self) -> str:
        """All text of the user's turns."""
        return "\n".join(part["text"] for part in self.parts if "text" in part)

    @property
    def instruction(self) -> str:
        """The system instruction."""
        return "\n".join(part["text"] for part in self.json["systemInstruction"]["parts"])

    @property
    def parts(self) -> list[dict[str, Any]]:
        """All parts of the user's turns."""
        return [part for content in self.json["contents"] for part in content["parts"]]


@dataclass
class Fault:
    """What a request gets instead of its answer.

    ``cut``: the connection ends in the middle of the body; ``silent``: nothing comes until the server ends.
    """

    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    silent: bool = False


@dataclass
class Reply:
    """What the model says: ``text`` as it is, and how the answer ended; no ``finish_reason``: no candidate."""

    text: str = ""
    finish_reason: str = "STOP"
    block_reason: str = ""
    thought: str = ""


@dataclass
class Stored:
    """An uploaded file; ``looks`` are still to come before it is active."""

    name: str
    mime_type: str
    size: int
    content: bytes = b""
    looks: int = 0
    state: str = "PROCESSING"


Rule = Callable[[Received, bytes | None], Reply | dict[str, Any]]


@dataclass
class Server:
    """One stand-in; tests set what it shall do, and read what it was asked.

    ``faults`` by route come first, then ``replies`` (of generate requests) in order, then ``rule``, then the rules of
    ``gemini_model``. ``looks``: how often a new file is still PROCESSING. ``sounds``: what generate requests carried.
    """

    url: str = ""
    key: str = KEY
    looks: int = 1
    faults: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    replies: deque[Reply | dict[str, Any]] = field(default_factory=deque)
    rule: Rule | None = None
    requests: list[Received] = field(default_factory=list)
    sounds: list[bytes] = field(default_factory=list)
    files: dict[str, Stored] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def of(self, route: str) -> list[Received]:
        """Return the requests of one route, in order."""
        return [request for request in self.requests if request.route == route]

    def wait_for(self, route: str, number: int = 1) -> bool:
        """Wait until ``number`` requests of ``route`` have come; False after 30 s."""
        with self.changed:
            return self.changed.wait_for(lambda: len(self.of(route)) >= number, timeout=30)

    def note(self, request: Received) -> None:
        """Record a request and wake who waits for it."""
        with self.changed:
            self.requests.append(request)
            self.changed.notify_all()


def error(status: int, name: str, message: str, *details: dict[str, Any]) -> Fault:
    """Return an error in Google's shape."""
    about = {"code": status, "message": message, "status": name, **({"details": list(details)} if details else {})}
    return Fault(status=status, body=json.dumps({"error": about}))


def key_invalid() -> Fault:
    """Return the answer to an unknown or expired key."""
    info = {"@type": f"{_DETAIL}ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com"}
    return error(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", info)


def forbidden(key: str = KEY) -> Fault:
    """Return the answer to a suspended key, which names the key."""
    info = {"@type": f"{_DETAIL}ErrorInfo", "reason": "CONSUMER_SUSPENDED", "metadata": {"consumer": f"api_key:{key}"}}
    return error(403, "PERMISSION_DENIED", f"Permission denied: Consumer 'api_key:{key}' has been suspended.", info)


def unknown_model(name: str) -> Fault:
    """Return the answer for a model that is not there."""
    message = f"models/{name} is not found for API version v1beta, or is not supported for generateContent."
    return error(404, "NOT_FOUND", message)


def overloaded() -> Fault:
    """Return the answer of a model with too much to do."""
    return error(503, "UNAVAILABLE", "The model is overloaded. Please try again later.")


def exhausted(*quota_ids: str, delay: str | None = None, value: str = "10") -> Fault:
    """Return the answer for used up quotas; ``delay`` such as "34.07s"."""
    violations = [
        {
            "quotaMetric": "generativelanguage.googleapis.com/generate_content_free_tier_requests",
            "quotaId": quota_id,
            "quotaDimensions": {"location": "global", "model": "gemini-3.5-flash"},
            "quotaValue": value,
        }
        for quota_id in quota_ids
    ]
    message = "You exceeded your current quota, please check your plan and billing details."
    details: list[dict[str, Any]] = [{"@type": f"{_DETAIL}QuotaFailure", "violations": violations}]
    if delay:
        details.append({"@type": f"{_DETAIL}RetryInfo", "retryDelay": delay})
    return error(429, "RESOURCE_EXHAUSTED", message, *details)


PER_MINUTE = "GenerateRequestsPerMinutePerProjectPerModel-FreeTier"
PER_DAY = "GenerateRequestsPerDayPerProjectPerModel-FreeTier"

_PATHS = {
    ("POST", r"/upload/v1beta/files"): "start",
    ("GET", r"/v1beta/(files/[a-z0-9-]+)"): "get",
    ("DELETE", r"/v1beta/(files/[a-z0-9-]+)"): "delete",
    ("POST", r"/v1beta/models/([^/:]+):generateContent"): "generate",
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stand_in: ClassVar[Server]

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the test reads ``requests``."""

    def do_GET(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        route, name = self._route(path)
        headers = {key.lower(): value for key, value in self.headers.items()}
        is_json = route != "upload" and body
        received = Received(route, self.path, headers, json.loads(body) if is_json else None)
        fault = self._fault(received, name)
        self.stand_in.note(received)
        if fault is not None:
            self._fail(fault)
            return
        getattr(self, f"_{route}")(received, name, body)

    def _route(self, path: str) -> tuple[str, str]:
        for (method, pattern), route in _PATHS.items():
            if method == self.command and (found := re.fullmatch(pattern, path)):
                is_second = route == "start" and self.headers.get("X-Goog-Upload-Command") != "start"
                return "upload" if is_second else route, found[1] if found.groups() else ""
        return "unknown", ""

    def _fault(self, received: Received, name: str) -> Fault | None:
        if self.stand_in.faults[received.route]:
            return self.stand_in.faults[received.route].popleft()
        if received.route == "unknown":
            return error(404, "NOT_FOUND", "Requested entity was not found.")
        # The address of the second step of an upload is its own permission.
        if received.route != "upload" and received.headers.get("x-goog-api-key") != self.stand_in.key:
            return key_invalid()
        if received.route in ("get", "delete") and name not in self.stand_in.files:
            message = f"You do not have permission to access the File {name[6:]} or it may not exist."
            return error(403, "PERMISSION_DENIED", message)
        if received.route == "generate" and name not in MODELS:
            return unknown_model(name)
        return None

    def _fail(self, fault: Fault) -> None:
        if fault.silent:
            self.stand_in.ended.wait()
            self.close_connection = True
            return
        content = fault.body.encode()
        self._head(fault.status, len(content) + (100 if fault.cut else 0), fault.headers)
        self.wfile.write(content)
        self.close_connection = self.close_connection or fault.cut

    def _start(self, received: Received, _: str, __: bytes) -> None:
        """Step one: metadata come, the address for the bytes goes back in a header."""
        assert received.headers["x-goog-upload-protocol"] == "resumable"
        file = received.json["file"]
        name = file.get("name") or f"files/made-{len(self.stand_in.files)}"
        if name in self.stand_in.files:
            self._fail(error(409, "ALREADY_EXISTS", f"File {name} already exists."))
            return
        mime_type = received.headers["x-goog-upload-header-content-type"]
        size = int(received.headers["x-goog-upload-header-content-length"])
        self.stand_in.files[name] = Stored(name, mime_type, size, looks=self.stand_in.looks)
        address = f"{self.stand_in.url}/upload/v1beta/files?upload_id={name[6:]}&upload_protocol=resumable"
        self._send({}, {"X-Goog-Upload-URL": address, "X-Goog-Upload-Status": "active"})

    def _upload(self, received: Received, _: str, body: bytes) -> None:
        """Step two: bytes, with "finalize" in the last piece."""
        file = self.stand_in.files[f"files/{parse_qs(urlsplit(self.path).query)['upload_id'][0]}"]
        assert int(received.headers["x-goog-upload-offset"]) == len(file.content)
        file.content += body
        if "finalize" not in received.headers["x-goog-upload-command"]:
            self._send({}, {"X-Goog-Upload-Status": "active"})
            return
        assert len(file.content) == file.size
        file.state = "PROCESSING" if file.looks else "ACTIVE"
        self._send({"file": self._shown(file)}, {"X-Goog-Upload-Status": "final"})

    def _get(self, _: Received, name: str, __: bytes) -> None:
        file = self.stand_in.files[name]
        file.looks = max(file.looks - 1, 0)
        if file.state == "PROCESSING" and not file.looks:
            file.state = "ACTIVE"
        self._send(self._shown(file))

    def _delete(self, _: Received, name: str, __: bytes) -> None:
        del self.stand_in.files[name]
        self.stand_in.deleted.append(name)
        self._send({})

    def _generate(self, received: Received, model: str, _: bytes) -> None:
        sound = self._sound(received)
        if isinstance(sound, Fault):
            self._fail(sound)
            return
        if sound is not None:
            self.stand_in.sounds.append(sound)
        reply = self._reply(received, sound)
        self._send(_response(reply, model, received, sound))

    def _reply(self, received: Received, sound: bytes | None) -> Reply:
        said: Reply | dict[str, Any]
        if self.stand_in.replies:
            said = self.stand_in.replies.popleft()
        elif self.stand_in.rule is not None:
            said = self.stand_in.rule(received, sound)
        else:
            said = gemini_model.answer(received.config["responseJsonSchema"], received.text, sound)
        return said if isinstance(said, Reply) else Reply(json.dumps(said))

    def _sound(self, received: Received) -> bytes | Fault | None:
        for part in received.parts:
            if "inlineData" in part:
                # The SDK writes the alphabet for addresses, which Google reads as well.
                return base64.urlsafe_b64decode(part["inlineData"]["data"])
            if "fileData" in part:
                # JSON of protocol buffers has both spellings; the SDK sends the second.
                uri = part["fileData"].get("fileUri") or part["fileData"]["file_uri"]
                file = self.stand_in.files.get(f"files/{uri.rpartition('/')[2]}")
                if file is None:
                    return error(403, "PERMISSION_DENIED", "You do not have permission to access the File.")
                if file.state != "ACTIVE":
                    message = f"The File {file.name[6:]} is not in an ACTIVE state and usage is not allowed."
                    return error(400, "FAILED_PRECONDITION", message)
                return file.content
        return None

    def _shown(self, file: Stored) -> dict[str, Any]:
        moment = "2026-11-21T12:00:00.000000Z"
        return {
            "name": file.name,
            "mimeType": file.mime_type,
            "sizeBytes": str(file.size),
            "createTime": moment,
            "updateTime": moment,
            "expirationTime": "2026-11-23T12:00:00.000000Z",
            "sha256Hash": base64.b64encode(hashlib.sha256(file.content).hexdigest().encode()).decode(),
            "uri": f"https://generativelanguage.googleapis.com/v1beta/{file.name}",
            "state": file.state,
            "source": "UPLOADED",
        }

    def _send(self, value: object, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(value).encode()
        self._head(200, len(content), headers or {})
        self.wfile.write(content)

    def _head(self, status: int, size: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json; charset=UTF-8", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(size))
        self.end_headers()


def _response(reply: Reply, model: str, received: Received, sound: bytes | None) -> dict[str, Any]:
    """Return a GenerateContentResponse; sound counts 32 tokens a second, text one in four characters."""
    heard = round(gemini_model.length(sound) * 32) if sound else 0
    asked, said = heard + len(received.text) // 4, len(reply.text) // 4
    thoughts = len(reply.thought) // 4
    usage = {"promptTokenCount": asked, "candidatesTokenCount": said, "totalTokenCount": asked + said + thoughts}
    usage |= {"thoughtsTokenCount": thoughts} if thoughts else {}
    response: dict[str, Any] = {"usageMetadata": usage, "modelVersion": model, "responseId": "stand-in"}
    if reply.block_reason:
        return {**response, "promptFeedback": {"blockReason": reply.block_reason}}
    if not reply.finish_reason:
        return response
    parts = [{"text": reply.thought, "thought": True}] if reply.thought else []
    parts += [{"text": reply.text}] if reply.text else []
    content = {"role": "model", **({"parts": parts} if parts else {})}
    return {**response, "candidates": [{"content": content, "finishReason": reply.finish_reason, "index": 0}]}


@contextlib.contextmanager
def running(*, port: int = 0) -> Iterator[Server]:
    """Give a server on ``port`` of this machine, or on a free one; it ends with the block."""
    stand_in = Server()
    handler = type("Handler", (_Handler,), {"stand_in": stand_in})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    stand_in.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        stand_in.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


def main() -> None:
    """Serve until Ctrl-C."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    with running(port=port) as server, contextlib.suppress(KeyboardInterrupt):
        if kind := next((each for each in gemini_clips.KINDS if each in sys.argv[2:]), None):
            server.rule = gemini_clips.rule(kind)
        print(f"REELSCRIBE_GEMINI_BASE_URL={server.url}\nREELSCRIBE_GEMINI_API_KEY={server.key}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
