"""Waiting for what a `.sync` task started."""

from datetime import UTC, datetime

import pytest
from lakestack_aws.step_functions.polling import SyncResolver, as_json, poll


class Started:
    """Something that ends at the n-th look, and notes whether it was aborted."""

    def __init__(self, ends_at):
        self.ends_at = ends_at
        self.looks = 0
        self.aborts = 0

    def check(self):
        self.looks += 1
        return {"state": "SUCCEEDED"} if self.looks == self.ends_at else None

    def abort(self):
        self.aborts += 1

    @property
    def resolver(self):
        return SyncResolver(self.check, self.abort)


def test_the_result_is_returned_when_it_is_there():
    started, slept = Started(ends_at=3), []

    result = poll(lambda: True, started.resolver, slept.append)

    assert result == {"state": "SUCCEEDED"}
    assert started.aborts == 0


def test_what_nobody_waits_for_is_aborted_once():
    started, slept = Started(ends_at=100), []

    result = poll(lambda: len(slept) < 2, started.resolver, slept.append)

    assert result is None
    assert started.aborts == 1
    assert started.looks == 2


def test_the_first_looks_come_fast_and_the_later_ones_at_a_bounded_pace():
    started, slept = Started(ends_at=40), []

    poll(lambda: True, started.resolver, slept.append)

    assert slept[0] == pytest.approx(0.1)
    assert slept == sorted(slept)
    assert slept[-1] == pytest.approx(0.5)


def test_a_moment_in_a_state_is_milliseconds_since_the_epoch():
    answer = {"StartedOn": datetime(2026, 11, 23, tzinfo=UTC), "Arguments": {"--a": "1"}}

    assert as_json(answer) == {"StartedOn": 1795392000000, "Arguments": {"--a": "1"}}
