"""The entry point: every group of verbs, and what becomes of their errors."""

import sys

from rich.markup import escape

from lakestack.cli import data, demo, deploy, redrive, runs, shell, stack, uninstall, uploads, why  # noqa: F401 - importing a module adds its commands
from lakestack.cli.app import app, errors
from lakestack.errors import LakestackError


def main() -> None:
    """Run the command; an error that the user can act on is its text alone and exit code 1."""
    try:
        app()
    except LakestackError as error:
        errors.print(f"[bold red]error:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        errors.print("interrupted")
        sys.exit(130)
