"""Waiting for a condition, with an end."""

import time
from collections.abc import Callable


def until[T](condition: Callable[[], T | None], within_s: float, every_s: float = 0.2) -> T | None:
    """Return the first result that is not None, or None when there was none in time. It is asked at least once."""
    deadline = time.monotonic() + within_s
    while (result := condition()) is None and time.monotonic() < deadline:
        time.sleep(every_s)
    return result
