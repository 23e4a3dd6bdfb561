"""The verb that does everything once: demo."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from lakestack.cli.answers import render
from lakestack.cli.app import app, console
from lakestack.cli.deploy import run_deploy
from lakestack.cli.progress import follow_uploads
from lakestack.cli.stack import EngineOption, PortOption, StackOption, wait_until_healthy
from lakestack.client import Clients, aws_errors_explained
from lakestack.demo.comparison import compare, nothing_else_was_loaded
from lakestack.demo.files import find_files, sample_files
from lakestack.engine import control
from lakestack.engine.engines import EngineName
from lakestack.engine.stack import Stack
from lakestack.errors import PipelineError
from lakestack.lake.executions import Ended, Executions
from lakestack.lake.queries import ask
from lakestack.lake.uploads import Upload, upload
from lakestack.project import ROOT

_QUERIES = ("validate_orders", "top_customers", "rejected_records_analysis")
_SHOWN_ROWS = 10


@app.command(rich_help_panel="The pipeline")
@aws_errors_explained()
def demo(
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Folder with products.csv, orders_apr_2025.xlsx and order_items_apr_2025.xlsx.", show_default="sample files"
        ),
    ] = None,
    stack: StackOption = None,
    port: PortOption = None,
    engine: EngineOption = EngineName.EMBEDDED,
) -> None:
    """Show the whole round: start the stack, deploy, drop three files into the lake, ask for the answers, check them.

    The answers are compared with numbers that pandas computes from the files. Exits 1 when a load fails or a number is off.
    The stack stays up.
    """
    started = time.monotonic()
    this = control.current(stack)
    files = find_files(data) if data else None
    _start(this, port, engine)
    _chapter("Deploy the pipeline")
    if run_deploy(this) != 0:
        raise typer.Exit(1)
    files = files or sample_files(this.folder / "sample")
    clients = Clients.of(this)
    _load(clients, files)
    is_valid = _show_answers(clients)
    is_right = _check_numbers(clients, files)
    if not (is_valid and is_right):
        raise typer.Exit(1)
    _say_where_next(this, time.monotonic() - started)


def _start(stack: Stack, port: int | None, engine: EngineName) -> None:
    _chapter("Start the stack")
    if not control.start(stack, port, engine):
        control.wait_until_healthy(stack, lambda _parts: None)
        console.print(f"It runs already, at {stack.endpoint_url}.", highlight=False)
    else:
        wait_until_healthy(stack)


def _load(clients: Clients, files: Mapping[str, Path]) -> None:
    _chapter("Drop the files into the lake")
    for path in files.values():
        console.print(f"{path}  {path.stat().st_size:,} bytes", highlight=False, soft_wrap=True)
    s3 = clients.client("s3")
    uploads = [upload(s3, path) for path in files.values()]
    ended = follow_uploads(Executions(clients.client("stepfunctions"), clients.region), uploads)
    _demand_success(ended)
    if all(one.reason == "DUPLICATE_UPLOAD" for one in ended.values()):
        console.print(
            "[yellow]These files are loaded already[/]; the answers are those of the first time. Load them anew: lakestack upload FILE --again"
        )


def _demand_success(ended: Mapping[Upload, Ended]) -> None:
    if failed := [one.name for one, how in ended.items() if not how.is_success]:
        raise PipelineError(
            f"{', '.join(failed)} could not be loaded; the reason is above. What ran: lakestack runs. A job's log: lakestack logs RUN"
        )


def _show_answers(clients: Clients) -> bool:
    """Run the files of sql/ in Athena; False if the validation finds an error."""
    athena = clients.client("athena")
    is_valid = True
    for name in _QUERIES:
        path = ROOT / "sql" / f"{name}.sql"
        _chapter(f"Ask Athena: {path.relative_to(ROOT)}")
        answer = ask(athena, path.read_text(encoding="utf-8"))
        console.print(render(answer, console.width, _SHOWN_ROWS))
        if name == "validate_orders" and any("error" in row for row in answer.rows):
            console.print("[red]✗ The validation found errors.[/]")
            is_valid = False
    return is_valid


def _check_numbers(clients: Clients, files: Mapping[str, Path]) -> bool:
    """Compare the tables with what pandas computes from the files; False if a number is off."""
    _chapter("Compare with the numbers that pandas computes from the files")
    from lakestack.demo.expected import expect  # noqa: PLC0415 - pandas takes seconds to import, and no other verb needs it

    athena = clients.client("athena")
    if not nothing_else_was_loaded(athena, files.values()):
        console.print("[yellow]Not compared:[/] other files were loaded too, or these more than once. For an empty lake: lakestack reset")
        return True
    answers = list(compare(athena, expect(files)))
    for compared in answers:
        sign = "[green]✓[/]" if compared.is_right else "[red]✗[/]"
        console.print(f"{sign} {compared.question:<38} {compared.total:>13,}", highlight=False)
        for difference in compared.differences:
            console.print(f"    [red]{difference}[/]", highlight=False)
    return all(compared.is_right for compared in answers)


_NEXT = """
  lakestack query 'select * from orders limit 10'     ask something else
  lakestack runs                                      what ran; `lakestack logs RUN` prints a run's log
  lakestack upload FILE --follow                      a file of your own
  eval "$(lakestack env)"                             then boto3, awswrangler and aws speak to this stack: aws s3 ls s3://ecom-lakehouse/
  lakestack status                                    what is running
  lakestack down                                      stop everything"""


def _say_where_next(stack: Stack, seconds: float) -> None:
    _chapter("Where to look next")
    console.print(f"The stack stays up at [bold]{stack.endpoint_url}[/]; all of this took {seconds:.0f} s.", highlight=False)
    console.print(_NEXT, markup=False, highlight=False, soft_wrap=True)


def _chapter(title: str) -> None:
    console.print()
    console.rule(f"[bold]{title}[/]", align="left")
