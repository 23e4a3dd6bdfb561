"""The verb that opens a prompt: shell."""

import os
from pathlib import Path
from typing import Annotated

import requests
import typer

from lakestack.cli.app import app
from lakestack.cli.stack import StackOption
from lakestack.engine import compose, control
from lakestack.engine.engines import EngineName
from lakestack.engine.parts import worker_environment
from lakestack.engine.stack import Stack
from lakestack.errors import StackError
from lakestack.install import environments

# What a terminal and its user's habits are told by; a worker needs none of it.
_TERMINAL = ("TERM", "COLORTERM", "NO_COLOR", "INPUTRC")
_ANSWER_WITHIN_S = 5


@app.command(rich_help_panel="The pipeline", context_settings={"allow_interspersed_args": False})
def shell(
    file: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE [ARGUMENT]...]", help="Runs this instead of a prompt.", show_default=False)
    ] = None,
    code: Annotated[str | None, typer.Option("--code", "-c", metavar="CODE", help="Runs this instead of a prompt.")] = None,
    stack: StackOption = None,
) -> None:
    """Open a PySpark prompt on the catalog: `spark` is there, with Delta, the stack's tables and its S3.

    Without a terminal, what comes on standard input is run. For example: lakestack shell -c "spark.table('ecom_catalog.orders').show()"
    """
    this = control.current(stack)
    _demand_answer(this)
    arguments = ["-c", code] if code is not None else file or []
    if this.settings.engine == EngineName.COMPOSE:
        raise typer.Exit(
            compose.execute(this, "spark", ["/opt/lakestack/spark/bin/python", "-m", "lakestack_worker.shell", *_for_container(arguments)])
        )
    command = [str(environments.SPARK.python), "-m", "lakestack_worker.shell", *arguments]
    environment = {**worker_environment(this), **{name: os.environ[name] for name in _TERMINAL if name in os.environ}}
    # In place of this process: the terminal, Ctrl-C and whatever ends it belong to the prompt.
    os.execve(command[0], command, environment)  # noqa: S606 - the environment's own interpreter


def _for_container(arguments: list[str]) -> list[str]:
    """Return the arguments with the text of a file in place of its name, which a container does not know."""
    if not arguments or arguments[0] == "-c":
        return arguments
    if len(arguments) > 1:
        raise StackError(f"{arguments[0]} runs in a container, without arguments. Expected: lakestack shell {arguments[0]}")
    path = Path(arguments[0])
    if not path.is_file():
        raise StackError(f"There is no file {path}. Expected one with Python code.")
    return ["-c", path.read_text(encoding="utf-8")]


def _demand_answer(stack: Stack) -> None:
    try:
        requests.get(f"{stack.endpoint_url}/_localstack/health", timeout=_ANSWER_WITHIN_S).raise_for_status()
    except requests.RequestException as error:
        raise StackError(f"Nothing answers at {stack.endpoint_url}. Start the stack with: lakestack up --detach") from error
