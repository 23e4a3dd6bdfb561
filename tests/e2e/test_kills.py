"""One load that is killed at every stage: function, JVM, Python driver, Trino, and the execution itself, each time gone on with by another."""

import pytest

from tests.support.killing import Killing
from tests.support.pipeline import Pipeline
from tests.support.rounds import Round

pytestmark = pytest.mark.timeout(600)


def test_a_load_that_is_killed_at_every_stage_and_resumed_leaves_what_an_undisturbed_one_leaves(stack):
    killing, pipeline = Killing(stack), Pipeline(stack)
    pipeline.deploy()
    one_round = Round(stack, pipeline, killing, delay_s=lambda: 0.3)
    expected = one_round.undisturbed(3_100_000)

    found = one_round.killed_at_every_stage(3_300_000)

    assert [len(expected[table]) for table in ("products", "orders", "order_items", "held_order_items", "rejected_records")] == [50, 200, 600, 1, 3]
    assert found == expected
