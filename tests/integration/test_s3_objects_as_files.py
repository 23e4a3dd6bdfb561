"""S3's objects are files of the stack's own folder: many, large, and nobody else's."""

import subprocess
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor

import boto3
import psutil
import pytest

from lakestack.engine import parts
from lakestack.engine.stack import Stack, free_port
from tests.support.waiting import eventually

pytestmark = pytest.mark.local_only


@pytest.fixture
def endpoint_process(stack):
    """The endpoint's own process; only where the tests started it."""
    if stack.embedded is None:
        pytest.skip("the stack was not started by the tests: its process is not theirs to look at")
    guard = psutil.Process(stack.embedded.status["parts"]["localstack"]["pid"])
    return next(p for p in [guard, *guard.children(recursive=True)] if "localstack.runtime.main" in p.cmdline()[-1:])


@pytest.fixture
def other_s3(tmp_path):
    """The S3 of a second stack: its endpoint alone, started as the engine starts it."""
    other = Stack.at(tmp_path / "other")
    other.prepare(free_port())
    part = parts.parts(other)[0]
    process = subprocess.Popen(
        part.command,
        env={**part.environment, "SERVICES": "s3"},
        stdin=subprocess.DEVNULL,
        stdout=(tmp_path / "log").open("w"),
        stderr=subprocess.STDOUT,
    )

    def is_ready():
        try:
            with urllib.request.urlopen(f"{other.endpoint_url}/_localstack/init/ready", timeout=2) as answer:
                return b'"completed": true' in answer.read()
        except OSError:
            return False

    try:
        eventually(is_ready, within_s=90, what="the second stack's endpoint")
        yield boto3.client("s3", endpoint_url=other.endpoint_url, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
    finally:
        process.terminate()
        process.wait(30)


def test_two_stacks_with_one_bucket_name_never_touch(stack, other_s3):
    name, s3 = f"same-{uuid.uuid4().hex[:8]}", stack.client("s3")
    s3.create_bucket(Bucket=name)
    other_s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="k", Body=b"ours")
    other_s3.put_object(Bucket=name, Key="k", Body=b"theirs")

    other_s3.delete_object(Bucket=name, Key="k")
    other_s3.delete_bucket(Bucket=name)

    assert s3.get_object(Bucket=name, Key="k")["Body"].read() == b"ours"
    stack.empty_bucket(name)
    s3.delete_bucket(Bucket=name)


def test_many_objects_hold_few_descriptors(stack, bucket, endpoint_process):
    s3, before = stack.client("s3"), endpoint_process.num_fds()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: s3.put_object(Bucket=bucket, Key=f"k{n}", Body=b"x"), range(600)))

    assert endpoint_process.num_fds() < before + 60


def test_a_large_object_costs_no_memory(stack, bucket, endpoint_process, tmp_path):
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(300 << 20)
    s3, before = stack.client("s3"), endpoint_process.memory_info().rss

    with large.open("rb") as file:
        s3.put_object(Bucket=bucket, Key="large", Body=file)
    received = sum(len(chunk) for chunk in s3.get_object(Bucket=bucket, Key="large")["Body"].iter_chunks(1 << 20))

    assert received == 300 << 20
    assert endpoint_process.memory_info().rss - before < 150 << 20


def test_ranges_parts_and_versions_are_read_back(stack, bucket):
    s3 = stack.client("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")["VersionId"]
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"a" * (5 << 20))["ETag"]
    source = {"Bucket": bucket, "Key": "k", "VersionId": first}
    copied = s3.upload_part_copy(Bucket=bucket, Key="k", UploadId=upload, PartNumber=2, CopySource=source, CopySourceRange="bytes=2-4")
    whole = {"Parts": [{"PartNumber": 1, "ETag": part}, {"PartNumber": 2, "ETag": copied["CopyPartResult"]["ETag"]}]}

    s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload=whole)

    assert s3.get_object(Bucket=bucket, Key="k", Range="bytes=-5")["Body"].read() == b"aa234"
    assert s3.get_object(Bucket=bucket, Key="k", VersionId=first, Range="bytes=3-5")["Body"].read() == b"345"
    assert len(s3.list_object_versions(Bucket=bucket)["Versions"]) == 2
