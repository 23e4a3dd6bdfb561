"""The pytest plugin: the fixtures `lakestack` and `lakestack_stack`, and the options that choose the stack.

Nothing is started, and nothing heavy imported, before a test asks for a fixture.
"""

from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from lakestack.errors import LakestackError
from lakestack.testing.options import Options, add_options, add_short_names

# This module is imported in every pytest run of an environment that has lakestack: hence the imports inside functions.
# ruff: noqa: PLC0415
if TYPE_CHECKING:
    from lakestack.testing.lakestack import Lakestack
    from lakestack.testing.live_stack import LiveStack

_LIVE = pytest.StashKey["LiveStack"]()
_NOTES = pytest.StashKey[list[str]]()
_BEGAN = pytest.StashKey[datetime]()


def pytest_addoption(parser: pytest.Parser) -> None:
    add_options(parser)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(parser: pytest.Parser) -> Iterator[None]:
    """Once the conftests have added their options, the short names that are still free are known."""
    yield
    add_short_names(parser)


def pytest_configure(config: pytest.Config) -> None:
    Options.of(config)
    config.stash[_NOTES] = []


@pytest.fixture(scope="session")
def lakestack_stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[LiveStack]":
    """A healthy stack, the same for the whole session: LiveStack."""
    config = request.config
    try:
        with _stack(Options.of(config), tmp_path_factory, config.stash[_NOTES]) as stack:
            config.stash[_LIVE] = stack
            yield stack
    except LakestackError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def lakestack(lakestack_stack: "LiveStack") -> "Iterator[Lakestack]":
    """The stack with a bucket and a database that are this test's own: Lakestack. What it makes is removed after the test."""
    from lakestack.testing.lakestack import Lakestack

    mine = Lakestack(lakestack_stack)
    yield mine
    mine.remove()


def pytest_runtest_setup(item: pytest.Item) -> None:
    item.stash[_BEGAN] = datetime.now(UTC)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to the report of a failed test what the stack said since it began."""
    report = yield
    stack = item.config.stash.get(_LIVE, None)
    if report.failed and stack and "lakestack_stack" in getattr(item, "fixturenames", ()):
        said = stack.logs_since(item.stash.get(_BEGAN, datetime.now(UTC)))
        if said:
            report.sections.append(("The stack's logs since the test began", said))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for note in config.stash[_NOTES]:
        terminalreporter.write_line(f"lakestack: {note}")


def _stack(options: Options, folders: pytest.TempPathFactory, notes: list[str]) -> "AbstractContextManager[LiveStack]":
    if options.engine == "compose":
        from lakestack.testing.compose import compose

        return compose(notes.append, keep=options.keep)
    from lakestack.testing.engines import embedded, running

    if options.engine == "running":
        return nullcontext(running(options.endpoint_url))
    return embedded(folders.mktemp("stack"), notes.append, keep=options.keep)
