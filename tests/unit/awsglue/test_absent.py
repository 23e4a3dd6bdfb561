"""What awsglue does not have says so."""

import importlib

import pytest
from awsglue.job import Job


@pytest.mark.parametrize("module", ["awsglue.dynamicframe", "awsglue.transforms", "awsglue.gluetypes"])
def test_a_module_that_is_not_there_is_named(module):
    with pytest.raises(NotImplementedError, match=f"{module} is not implemented by lakestack"):
        importlib.import_module(module)


def test_a_job_is_committed_only_after_its_init():
    job = Job(None)

    with pytest.raises(RuntimeError, match=r"before Job\.init"):
        job.commit()
    job.init("etl", {"JOB_NAME": "etl"})
    job.commit()

    assert job.isInitialized()
