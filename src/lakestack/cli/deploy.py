"""The verbs that connect the stack with what runs on it: env, deploy."""

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lakestack.cli.app import app
from lakestack.cli.stack import StackOption
from lakestack.client import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from lakestack.engine import compose, control
from lakestack.engine.engines import EngineName
from lakestack.engine.stack import Stack
from lakestack.errors import PipelineError
from lakestack.install import wheels
from lakestack.lake.names import WORK_GROUP
from lakestack.project import ROOT


class Coordination(StrEnum):
    """The values of the template's CoordinationStore."""

    S3 = "s3"
    DYNAMODB = "dynamodb"


_DEPLOY = ROOT / "scripts/deploy.py"


def client_environment(stack: Stack) -> dict[str, str]:
    """Return the variables that point boto3, the aws CLI and awswrangler at the stack."""
    return {
        "AWS_ENDPOINT_URL": stack.endpoint_url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_REGION": stack.region,
        "AWS_DEFAULT_REGION": stack.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "WR_WORKGROUP": WORK_GROUP,
    }


# With either of these set, the aws CLI would take other credentials than the dummy ones.
_MISLEADING = ("AWS_PROFILE", "AWS_SESSION_TOKEN")


@app.command(rich_help_panel="The pipeline")
def env(stack: StackOption = None) -> None:
    """Print the exports that point boto3, the aws CLI and awswrangler at the stack.

    Use it so: eval "$(lakestack env)"
    """
    for name, value in client_environment(control.current(stack)).items():
        print(f"export {name}={shlex.quote(value)}")
    print(f"unset {' '.join(_MISLEADING)}")


@app.command(rich_help_panel="The pipeline")
def deploy(
    stack: StackOption = None,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Then stay, and deploy what you save; Ctrl-C ends it.")] = False,
    coordination: Annotated[
        Coordination | None, typer.Option(help="Where claims and the load lease lie; without it, where they lie already, at first in S3.")
    ] = None,
) -> None:
    """Put the pipeline on the stack: buckets, state machine, functions, jobs, tables, queries.

    Shows what changes, resource by resource; a second deploy changes nothing. After editing a job, a function, a query or the template,
    this is how the edit gets there; with --watch it gets there by itself, a job's script in a tenth of a second.
    """
    this = control.current(stack)
    options = ["--coordination", coordination] if coordination else []
    if watch:
        command, environment = _deploy_command(this)
        # In place of this process: Ctrl-C and whatever else ends it reach the one that watches.
        os.execve(command[0], [*command, *options, "--watch"], environment)  # noqa: S606 - our own interpreter
    if run_deploy(this, options) != 0:
        raise typer.Exit(1)


def run_deploy(stack: Stack, options: Sequence[str] = ()) -> int:
    """Run scripts/deploy.py, which AWS is deployed with as well, with more options of its own, and return its exit code.

    Raises:
        PipelineError: The wheels that it needs were never fetched.

    """
    if stack.settings.engine == EngineName.COMPOSE and "deploy" in control.parts(stack):
        # Its container has the wheels, and this project's files as they are now.
        return compose.execute(stack, "deploy", ["/opt/lakestack/lambda/bin/python", "/opt/lakestack/scripts/deploy.py", *options])
    command, environment = _deploy_command(stack)
    return subprocess.run([*command, *options], env=environment, check=False).returncode


def _deploy_command(stack: Stack) -> tuple[list[str], dict[str, str]]:
    folder = Path(os.environ.get("LAKESTACK_WHEELS") or wheels.wheels())
    if stack.settings.engine == EngineName.COMPOSE and not folder.is_dir():
        # Of all that the embedded engine installs, the few that a deploy from this machine needs.
        wheels.fetch_wheels(folder, Path(sys.executable))
    if not folder.is_dir():
        raise PipelineError(f"{folder} is not there: the wheels that Lambda zips are made of. Fetch them with: lakestack install")
    environment = {**os.environ, "LAKESTACK_WHEELS": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    return [sys.executable, str(_DEPLOY), "--target", "local", "--endpoint-url", stack.endpoint_url], environment
