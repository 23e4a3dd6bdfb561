"""The pytest plugin as its users meet it: the example's tests, failures that explain themselves, nothing left behind."""

import os
import shutil
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import psutil
import pytest

from lakestack.errors import PipelineError
from lakestack.testing import JobRunError, StateMachineError
from lakestack.testing.lakestack import Lakestack
from tests.support.waiting import eventually

EXAMPLE = Path(__file__).parents[2] / "examples/own_job"
PYTEST = Path(sys.executable).with_name("pytest")
TEMPLATE = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: glue.amazonaws.com}, Action: sts:AssumeRole}]}
  Bucket: {Type: AWS::S3::Bucket}
"""
WAITS_FOR_EVER = """
import time

def test_it(lakestack_stack):
    print("FOLDER", lakestack_stack.state_dir, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def as_a_user(stack):
    """Run pytest on a folder, on the stack of these tests, with nothing of these tests' own settings."""

    def run(folder, within_s=280):
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "LAKESTACK_E"))}
        command = [PYTEST, "-p", "no:cacheprovider", folder, "--engine", "running", "--endpoint", stack.endpoint_url]
        return subprocess.run(command, cwd=EXAMPLE.parents[1], env=environment, capture_output=True, text=True, timeout=within_s, check=False)

    return run


def test_the_example_passes_as_its_user_runs_it(as_a_user):
    done = as_a_user(EXAMPLE)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


def test_the_examples_test_finds_a_job_that_keeps_the_older_reading(as_a_user, tmp_path):
    mine = shutil.copytree(EXAMPLE, tmp_path / "own_job")
    job = mine / "merge_readings.py"
    job.write_text(job.read_text().replace('"new.taken_at > known.taken_at"', ""))

    done = as_a_user(f"{mine}/test_own_job.py::test_the_newest_reading_of_a_meter_stays")

    assert "1 failed" in done.stdout, done.stdout + done.stderr
    assert "Decimal('1.00')" in done.stdout


def test_nothing_of_a_test_is_left(stack):
    mine = Lakestack(stack)
    mine.client("s3").put_bucket_versioning(Bucket=mine.bucket, VersioningConfiguration={"Status": "Enabled"})
    mine.query("CREATE TABLE numbers WITH (format = 'PARQUET') AS SELECT 1 AS n")
    mine.run_job("print('hello')\n", kind="pythonshell")
    mine.run_state_machine({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
    bucket, database, roles = mine.bucket, mine.database, {mine.role("glue"), mine.role("states")}
    for content in (b"1", b"2"):
        mine.upload(content, "again")

    mine.remove()

    assert bucket not in [each["Name"] for each in stack.client("s3").list_buckets()["Buckets"]]
    assert database not in [each["Name"] for each in stack.client("glue").get_databases()["DatabaseList"]]
    assert not roles & {each["Arn"] for each in stack.client("iam").list_roles()["Roles"]}


def test_a_job_that_fails_says_why_with_the_end_of_its_log(lakestack):
    with pytest.raises(JobRunError) as caught:
        lakestack.run_job("print('row 6 is fine')\nraise ValueError('row 7 is bad')\n", kind="pythonshell")

    assert "is FAILED: " in str(caught.value)
    assert "ValueError: row 7 is bad" in caught.value.run.error_message
    assert "  out  row 6 is fine\n" in str(caught.value)


def test_without_check_the_state_is_the_tests_to_judge(lakestack):
    run = lakestack.run_job("import sys\nprint(sys.argv)\nsys.exit(3)\n", {"day": 7}, kind="pythonshell", check=False)

    assert run.state == "FAILED"
    assert "'--day', '7'" in run.lines[0]


def test_a_job_that_hangs_is_stopped(lakestack, eventually):
    with pytest.raises(JobRunError, match="was still RUNNING after 5 s, so it was stopped") as caught:
        lakestack.run_job("import time\ntime.sleep(600)\n", kind="pythonshell", timeout_s=5)

    run, glue = caught.value.run, lakestack.client("glue")
    eventually(lambda: glue.get_job_run(JobName=run.job_name, RunId=run.id)["JobRun"]["JobRunState"] == "STOPPED")


def test_the_database_is_the_querys_own_and_its_tables_lie_in_the_bucket(lakestack):
    lakestack.query("CREATE TABLE prices WITH (format = 'PARQUET') AS SELECT 1 AS id, DECIMAL '1.50' AS price")

    assert lakestack.query("SELECT * FROM prices") == [{"id": 1, "price": Decimal("1.50")}]
    table = lakestack.client("glue").get_table(DatabaseName=lakestack.database, Name="prices")["Table"]
    assert table["StorageDescriptor"]["Location"].startswith(f"s3://{lakestack.bucket}/")


def test_a_state_machine_gives_its_output_or_the_state_that_failed(lakestack):
    doubled = {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, $.n)"}, "End": True}
    failing = {"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "Parameters": {"JobName": "nowhere"}, "End": True}

    assert lakestack.run_state_machine({"StartAt": "Double", "States": {"Double": doubled}}, {"n": 21}) == {"n": 42}
    with pytest.raises(StateMachineError, match=r"What failed in it:\n  'Load' TaskFailed: Glue\.EntityNotFoundException: ") as caught:
        lakestack.run_state_machine({"StartAt": "Load", "States": {"Load": failing}})
    assert caught.value.error == "Glue.EntityNotFoundException"


def test_a_template_is_deployed_and_goes_with_the_test_though_its_bucket_is_full(stack, tmp_path):
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    mine, s3 = Lakestack(stack), stack.client("s3")
    resources = mine.deploy_template(tmp_path / "template.yaml")
    s3.put_object(Bucket=resources["Bucket"], Key="k", Body=b"x")

    mine.remove()

    assert resources["Bucket"] not in [each["Name"] for each in s3.list_buckets()["Buckets"]]


def test_a_template_that_fails_names_the_resource(lakestack, tmp_path):
    (tmp_path / "template.yaml").write_text(
        f"{TEMPLATE}    Properties: {{BucketName: {lakestack.bucket}}}\n".replace("{Type: AWS::S3::Bucket}\n", "\n    Type: AWS::S3::Bucket\n")
    )

    with pytest.raises(PipelineError, match=r"is ROLLBACK_COMPLETE\.\n  Bucket CREATE_FAILED: "):
        lakestack.deploy_template(tmp_path / "template.yaml")


def test_a_stack_of_ones_own_does_not_outlive_tests_that_were_killed(tmp_path):
    (tmp_path / "test_it.py").write_text(WAITS_FOR_EVER)
    command = [PYTEST, "-s", "-p", "no:cacheprovider", str(tmp_path), "--engine", "embedded", "--basetemp", str(tmp_path / "base")]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as tests:
        folder = next(line.partition("FOLDER ")[2].strip() for line in tests.stdout if "FOLDER " in line)
        family = [process for process in psutil.process_iter(["cmdline"]) if folder in " ".join(process.info["cmdline"] or ())]
        assert len(family) >= 2

        os.kill(tests.pid, signal.SIGKILL)

        eventually(lambda: not any(process.is_running() for process in family), within_s=60, what="the end of the stack")
