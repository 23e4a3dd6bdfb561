"""A run's output on its way to CloudWatch Logs while the run goes on.

Source of the limits: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html (as at 2026-11-23)
"""

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

OUTPUT = "output"
ERROR = "error"

_EVENT_OVERHEAD = 26
_LARGEST_EVENT = 262_144 - _EVENT_OVERHEAD
_LARGEST_BATCH = 1_048_576
_MOST_EVENTS = 10_000
_SEND_EVERY_S = 0.5

_log = logging.getLogger(__name__)


class LogsClient(Protocol):
    """The part of boto3's logs client that is used here."""

    def create_log_group(self, **kwargs: Any) -> Any: ...

    def create_log_stream(self, **kwargs: Any) -> Any: ...

    def put_log_events(self, **kwargs: Any) -> Any: ...


@dataclass(frozen=True)
class _Line:
    kind: str
    at_ms: int
    text: str


class LogShipper:
    """Sends lines to ``<group>/output`` and ``<group>/error``, stream = the run's id, in batches of half a second."""

    def __init__(self, client: LogsClient, log_group: str, stream: str) -> None:
        self._client = client
        self._log_group = log_group
        self._stream = stream
        self._lines: queue.SimpleQueue[_Line | threading.Event | None] = queue.SimpleQueue()
        self._has_stream: set[str] = set()
        self._thread = threading.Thread(target=self._ship, name=f"logs-{stream}", daemon=True)
        self._thread.start()

    def write(self, kind: str, text: str) -> None:
        self._lines.put(_Line(kind, time.time_ns() // 1_000_000, text))

    def flush(self, timeout_s: float = 10) -> None:
        """Return when everything written so far was sent."""
        sent = threading.Event()
        self._lines.put(sent)
        sent.wait(timeout_s)

    def close(self) -> None:
        self._lines.put(None)
        self._thread.join(timeout=10)

    def _ship(self) -> None:
        is_open = True
        while is_open:
            lines, flushed = [], []
            send_at = None
            while True:
                try:
                    item = self._lines.get(timeout=None if send_at is None else max(0.0, send_at - time.monotonic()))
                except queue.Empty:
                    break
                if item is None:
                    is_open = False
                    break
                if isinstance(item, threading.Event):
                    flushed.append(item)
                    break
                lines.append(item)
                send_at = send_at or time.monotonic() + _SEND_EVERY_S
            self._send(lines)
            for event in flushed:
                event.set()

    def _send(self, lines: list[_Line]) -> None:
        for kind in (OUTPUT, ERROR):
            for batch in batches((line.at_ms, line.text) for line in lines if line.kind == kind):
                try:
                    self._put(kind, batch)
                except (ClientError, BotoCoreError) as error:
                    _log.warning("%d lines of %s are not in CloudWatch Logs: %s", len(batch), self._stream, error)

    def _put(self, kind: str, batch: list[dict[str, Any]]) -> None:
        group = f"{self._log_group}/{kind}"
        if kind not in self._has_stream:
            self._make_stream(group)
            self._has_stream.add(kind)
        self._client.put_log_events(logGroupName=group, logStreamName=self._stream, logEvents=batch)

    def _make_stream(self, group: str) -> None:
        """Create the stream, and its group first if there is none; neither is an error if somebody was faster."""
        try:
            self._create_stream(group)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            with _already_there_is_fine():
                self._client.create_log_group(logGroupName=group)
            self._create_stream(group)

    def _create_stream(self, group: str) -> None:
        with _already_there_is_fine():
            self._client.create_log_stream(logGroupName=group, logStreamName=self._stream)


@contextlib.contextmanager
def _already_there_is_fine() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
            raise


def batches(lines: Iterable[tuple[int, str]]) -> Iterator[list[dict[str, Any]]]:
    """Yield PutLogEvents' logEvents within its limits: 10,000 events and 1 MB a batch, 256 KB an event."""
    batch, size = [], 0
    for at_ms, text in lines:
        message = _fitting(text)
        event_size = len(message.encode()) + _EVENT_OVERHEAD
        if batch and (len(batch) == _MOST_EVENTS or size + event_size > _LARGEST_BATCH):
            yield batch
            batch, size = [], 0
        batch.append({"timestamp": at_ms, "message": message})
        size += event_size
    if batch:
        yield batch


def _fitting(text: str) -> str:
    """Return `text` as an event takes it: not empty, and cut between characters with a word on what was cut."""
    if not text:
        return " "
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= _LARGEST_EVENT:
        return text
    mark = f"... [{len(encoded)} bytes, cut by lakestack at CloudWatch's limit]"
    return encoded[: _LARGEST_EVENT - len(mark)].decode("utf-8", "ignore") + mark
