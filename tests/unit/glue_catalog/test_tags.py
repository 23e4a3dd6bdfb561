"""Tags on whatever Glue has a name for."""

import pytest
from lakestack_aws.glue import tags
from lakestack_aws.glue.errors import InvalidInputException


@pytest.fixture
def arn():
    arn = tags.arn_of("job", "etl", "000000000000", "us-east-1")
    yield arn
    tags.forget(arn)


def test_tags_are_added_replaced_and_removed(arn):
    tags.tag(arn, {"a": "1", "b": "2"})
    tags.tag(arn, {"b": "3", "c": "4"})
    tags.untag(arn, ["a", "never there"])

    assert tags.tags_of(arn) == {"b": "3", "c": "4"}


def test_more_than_50_tags_are_refused_and_none_is_added(arn):
    tags.tag(arn, {"first": "1"})

    with pytest.raises(InvalidInputException, match="would have 51 tags; at most 50 are allowed"):
        tags.tag(arn, {str(number): "" for number in range(50)})

    assert tags.tags_of(arn) == {"first": "1"}


def test_what_was_never_tagged_has_no_tags(arn):
    assert tags.tags_of(arn) == {}
