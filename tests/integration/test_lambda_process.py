"""Lambda functions: real processes with Lambda's environment, limits, errors and logs."""

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from tests.support.functions import zipped
from tests.support.waiting import eventually

ENVIRONMENT_URL = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"
ERRORS_URL = "https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html"
LIMITS_URL = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
LOGS_URL = "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html"
LIFE_URL = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html"


@pytest.fixture
def invoke(stack):
    def invoke(name, event=None, **arguments):
        answer = stack.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event), **arguments)
        payload = answer["Payload"].read()
        return answer | {"Payload": json.loads(payload) if payload else None}

    return invoke


def log_of(answer):
    return base64.b64decode(answer["LogResult"]).decode()


@pytest.mark.aws_documented(ENVIRONMENT_URL)
def test_a_function_sees_lambdas_environment_and_acts_as_its_role(made, invoke):
    source = """
import os, boto3
def handler(event, context):
    return {"event": event, "environment": dict(os.environ), "arn": boto3.client("sts").get_caller_identity()["Arn"], "left": context.get_remaining_time_in_millis()}
"""
    role = made.role("lambda")
    name = made.function(source, Role=role, Environment={"Variables": {"MY_SETTING": "7"}}, MemorySize=256)

    seen = invoke(name, {"a": 1})["Payload"]

    assert seen["event"] == {"a": 1}
    assert seen["arn"] == f"arn:aws:sts::000000000000:assumed-role/{role.rpartition('/')[2]}/{name}"
    assert 0 < seen["left"] <= 10_000
    environment = seen["environment"]
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == name
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert environment["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.13"
    assert environment["MY_SETTING"] == "7"
    assert not [key for key in environment if key.startswith("LOCALSTACK")]


@pytest.mark.local_only
def test_a_dependency_that_was_not_packed_is_missed(made, invoke):
    name = made.function("import pandas\ndef handler(event, context): pass")

    answer = invoke(name)

    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorType"] == "Runtime.ImportModuleError"
    assert "No module named 'pandas'" in answer["Payload"]["errorMessage"]


@pytest.mark.aws_documented(ERRORS_URL)
def test_an_exception_is_an_error_of_the_function(made, invoke):
    name = made.function("def handler(event, context): raise ValueError('bad row')")

    answer = invoke(name)

    assert answer["StatusCode"] == 200
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorType"] == "ValueError"
    assert answer["Payload"]["errorMessage"] == "bad row"
    assert "handler.py" in answer["Payload"]["stackTrace"][0]


@pytest.mark.aws_documented("https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html")
def test_a_function_beyond_its_timeout_is_ended_and_says_so(made, invoke):
    name = made.function("import time\ndef handler(event, context): time.sleep(event)", Timeout=1)
    begun = time.monotonic()

    answer = invoke(name, 60, LogType="Tail")

    assert time.monotonic() - begun < 10
    assert answer["Payload"]["errorType"] == "Sandbox.Timedout"
    assert answer["Payload"]["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")
    assert "Status: timeout" in log_of(answer)
    assert "FunctionError" not in invoke(name, 0)


@pytest.mark.local_only
@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import os\ndef handler(event, context): os._exit(3)", "exit status 3"),
        ("import os\ndef handler(event, context): os.kill(os.getpid(), 9)", "signal: killed"),
        ("def handler(event, context): x = bytearray(500 << 20); import time; time.sleep(5)", "signal: killed"),
        ("import sys\nsys.exit(4)\ndef handler(event, context): pass", "exit status 4"),
    ],
    ids=["an exit", "a kill", "more memory than it has", "an exit while it starts"],
)
def test_the_end_of_the_process_is_an_exit_error(made, invoke, source, reason):
    name = made.function(source)

    answer = invoke(name)

    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorType"] == "Runtime.ExitError"
    assert answer["Payload"]["errorMessage"].endswith(f"Runtime exited with error: {reason}")


@pytest.mark.aws_documented(LIMITS_URL)
def test_payloads_beyond_six_megabytes_are_refused_both_ways(stack, made, invoke):
    name = made.function("def handler(event, context): return 'x' * event")

    too_large = invoke(name, 7 << 20)["Payload"]
    with pytest.raises(ClientError) as refused:
        stack.client("lambda").invoke(FunctionName=name, Payload=json.dumps("x" * (7 << 20)))

    assert too_large["errorType"] == "Function.ResponseSizeTooLarge"
    assert refused.value.response["Error"]["Code"] == "RequestTooLargeException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
    assert invoke(name, 3)["Payload"] == "xxx"


@pytest.mark.aws_documented("https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html")
def test_an_event_that_is_not_json_is_refused(stack, made):
    name = made.function("def handler(event, context): return 1")

    with pytest.raises(ClientError) as refused:
        stack.client("lambda").invoke(FunctionName=name, Payload=b"{not json")

    assert refused.value.response["Error"]["Code"] == "InvalidRequestContentException"


@pytest.mark.aws_documented(LOGS_URL)
def test_what_a_function_writes_is_in_its_log(stack, made, invoke):
    source = """
import logging, sys
logging.getLogger().setLevel("INFO")
def handler(event, context):
    print("printed")
    print("to stderr", file=sys.stderr)
    logging.info("logged")
"""
    name = made.function(source)

    answer = invoke(name, LogType="Tail")
    request = answer["ResponseMetadata"]["RequestId"]

    def lines():
        events = stack.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        return [event["message"].rstrip("\n") for event in events]

    logs = stack.client("logs")
    eventually(lambda: logs.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"], what="the log group")
    written = eventually(lambda: lines() if any(line.startswith("REPORT") for line in lines()) else None, what="the REPORT line")
    assert written[0] == f"START RequestId: {request} Version: $LATEST"
    assert {"printed", "to stderr"} <= set(written)
    assert any(line.startswith("[INFO]") and line.endswith(f"{request}\tlogged") for line in written)
    assert f"END RequestId: {request}" in written
    assert written[-1].startswith(f"REPORT RequestId: {request}\tDuration: ")
    assert log_of(answer).splitlines() == written
    logs.delete_log_group(logGroupName=f"/aws/lambda/{name}")


@pytest.mark.aws_documented(LIFE_URL)
def test_a_warm_environment_is_used_again_and_new_code_replaces_it(stack, made, invoke):
    name = made.function("n = 0\ndef handler(event, context):\n    global n; n += 1; return n")
    warm = [invoke(name)["Payload"] for _ in range(3)]

    functions = stack.client("lambda")
    functions.update_function_code(FunctionName=name, ZipFile=zipped("def handler(event, context): return 'new'"))
    functions.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})

    assert warm == [1, 2, 3]
    assert invoke(name)["Payload"] == "new"


@pytest.mark.aws_documented("https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html")
def test_invocations_at_once_run_at_once(made, invoke):
    name = made.function("import os, time\ndef handler(event, context):\n    time.sleep(1.5); return os.getpid()")

    with ThreadPoolExecutor(3) as pool:
        processes = list(pool.map(lambda _: invoke(name)["Payload"], range(3)))

    assert len(set(processes)) == 3


@pytest.mark.local_only
def test_a_runtime_that_is_not_run_here_is_refused_by_its_name(stack, made):
    with pytest.raises(ClientError) as refused:
        made.function("exports.handler = 1", Runtime="nodejs22.x")

    assert "nodejs22.x" in str(refused.value)


@pytest.mark.local_only
def test_another_python_runs_and_the_log_says_by_what(made, invoke):
    name = made.function("def handler(event, context): return 1", Runtime="python3.9")

    answer = invoke(name, LogType="Tail")

    assert answer["Payload"] == 1
    assert "runtime python3.9 is run by python3.13" in log_of(answer)
