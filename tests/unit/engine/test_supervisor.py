"""The supervisor: parts start side by side, what dies is started again, all end together."""

import os
import sys
import threading

import psutil
import pytest

from lakestack.engine.parts import Facts, Part
from lakestack.engine.stack import Stack
from lakestack.engine.supervisor import Supervised
from tests.support.waiting import eventually

SLEEPS = "import time; time.sleep(300)"


class FakeHealth:
    def __init__(self):
        self.missing = ""

    def __call__(self):
        return self.missing


@pytest.fixture
def supervise(tmp_path):
    """Return a function that supervises a Python program; whatever it started ends with the test."""
    stack = Stack.at(tmp_path)
    stack.logs.mkdir()
    stop, running = threading.Event(), []

    def start(program, health=None):
        part = Part("fake", Facts("a test", "1", 1.0), [sys.executable, "-c", program], dict(os.environ), None, health or FakeHealth())
        supervised = Supervised(part, stack, stop)
        running.append(supervised)
        supervised.start()
        return supervised

    start.stop = stop
    yield start
    stop.set()
    for supervised in running:
        eventually(lambda supervised=supervised: not supervised.is_alive(), what="the end of the part")


def test_a_part_is_healthy_once_its_check_finds_nothing_missing(supervise):
    health = FakeHealth()
    health.missing = "it is loading"
    supervised = supervise(SLEEPS, health)
    eventually(lambda: supervised.detail == "it is loading")
    assert supervised.state == "starting"

    health.missing = ""

    eventually(lambda: supervised.state == "healthy")


def test_a_part_that_stops_answering_is_unhealthy_and_says_why(supervise):
    health = FakeHealth()
    supervised = supervise(SLEEPS, health)
    eventually(lambda: supervised.state == "healthy")

    health.missing = "it does not answer"

    eventually(lambda: (supervised.state, supervised.detail) == ("unhealthy", "it does not answer"))


def test_a_part_that_was_killed_is_started_again(supervise):
    supervised = supervise(SLEEPS)
    first = eventually(lambda: supervised.facts["pid"])

    eventually(lambda: psutil.Process(first).children())[0].kill()

    second = eventually(lambda: supervised.facts["pid"] not in {None, first} and supervised.facts["pid"])
    assert supervised.restarts == 1
    assert second != first


def test_a_part_that_cannot_start_says_its_exit_code_and_log(supervise):
    supervised = supervise("raise SystemExit(7)")

    eventually(lambda: supervised.restarts >= 1)
    detail = eventually(lambda: "code 7" in supervised.detail and supervised.detail)

    assert detail.endswith("logs/fake.log")


def test_stopping_ends_the_part_and_what_it_started(supervise):
    supervised = supervise(f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', '{SLEEPS}'], start_new_session=True)\n{SLEEPS}")
    guard = psutil.Process(eventually(lambda: supervised.facts["pid"]))
    family = eventually(lambda: len(guard.children(recursive=True)) == 2 and guard.children(recursive=True))

    supervise.stop.set()
    eventually(lambda: not supervised.is_alive())

    _, alive = psutil.wait_procs(family, timeout=5)
    assert alive == []
    assert supervised.state == "stopped"
