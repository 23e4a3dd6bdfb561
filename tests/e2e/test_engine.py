"""The embedded engine as a user meets it: two stacks side by side, a part that dies, a parent that is killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import boto3
import psutil
import pytest

from lakestack.engine import control
from lakestack.engine.embedded import supervisor_of
from lakestack.engine.stack import Stack, free_port
from lakestack.testing.engines import EmbeddedEngine
from lakestack.testing.live_stack import LiveStack
from tests.support.waiting import eventually

LAKESTACK = Path(sys.executable).with_name("lakestack")


def lakestack(*arguments, within_s=120):
    return subprocess.run([LAKESTACK, *arguments], capture_output=True, text=True, timeout=within_s, check=False)


@pytest.fixture(scope="module")
def second(tmp_path_factory):
    """Another stack of this machine, started by the command; it ends with the module."""
    folder = tmp_path_factory.mktemp("second")
    started = lakestack("up", "--detach", "--stack", str(folder), "--port", str(free_port()), within_s=240)
    assert started.returncode == 0, started.stdout + started.stderr
    stack = Stack.at(folder)
    yield LiveStack(stack.endpoint_url, stack, EmbeddedEngine(stack))
    control.stop(stack)


def test_two_stacks_with_the_same_bucket_name_do_not_touch_each_other(stack, bucket, second):
    second.client("s3").create_bucket(Bucket=bucket)
    stack.client("s3").put_object(Bucket=bucket, Key="whose.txt", Body=b"first")
    second.client("s3").put_object(Bucket=bucket, Key="whose.txt", Body=b"second")

    second.empty_bucket(bucket)
    second.client("s3").delete_bucket(Bucket=bucket)

    assert stack.client("s3").get_object(Bucket=bucket, Key="whose.txt")["Body"].read() == b"first"


def test_status_names_every_part_with_its_process(second):
    shown = lakestack("status", "--stack", str(second.state_dir))

    assert shown.returncode == 0, shown.stdout
    assert all(part in shown.stdout for part in ("localstack", "spark", "trino", "4.14.0", "4.1.1", "476", "healthy"))


def test_up_again_says_that_it_runs_already(second):
    again = lakestack("up", "--detach", "--stack", str(second.state_dir))

    assert again.returncode == 0
    assert f"runs already, at {second.endpoint_url}" in again.stdout


def test_a_taken_port_is_said_and_nothing_is_started(second, tmp_path):
    port = second.embedded.settings.port

    refused = lakestack("up", "--detach", "--stack", str(tmp_path), "--port", str(port))

    assert refused.returncode == 1
    assert f"Port {port} on 127.0.0.1 is taken by process" in refused.stderr
    assert supervisor_of(Stack.at(tmp_path)) is None


def test_a_part_that_was_killed_comes_back(second):
    second.part("trino").kill()

    eventually(lambda: second.embedded.status["parts"]["trino"]["restarts"] == 1, what="the restart of trino")
    control.wait_until_healthy(second.embedded, lambda _status: None, within_s=90)


def test_no_credentials_of_the_caller_reach_a_part(second, monkeypatch):
    supervisor = supervisor_of(second.embedded)

    environments = [process.environ() for process in supervisor.children(recursive=True)]

    assert {environment["AWS_ACCESS_KEY_ID"] for environment in environments if "AWS_ACCESS_KEY_ID" in environment} == {"test"}
    assert all("AWS_PROFILE" not in environment for environment in environments)


# The last one: it ends the second stack.
def test_nothing_is_left_when_the_parent_is_killed_with_9(second):
    supervisor = supervisor_of(second.embedded)
    family = supervisor.children(recursive=True)
    assert len(family) >= 6

    os.kill(supervisor.pid, signal.SIGKILL)

    _, alive = psutil.wait_procs(family, timeout=30)
    assert alive == []
    with pytest.raises(Exception, match="Could not connect"):
        boto3.client(
            "sts", endpoint_url=second.endpoint_url, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
        ).get_caller_identity()
