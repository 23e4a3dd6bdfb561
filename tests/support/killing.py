"""Ends processes of an embedded stack as a crash does, in the middle of what they do."""

from __future__ import annotations

from contextlib import suppress

import psutil
import pytest

from lakestack.engine import control
from tests.support.waiting import eventually


class Killing:
    """The processes of one stack; a test on another engine is skipped, since they are not this machine's."""

    def __init__(self, stack) -> None:
        if stack.embedded is None:
            pytest.skip("only of an embedded stack can a single function, driver or JVM be killed")
        self._stack = stack

    def freeze_function(self, name: str) -> None:
        """Stop the warm process of a Lambda function, so that it is in the middle of its next invocation when it is killed."""
        for process in self._found("localstack", _is_function(name)):
            process.suspend()

    def function(self, name: str) -> None:
        """Kill the process of a Lambda function, once there is one."""
        self._kill("localstack", _is_function(name))

    def driver(self) -> None:
        """Kill the Python process of the Spark job that runs."""
        self._kill("spark", lambda process: "driver.py" in _words(process) and "guard.py" not in _words(process))

    def jvm(self) -> None:
        """Kill the JVM of the Spark job that runs, and the spare one."""
        self._kill("spark", lambda process: process.name() == "java")

    def trino(self) -> None:
        self._kill("trino", lambda process: process.name() == "java")

    def wait_until_healthy(self) -> None:
        control.wait_until_healthy(self._stack.embedded, lambda _status: None, within_s=120)

    def _kill(self, part: str, is_meant) -> None:
        for process in eventually(lambda: self._found(part, is_meant), 20, 0.01, f"a process of {part} to kill"):
            with suppress(psutil.NoSuchProcess):
                process.kill()

    def _found(self, part: str, is_meant) -> list[psutil.Process]:
        pid = self._stack.embedded.status["parts"][part]["pid"]
        return [process for process in psutil.Process(pid).children(recursive=True) if _safely(is_meant, process)]


def _is_function(name: str):
    return lambda process: process.environ().get("AWS_LAMBDA_FUNCTION_NAME") == name and "guard.py" not in _words(process)


def _words(process: psutil.Process) -> set[str]:
    """Return the file names that a command line is made of."""
    return {word.rsplit("/", 1)[-1] for word in process.cmdline()}


def _safely(is_meant, process: psutil.Process) -> bool:
    try:
        return bool(is_meant(process))
    except psutil.Error:
        return False
