"""What breaks in containers, and what a user sees of it: a run that says why it failed, and a stack that works again without a hand."""

import concurrent.futures

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from lakestack.testing.lakestack import Lakestack
from tests.support.glue_jobs import GlueJobs
from tests.support.waiting import eventually

# The first run says that it is there and waits to be killed; the second one finds that and ends.
SECOND_TIME_LUCKY = """
    import sys, time
    import boto3

    s3, bucket = boto3.client("s3"), sys.argv[sys.argv.index("--bucket") + 1]
    if "Contents" in s3.list_objects_v2(Bucket=bucket, Prefix="was-here"):
        print("second time")
    else:
        s3.put_object(Bucket=bucket, Key="was-here", Body=b"")
        time.sleep(240)
"""
EATS_MEMORY = """
    eaten = []
    while True:
        eaten.append(b"x" * (64 << 20))
"""
SLEEPS = """
    import time

    time.sleep(15)
    print("undisturbed")
"""

pytestmark = pytest.mark.timeout(400)


def test_a_killed_worker_fails_its_run_and_the_retry_of_the_state_machine_succeeds(stack, lakestack, jobs):
    name = jobs.job(SECOND_TIME_LUCKY, kind="pythonshell")
    run = {
        "Type": "Task",
        "Resource": "arn:aws:states:::glue:startJobRun.sync",
        "Parameters": {"JobName": name, "Arguments": {"--bucket": lakestack.bucket}},
        "Retry": [{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 1, "MaxAttempts": 2}],
        "End": True,
    }
    with concurrent.futures.ThreadPoolExecutor() as pool:
        execution = pool.submit(lakestack.run_state_machine, {"StartAt": "Run", "States": {"Run": run}}, timeout_s=240)
        eventually(lambda: has_begun(stack, lakestack.bucket), 120, what="the first run")

        stack.part("spark").kill()

        assert execution.result()["JobRunState"] == "SUCCEEDED"
    second, first = stack.client("glue").get_job_runs(JobName=name)["JobRuns"]
    assert (first["JobRunState"], second["JobRunState"]) == ("FAILED", "SUCCEEDED")
    assert "worker" in first["ErrorMessage"]


def test_a_query_after_trino_died_waits_for_the_new_one(stack, lakestack, containers):
    assert lakestack.query("SELECT 1 AS one") == [{"one": 1}]

    stack.part("trino").kill()

    assert lakestack.query("SELECT 2 AS two", timeout_s=180) == [{"two": 2}]


def test_a_job_that_eats_memory_fails_with_that_reason_and_takes_nothing_else_down(jobs, containers):
    restarts = containers.restarts("spark")
    sleeps, eats = jobs.job(SLEEPS, kind="pythonshell"), jobs.job(EATS_MEMORY)
    beside = jobs.start(sleeps)

    greedy = jobs.ended(eats, jobs.start(eats))

    assert greedy.state == "FAILED"
    assert "Out of Memory" in greedy.why
    assert jobs.ended(sleeps, beside).output == ["undisturbed"]
    assert containers.restarts("spark") == restarts


def test_the_endpoint_comes_back_and_its_workers_with_it(stack, containers):
    before = Lakestack(stack)  # what it makes is gone with the endpoint's state
    jobs = GlueJobs(stack, before.bucket)
    jobs.start(jobs.job(SECOND_TIME_LUCKY, kind="pythonshell"), bucket=before.bucket)
    eventually(lambda: has_begun(stack, before.bucket), 120, what="the run")
    assert run_folders(containers)

    stack.part("localstack").kill()

    eventually(lambda: is_back(stack), 120, 0.5, what="the endpoint")
    after = Lakestack(stack)
    assert after.run_job("print('works again')\n", kind="pythonshell").lines == ["works again"]
    # The run of the time before is nobody's any more: its process is ended, and its folder goes with it.
    eventually(lambda: not run_folders(containers), 60, 1, what="the end of the run that was forgotten")
    after.remove()


def has_begun(stack, bucket: str) -> bool:
    return "Contents" in stack.client("s3").list_objects_v2(Bucket=bucket, Prefix="was-here")


def is_back(stack) -> bool:
    try:
        return stack.client("s3").list_buckets()["Buckets"] == []
    except (ClientError, BotoCoreError):
        return False


def run_folders(containers) -> list[str]:
    return containers.execute("spark", "python", "-c", "import glob; print(*glob.glob('/tmp/lakestack-run-*'))").split()
