"""The verbs that tell what ran: runs, logs."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from lakestack.cli.app import app, console, errors
from lakestack.cli.log_lines import shortly
from lakestack.cli.progress import describe_end
from lakestack.cli.stack import StackOption
from lakestack.client import Clients, aws_errors_explained
from lakestack.engine import control
from lakestack.errors import PipelineError
from lakestack.lake.executions import Executions
from lakestack.lake.job_runs import JobRuns

_COLOURS = {"SUCCEEDED": "green", "RUNNING": "cyan", "STARTING": "cyan", "WAITING": "cyan", "FAILED": "red", "TIMEOUT": "red", "TIMED_OUT": "red"}

# Of ids that are long and random: enough to tell them apart, and `lakestack logs` takes a beginning.
_EXECUTION_SHOWN = 8
_RUN_SHOWN = 11


@app.command(rich_help_panel="The pipeline")
@aws_errors_explained()
def runs(
    stack: StackOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=100, help="How many of each, newest first.")] = 10,
) -> None:
    """List what ran: executions of the state machine, and runs of the jobs that they started."""
    clients = Clients.of(control.current(stack))
    executions, job_runs = _executions(clients), _job_runs(clients)
    console.print(_execution_table(executions, limit))
    console.print(_job_run_table(job_runs, limit))
    console.print("The log of a run, or the states of an execution: lakestack logs RUN", style="dim")


@app.command(rich_help_panel="The pipeline")
@aws_errors_explained()
def logs(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A job run (jr_…) or an execution, as `lakestack runs` lists them.")],
    stack: StackOption = None,
    raw: Annotated[bool, typer.Option("--raw", help="The lines as they are; so they are also in a file or a pipe.")] = False,
) -> None:
    """Follow what a job run prints until it ends; of an execution, show its states.

    The beginning of an id is enough, as long as it is the beginning of one alone. On a terminal the pipeline's own lines, which are JSON,
    are shown shortly.
    """
    clients = Clients.of(control.current(stack))
    job_runs, executions = _job_runs(clients), _executions(clients)
    found = job_runs.starting_with(run)
    arns = [one["executionArn"] for one in executions.recent(100) if one["name"].startswith(run) or one["executionArn"] == run]
    if len(found) + len(arns) != 1:
        count = f"{len(found) + len(arns)} runs begin with" if found or arns else "There is no job run and no recent execution"
        raise PipelineError(f"{count} {run}. See which there are: lakestack runs")
    if found:
        _follow_job_run(job_runs, found[0], is_raw=raw or not console.is_terminal)
    else:
        _show_states(executions, arns[0])


def _follow_job_run(job_runs: JobRuns, run: Any, *, is_raw: bool) -> None:
    for line in job_runs.follow(run):
        text = line.text if is_raw else shortly(line.text)
        (errors if line.is_error else console).print(text, markup=False, highlight=False, soft_wrap=True)
    ended = job_runs.describe(run)
    state, reason = ended["JobRunState"], ended.get("ErrorMessage", "")
    errors.print(Text(f"{run['JobName']} is {state}{f': {reason}' if reason else ''}", style=_COLOURS.get(state, "yellow")))
    if state != "SUCCEEDED":
        raise typer.Exit(1)


def _show_states(executions: Executions, arn: str) -> None:
    for _, state, at in executions.states(arn):
        console.print(f"{_local(at)}  {state}", markup=False, highlight=False)
    ended = executions.ended(arn)
    console.print(describe_end(ended) if ended else "It is still running.", highlight=False, soft_wrap=True)


def _execution_table(executions: Executions, limit: int) -> Table:
    table = Table("execution", "upload", "state", "started", "took", title="Executions of lakehouse-orchestration", title_justify="left")
    for one in executions.recent(limit):
        key, _ = executions.upload_of(one["executionArn"])
        took = _took(one["startDate"], one.get("stopDate"))
        table.add_row(one["name"][:_EXECUTION_SHOWN], Text(key), _state(one["status"]), _local(one["startDate"]), took)
    return table


def _job_run_table(job_runs: JobRuns, limit: int) -> Table:
    table = Table("run", "job", "state", "started", "took", title="Job runs", title_justify="left")
    for run in job_runs.recent(limit):
        started = run.get("StartedOn")
        table.add_row(
            run["Id"][:_RUN_SHOWN],
            run["JobName"],
            _state(run["JobRunState"]),
            _local(started) if started else "",
            _took(started, run.get("CompletedOn")),
        )
    return table


def _executions(clients: Clients) -> Executions:
    return Executions(clients.client("stepfunctions"), clients.region)


def _job_runs(clients: Clients) -> JobRuns:
    return JobRuns(clients.client("glue"), clients.client("logs"))


def _state(state: str) -> Text:
    return Text(state, style=_COLOURS.get(state, "yellow"))


def _local(at: datetime) -> str:
    return f"{at.astimezone():%H:%M:%S}"


def _took(started: datetime | None, stopped: datetime | None) -> str:
    if started is None:
        return ""
    return f"{((stopped or datetime.now(UTC)) - started).total_seconds():.1f} s"
