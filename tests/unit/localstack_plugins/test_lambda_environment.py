"""What a function's process sees of the world."""

import pytest
from lakestack_aws.lambda_.environment import function_environment
from lakestack_aws.lambda_.invocation_log import Report, exit_message, timeout_message
from lakestack_aws.lambda_.runtimes import UnsupportedRuntimeError, check_runtime, difference

GIVEN = {
    "AWS_REGION": "us-east-1",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": 128,
    "AWS_ACCESS_KEY_ID": "of the role",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
    "LOCALSTACK_HOSTNAME": "127.0.0.1",
    "EDGE_PORT": "4566",
    "TZ": ":UTC",
    "MY_SETTING": "7",
}


def environment(machine):
    return function_environment(
        GIVEN, runtime="python3.13", code_folder="/code", temporary_folder="/tmp/f", runtime_api="127.0.0.1:9001", machine=machine
    )


def test_nothing_of_the_machines_user_is_passed_on():
    machine = {"PATH": "/bin", "AWS_PROFILE": "production", "AWS_SECRET_ACCESS_KEY": "real", "HOME": "/home/me", "PYTHONPATH": "/src"}

    seen = environment(machine)

    assert "production" not in seen.values()
    assert "real" not in seen.values()
    assert seen["HOME"] == seen["TMPDIR"] == "/tmp/f"
    assert "PYTHONPATH" not in seen
    assert seen["PATH"] == "/bin"


def test_lambdas_own_variables_and_the_functions_are_there_as_text():
    seen = environment({})

    assert seen["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "128"
    assert seen["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.13"
    assert seen["AWS_LAMBDA_RUNTIME_API"] == "127.0.0.1:9001"
    assert seen["LAMBDA_TASK_ROOT"] == "/code"
    assert seen["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"
    assert seen["MY_SETTING"] == "7"


def test_nothing_tells_the_function_that_it_is_emulated():
    assert not [name for name in environment({}) if name.startswith(("LOCALSTACK", "EDGE"))]


def test_calls_to_the_stack_do_not_go_through_a_proxy():
    seen = environment({"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "intranet"})

    assert seen["HTTPS_PROXY"] == "http://proxy:3128"
    assert seen["NO_PROXY"] == "intranet,localhost,127.0.0.1"


def test_a_report_line_reads_as_lambdas():
    report = Report("id-1", duration_ms=2.341, memory_size_mb=128, max_memory_used_mb=40, init_duration_ms=100.0)

    assert str(report) == (
        "REPORT RequestId: id-1\tDuration: 2.34 ms\tBilled Duration: 103 ms\tMemory Size: 128 MB\tMax Memory Used: 40 MB\tInit Duration: 100.00 ms"
    )


@pytest.mark.parametrize(
    ("exit_code", "reason"),
    [
        (0, "Runtime exited without providing a reason"),
        (3, "Runtime exited with error: exit status 3"),
        (137, "Runtime exited with error: signal: killed"),
    ],
)
def test_an_exit_is_named_as_lambda_names_it(exit_code, reason):
    assert exit_message("id-1", exit_code) == f"RequestId: id-1 Error: {reason}"


def test_a_timeout_names_the_functions_limit():
    assert timeout_message("id-1", 3) == "RequestId: id-1 Error: Task timed out after 3.00 seconds"


@pytest.mark.parametrize(("runtime", "package_type"), [("nodejs22.x", "Zip"), ("python3.8", "Zip"), (None, "Image"), (None, None)])
def test_what_no_python_process_can_run_is_refused(runtime, package_type):
    with pytest.raises(UnsupportedRuntimeError, match="not run by lakestack"):
        check_runtime(runtime, package_type)


def test_another_python_than_the_functions_is_said():
    assert "python3.9 is run by python3.13" in difference("python3.9", "python3.13")
    assert difference("python3.13", "python3.13") is None
