"""Start a stack, wait until it is healthy, stop it."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psutil

from lakestack import room
from lakestack.engine.stack import Stack
from lakestack.errors import StackError
from lakestack.install.components import require_installed

type Report = Callable[[dict[str, Any]], None]

_POLL_S = 0.1
_HEALTHY_WITHIN_S = 180.0
_DOWN_WITHIN_S = 30.0
_LOG_TAIL_LINES = 15
# LocalStack keeps its state in memory: what lies on disk of the last time is of no use to a new process.
_FORGOTTEN_AT_START = ("localstack", "s3")


def supervisor_of(stack: Stack) -> psutil.Process | None:
    """Return the living supervisor of `stack`, or None."""
    pid = stack.status.get("supervisor")
    try:
        process = psutil.Process(pid) if pid else None
        is_ours = process is not None and "lakestack.engine.supervisor" in process.cmdline() and str(stack.folder) in process.cmdline()
    except psutil.Error:
        return None
    return process if is_ours else None


def start(stack: Stack, port: int | None) -> subprocess.Popen[bytes] | None:
    """Start the supervisor of `stack` in the background, or return None when it runs already.

    Raises:
        InstallError: Something is not installed yet.
        StackError: The port is taken, the stack runs on another port than the one asked for, or its disk is full.
    """
    if supervisor_of(stack):
        return _start(stack, port)
    with room.to_start_in(stack.folder):
        return _start(stack, port)


def _start(stack: Stack, port: int | None) -> subprocess.Popen[bytes] | None:
    require_installed()
    stack.folder.mkdir(parents=True, exist_ok=True)
    with _locked(stack):
        if supervisor_of(stack):
            if port and port != stack.settings.port:
                raise StackError(
                    f"The stack in {stack.folder} runs on port {stack.settings.port} already. To move it: lakestack down, then up again."
                )
            return None
        stack.prepare(port)
        for name in _FORGOTTEN_AT_START:
            shutil.rmtree(stack.folder / name, ignore_errors=True)
        stack.status_file.unlink(missing_ok=True)
        with (stack.logs / "supervisor.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "lakestack.engine.supervisor", str(stack.folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        _wait_for_status(stack, process)
        return process


def wait_until_healthy(stack: Stack, report: Report, within_s: float = _HEALTHY_WITHIN_S) -> None:
    """Return once every part is healthy; `report` is told the status on the way.

    Raises:
        StackError: It took too long or the supervisor ended; the message has what is not healthy and the end of its log.
    """
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        status = stack.status
        report(status)
        if status.get("parts") and all(part["state"] == "healthy" for part in status["parts"].values()):
            return
        if not supervisor_of(stack):
            raise StackError(f"The stack ended while it started. The end of its log:\n{_tail(stack, 'supervisor')}")
        time.sleep(_POLL_S)
    waiting = {name: part for name, part in stack.status["parts"].items() if part["state"] != "healthy"}
    reasons = "\n".join(f"{name} is {part['state']}: {part['detail']}\n{_tail(stack, name)}" for name, part in waiting.items())
    raise StackError(f"Not healthy within {within_s:.0f} s. It keeps running; stop it with: lakestack down\n{reasons}")


def stop(stack: Stack) -> bool:
    """End the stack and everything it started; return whether it was running.

    Raises:
        StackError: Something is still running although it was killed.
    """
    supervisor = supervisor_of(stack)
    if supervisor is None:
        return False
    family = [supervisor, *supervisor.children(recursive=True)]
    supervisor.send_signal(signal.SIGTERM)
    _, alive = psutil.wait_procs(family, timeout=_DOWN_WITHIN_S)
    for process in alive:
        process.kill()
    _, alive = psutil.wait_procs(alive, timeout=5)
    if alive:
        raise StackError(f"Still running after they were killed: {', '.join(f'{p.pid} {p.name()}' for p in alive)}")
    return True


def memory_bytes(pid: int | None) -> int:
    """Return the memory of `pid` and everything below it; shared pages count once where the system tells (Linux)."""
    if pid is None:
        return 0
    total = 0
    try:
        root = psutil.Process(pid)
        for process in [root, *root.children(recursive=True)]:
            try:
                total += process.memory_full_info().pss if sys.platform == "linux" else process.memory_info().rss
            except psutil.NoSuchProcess:
                continue
    except psutil.NoSuchProcess:
        return 0
    return total


def _wait_for_status(stack: Stack, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while not stack.status:
        if process.poll() is not None or time.monotonic() > deadline:
            process.terminate()  # nobody could find it without its status
            raise StackError(f"The stack did not start. The end of its log:\n{_tail(stack, 'supervisor')}")
        time.sleep(0.02)


@contextmanager
def _locked(stack: Stack) -> Iterator[None]:
    with (stack.folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(f"Another lakestack up is starting the stack in {stack.folder}. Wait for it: lakestack status") from None
        yield


def _tail(stack: Stack, name: str) -> str:
    log = stack.logs / f"{name}.log"
    if not log.exists():
        return f"  ({log} does not exist)"
    lines = log.read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:]
    return "\n".join(f"  {line}" for line in [*lines, f"(the whole: {log})"]) + os.linesep
