"""The endpoint answers this machine's programs, and nobody's web page."""

import base64
import http.client
import os
import socket
from urllib.parse import urlsplit

import boto3
import psutil
import pytest

pytestmark = pytest.mark.local_only


@pytest.fixture
def address(stack):
    return urlsplit(stack.endpoint_url).netloc


def ask(address, method="GET", path="/", **headers):
    connection = http.client.HTTPConnection(address, timeout=10)
    connection.request(method, path, headers={"Host": address} | {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


@pytest.mark.parametrize("path", ["/", "/a-bucket/a-key", "/_localstack/health"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "OPTIONS"])
def test_a_foreign_page_is_refused_everywhere(address, method, path):
    status, text = ask(address, method, path, Origin="https://evil.example")

    assert status == 403
    assert "https://evil.example" in text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:4566", "169.254.169.254"])
def test_a_name_that_was_turned_to_this_machine_is_refused(address, host):
    status, text = ask(address, Host=host)

    assert status == 403
    assert host in text


def test_a_link_on_a_foreign_page_is_refused(address):
    status, _ = ask(address, path="/?Action=ListQueues", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate")

    assert status == 403


def test_a_program_that_signs_may_name_any_page(address):
    signed = "AWS4-HMAC-SHA256 Credential=test/20261125/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"

    with_signature, _ = ask(address, path="/", Authorization=signed, Referer="https://audit.example.org/hadoop/1/op_open/")
    without, _ = ask(address, path="/", Referer="https://audit.example.org/hadoop/1/op_open/")

    assert (with_signature, without) == (200, 403)


def test_a_websocket_of_a_foreign_page_is_refused(address):
    key = base64.b64encode(os.urandom(16)).decode()

    status, _ = ask(
        address,
        path="/_localstack/any",
        Connection="Upgrade",
        Upgrade="websocket",
        Sec_WebSocket_Version="13",
        Sec_WebSocket_Key=key,
        Origin="https://evil.example",
    )

    assert status == 403


def test_a_bucket_is_found_by_its_host_name(stack, bucket, address):
    stack.client("s3").put_object(Bucket=bucket, Key="k", Body=b"here")
    url = boto3.client("s3", endpoint_url=stack.endpoint_url, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
    signed = url.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    port = address.rpartition(":")[2]

    status, text = ask(address, path=f"/k?{urlsplit(signed).query}", Host=f"{bucket}.s3.localhost.localstack.cloud:{port}")

    assert (status, text) == (200, "here")


def test_no_address_of_the_network_reaches_the_endpoint(address):
    port = int(address.rpartition(":")[2])
    addresses = [a.address for interface in psutil.net_if_addrs().values() for a in interface if a.family == socket.AF_INET]
    elsewhere = [each for each in addresses if not each.startswith("127.")]

    for each in elsewhere:
        with pytest.raises(OSError):
            socket.create_connection((each, port), timeout=2)
