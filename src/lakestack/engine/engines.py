"""What an engine is: one of the two ways to run the same parts, embedded or compose."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from lakestack.engine.stack import Stack


class EngineName(StrEnum):
    """As users name the engines.

    EMBEDDED runs the parts as processes of this machine, COMPOSE as containers of docker compose.
    """

    EMBEDDED = "embedded"
    COMPOSE = "compose"


@dataclass(frozen=True)
class PartStatus:
    """One part of a stack as it is now.

    Attributes:
        name: As users see it.
        stands_for: The AWS service.
        version: Of the software in it.
        state: healthy, or starting, unhealthy, restarting, stopping, stopped.
        detail: What it is waiting for or died of, or "".
        port: The loopback port of this machine that it listens on, or None.
        process: What it runs as, a process id or a container's name, or "".
        restarts: How often it was started again after it had died.
        started_at: The last time.
        slow_after_s: From when a start is worth a word to the user.
    """

    name: str
    stands_for: str
    version: str
    state: str
    detail: str
    port: int | None
    process: str
    restarts: int
    started_at: datetime
    slow_after_s: float


class Engine(Protocol):
    """Starts, watches and stops the parts of one stack."""

    poll_s: float

    def is_running(self, stack: Stack) -> bool: ...

    def start(self, stack: Stack, port: int | None) -> bool:
        """Begin to start the stack; return False when it runs already.

        Raises:
            InstallError: Something that the engine needs is not installed.
            StackError: The port is taken, the stack runs on another port than the one asked for, or its disk is full.
        """
        ...

    def parts(self, stack: Stack) -> Mapping[str, PartStatus]:
        """Return every part by its name; none before the start has come so far."""
        ...

    def demand_alive(self, stack: Stack) -> None:
        """Raise StackError, with the end of the log, if the stack ended instead of starting."""
        ...

    def log_of(self, stack: Stack, part: str) -> str:
        """Return where the log of a part is: a file, or the command that prints it."""
        ...

    def log_tail(self, stack: Stack, part: str) -> str:
        """Return the last lines of a part's log, indented, and where the whole is."""
        ...

    def memory_bytes(self, stack: Stack) -> Mapping[str, int]:
        """Return the memory of each part; what the engine itself takes goes under a name of its own."""
        ...

    def stop(self, stack: Stack) -> bool:
        """End the stack and everything it started, its data included; return whether it was running.

        Raises:
            StackError: Something is still running although it was killed.
        """
        ...
