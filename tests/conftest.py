"""The stack that integration and end-to-end tests run on, and what each test may borrow of it.

    pytest --engine embedded                    starts a stack of its own: own ports, own folder (the default)
    pytest --engine running --endpoint URL      uses one that is up

KEEP=1 leaves an embedded stack running after the tests and says where.
"""

import contextlib
import os
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from lakestack.engine import control
from lakestack.engine.stack import Stack, free_port
from tests.support import waiting
from tests.support.live_stack import LiveStack


def pytest_addoption(parser):
    parser.addoption("--engine", choices=("embedded", "running"), default="embedded", help="which stack the tests run on")
    parser.addoption("--endpoint", default="http://127.0.0.1:4566", help="of the stack for --engine running")


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
def stack(request, tmp_path_factory) -> Iterator[LiveStack]:
    """A healthy stack, the same for the whole session."""
    if request.config.getoption("--engine") == "running":
        yield LiveStack(request.config.getoption("--endpoint"))
        return
    embedded = Stack.at(tmp_path_factory.mktemp("stack"))
    control.start(embedded, free_port())
    try:
        control.wait_until_healthy(embedded, lambda _status: None)
        yield LiveStack(embedded.endpoint_url, embedded)
    finally:
        if os.environ.get("KEEP") == "1":
            print(f"\nKEEP=1: the stack stays at {embedded.endpoint_url}. Stop it: lakestack down --stack {embedded.folder}")
        else:
            control.stop(embedded)


@pytest.fixture
def bucket(stack) -> Iterator[str]:
    """A new bucket's name; the bucket and what is in it are removed afterwards."""
    s3 = stack.client("s3")
    name = f"test-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    yield name
    try:
        stack.empty_bucket(name)
        s3.delete_bucket(Bucket=name)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucket":
            raise


@pytest.fixture
def database(stack) -> Iterator[str]:
    """A new Glue database's name; the database and its tables are removed afterwards."""
    glue = stack.client("glue")
    name = f"db_{uuid.uuid4().hex[:10]}"
    glue.create_database(DatabaseInput={"Name": name})
    yield name
    with contextlib.suppress(glue.exceptions.EntityNotFoundException):
        glue.delete_database(Name=name)


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
