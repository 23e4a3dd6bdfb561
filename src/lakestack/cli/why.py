"""The verb that tells what became of one file, and what to do: why."""

from typing import Annotated

import typer

from lakestack.cli.app import app, console
from lakestack.cli.stack import StackOption
from lakestack.cli.uploads import ingestions
from lakestack.client import Clients, aws_errors_explained
from lakestack.engine import control
from lakestack.lake.explanations import Explanations


@app.command(rich_help_panel="The pipeline")
@aws_errors_explained()
def why(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file's name or path, its key below the bucket, or an upload's id.")],
    stack: StackOption = None,
) -> None:
    """Tell what became of a file and its rows, and what to do about it; of several uploads of a name, the newest."""
    clients = Clients.of(control.current(stack))
    explanations = Explanations(clients.client("athena"), clients.client("s3"), clients.client("glue"), ingestions(clients))
    for line in explanations.explain(file):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
