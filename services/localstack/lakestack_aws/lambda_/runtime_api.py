"""The HTTP API that a Lambda runtime polls for its work; one server for each process.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html (as at 2026-11-23)
"""

import contextlib
import json
import queue
import threading
import time
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# 6 MB and some room for the envelope, as AWS's own message has it.
MAX_RESPONSE_BYTES = 6291556
_API = "/2018-06-01/runtime"


@dataclass(frozen=True)
class Invocation:
    """One event on its way to the function.

    Attributes:
        deadline_ms: Milliseconds since the epoch at which the function is stopped.
    """

    request_id: str
    function_arn: str
    payload: bytes
    deadline_ms: int
    trace_id: str = ""


@dataclass(frozen=True)
class Outcome:
    """What the function, or Lambda in its place, answers."""

    payload: bytes
    is_error: bool

    @classmethod
    def error(cls, error_type: str, message: str) -> "Outcome":
        return cls(json.dumps({"errorType": error_type, "errorMessage": message}).encode(), is_error=True)


@dataclass
class _Exchange:
    invocation: Invocation
    outcome: Future[Outcome] = field(default_factory=Future)


class RuntimeExited(Exception):
    """The runtime's process ended before it answered.

    Attributes:
        exit_code: 128 + N when signal N ended it.
    """

    def __init__(self, exit_code: int) -> None:
        super().__init__(f"The runtime's process ended with exit code {exit_code}.")
        self.exit_code = exit_code


class RuntimeApi:
    """Serves one runtime on a loopback port of its own until it is closed.

    Attributes:
        is_ready: Set when the runtime asked for its first event, reported that it cannot start, or ended.
        ready_at: When that was, by time.monotonic().
        init_error: What it reported.
    """

    def __init__(self) -> None:
        self.is_ready = threading.Event()
        self.ready_at: float | None = None
        self.init_error: Outcome | None = None
        self._exit: RuntimeExited | None = None
        self._waiting: queue.Queue[_Exchange | None] = queue.Queue()
        self._current: _Exchange | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._serve, name="lambda-runtime-api", daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def send(self, invocation: Invocation) -> Future[Outcome]:
        """Hand `invocation` to the runtime; one at a time. The future may raise RuntimeExited."""
        exchange = _Exchange(invocation)
        self._current = exchange
        self._waiting.put(exchange)
        if self._exit is not None:
            self._fail(self._exit)
        return exchange.outcome

    def note_exit(self, exit_code: int) -> None:
        """The runtime's process ended: nobody will answer any more."""
        self._exit = RuntimeExited(exit_code)
        self._fail(self._exit)
        self.note_ready()

    def close(self) -> None:
        """Stop serving soon; the runtime's poll ends without an event."""
        self._waiting.put(None)
        threading.Thread(target=self._server.shutdown, name="lambda-runtime-api-end", daemon=True).start()

    def next_invocation(self) -> Invocation | None:
        """Wait for work; None: the runtime is no longer wanted."""
        self.note_ready()
        exchange = self._waiting.get()
        return exchange.invocation if exchange else None

    def note_ready(self) -> None:
        if not self.is_ready.is_set():
            self.ready_at = time.monotonic()
            self.is_ready.set()

    def note_init_error(self, payload: bytes) -> None:
        self.init_error = Outcome(payload, is_error=True)
        self.note_ready()

    def answer(self, request_id: str, outcome: Outcome) -> bool:
        """Take the runtime's answer; return whether somebody still waited for it."""
        exchange = self._current
        if exchange is None or exchange.invocation.request_id != request_id:
            return False
        try:
            exchange.outcome.set_result(outcome)
        except InvalidStateError:
            return False
        return True

    def _fail(self, error: RuntimeExited) -> None:
        # Two threads may come here; the first one counts.
        with contextlib.suppress(InvalidStateError):
            if self._current is not None:
                self._current.outcome.set_exception(error)

    def _serve(self) -> None:
        with self._server:
            self._server.serve_forever()


def _handler_of(api: RuntimeApi) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        runtime_api = api

    return Handler


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    runtime_api: RuntimeApi

    def log_message(self, *_: object) -> None:
        """Stay silent: the function's own log is the log."""

    def do_GET(self) -> None:
        if not self._is_addressed_to_us() or self.path != f"{_API}/invocation/next":
            self._reply(HTTPStatus.NOT_FOUND)
            return
        invocation = self.runtime_api.next_invocation()
        if invocation is None:
            self.close_connection = True
            return
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
            "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
            "Lambda-Runtime-Trace-Id": invocation.trace_id,
            "Content-Type": "application/json",
        }
        self._reply(HTTPStatus.OK, invocation.payload, headers)

    def do_POST(self) -> None:
        body = self._body()
        match self.path.removeprefix(_API).strip("/").split("/"):
            case _ if not self._is_addressed_to_us():
                self._reply(HTTPStatus.NOT_FOUND)
            case ["init", "error"]:
                self.runtime_api.note_init_error(body or b"{}")
                self._reply(HTTPStatus.ACCEPTED)
            case ["invocation", request_id, "response"] if body is None:
                message = f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)."
                self._answer(request_id, Outcome.error("Function.ResponseSizeTooLarge", message))
            case ["invocation", request_id, "response" | "error" as kind]:
                self._answer(request_id, Outcome(body or b"", is_error=kind == "error"))
            case _:
                self._reply(HTTPStatus.NOT_FOUND)

    def _answer(self, request_id: str, outcome: Outcome) -> None:
        is_known = self.runtime_api.answer(request_id, outcome)
        self._reply(HTTPStatus.ACCEPTED if is_known else HTTPStatus.BAD_REQUEST)

    def _body(self) -> bytes | None:
        """Return the request's body, None when it is larger than a response may be."""
        left = length = int(self.headers.get("Content-Length") or 0)
        if length <= MAX_RESPONSE_BYTES:
            return self.rfile.read(length)
        while left > 0 and (chunk := self.rfile.read(min(left, 1 << 20))):
            left -= len(chunk)
        return None

    def _is_addressed_to_us(self) -> bool:
        """A web page that reaches this port under another name is not the runtime."""
        return self.headers.get("Host") == self.runtime_api.address

    def _reply(self, status: HTTPStatus, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
