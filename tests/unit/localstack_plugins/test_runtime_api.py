"""The Runtime API, spoken to as AWS's client speaks to it."""

import http.client
import json
import threading

import pytest
from lakestack_aws.lambda_.runtime_api import MAX_RESPONSE_BYTES, Invocation, RuntimeApi, RuntimeExited

NEXT = "/2018-06-01/runtime/invocation/next"


@pytest.fixture
def api():
    api = RuntimeApi()
    yield api
    api.close()


def ask(api, method, path, body=None, host=None):
    connection = http.client.HTTPConnection(api.address, timeout=10)
    connection.request(method, path, body, {"Host": host or api.address})
    answer = connection.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read()


def invocation(request_id="id-1"):
    return Invocation(request_id, "arn:aws:lambda:us-east-1:000000000000:function:f", b'{"a": 1}', deadline_ms=1)


def answer_next(api, kind, body):
    def work():
        _, headers, _ = ask(api, "GET", NEXT)
        ask(api, "POST", f"/2018-06-01/runtime/invocation/{headers['Lambda-Runtime-Aws-Request-Id']}/{kind}", body)

    threading.Thread(target=work, daemon=True).start()


def test_the_runtime_gets_the_event_and_its_headers(api):
    api.send(invocation())

    status, headers, body = ask(api, "GET", NEXT)

    assert (status, json.loads(body)) == (200, {"a": 1})
    assert headers["Lambda-Runtime-Deadline-Ms"] == "1"
    assert headers["Lambda-Runtime-Invoked-Function-Arn"].endswith(":function:f")


@pytest.mark.parametrize(("kind", "is_error"), [("response", False), ("error", True)])
def test_the_runtimes_answer_ends_the_invocation(api, kind, is_error):
    answer_next(api, kind, b'"done"')

    outcome = api.send(invocation()).result(timeout=10)

    assert (outcome.payload, outcome.is_error) == (b'"done"', is_error)


def test_a_response_beyond_six_megabytes_is_an_error_of_the_function(api):
    answer_next(api, "response", b"x" * (MAX_RESPONSE_BYTES + 1))

    outcome = api.send(invocation()).result(timeout=10)

    assert json.loads(outcome.payload)["errorType"] == "Function.ResponseSizeTooLarge"


def test_an_answer_to_another_invocation_is_refused(api):
    api.send(invocation("id-2"))

    status, _, _ = ask(api, "POST", "/2018-06-01/runtime/invocation/id-1/response", b"{}")

    assert status == 400


def test_an_init_error_is_kept(api):
    ask(api, "POST", "/2018-06-01/runtime/init/error", b'{"errorType": "Runtime.ImportModuleError"}')

    assert api.is_ready.is_set()
    assert b"ImportModuleError" in api.init_error.payload


@pytest.mark.parametrize("order", ["exit first", "invocation first"])
def test_a_runtime_that_ends_answers_nothing(api, order):
    if order == "exit first":
        api.note_exit(3)
        future = api.send(invocation())
    else:
        future = api.send(invocation())
        api.note_exit(3)

    with pytest.raises(RuntimeExited) as exited:
        future.result(timeout=10)
    assert exited.value.exit_code == 3


def test_another_host_name_is_not_answered(api):
    api.send(invocation())

    status, _, body = ask(api, "GET", NEXT, host="evil.example")

    assert (status, body) == (404, b"")
