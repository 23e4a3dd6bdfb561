"""The pipeline on the suite's stack, for the tests that load files."""

import pytest

from tests.support.pipeline import Pipeline


@pytest.fixture(scope="module")
def pipeline(stack):
    deployed = Pipeline(stack)
    deployed.deploy()
    return deployed
