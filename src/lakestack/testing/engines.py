"""Two of the three ways to a healthy stack: start one as processes of this machine, or use one that runs."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import psutil
from botocore.exceptions import BotoCoreError, ClientError

from lakestack.engine import control
from lakestack.engine.stack import ACCOUNT, Stack, free_port
from lakestack.errors import StackError
from lakestack.testing.live_stack import LiveStack
from lakestack.testing.reaper import Reaper

_KILLED_WITHIN_S = 10
_STOP = "import sys; from pathlib import Path; from lakestack.engine import control, stack; control.stop(stack.Stack(Path(sys.argv[1])))"


class EmbeddedEngine:
    """Processes of this machine, held by a supervisor."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def kill(self, part: str) -> None:
        processes = psutil.Process(self._stack.status["parts"][part]["pid"]).children()
        for process in processes:
            process.kill()
        psutil.wait_procs(processes, timeout=_KILLED_WITHIN_S)

    def logs_since(self, moment: datetime) -> str:  # noqa: ARG002 - its files say more than a page of the last minutes
        return f"They are in {self._stack.logs}"


@contextmanager
def embedded(folder: Path, note: Callable[[str], None], *, keep: bool) -> Iterator[LiveStack]:
    """Start a stack in `folder`, on a free port; it ends with the block or with this process, but for `keep`.

    Raises:
        StackError: It does not start or become healthy.

    """
    stack = Stack.at(folder)
    reaper = Reaper([sys.executable, "-c", _STOP, str(stack.folder)])
    try:
        control.start(stack, free_port())
        control.wait_until_healthy(stack, lambda _status: None)
        yield LiveStack(stack.endpoint_url, stack, EmbeddedEngine(stack))
    finally:
        if keep and stack.is_prepared:
            note(f"KEEP=1: the stack stays at {stack.endpoint_url}. Stop it: lakestack down --stack {stack.folder}")
        else:
            control.stop(stack)
        reaper.dismiss()


def running(endpoint_url: str) -> LiveStack:
    """Return the stack at an endpoint.

    Raises:
        StackError: None answers there.

    """
    stack = LiveStack(endpoint_url)
    remedy = "Start it with: lakestack up --detach, or name another: --lakestack-endpoint URL"
    try:
        account = stack.client("sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise StackError(f"No stack answers at {endpoint_url} ({error}). {remedy}") from None
    if account != ACCOUNT:
        raise StackError(f"What answers at {endpoint_url} is the account {account}, not a stack's, {ACCOUNT}. {remedy}")
    return stack
