"""One load that is killed at every stage: function, JVM, Python driver, Trino, and the execution itself, each time gone on with by another."""

import uuid

import pytest

from tests.support.killing import Killing
from tests.support.pipeline import Pipeline
from tests.support.rounds import Round
from tests.support.shop import SPAN

pytestmark = pytest.mark.timeout(900)


def test_a_load_that_is_killed_at_every_stage_and_resumed_leaves_what_an_undisturbed_one_leaves(stack):
    killing, pipeline = Killing(stack), Pipeline(stack)
    pipeline.deploy()
    one_round = Round(stack, pipeline, killing, delay_s=lambda: 0.3)
    base = 10_000_000 + uuid.uuid4().int % 1000 * 4 * SPAN
    expected = one_round.undisturbed(base)

    found, _ = one_round.killed_at_every_stage(base + SPAN, base + 2 * SPAN, base + 3 * SPAN)

    assert [len(expected[table]) for table in ("products", "orders", "order_items", "held_order_items", "rejected_records")] == [50, 200, 600, 1, 3]
    assert found == expected
