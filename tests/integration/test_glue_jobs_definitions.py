"""Job definitions through boto3."""

import pytest
from botocore.exceptions import ClientError

from tests.support.glue_jobs import GlueJobs

COMMAND = {"Name": "glueetl", "ScriptLocation": "s3://scripts/etl.py"}
API = "https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-job.html"


@pytest.fixture
def jobs(stack, bucket):
    jobs = GlueJobs(stack, bucket)
    yield jobs
    jobs.clean_up()


@pytest.mark.aws_documented(API)
def test_a_job_is_read_back_as_it_was_sent_changed_and_removed(jobs):
    glue = jobs.glue
    name = jobs.job("pass", Description="first", DefaultArguments={"--day": "monday"}, Tags={"team": "data"})

    made = glue.get_job(JobName=name)["Job"]
    glue.update_job(JobName=name, JobUpdate={"Role": jobs.role, "Command": COMMAND, "GlueVersion": "6.0", "MaxRetries": 2})
    changed = glue.get_job(JobName=name)["Job"]
    listed = glue.list_jobs(Tags={"team": "data"})["JobNames"]
    batch = glue.batch_get_jobs(JobNames=[name, "job-nowhere"])
    glue.delete_job(JobName=name)

    assert (made["Description"], made["DefaultArguments"], made["Timeout"], made["MaxRetries"]) == ("first", {"--day": "monday"}, 480, 0)
    assert made["Command"]["PythonVersion"] == "3"
    assert "ExecutionClass" not in made
    assert (changed["MaxRetries"], "Description" in changed) == (2, False)
    assert name in listed
    assert ([job["Name"] for job in batch["Jobs"]], batch["JobsNotFound"]) == ([name], ["job-nowhere"])
    assert name not in [job["Name"] for page in glue.get_paginator("get_jobs").paginate() for job in page["Jobs"]]
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_job(JobName=name)


@pytest.mark.aws_documented("https://docs.aws.amazon.com/glue/latest/webapi/API_GetTags.html")
def test_tags_of_a_job_are_kept_with_its_arn(stack, jobs):
    name = jobs.job("pass", Tags={"team": "data"})
    arn = f"arn:aws:glue:{stack.region}:000000000000:job/{name}"

    jobs.glue.tag_resource(ResourceArn=arn, TagsToAdd={"stage": "test"})
    jobs.glue.untag_resource(ResourceArn=arn, TagsToRemove=["team"])

    assert jobs.glue.get_tags(ResourceArn=arn)["Tags"] == {"stage": "test"}


@pytest.mark.local_only
@pytest.mark.parametrize(("kind", "version"), [("glueetl", "5.0"), ("glueetl", "4.0"), ("pythonshell", "6.0")])
def test_a_glue_version_that_is_not_emulated_is_refused_by_name(jobs, kind, version):
    with pytest.raises(jobs.glue.exceptions.InvalidInputException, match=f"GlueVersion {version} is not supported"):
        jobs.job("pass", kind, GlueVersion=version)


@pytest.mark.aws_documented(API)
def test_a_request_that_breaks_the_model_is_refused(jobs):
    with pytest.raises(ClientError) as refused:
        jobs.glue.get_job_runs(JobName="x" * 256)

    assert "length less than or equal to 255" in refused.value.response["Error"]["Message"]
