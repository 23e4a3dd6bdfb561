"""What tests may do to any stack."""

import pytest
from botocore.exceptions import ClientError

from lakestack.testing.live_stack import LiveStack
from tests.unit.testing.fakes import FakeS3, FakeStack


def test_a_part_that_cannot_be_ended_skips_the_test_by_name():
    with pytest.raises(pytest.skip.Exception, match="Only an endpoint is known of this stack: its trino is not the tests' to end"):
        LiveStack("http://127.0.0.1:1").part("trino").kill()


def test_a_client_takes_nothing_of_the_users_and_is_made_once(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "gone")
    stack = LiveStack("http://127.0.0.1:1")

    s3 = stack.client("s3")

    assert s3 is stack.client("s3")
    assert s3.meta.config.retries["total_max_attempts"] == 1


def test_a_bucket_into_which_something_still_comes_is_emptied_again():
    s3 = FakeS3(comes_later=["results/q1.csv", "results/q1.csv.metadata"])

    FakeStack(s3=s3).remove_bucket("b")

    assert s3.deleted == [["results/q1.csv"], ["results/q1.csv.metadata"]]
    assert s3.is_gone


def test_a_bucket_that_never_stays_empty_is_an_error():
    s3 = FakeS3(comes_later=["k"] * 1000)

    with pytest.raises(ClientError, match="BucketNotEmpty"):
        FakeStack(s3=s3).remove_bucket("b", within_s=0.1)

    assert not s3.is_gone
