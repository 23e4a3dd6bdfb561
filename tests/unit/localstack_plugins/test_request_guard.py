"""Who is answered, by the headers of a request alone."""

import pytest
from lakestack_aws.request_guard import RequestGuard

ANSWERED = {
    "the machine's name": {"Host": "localhost:4566"},
    "its address": {"Host": "127.0.0.1:4566"},
    "its address in IPv6": {"Host": "[::1]:4566"},
    "no port": {"Host": "localhost"},
    "a bucket before the name": {"Host": "my-bucket.s3.localhost.localstack.cloud:4566"},
    "a bucket before localhost": {"Host": "my-bucket.localhost:4566"},
    "letters of any size": {"Host": "LOCALHOST:4566"},
    "the name of a container": {"Host": "localstack:4566"},
    "a page of the endpoint": {"Host": "127.0.0.1:4566", "Origin": "http://127.0.0.1:4566"},
    "a page of the endpoint by another of its names": {"Host": "127.0.0.1:4566", "Origin": "http://localhost:4566"},
    "a page that was allowed": {"Host": "localhost:4566", "Origin": "http://localhost:3000"},
    "a program that signs, with a Referer of its own": {
        "Host": "localhost:4566",
        "Authorization": "AWS4-HMAC-SHA256 Credential=test/...",
        "Referer": "https://audit.example.org/hadoop/1/op_open/",
    },
    "an address typed in": {"Host": "localhost:4566", "Sec-Fetch-Site": "none"},
    "a script of the endpoint": {"Host": "localhost:4566", "Sec-Fetch-Site": "same-origin"},
}
REFUSED = {
    "no Host": {},
    "a foreign Host, as after DNS rebinding": {"Host": "evil.example:4566"},
    "a Host that only begins like ours": {"Host": "localhost.evil.example:4566"},
    "a Host that only ends like ours": {"Host": "evillocalhost:4566"},
    "a Host with a user name": {"Host": "localhost@evil.example"},
    "an address of the network": {"Host": "192.168.1.7:4566"},
    "a foreign page": {"Host": "localhost:4566", "Origin": "https://evil.example"},
    "the web application of LocalStack's makers": {"Host": "localhost:4566", "Origin": "https://app.localstack.cloud"},
    "a page of another port": {"Host": "localhost:4566", "Origin": "http://localhost:8080"},
    "a page without origin, as in a sandbox": {"Host": "localhost:4566", "Origin": "null"},
    "a page from a file": {"Host": "localhost:4566", "Origin": "file://"},
    "a foreign page that a form was on": {"Host": "localhost:4566", "Referer": "https://evil.example/form.html"},
    "a foreign page that signs": {"Host": "localhost:4566", "Authorization": "AWS4-HMAC-SHA256 ...", "Origin": "https://evil.example"},
    "a foreign page that sends no referrer": {"Host": "localhost:4566", "Sec-Fetch-Site": "cross-site"},
}

guard = RequestGuard(extra_hosts=["localstack"], extra_origins=["http://localhost:3000"])


@pytest.mark.parametrize("headers", ANSWERED.values(), ids=ANSWERED)
def test_a_request_is_answered(headers):
    assert guard.refusal(headers) is None


@pytest.mark.parametrize("headers", REFUSED.values(), ids=REFUSED)
def test_a_request_is_refused(headers):
    assert guard.refusal(headers)


def test_a_refusal_says_what_was_found_and_what_to_do():
    refusal = guard.refusal({"Host": "evil.example"})

    assert "evil.example" in refusal
    assert "LAKESTACK_HOSTS" in refusal
