"""Every integration test says where its expectation comes from, collection refuses the rest; and what several of them make."""

import pytest

from tests.support.functions import Made

_PROVENANCE = {"aws_recorded", "aws_documented", "local_only"}


@pytest.fixture
def made(stack):
    """Makes functions, roles, state machines, queues and rules; they are removed after the test."""
    made = Made(stack)
    yield made
    made.remove()


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/integration" not in item.path.as_posix():
            continue
        found = [mark.name for mark in item.iter_markers() if mark.name in _PROVENANCE]
        if len(found) != 1:
            raise pytest.UsageError(
                f"{item.nodeid} has {found or 'none'} of the marks {sorted(_PROVENANCE)}; exactly one says where its expectation comes from."
            )
