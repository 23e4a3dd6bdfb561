"""The verbs that bring data in and ask for it: upload, query."""

from pathlib import Path
from typing import Annotated

import typer

from lakestack.cli.answers import render, write_csv
from lakestack.cli.app import app, console
from lakestack.cli.progress import follow_uploads
from lakestack.cli.stack import StackOption
from lakestack.client import Clients, aws_errors_explained
from lakestack.engine import control
from lakestack.errors import PipelineError
from lakestack.lake.executions import Executions
from lakestack.lake.queries import ask
from lakestack.lake.uploads import upload as put


@app.command(rich_help_panel="The pipeline")
@aws_errors_explained()
def upload(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="CSV files or Excel workbooks; what they hold is told by their header.")],
    stack: StackOption = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Show the states as they pass; exit 1 when an execution fails.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Load it even if the same content was loaded before.")] = False,
) -> None:
    """Drop files into the lake, which loads them by itself.

    The same content is loaded once only, whatever its name. With --again it is loaded once more: edit a job, deploy, and
    `lakestack upload FILE --again --follow` shows the new answer.
    """
    clients = Clients.of(control.current(stack))
    s3 = clients.client("s3")
    uploads = [put(s3, path, again=again) for path in files]
    for one in uploads:
        console.print(f"{one.name} is at {one.address}", highlight=False, soft_wrap=True)
    if not follow:
        console.print("The pipeline loads it now; see: lakestack runs")
        return
    ended = follow_uploads(Executions(clients.client("stepfunctions"), clients.region), uploads)
    if not all(one.is_success for one in ended.values()):
        raise typer.Exit(1)


@app.command(rich_help_panel="The pipeline")
@aws_errors_explained()
def query(
    sql: Annotated[str, typer.Argument(metavar="SQL|FILE", help="A statement, or a file with one.")],
    stack: StackOption = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead of a table; null and the empty text look the same there.")] = False,
) -> None:
    """Ask Athena, and print its answer.

    For example: lakestack query "select department, count(*) from products group by 1". A table without a database is one of ecom_catalog.
    """
    answer = ask(Clients.of(control.current(stack)).client("athena"), read_statement(sql))
    if as_csv:
        write_csv(answer)
    else:
        console.print(render(answer, console.width))
        console.print(f"{_rows(len(answer.rows))}, {answer.seconds:.2f} s, {answer.scanned_bytes:,} bytes scanned", style="dim", highlight=False)


def read_statement(sql_or_file: str) -> str:
    """Return the statement, from the file if it is one.

    Raises:
        PipelineError: It looks like a file and there is none.

    """
    is_name = len(sql_or_file.split()) == 1
    path = Path(sql_or_file)
    if is_name and path.is_file():
        return path.read_text(encoding="utf-8").strip()
    if is_name and path.suffix == ".sql":
        raise PipelineError(f"There is no file {path}. Expected a statement or a file with one, such as sql/top_customers.sql")
    return sql_or_file


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"
