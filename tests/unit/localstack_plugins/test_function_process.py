"""A function's process: its output, its memory and its end."""

import os
import sys
import threading
from pathlib import Path

import psutil
import pytest
from lakestack_aws.lambda_.function_process import FunctionProcess

from tests.support.waiting import eventually

GUARD = Path(__file__).parents[3] / "services/common/lakestack_common/guard.py"


@pytest.fixture
def start(tmp_path):
    started = []

    def factory(script):
        exits, ended = [], threading.Event()

        def on_exit(code):
            exits.append(code)
            ended.set()

        process = FunctionProcess([sys.executable, "-c", script], environment=dict(os.environ), folder=tmp_path, guard=GUARD, on_exit=on_exit)
        process.exits, process.ended = exits, ended
        started.append(process)
        return process

    yield factory
    for process in started:
        process.kill()


def test_both_streams_are_one_log(start):
    process = start("import sys; print('out', flush=True); print('err', file=sys.stderr, flush=True)")

    process.ended.wait(10)

    assert process.take_output() == "out\nerr\n"
    assert process.take_output() == ""


def test_more_output_than_a_pipe_holds_blocks_nobody(start):
    process = start("print('x' * 1_000_000)")

    assert process.ended.wait(10)
    assert len(process.take_output()) == 1_000_001


@pytest.mark.parametrize(("script", "code"), [("raise SystemExit(3)", 3), ("import os; os.kill(os.getpid(), 9)", 137)])
def test_the_exit_code_says_how_it_ended(start, script, code):
    process = start(script)

    process.ended.wait(10)

    assert process.exits == [code]
    assert not process.is_alive


def test_killing_it_ends_what_it_started(start):
    process = start(
        "import subprocess, sys, time; print(subprocess.Popen(['sleep', '300'], start_new_session=True).pid, flush=True); time.sleep(300)"
    )
    grandchild = int(eventually(process.take_output, what="the grandchild's id"))

    process.kill()

    eventually(lambda: not psutil.pid_exists(grandchild) or psutil.Process(grandchild).status() == psutil.STATUS_ZOMBIE, what="the grandchild's end")


def test_its_memory_is_seen(start):
    process = start("x = bytearray(80 << 20); print('full', flush=True); import time; time.sleep(300)")
    eventually(process.take_output, what="the memory is taken")

    assert process.memory_bytes() > 80 << 20
    assert process.max_memory_mb > 80
