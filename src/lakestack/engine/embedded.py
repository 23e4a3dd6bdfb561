"""The embedded engine: a supervisor in the background holds the parts; this starts it, asks it and ends it."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from lakestack import room
from lakestack.engine.engines import EngineName, PartStatus
from lakestack.engine.stack import Stack
from lakestack.errors import StackError
from lakestack.install.components import require_installed

_DOWN_WITHIN_S = 30.0
_LOG_TAIL_LINES = 15


def supervisor_of(stack: Stack) -> psutil.Process | None:
    """Return the living supervisor of `stack`, or None."""
    pid = stack.status.get("supervisor")
    try:
        process = psutil.Process(pid) if pid else None
        is_ours = process is not None and "lakestack.engine.supervisor" in process.cmdline() and str(stack.folder) in process.cmdline()
    except psutil.Error:
        return None
    return process if is_ours else None


class EmbeddedEngine:
    """The parts as processes of this machine, held by a supervisor."""

    poll_s = 0.1

    def is_running(self, stack: Stack) -> bool:
        return supervisor_of(stack) is not None

    def start(self, stack: Stack, port: int | None) -> bool:
        if supervisor_of(stack):
            return self._start(stack, port)
        with room.to_start_in(stack.folder):
            return self._start(stack, port)

    def _start(self, stack: Stack, port: int | None) -> bool:
        require_installed()
        stack.folder.mkdir(parents=True, exist_ok=True)
        with _locked(stack):
            if supervisor_of(stack):
                demand_port(stack, port)
                return False
            stack.prepare(port, EngineName.EMBEDDED)
            stack.status_file.unlink(missing_ok=True)
            with (stack.logs / "supervisor.log").open("ab") as log:
                process = subprocess.Popen(
                    [sys.executable, "-m", "lakestack.engine.supervisor", str(stack.folder)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            self._wait_for_status(stack, process)
            return True

    def parts(self, stack: Stack) -> Mapping[str, PartStatus]:
        return {name: _part_status(name, facts) for name, facts in stack.status.get("parts", {}).items()}

    def demand_alive(self, stack: Stack) -> None:
        if not supervisor_of(stack):
            raise StackError(f"The stack ended while it started. The end of its log:\n{self.log_tail(stack, 'supervisor')}")

    def log_of(self, stack: Stack, part: str) -> str:
        return str(stack.logs / f"{part}.log")

    def log_tail(self, stack: Stack, part: str) -> str:
        return tail(stack.logs / f"{part}.log")

    def memory_bytes(self, stack: Stack) -> Mapping[str, int]:
        used = {name: _memory_bytes(facts["pid"]) for name, facts in stack.status.get("parts", {}).items()}
        supervisor = supervisor_of(stack)
        return {**used, "supervisor": max(0, _memory_bytes(supervisor.pid) - sum(used.values()))} if supervisor else used

    def stop(self, stack: Stack) -> bool:
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

    def _wait_for_status(self, stack: Stack, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + 20
        while not stack.status:
            if process.poll() is not None or time.monotonic() > deadline:
                process.terminate()  # nobody could find it without its status
                raise StackError(f"The stack did not start. The end of its log:\n{self.log_tail(stack, 'supervisor')}")
            time.sleep(0.02)


def demand_port(stack: Stack, port: int | None) -> None:
    """Refuse to go on when a running stack was asked for on another port.

    Raises:
        StackError: It was.
    """
    if port and port != stack.settings.port:
        raise StackError(f"The stack in {stack.folder} runs on port {stack.settings.port} already. To move it: lakestack down, then up again.")


def tail(log: Path) -> str:
    """Return the last lines of `log`, indented, and where the whole is."""
    if not log.exists():
        return f"  ({log} does not exist)"
    lines = log.read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:]
    return "\n".join(f"  {line}" for line in [*lines, f"(the whole: {log})"]) + os.linesep


def _part_status(name: str, facts: Mapping[str, Any]) -> PartStatus:
    return PartStatus(
        name=name,
        stands_for=facts["stands_for"],
        version=facts["version"],
        state=facts["state"],
        detail=facts["detail"],
        port=facts["port"],
        process=str(facts["pid"] or ""),
        restarts=facts["restarts"],
        started_at=datetime.fromisoformat(facts["started_at"]),
        slow_after_s=facts["slow_after_s"],
    )


def _memory_bytes(pid: int | None) -> int:
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


@contextmanager
def _locked(stack: Stack) -> Iterator[None]:
    with (stack.folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(f"Another lakestack up is starting the stack in {stack.folder}. Wait for it: lakestack status") from None
        yield
