"""Short names for what lakestack's own pytest plugin gives, and what only our tests need.

    pytest --engine embedded                    starts a stack of its own: own ports, own folder (the default)
    pytest --engine compose                     starts one of its own in Docker
    pytest --engine running --endpoint URL      uses one that is up

KEEP=1 leaves a stack running that the tests started, and says where.
"""

import os
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from lakestack.testing.live_stack import LiveStack
from tests.support import waiting


def pytest_terminal_summary(terminalreporter):
    """Print what each suite took and how many tests it had."""
    suites = defaultdict(lambda: defaultdict(set))
    minutes = defaultdict(float)
    for outcome, reports in terminalreporter.stats.items():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                suite = "/".join(report.nodeid.split("/")[:2])
                suites[suite][outcome or "passed"].add(report.nodeid)
                minutes[suite] += report.duration / 60
    terminalreporter.section("suites")
    for suite, outcomes in sorted(suites.items()):
        counts = ", ".join(f"{len(outcomes[outcome])} {outcome}" for outcome in ("passed", "failed", "error", "skipped") if outcomes.get(outcome))
        terminalreporter.write_line(f"{suite}: {minutes[suite]:.1f} min, {counts}")


@pytest.fixture(scope="session")
def stack(lakestack_stack) -> LiveStack:
    """A healthy stack, the same for the whole session."""
    return lakestack_stack


@pytest.fixture
def bucket(lakestack) -> str:
    """A new bucket's name; the bucket and what is in it are removed afterwards."""
    return lakestack.bucket


@pytest.fixture
def database(lakestack) -> str:
    """A new Glue database's name; the database and its tables are removed afterwards."""
    return lakestack.database


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with the real input files; tests on them are skipped by name where LAKESTACK_REAL_DATA is not set."""
    folder = os.environ.get("LAKESTACK_REAL_DATA")
    if not folder:
        pytest.skip("LAKESTACK_REAL_DATA is not set: the real input files are not here")
    return Path(folder)


@pytest.fixture
def eventually() -> Callable:
    """Return the first true result of a function, polled until a deadline; running out is a failure."""
    return waiting.eventually
