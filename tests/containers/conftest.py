"""Tests of what only containers can show; with another engine they are skipped, by name."""

import pytest


@pytest.fixture
def containers(stack):
    """The project of docker compose that the session's stack is."""
    from lakestack.testing.compose import Project  # noqa: PLC0415 - needs Docker's library, which other engines do without

    if not isinstance(stack.engine, Project):
        pytest.skip("needs containers: pytest --engine compose")
    return stack.engine
