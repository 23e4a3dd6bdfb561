"""S3's conditional writes are atomic: claims, leases and locks rest on them."""

import http.client
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.waiting import eventually

URL = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html"
WRITERS = 32
# Large enough that the writers are all under way before the first of them ends.
FILLING = b"." * (4 << 20)

pytestmark = pytest.mark.aws_documented(URL)


@pytest.fixture(params=["Suspended", "Enabled"], ids=["without versions", "with versions"])
def lake(request, stack, bucket):
    if request.param == "Enabled":
        stack.client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


@pytest.fixture
def s3_of_many(stack):
    """A client with a connection for each writer, that does not wait for a checksum of its own."""
    config = Config(max_pool_connections=WRITERS, retries={"max_attempts": 0}, request_checksum_calculation="when_required")
    credentials = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return boto3.client("s3", endpoint_url=stack.endpoint_url, region_name=stack.region, config=config, **credentials)


def race(write):
    """Let all writers go at once; return the winners and the codes of the losers."""
    start = threading.Barrier(WRITERS)

    def attempt(number):
        start.wait()
        try:
            write(number)
        except ClientError as error:
            return error.response["Error"]["Code"]
        return number

    with ThreadPoolExecutor(WRITERS) as pool:
        results = list(pool.map(attempt, range(WRITERS)))
    return [each for each in results if isinstance(each, int)], {each for each in results if isinstance(each, str)}


def body_of(s3, bucket, key):
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def code_of(operation, **arguments):
    with pytest.raises(ClientError) as refused:
        operation(**arguments)
    return refused.value.response["Error"]["Code"]


def test_one_of_many_creates_the_object(s3_of_many, lake):
    s3 = s3_of_many

    winners, codes = race(lambda n: s3.put_object(Bucket=lake, Key="lock", Body=f"{n}".encode() + FILLING, IfNoneMatch="*"))

    assert len(winners) == 1
    assert codes <= {"PreconditionFailed", "ConditionalRequestConflict"}
    assert body_of(s3, lake, "lock") == f"{winners[0]}".encode() + FILLING


def test_one_of_many_replaces_the_object(s3_of_many, lake):
    s3 = s3_of_many
    etag = s3.put_object(Bucket=lake, Key="lease", Body=b"free")["ETag"]

    winners, codes = race(lambda n: s3.put_object(Bucket=lake, Key="lease", Body=f"{n}".encode() + FILLING, IfMatch=etag))

    assert len(winners) == 1
    assert codes <= {"PreconditionFailed", "ConditionalRequestConflict"}
    assert body_of(s3, lake, "lease") == f"{winners[0]}".encode() + FILLING


def test_one_of_many_multipart_uploads_creates_the_object(s3_of_many, lake):
    s3 = s3_of_many
    uploads = []
    for number in range(WRITERS):
        upload = s3.create_multipart_upload(Bucket=lake, Key="big")["UploadId"]
        etag = s3.upload_part(Bucket=lake, Key="big", UploadId=upload, PartNumber=1, Body=f"{number}".encode() + 2 * FILLING)["ETag"]
        uploads.append((upload, {"Parts": [{"PartNumber": 1, "ETag": etag}]}))

    winners, codes = race(
        lambda n: s3.complete_multipart_upload(Bucket=lake, Key="big", UploadId=uploads[n][0], MultipartUpload=uploads[n][1], IfNoneMatch="*")
    )

    assert len(winners) == 1
    assert codes <= {"PreconditionFailed", "ConditionalRequestConflict"}
    assert body_of(s3, lake, "big") == f"{winners[0]}".encode() + 2 * FILLING


def test_a_deleted_object_may_be_created_again(stack, lake):
    s3 = stack.client("s3")
    s3.put_object(Bucket=lake, Key="lock", Body=b"1", IfNoneMatch="*")
    s3.delete_object(Bucket=lake, Key="lock")

    s3.put_object(Bucket=lake, Key="lock", Body=b"2", IfNoneMatch="*")

    assert body_of(s3, lake, "lock") == b"2"


def test_an_upload_that_does_not_end_holds_nobody_up(stack, lake):
    s3 = stack.client("s3")
    url = urlsplit(s3.generate_presigned_url("put_object", Params={"Bucket": lake, "Key": "lock"}))
    stalled = http.client.HTTPConnection(url.netloc, timeout=30)
    stalled.putrequest("PUT", f"{url.path}?{url.query}")
    stalled.putheader("Content-Length", "1000000")
    stalled.endheaders(b"only the beginning")

    s3.put_object(Bucket=lake, Key="lock", Body=b"whole", IfNoneMatch="*")

    assert body_of(s3, lake, "lock") == b"whole"
    stalled.close()


def test_a_refused_upload_leaves_the_object_as_it_was(stack, lake):
    s3 = stack.client("s3")
    s3.put_object(Bucket=lake, Key="k", Body=b"old")

    codes = {
        code_of(s3.put_object, Bucket=lake, Key="k", Body=b"new", ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg=="),
        code_of(s3.put_object, Bucket=lake, Key="k", Body=b"new", ChecksumSHA256="47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
        code_of(s3.put_object, Bucket=lake, Key="k", Body=b"new", IfNoneMatch="*"),
    }

    assert codes <= {"BadDigest", "InvalidRequest", "PreconditionFailed", "XAmzContentChecksumMismatch"}
    assert body_of(s3, lake, "k") == b"old"


def test_a_refused_copy_leaves_its_destination_as_it_was(stack, lake):
    s3 = stack.client("s3")
    s3.put_object(Bucket=lake, Key="source", Body=b"new")
    s3.put_object(Bucket=lake, Key="k", Body=b"old")

    code = code_of(s3.copy_object, Bucket=lake, Key="k", CopySource={"Bucket": lake, "Key": "source"}, IfNoneMatch="*")

    assert code == "PreconditionFailed"
    assert body_of(s3, lake, "k") == b"old"


def test_a_reader_sees_one_version_from_start_to_end(stack, lake):
    s3 = stack.client("s3")
    size = 4 << 20
    s3.put_object(Bucket=lake, Key="k", Body=b"a" * size)
    reader = s3.get_object(Bucket=lake, Key="k")["Body"]
    beginning = reader.read(10)

    s3.put_object(Bucket=lake, Key="k", Body=b"b" * size)

    assert beginning + reader.read() == b"a" * size
    assert eventually(lambda: body_of(s3, lake, "k") == b"b" * size)


def test_content_and_description_agree_while_an_object_is_overwritten(stack, lake):
    s3 = stack.client("s3")
    s3.put_object(Bucket=lake, Key="k", Body=b"0" * 1000)
    stop = threading.Event()

    def overwrite():
        number = 0
        while not stop.is_set():
            number += 1
            s3.put_object(Bucket=lake, Key="k", Body=str(number % 10).encode() * (1000 + number % 7))

    writer = threading.Thread(target=overwrite)
    writer.start()
    try:
        for _ in range(100):
            answer = s3.get_object(Bucket=lake, Key="k")
            content = answer["Body"].read()

            assert len(set(content)) == 1
            assert len(content) == answer["ContentLength"]
    finally:
        stop.set()
        writer.join()
