"""Run one command so that nothing of it outlives the process that asked for it.

    python -S -E guard.py [--grace SECONDS] [--hold-stdin] [--oom-score N] -- COMMAND [ARGUMENT ...]

Whoever starts the guard holds the other end of its standard input:

- closed, by intent or because the holder was killed with -9: the command's whole process tree is asked to stop
  (SIGTERM), and killed after the grace;
- the byte ``k`` written to it: the whole tree is killed at once.

SIGTERM and SIGINT to the guard do what closing does. When the command ends by itself, what it left running is killed too.
The exit code is the command's, or 128 + N when signal N ended it.

On Linux the guard adopts every orphan of the tree (PR_SET_CHILD_SUBREAPER), so double forks and new sessions do not get
away, and the command dies with the guard (PR_SET_PDEATHSIG). Elsewhere the process group and the living descendants are
what is ended. Standard library only, and Python 3.9 code: it runs before and beside every environment of the stack.
"""

import argparse
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

_LINUX = sys.platform.startswith("linux")
_PR_SET_PDEATHSIG = 1  # <sys/prctl.h>
_PR_SET_CHILD_SUBREAPER = 36
_POLL_S = 0.05


def main() -> int:
    parser = argparse.ArgumentParser(prog="guard.py", description="Run a command; end its whole process tree when standard input closes.")
    parser.add_argument("--grace", type=float, default=5.0, metavar="SECONDS", help="between SIGTERM and SIGKILL (5)")
    parser.add_argument("--hold-stdin", action="store_true", help="give the command an open, silent standard input instead of an empty one")
    parser.add_argument("--oom-score", type=int, metavar="N", help="how soon Linux kills the command, and not the guard, when memory runs out")
    parser.add_argument("command", nargs="+", metavar="COMMAND")
    arguments = parser.parse_args()
    return _Guard(arguments.command, grace_s=arguments.grace, hold_stdin=arguments.hold_stdin, oom_score=arguments.oom_score).run()


class _Guard:
    def __init__(self, command: list, grace_s: float, hold_stdin: bool, oom_score: "int | None" = None) -> None:
        self._command = command
        self._grace_s = grace_s
        self._hold_stdin = hold_stdin
        self._oom_score = oom_score
        self._exit_code = None  # of the command, once it ended
        # Signals only wake the loop up; the loop decides.
        self._wakeup, wakeup_writer = os.pipe()
        for fd in (self._wakeup, wakeup_writer):
            os.set_blocking(fd, False)
        signal.set_wakeup_fd(wakeup_writer, warn_on_full_buffer=False)
        self._stop_asked = False
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ask_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def _ask_stop(self, *_: object) -> None:
        self._stop_asked = True

    def run(self) -> int:
        if _LINUX:
            _prctl(_PR_SET_CHILD_SUBREAPER, 1)
        try:
            self._child = self._start()
        except OSError as error:
            print(f"guard: cannot start {self._command[0]}: {error.strerror}", file=sys.stderr)
            return 127
        self._watch()
        self._end_tree()
        return self._exit_code if self._exit_code is not None else 128 + signal.SIGKILL

    def _start(self) -> int:
        stdin = subprocess.DEVNULL
        if self._hold_stdin:
            stdin, self._held_end = os.pipe()
        process = subprocess.Popen(
            self._command,
            stdin=stdin,
            start_new_session=True,
            preexec_fn=self._prepare_child if _LINUX else None,  # noqa: PLW1509 - the guard has one thread
        )
        if self._hold_stdin:
            os.close(stdin)
        self._process = process
        return process.pid

    def _prepare_child(self) -> None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if self._oom_score is not None:
            with open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:
                score.write(str(self._oom_score))

    def _watch(self) -> None:
        """Return when the command ended, a stop was asked, or the holder is gone."""
        control = sys.stdin.fileno()
        while self._exit_code is None and not self._stop_asked:
            readable, _, _ = select.select([control, self._wakeup], [], [])
            if self._wakeup in readable:
                os.read(self._wakeup, 4096)
            self._reap()
            if control in readable:
                order = os.read(control, 1)
                if order == b"k":
                    self._grace_s = 0
                if order in (b"k", b""):
                    return

    def _end_tree(self) -> None:
        deadline = time.monotonic() + (self._grace_s if self._exit_code is None else 0)
        if self._exit_code is None and self._grace_s:
            self._signal_tree(signal.SIGTERM)
            while self._exit_code is None and time.monotonic() < deadline:
                select.select([self._wakeup], [], [], _POLL_S)
                self._reap()
        # A process may fork while it is being looked for: until nothing is found.
        for _ in range(100):
            if not self._signal_tree(signal.SIGKILL):
                return
            time.sleep(0.01)
            self._reap()

    def _signal_tree(self, number: int) -> bool:
        """Return whether there was anybody to signal."""
        found = False
        for pid in {self._child, *descendants(os.getpid())}:
            try:
                os.kill(pid, number)
                found = True
            except (ProcessLookupError, PermissionError):
                continue
        if self._exit_code is None:
            try:
                os.killpg(self._child, number)
            except (ProcessLookupError, PermissionError):
                pass
        return found

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self._child:
                code = os.waitstatus_to_exitcode(status)
                self._exit_code = code if code >= 0 else 128 - code
                self._process.returncode = code  # or Popen would wait for it again


def descendants(pid: int) -> "list[int]":
    """Return the ids of the living processes below `pid`, zombies left out."""
    children = {}
    for child, parent in _parents():
        children.setdefault(parent, []).append(child)
    found, queue = [], [pid]
    while queue:
        below = children.get(queue.pop(), [])
        found += below
        queue += below
    return found


def _parents() -> "Iterator[tuple[int, int]]":
    if not _LINUX:
        listing = subprocess.run(["/bin/ps", "-axo", "pid=,ppid=,stat="], capture_output=True, text=True, check=False).stdout
        for line in listing.splitlines():
            pid, parent, state = line.split()[:3]
            if not state.startswith("Z"):
                yield int(pid), int(parent)
        return
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as stat:
                state, parent = stat.read().rpartition(")")[2].split()[:2]
        except OSError:  # it ended meanwhile
            continue
        if state != "Z":
            yield int(name), int(parent)


def _prctl(option: int, value: int) -> None:
    import ctypes

    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main())
