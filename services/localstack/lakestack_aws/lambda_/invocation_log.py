"""The lines that Lambda itself writes around a function's output.

Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html (as at 2026-11-23)
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Report:
    """What the REPORT line of one invocation says; durations in milliseconds."""

    request_id: str
    duration_ms: float
    memory_size_mb: int
    max_memory_used_mb: int
    init_duration_ms: float | None = None
    status: str | None = None

    def __str__(self) -> str:
        fields = [
            f"REPORT RequestId: {self.request_id}",
            f"Duration: {self.duration_ms:.2f} ms",
            f"Billed Duration: {math.ceil(self.duration_ms + (self.init_duration_ms or 0))} ms",
            f"Memory Size: {self.memory_size_mb} MB",
            f"Max Memory Used: {self.max_memory_used_mb} MB",
        ]
        if self.init_duration_ms is not None:
            fields.append(f"Init Duration: {self.init_duration_ms:.2f} ms")
        if self.status:
            fields.append(f"Status: {self.status}")
        return "\t".join(fields)


def start_line(request_id: str, version: str) -> str:
    return f"START RequestId: {request_id} Version: {version}"


def end_line(request_id: str) -> str:
    return f"END RequestId: {request_id}"


def timeout_line(request_id: str, timeout_s: int, now: datetime | None = None) -> str:
    moment = (now or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
    return f"{moment}Z {request_id} Task timed out after {timeout_s:.2f} seconds"


def timeout_message(request_id: str, timeout_s: int) -> str:
    return f"RequestId: {request_id} Error: Task timed out after {timeout_s:.2f} seconds"


def exit_message(request_id: str, exit_code: int) -> str:
    """Return how Lambda names the end of a runtime in mid-invocation; `exit_code` is 128 + N when signal N ended it."""
    return f"RequestId: {request_id} Error: {_exit_reason(exit_code)}"


def _exit_reason(exit_code: int) -> str:
    match exit_code:
        case 0:
            return "Runtime exited without providing a reason"
        case 134:
            return "Runtime exited with error: signal: aborted"
        case 137:
            return "Runtime exited with error: signal: killed"
        case 139:
            return "Runtime exited with error: signal: segmentation fault"
        case 143:
            return "Runtime exited with error: signal: terminated"
        case _:
            return f"Runtime exited with error: exit status {exit_code}"
