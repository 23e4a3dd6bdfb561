"""Sizes of the soak, and the table of what it found."""

import os
import platform

import pytest

from tests.support.killing import Killing
from tests.support.pipeline import Pipeline

_LINES = pytest.StashKey[list[tuple[str, str, str]]]()


def pytest_addoption(parser):
    group = parser.getgroup("soak")
    group.addoption("--rounds", type=int, default=10, help="rounds of kills")
    group.addoption("--uploads", type=int, default=40, help="uploads at once")
    group.addoption("--rows", type=int, default=1_048_575, help="rows of the large sheet below its header; a sheet has 1,048,576 lines")
    group.addoption("--seed", type=int, default=1, help="of the moments at which something is killed")


def pytest_configure(config):
    config.stash[_LINES] = []


@pytest.fixture
def note(request):
    """Return a function that adds a line to the table: what was done, what came out, in how many seconds and how much memory."""
    return lambda what, found, cost: request.config.stash[_LINES].append((what, found, cost))


@pytest.fixture(scope="module")
def pipeline(stack):
    Killing(stack)
    deployed = Pipeline(stack)
    deployed.deploy()
    return deployed


def pytest_terminal_summary(terminalreporter, config):
    if not (lines := config.stash[_LINES]):
        return
    terminalreporter.section("soak")
    terminalreporter.write_line(f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}")
    terminalreporter.write_line("")
    for line in (("what", "found", "cost"), ("---", "---", "---"), *lines):
        terminalreporter.write_line(f"| {' | '.join(line)} |")
