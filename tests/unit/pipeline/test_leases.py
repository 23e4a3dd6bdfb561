"""The load lease between two that want it at the same moment."""

from datetime import UTC, datetime

from lakehouse import leases

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)


def test_of_two_that_take_a_dead_one_s_lease_over_at_once_one_gets_it(bucket):
    leases.take(bucket, "dead", 600, lambda _execution: False, NOW)
    other_got_it = []

    def is_over(_execution):
        # The other comes between this one's reading and its writing.
        other_got_it.append(leases.take(bucket, "other", 600, lambda _execution: True, NOW))
        return True

    assert not leases.take(bucket, "this", 600, is_over, NOW)
    assert other_got_it == [True]
    assert leases.holder_of(bucket) == "other"
