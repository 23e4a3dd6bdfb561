"""The verb that sends events again which could not start their state machine: redrive."""

import subprocess
import sys
from typing import Annotated

import typer

from lakestack.cli.app import app
from lakestack.cli.stack import StackOption
from lakestack.engine import control
from lakestack.project import ROOT

_REDRIVE = ROOT / "scripts/redrive.py"


@app.command(rich_help_panel="The pipeline")
def redrive(
    stack: StackOption = None,
    only_list: Annotated[bool, typer.Option("--list", help="Say what waits and why, and change nothing.")] = False,
) -> None:
    """Start again what could not start: the events in the dead-letter queue of the rules.

    Each is started with the same event and only then taken out of the queue. It is scripts/redrive.py, which does the same on AWS.
    """
    command = [sys.executable, str(_REDRIVE), "--target", "local", "--endpoint-url", control.current(stack).endpoint_url]
    if subprocess.run([*command, *(["--list"] if only_list else [])], check=False).returncode != 0:
        raise typer.Exit(1)
