"""What tests may do to a stack of which only the endpoint is known."""

import pytest

from lakestack.testing.live_stack import LiveStack


def test_a_part_that_cannot_be_ended_skips_the_test_by_name():
    with pytest.raises(pytest.skip.Exception, match="Only an endpoint is known of this stack: its trino is not the tests' to end"):
        LiveStack("http://127.0.0.1:1").part("trino").kill()


def test_a_client_takes_nothing_of_the_users_and_is_made_once(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "gone")
    stack = LiveStack("http://127.0.0.1:1")

    s3 = stack.client("s3")

    assert s3 is stack.client("s3")
    assert s3.meta.config.retries["total_max_attempts"] == 1
