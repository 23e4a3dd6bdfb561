"""What the `.sync` tasks of Glue and Athena share: polling for the end, and stopping what was started."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# AWS is told of the end by events and polls as a reserve; here the poll is all there is, so it begins fast.
_FIRST_DELAY_S = 0.1
_LAST_DELAY_S = 0.5
_DELAY_GROWTH = 1.2


@dataclass(frozen=True)
class SyncResolver:
    """How to learn the end of what a `.sync` task started, and how to end it.

    Attributes:
        check: Returns the task's result, None while it runs; raises when it failed.
        abort: Asks for its end; called once, when nobody waits for the result any more.
    """

    check: Callable[[], Any | None]
    abort: Callable[[], None]

    def __call__(self) -> Any | None:
        return self.check()


def poll(is_wanted: Callable[[], bool], resolver: SyncResolver, sleep: Callable[[float], None] = time.sleep) -> Any | None:
    """Return the result of `resolver`; None when it was aborted because `is_wanted` turned false."""
    for delay in _delays():
        if not is_wanted():
            resolver.abort()
            return None
        result = resolver()
        if result is not None:
            return result
        sleep(delay)
    return None


def as_json(value: Any) -> Any:
    """Return an AWS answer as Step Functions puts it into a state: moments are milliseconds since the epoch."""
    return json.loads(json.dumps(value, default=_milliseconds))


def _delays() -> Iterator[float]:
    delay = _FIRST_DELAY_S
    while True:
        yield delay
        delay = min(delay * _DELAY_GROWTH, _LAST_DELAY_S)


def _milliseconds(value: Any) -> int | str:
    return int(value.timestamp() * 1000) if isinstance(value, datetime) else str(value)
