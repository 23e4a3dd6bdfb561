"""Job definitions: returned as sent, with the defaults that AWS adds, and refused by name where they cannot run."""

import pytest
from lakestack_aws.errors import ServiceError

from tests.unit.glue_jobs_api.conftest import ETL, SHELL


def test_a_job_is_returned_as_sent_with_the_defaults_of_aws_and_nothing_more(glue):
    glue.create_job(Name="etl", Role="glue", Command=ETL, GlueVersion="6.0", Tags={"team": "data"})

    assert glue.get_job(JobName="etl")["Job"] == {
        "Name": "etl",
        "Role": "glue",
        "Command": {**ETL, "PythonVersion": "3"},
        "GlueVersion": "6.0",
        "MaxRetries": 0,
        "Timeout": 480,
        "ExecutionProperty": {"MaxConcurrentRuns": 1},
        "CreatedOn": glue.time,
        "LastModifiedOn": glue.time,
    }


def test_a_python_shell_job_may_run_for_two_days(glue):
    glue.job("shell", Command=SHELL)

    assert glue.get_job(JobName="shell")["Job"]["Timeout"] == 2880


@pytest.mark.parametrize(
    ("kind", "version"),
    [(ETL, "6.0"), (SHELL, "1.0"), (SHELL, "3.0"), (SHELL, None)],
)
def test_these_glue_versions_run_here(glue, kind, version):
    glue.create_job(Name="job", Role="glue", Command=kind, **({"GlueVersion": version} if version else {}))

    assert glue.get_job(JobName="job")["Job"].get("GlueVersion") == version


@pytest.mark.parametrize(
    ("kind", "version", "named"),
    [(ETL, "5.0", "GlueVersion 5.0"), (ETL, "3.0", "GlueVersion 3.0"), (ETL, None, "A missing GlueVersion"), (SHELL, "6.0", "GlueVersion 6.0")],
)
def test_other_glue_versions_are_refused_by_name(glue, kind, version, named):
    with pytest.raises(ServiceError, match=named) as refused:
        glue.create_job(Name="job", Role="glue", Command=kind, **({"GlueVersion": version} if version else {}))

    assert refused.value.code == "InvalidInputException"


def test_with_the_fallback_every_version_is_taken(glue_with):
    glue = glue_with(glue_fallback="6.0")

    glue.create_job(Name="old", Role="glue", Command=ETL, GlueVersion="4.0")

    assert glue.get_job(JobName="old")["Job"]["GlueVersion"] == "4.0"


@pytest.mark.parametrize(
    "members",
    [
        {"Command": {"Name": "gluestreaming", "ScriptLocation": "s3://b/k.py"}},
        {"Command": {"Name": "glueetl", "ScriptLocation": "etl.py"}},
        {"Command": {"Name": "glueetl", "ScriptLocation": "s3://only-a-bucket"}},
        {"Command": {"Name": "glueetl"}},
        {"MaxCapacity": 2.0, "WorkerType": "G.1X", "NumberOfWorkers": 2},
        {"Command": SHELL, "GlueVersion": "3.0", "MaxCapacity": 2.0},
    ],
)
def test_a_definition_that_makes_no_sense_is_refused(glue, members):
    with pytest.raises(ServiceError) as refused:
        glue.create_job(**{"Name": "job", "Role": "glue", "Command": ETL, "GlueVersion": "6.0", **members})

    assert refused.value.code == "InvalidInputException"


def test_the_same_definition_may_be_created_twice_and_another_one_may_not(glue):
    glue.job("etl", Description="one")
    glue.job("etl", Description="one")

    with pytest.raises(ServiceError) as refused:
        glue.job("etl", Description="two")

    assert refused.value.code == "IdempotentParameterMismatchException"


def test_an_update_overwrites_the_whole_definition(glue):
    glue.job("etl", Description="old", MaxRetries=3)

    glue.update_job(JobName="etl", JobUpdate={"Role": "other", "Command": ETL, "GlueVersion": "6.0"})

    job = glue.get_job(JobName="etl")["Job"]
    assert (job["Role"], job["MaxRetries"], "Description" in job) == ("other", 0, False)


def test_a_job_that_is_not_there_is_named(glue):
    for operation, request in (
        (glue.get_job, {"JobName": "nothing"}),
        (glue.update_job, {"JobName": "nothing", "JobUpdate": {"Role": "r", "Command": ETL, "GlueVersion": "6.0"}}),
        (glue.get_job_runs, {"JobName": "nothing"}),
    ):
        with pytest.raises(ServiceError) as missing:
            operation(**request)
        assert (missing.value.code, missing.value.message) == ("EntityNotFoundException", "Job nothing not found.")


def test_deleting_a_job_that_is_not_there_is_no_error(glue):
    assert glue.delete_job(JobName="nothing") == {"JobName": "nothing"}


def test_jobs_come_in_pages_by_name(glue):
    for name in ("c", "a", "b"):
        glue.job(name)

    first = glue.get_jobs(MaxResults=2)
    rest = glue.get_jobs(MaxResults=2, NextToken=first["NextToken"])

    assert [job["Name"] for job in first["Jobs"] + rest["Jobs"]] == ["a", "b", "c"]
    assert "NextToken" not in rest


def test_a_made_up_token_is_refused(glue):
    glue.job("a")

    with pytest.raises(ServiceError) as refused:
        glue.list_jobs(NextToken="made-up")

    assert refused.value.code == "InvalidInputException"


def test_jobs_are_listed_by_tag(glue):
    glue.job("mine", Tags={"team": "data", "stage": "test"})
    glue.job("theirs", Tags={"team": "web"})

    assert glue.list_jobs(Tags={"team": "data"})["JobNames"] == ["mine"]


def test_a_batch_tells_found_from_missing(glue):
    glue.job("a")

    batch = glue.batch_get_jobs(JobNames=["a", "b"])

    assert ([job["Name"] for job in batch["Jobs"]], batch["JobsNotFound"]) == (["a"], ["b"])
