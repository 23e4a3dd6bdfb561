"""Removing what a test made."""

import pytest
from botocore.exceptions import ClientError

from lakestack.testing.removals import Removals


def refused(code):
    def remove():
        raise ClientError({"Error": {"Code": code, "Message": code}}, "DeleteBucket")

    return remove


def test_the_newest_goes_first_and_each_once():
    removals, removed = Removals(), []
    removals.add("the bucket", lambda: removed.append("bucket"))
    removals.add("the table", lambda: removed.append("table"))

    removals.run()
    removals.run()

    assert removed == ["table", "bucket"]


def test_what_the_test_removed_itself_is_no_failure():
    removals = Removals()
    removals.add("the bucket", refused("NoSuchBucket"))

    removals.run()


def test_one_that_cannot_be_removed_is_named_and_the_others_go():
    removals, removed = Removals(), []
    removals.add("the role", lambda: removed.append("role"))
    removals.add("the bucket b", refused("BucketNotEmpty"))

    with pytest.raises(ExceptionGroup) as caught:
        removals.run()

    assert removed == ["role"]
    (error,) = caught.value.exceptions
    assert error.__notes__ == ["while removing the bucket b"]
