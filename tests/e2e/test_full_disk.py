"""A stack on a disk that gets full: every answer says so, nothing is lost, and with room again everything works."""

import time
import uuid
from contextlib import contextmanager, suppress

import boto3
import psutil
import pytest
from botocore.exceptions import ClientError

from lakestack.engine import control
from lakestack.engine.embedded import supervisor_of
from lakestack.engine.stack import Stack, free_port
from lakestack.testing.live_stack import LiveStack
from tests.support.small_disk import fill, small_disk
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(600)
BUCKET = "of-the-small-disk"
NO_ROOM = "No space left on device: this stack keeps S3's objects in "
ENDED = {"SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED", "ERROR"}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A stack whose folder and whose scratch space each lie on a small disk."""
    folder = tmp_path_factory.mktemp("small")
    with small_disk(folder / "stack", 120) as disk, small_disk(folder / "scratch", 60) as scratch, pytest.MonkeyPatch.context() as patched:
        patched.setenv("TMPDIR", str(scratch))
        stack = Stack.at(disk / "of-a-test")
        control.start(stack, free_port())
        try:
            control.wait_until_healthy(stack, lambda _status: None)
            live = LiveStack(stack.endpoint_url, stack)
            live.disk, live.scratch = disk, scratch
            live.client("s3").create_bucket(Bucket=BUCKET)
            yield live
        finally:
            control.stop(stack)


@contextmanager
def full(folder, leave_bytes=0):
    filling = fill(folder, leave_bytes)
    try:
        yield
    finally:
        filling.unlink()


def files_of(stack):
    """Return S3's files: those of objects, of parts, and what is still being written."""
    return {path for path in (stack.disk / "of-a-test/s3").rglob("*") if path.is_file()}


def refused(call, **request):
    with pytest.raises(ClientError) as error:
        call(**request)
    answer = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


@pytest.mark.parametrize("size", [50_000, 3_000_000], ids=["small enough for memory", "kept aside while it arrives"])
def test_a_put_is_refused_in_words_and_the_old_object_stays_whole(small, size):
    s3 = small.client("s3")
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"old")
    before = files_of(small)

    with full(small.disk):
        code, status, message = refused(s3.put_object, Bucket=BUCKET, Key="k", Body=bytes(size))

    assert (code, status) == ("InsufficientStorage", 507)
    assert message.startswith(f"{NO_ROOM}{small.disk / 'of-a-test/s3'}, on whose disk ")
    assert s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"old"
    assert files_of(small) == before


def test_clients_do_not_try_again(small):
    s3 = boto3.client("s3", endpoint_url=small.endpoint_url, region_name=small.region, aws_access_key_id="test", aws_secret_access_key="test")

    with full(small.disk), pytest.raises(ClientError) as error:
        s3.put_object(Bucket=BUCKET, Key="once", Body=bytes(50_000))

    assert error.value.response["ResponseMetadata"]["RetryAttempts"] == 0


def test_no_object_is_ever_cut_off_at_the_end_of_the_disk(small):
    s3, body = small.client("s3"), bytes(range(256)) * 350

    with full(small.disk, leave_bytes=5 * len(body) + 1000):
        codes = []
        for number in range(8):
            try:
                s3.put_object(Bucket=BUCKET, Key=f"end/{number}", Body=body)
            except ClientError as error:
                codes.append(error.response["Error"]["Code"])

    there = s3.list_objects_v2(Bucket=BUCKET, Prefix="end/")["Contents"]
    assert set(codes) == {"InsufficientStorage"}
    assert len(there) + len(codes) == 8
    assert all(s3.get_object(Bucket=BUCKET, Key=found["Key"])["Body"].read() == body for found in there)


def test_a_multipart_upload_waits_for_room_and_can_be_completed_then(small):
    s3 = small.client("s3")
    s3.put_object(Bucket=BUCKET, Key="m", Body=b"old")
    upload = {"Bucket": BUCKET, "Key": "m", "UploadId": s3.create_multipart_upload(Bucket=BUCKET, Key="m")["UploadId"]}
    with full(small.disk):
        assert refused(s3.upload_part, **upload, PartNumber=1, Body=bytes(6_000_000))[:2] == ("InsufficientStorage", 507)
    part = s3.upload_part(**upload, PartNumber=1, Body=bytes(6_000_000))["ETag"]
    before = files_of(small)
    whole = {"Parts": [{"PartNumber": 1, "ETag": part}]}

    with full(small.disk, leave_bytes=1_000_000):
        assert refused(s3.complete_multipart_upload, **upload, MultipartUpload=whole)[:2] == ("InsufficientStorage", 507)
        assert s3.get_object(Bucket=BUCKET, Key="m")["Body"].read() == b"old"
        assert files_of(small) == before
    s3.complete_multipart_upload(**upload, MultipartUpload=whole)

    assert s3.head_object(Bucket=BUCKET, Key="m")["ContentLength"] == 6_000_000


def run_job(stack, source):
    """Run `source` as a Spark job and return its JobRun."""
    s3, glue, name = stack.client("s3"), stack.client("glue"), f"job-{uuid.uuid4().hex[:8]}"
    s3.put_object(Bucket=BUCKET, Key=f"{name}.py", Body=source)
    command = {"Name": "glueetl", "ScriptLocation": f"s3://{BUCKET}/{name}.py", "PythonVersion": "3"}
    glue.create_job(Name=name, Role="arn:aws:iam::000000000000:role/any", GlueVersion="6.0", Command=command)
    return name, lambda: _ended(glue, name, glue.start_job_run(JobName=name)["JobRunId"])


def _ended(glue, name, run_id):
    def ended():
        run = glue.get_job_run(JobName=name, RunId=run_id)["JobRun"]
        return run if run["JobRunState"] in ENDED else None

    return eventually(ended, 120, what=f"the end of {name}")


SPARK = "from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\n"


def test_a_job_that_writes_to_a_full_disk_fails_with_the_reason_and_succeeds_with_room(small):
    _, start = run_job(small, f"{SPARK}spark.range(200000).selectExpr('uuid() as u').write.mode('overwrite').parquet('s3://{BUCKET}/out/')\n")

    with full(small.disk, leave_bytes=300_000):
        failed = start()
    succeeded = start()

    assert failed["JobRunState"] == "FAILED"
    assert failed["ErrorMessage"].startswith("Error Category: DISK_NO_SPACE_ERROR; Failed Line Number: 3; ")
    assert NO_ROOM in failed["ErrorMessage"]
    assert succeeded["JobRunState"] == "SUCCEEDED", succeeded.get("ErrorMessage")


def test_a_job_whose_own_files_find_no_room_fails_at_once_and_the_worker_recovers(small):
    _, start = run_job(small, f"{SPARK}print(spark.range(3).count())\n")

    with full(small.scratch):
        started = time.monotonic()
        failed = [start(), start()]
        took_s = time.monotonic() - started

    assert [run["JobRunState"] for run in failed] == ["FAILED", "FAILED"]
    assert all("DISK_NO_SPACE_ERROR" in run["ErrorMessage"] and "No space left on device" in run["ErrorMessage"] for run in failed)
    assert took_s < 60
    succeeded = start()
    assert succeeded["JobRunState"] == "SUCCEEDED", succeeded.get("ErrorMessage")


CTAS = "create table of_the_small_disk.t{} with (format = 'PARQUET') as select * from unnest(sequence(1, 9000)) as t(n)"


@pytest.mark.parametrize("sql", ["select 1", CTAS])
def test_a_query_that_finds_no_room_says_so(small, sql):
    athena, glue = small.client("athena"), small.client("glue")
    with suppress(glue.exceptions.AlreadyExistsException):
        glue.create_database(DatabaseInput={"Name": "of_the_small_disk", "LocationUri": f"s3://{BUCKET}/tables/"})

    def ask():
        statement = sql.format(uuid.uuid4().hex)
        query = athena.start_query_execution(QueryString=statement, ResultConfiguration={"OutputLocation": f"s3://{BUCKET}/results/"})

        def status():
            found = athena.get_query_execution(QueryExecutionId=query["QueryExecutionId"])["QueryExecution"]["Status"]
            return found if found["State"] in {"SUCCEEDED", "FAILED"} else None

        return eventually(status, 60, what=f"the end of {statement}")

    with full(small.disk):
        failed = ask()

    assert failed["State"] == "FAILED"
    assert NO_ROOM in failed["StateChangeReason"]
    assert ask()["State"] == "SUCCEEDED"


def test_a_part_that_dies_meanwhile_comes_back_once_there_is_room(small):
    trino = psutil.Process(small.embedded.status["parts"]["trino"]["pid"])
    supervisor = supervisor_of(small.embedded)
    small.client("s3").put_object(Bucket=BUCKET, Key="k", Body=b"old")

    with full(small.disk):
        trino.children()[0].kill()
        trino.wait(30)
        assert small.client("s3").get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"old"
        assert supervisor_of(small.embedded) == supervisor

    eventually(lambda: small.embedded.status["parts"]["trino"]["restarts"], 60, what="the restart in the status")
    control.wait_until_healthy(small.embedded, lambda _status: None, within_s=120)
