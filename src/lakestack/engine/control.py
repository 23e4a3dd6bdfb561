"""Start a stack, wait until it is healthy, stop it: the same for either engine."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from lakestack.engine import compose, embedded
from lakestack.engine.engines import Engine, EngineName, PartStatus
from lakestack.engine.stack import Stack
from lakestack.errors import StackError

type Report = Callable[[Mapping[str, PartStatus]], None]

_HEALTHY_WITHIN_S = 180.0
_ENGINES: dict[str, Engine] = {EngineName.EMBEDDED: embedded.EmbeddedEngine(), EngineName.COMPOSE: compose.ComposeEngine()}


def engine_of(stack: Stack) -> Engine:
    """Return the engine that the stack was last started with; the embedded one when it never was."""
    return _ENGINES[stack.settings.engine if stack.is_prepared else EngineName.EMBEDDED]


def current(folder: Path | None = None) -> Stack:
    """Return the stack in `folder`; one that `docker compose up` started by hand counts as well."""
    stack = Stack.at(folder)
    if not is_running(stack) and (port := compose.published_port(stack)):
        stack.adopt(port, EngineName.COMPOSE)
    return stack


def is_running(stack: Stack) -> bool:
    return stack.is_prepared and engine_of(stack).is_running(stack)


def start(stack: Stack, port: int | None, engine: EngineName = EngineName.EMBEDDED) -> bool:
    """Begin to start the stack with `engine`; return False when it runs already. See Engine.start for what it raises."""
    if is_running(stack) and stack.settings.engine != engine:
        raise StackError(f"The stack in {stack.folder} runs already, with the {stack.settings.engine} engine. Stop it first: lakestack down")
    return _ENGINES[engine].start(stack, port)


def wait_until_healthy(stack: Stack, report: Report, within_s: float = _HEALTHY_WITHIN_S) -> None:
    """Return once every part is healthy; `report` is told the parts on the way.

    Raises:
        StackError: It took too long or the stack ended; the message has what is not healthy and the end of its log.
    """
    engine = engine_of(stack)
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        parts = engine.parts(stack)
        report(parts)
        if parts and all(part.state == "healthy" for part in parts.values()):
            return
        engine.demand_alive(stack)
        time.sleep(engine.poll_s)
    waiting = [part for part in engine.parts(stack).values() if part.state != "healthy"]
    reasons = "\n".join(f"{part.name} is {part.state}: {part.detail}\n{engine.log_tail(stack, part.name)}" for part in waiting)
    raise StackError(f"Not healthy within {within_s:.0f} s. It keeps running; stop it with: lakestack down\n{reasons}")


def parts(stack: Stack) -> Mapping[str, PartStatus]:
    return engine_of(stack).parts(stack)


def log_of(stack: Stack, part: str) -> str:
    return engine_of(stack).log_of(stack, part)


def memory_bytes(stack: Stack) -> Mapping[str, int]:
    return engine_of(stack).memory_bytes(stack)


def stop(stack: Stack) -> bool:
    """End the stack and everything it started; return whether it was running. See Engine.stop for what it raises."""
    return stack.is_prepared and engine_of(stack).stop(stack)
