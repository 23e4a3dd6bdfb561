"""The guard: nothing of a command outlives whoever asked for it."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

GUARD = Path(__file__).parents[3] / "services/common/lakestack_common/guard.py"

# A parent that leaves a grandchild in a session of its own, prints its id, and waits.
FAMILY = textwrap.dedent("""
    import subprocess, sys, time
    grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"], start_new_session=True)
    print(grandchild.pid, flush=True)
    time.sleep(float(sys.argv[1]))
    sys.exit(int(sys.argv[2]))
""")


def start(*command, **options):
    return subprocess.Popen(
        [sys.executable, "-S", "-E", str(GUARD), *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )


def family(wait_s="300", code="0", *options):
    guard = start(*options, "--", sys.executable, "-c", FAMILY, wait_s, code)
    return guard, int(guard.stdout.readline())


def is_gone(pid, within_s=10.0):
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize(("code", "expected"), [("0", 0), ("3", 3)])
def test_the_exit_code_is_the_commands(code, expected):
    guard = start("--", sys.executable, "-c", f"raise SystemExit({code})")

    assert guard.wait(10) == expected


def test_a_command_that_a_signal_ended_exits_with_128_and_the_signal():
    guard = start("--", sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")

    assert guard.wait(10) == 128 + signal.SIGKILL


def test_what_the_command_leaves_running_is_ended():
    guard, grandchild = family("0", "0")

    assert guard.wait(10) == 0
    assert is_gone(grandchild)


def test_closing_the_pipe_ends_the_whole_tree():
    guard, grandchild = family()

    guard.stdin.close()

    assert guard.wait(10) == 128 + signal.SIGTERM
    assert is_gone(grandchild)


def test_the_order_to_kill_does_not_wait_for_the_grace():
    ignores = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(300)"
    guard = start("--grace", "60", "--", sys.executable, "-c", ignores)
    guard.stdout.readline()

    guard.stdin.write("k")
    guard.stdin.flush()

    assert guard.wait(10) == 128 + signal.SIGKILL


def test_sigterm_ends_the_whole_tree():
    guard, grandchild = family()

    guard.terminate()

    assert guard.wait(10) == 128 + signal.SIGTERM
    assert is_gone(grandchild)


def test_a_command_that_ignores_sigterm_is_killed_after_the_grace():
    ignores = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(300)"
    guard = start("--grace", "0.3", "--", sys.executable, "-c", ignores)
    guard.stdout.readline()

    guard.stdin.close()

    assert guard.wait(10) == 128 + signal.SIGKILL


def test_the_tree_dies_with_a_holder_that_was_killed_with_9():
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys, time\nguard = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE)\ntime.sleep(300)",
            *[sys.executable, "-S", "-E", str(GUARD), "--", sys.executable, "-c", FAMILY, "300", "0"],
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    grandchild = int(holder.stdout.readline())

    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()

    assert is_gone(grandchild)


@pytest.mark.skipif(sys.platform != "linux", reason="the command dies with its guard on Linux only")
def test_the_command_dies_with_its_guard():
    guard = start("--", sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(300)")
    command = int(guard.stdout.readline())

    guard.kill()
    guard.wait()

    assert is_gone(command)


def test_an_unknown_command_is_named():
    guard = start("--", "no-such-command-here", stderr=subprocess.PIPE)

    _, errors = guard.communicate(timeout=10)

    assert guard.returncode == 127
    assert errors == "guard: cannot start no-such-command-here: No such file or directory\n"
