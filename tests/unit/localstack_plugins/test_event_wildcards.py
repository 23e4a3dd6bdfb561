"""The wildcard operator of event patterns."""

import pytest
from lakestack_aws.events.wildcards import matches_wildcard

MATCHES = [("*.csv", "a.csv"), ("*.csv", ".csv"), ("a*b*c", "abc"), ("a*", "a\nb"), (r"a\*b", "a*b"), (r"a\\b", r"a\b"), ("a.c", "a.c")]
MISSES = [("*.csv", "a.csv2"), ("a.c", "abc"), (r"a\*b", "axb"), ("a", "ab"), ("*", 3), ("*", None)]


@pytest.mark.parametrize(("pattern", "value"), MATCHES)
def test_a_value_matches(pattern, value):
    assert matches_wildcard(pattern, value)


@pytest.mark.parametrize(("pattern", "value"), MISSES)
def test_a_value_does_not_match(pattern, value):
    assert not matches_wildcard(pattern, value)
