"""LocalStack's executor of Lambda functions as processes of this machine: no container, no Docker socket.

A function runs in an environment of boto3 and AWS's runtime client alone, so a forgotten dependency is noticed here, as
on AWS. What a process cannot give is said in docs/differences.md: /tmp is the machine's (TMPDIR points to a folder of the
function's own), and the task folder is not read-only.
"""

import functools
import os
import shutil
import subprocess
import tempfile
import time
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from pathlib import Path
from typing import Any

from localstack import config as localstack_config
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

from lakestack_aws import config
from lakestack_aws.lambda_ import invocation_log
from lakestack_aws.lambda_.environment import function_environment
from lakestack_aws.lambda_.function_process import FunctionProcess
from lakestack_aws.lambda_.runtime_api import Invocation, Outcome, RuntimeApi, RuntimeExited
from lakestack_aws.lambda_.runtimes import check_runtime, difference

# Lambda's own limit; what is not ready by then goes on starting while the invocation's time runs.
_INIT_LIMIT_S = 10.0
_MEMORY_POLL_S = 0.1


class ProcessRuntimeExecutor(RuntimeExecutor):
    """One execution environment: a process that serves one invocation after another, and a new one when that has ended."""

    def __init__(self, id: str, function_version: FunctionVersion) -> None:  # noqa: A002 - LocalStack's name
        super().__init__(id, function_version)
        self._given: dict[str, Any] = {}
        self._folder = Path()
        self._api: RuntimeApi | None = None
        self._process: FunctionProcess | None = None
        self._started_at = 0.0
        self._is_cold = True
        self._is_stopped = False

    def start(self, env_vars: dict[str, str]) -> None:
        self._given = env_vars
        self._folder = Path(tempfile.mkdtemp(prefix="lambda-"))
        self._launch()

    def stop(self) -> None:
        self._is_stopped = True
        self._end()
        shutil.rmtree(self._folder, ignore_errors=True)

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        request_id = payload["invoke-id"]
        if self._process is None or not self._process.is_alive:
            self._launch()
        note = difference(self.function_version.config.runtime, _lambda_python_version()) if self._is_cold else None
        lines = [note, self._process.take_output(), invocation_log.start_line(request_id, self.function_version.id.qualifier)]
        started_at = time.monotonic()
        outcome, status, problem = self._run(payload)
        if self._is_stopped:
            raise CancelledError(f"Function {self.function_version.id.function_name} was stopped or updated while request {request_id} ran.")
        lines += [self._process.take_output(), problem, invocation_log.end_line(request_id)]
        lines.append(str(self._report(request_id, started_at, status)))
        self._is_cold = False
        if status:
            self._end()
        log = "\n".join(line.rstrip("\n") for line in lines if line) + "\n"
        return InvocationResult(request_id, outcome.payload, is_error=outcome.is_error, logs=log)

    def get_logs(self) -> str:
        return self._process.take_output() if self._process else ""

    def get_address(self) -> str:
        return "127.0.0.1"

    def get_endpoint_from_executor(self) -> str:
        return "127.0.0.1"

    def get_runtime_endpoint(self) -> str:
        return f"http://127.0.0.1:{localstack_config.GATEWAY_LISTEN[0].port}"

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        check_runtime(function_version.config.runtime, function_version.config.package_type)
        function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """LocalStack removes the code itself, once no version uses it."""

    @classmethod
    def validate_environment(cls) -> bool:
        return config.lambda_python().exists()

    def _launch(self) -> None:
        function = self.function_version.config
        code_folder = Path(function.code.get_unzipped_code_location())
        self._end()
        self._api = RuntimeApi()
        environment = function_environment(
            self._given,
            runtime=function.runtime,
            code_folder=str(code_folder),
            temporary_folder=str(self._folder),
            runtime_api=self._api.address,
            machine=os.environ,
        )
        self._is_cold, self._started_at = True, time.monotonic()
        self._process = FunctionProcess(
            [str(config.lambda_python()), "-m", "awslambdaric", function.handler],
            environment=environment,
            folder=code_folder,
            guard=config.guard(),
            on_exit=self._api.note_exit,
        )
        self._api.is_ready.wait(_INIT_LIMIT_S)

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
        if self._api is not None:
            self._api.close()

    def _run(self, payload: dict[str, str]) -> tuple[Outcome, str | None, str]:
        """Return what is answered, the REPORT line's status (None when all is well), and a line for the log."""
        request_id, timeout_s = payload["invoke-id"], self.function_version.config.timeout
        if self._api.init_error is not None:
            return self._api.init_error, "error", ""
        deadline = time.time() + timeout_s
        future = self._api.send(
            Invocation(request_id, payload["invoked-function-arn"], payload["payload"].encode(), int(deadline * 1000), payload.get("trace-id", ""))
        )
        try:
            outcome = self._wait(future, timeout_s)
        except RuntimeExited as exited:
            if self._api.init_error is not None:
                return self._api.init_error, "error", ""
            message = invocation_log.exit_message(request_id, exited.exit_code)
            return Outcome.error("Runtime.ExitError", message), "error", f"{message}\nRuntime.ExitError"
        if outcome is None:
            self._process.kill()
            message = invocation_log.timeout_message(request_id, timeout_s)
            return Outcome.error("Sandbox.Timedout", message), "timeout", invocation_log.timeout_line(request_id, timeout_s)
        return outcome, None, ""

    def _wait(self, future: Future[Outcome], timeout_s: int) -> Outcome | None:
        """Wait for the outcome, None when the time is over; a process beyond its memory is killed meanwhile."""
        deadline = time.monotonic() + timeout_s
        limit = self.function_version.config.memory_size << 20
        while (left := deadline - time.monotonic()) > 0:
            try:
                return future.result(timeout=min(left, _MEMORY_POLL_S))
            except FutureTimeoutError:
                if self._process.memory_bytes() > limit:
                    self._process.kill()
        return None

    def _report(self, request_id: str, started_at: float, status: str | None) -> invocation_log.Report:
        self._process.memory_bytes()
        ready_at = self._api.ready_at
        return invocation_log.Report(
            request_id,
            duration_ms=(time.monotonic() - started_at) * 1000,
            memory_size_mb=self.function_version.config.memory_size,
            max_memory_used_mb=self._process.max_memory_mb,
            init_duration_ms=(ready_at - self._started_at) * 1000 if self._is_cold and ready_at else None,
            status=status,
        )


@functools.cache
def _lambda_python_version() -> str:
    """Return such as "python3.13"."""
    question = "import sys; print(f'python{sys.version_info[0]}.{sys.version_info[1]}')"
    return subprocess.run([config.lambda_python(), "-S", "-E", "-c", question], capture_output=True, text=True, check=True).stdout.strip()
