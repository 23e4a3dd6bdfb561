"""Waiting for a condition: polled, with a deadline that ends in a failure."""

import time
from collections.abc import Callable

import pytest


def eventually(condition: Callable, within_s: float = 30.0, every_s: float = 0.1, what: str = "the condition"):
    """Return the first true result of `condition`."""
    deadline = time.monotonic() + within_s
    while not (result := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"{what} did not come true within {within_s:.0f} s; last result: {result!r}")
        time.sleep(every_s)
    return result
