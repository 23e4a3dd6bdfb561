"""Which stack the tests run on: told on the command line, by the environment, or in the ini file, in this order."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import pytest

ENGINES = ("embedded", "compose", "running")
_DEFAULT_ENDPOINT = "http://127.0.0.1:4566"
# Option of the ini file and of the command line, variable of the environment, short name, help.
_OPTIONS = (
    (
        "lakestack_engine",
        "--engine",
        {"choices": ENGINES},
        "which stack: embedded starts one (default), compose one in Docker, running uses --endpoint's",
    ),
    ("lakestack_endpoint", "--endpoint", {"metavar": "URL"}, f"of the stack that runs; default {_DEFAULT_ENDPOINT}"),
)


@dataclass(frozen=True)
class Options:
    """The tests' choice of a stack.

    Attributes:
        engine: One of ENGINES.
        endpoint_url: Of the engine `running`.
        keep: Leave a stack up that the tests started.

    """

    engine: str
    endpoint_url: str
    keep: bool

    @classmethod
    def of(cls, config: pytest.Config) -> Self:
        """Return what was chosen; an endpoint alone is that of a running stack.

        Raises:
            UsageError: The engine or the endpoint is none.

        """
        chosen = {name: config.getoption(name) or os.environ.get(name.upper()) or config.getini(name) for name, *_ in _OPTIONS}
        endpoint_url = chosen["lakestack_endpoint"] or _DEFAULT_ENDPOINT
        engine = chosen["lakestack_engine"] or ("running" if chosen["lakestack_endpoint"] else "embedded")
        if engine not in ENGINES:
            raise pytest.UsageError(f"There is no engine {engine!r} of lakestack. Expected one of {', '.join(ENGINES)}.")
        if not endpoint_url.startswith(("http://", "https://")):
            raise pytest.UsageError(f"{endpoint_url!r} is no endpoint of lakestack. Expected a URL such as {_DEFAULT_ENDPOINT}.")
        return cls(engine, endpoint_url.rstrip("/"), keep=os.environ.get("KEEP") == "1")


def add_options(parser: pytest.Parser) -> None:
    """Add --lakestack-engine and --lakestack-endpoint, and the same as ini options."""
    group = parser.getgroup("lakestack", "lakestack: an AWS lakehouse for tests")
    for name, _, settings, text in _OPTIONS:
        group.addoption(_long(name), dest=name, help=text, **settings)
        parser.addini(name, f"as {_long(name)}; so is the variable {name.upper()}", default="")


def add_short_names(parser: pytest.Parser) -> None:
    """Add --engine and --endpoint too, each where nothing else of the tests has taken it."""
    group = parser.getgroup("lakestack")
    for name, short, settings, _ in _OPTIONS:
        if _is_free(short, parser.parse_known_and_unknown_args):
            group.addoption(short, dest=name, help=f"short for {_long(name)}", **settings)


def _is_free(option: str, parse: Callable[[list[str]], tuple[object, list[str]]]) -> bool:
    probe = f"{option}=running"
    try:
        return probe in parse([probe])[1]
    except pytest.UsageError:  # it is there, and wants another value
        return False


def _long(name: str) -> str:
    return f"--{name.replace('_', '-')}"
