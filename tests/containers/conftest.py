"""Tests of what only containers can show; with another engine they are skipped, by name."""

import pytest

from tests.support.glue_jobs import GlueJobs


@pytest.fixture
def containers(stack):
    """The project of docker compose that the session's stack is."""
    from lakestack.testing.compose import Project  # noqa: PLC0415 - needs Docker's library, which other engines do without

    if not isinstance(stack.engine, Project):
        pytest.skip("needs containers: pytest --engine compose")
    return stack.engine


@pytest.fixture
def jobs(stack, containers, lakestack):
    """Jobs of one test, removed after it."""
    made = GlueJobs(stack, lakestack.bucket)
    yield made
    made.clean_up()
