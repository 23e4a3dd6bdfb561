"""The application that the modules of this package add their commands to."""

import os
import sys

import typer
from rich.console import Console

app = typer.Typer(
    name="lakestack",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""An AWS lakehouse on your own machine.

    S3, EventBridge, Step Functions, Lambda, Glue (Spark with Delta really runs), Athena (Trino really runs) and CloudFormation
    answer behind one endpoint. A first round: [bold]lakestack install[/], [bold]lakestack up --detach[/], [bold]lakestack deploy[/],
    [bold]lakestack upload FILE --follow[/], [bold]lakestack query "select count(*) from ecom_catalog.orders"[/], [bold]lakestack down[/].""",
)

# Into a file or a pipe, lines are as long as a wide terminal's; COLUMNS says otherwise.
_WIDTH = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 140

console = Console(width=_WIDTH)
errors = Console(stderr=True)
