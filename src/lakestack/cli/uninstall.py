"""The verb that undoes install: uninstall."""

from typing import Annotated

import typer
from rich.table import Table

from lakestack import room
from lakestack.cli.app import app, console, errors
from lakestack.errors import StackError
from lakestack.install import cache, inventory
from lakestack.install.inventory import Entry
from lakestack.install.users import nobody_installs, users_of


@app.command(rich_help_panel="The stack")
def uninstall(
    outdated: Annotated[bool, typer.Option("--outdated", help="Only what the locks of this checkout no longer name.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Show what lies in the user's cache, ask, and remove it. Refused while something runs from it.

    Other checkouts share the cache: what they need they install again. The project's .venv and the stacks' folders stay.
    """
    found = inventory.entries()
    doomed = [entry for entry in found if not (outdated and entry.is_current)]
    if not found:
        console.print(f"Nothing of lakestack is in {cache.cache_dir()}.", soft_wrap=True)
        return
    _show(found)
    if not doomed:
        console.print("Nothing there is outdated.")
        return
    _demand_unused(doomed)
    freed = inventory.freed_bytes(entry.path for entry in doomed)
    if not yes:
        typer.confirm(f"Remove {_what(doomed, outdated)}, which frees {room.readable(freed)}?", abort=True)
    with nobody_installs():
        failed = _remove(doomed)
        left = inventory.tidy() if not outdated else []
    if failed:
        raise StackError(f"{len(failed)} of {len(doomed)} could not be removed; the reasons are above. What is left: lakestack uninstall")
    console.print(f"Removed; {room.readable(freed)} are free again.", highlight=False)
    if strange := [path for path in left if path.name != "locks"]:
        console.print(f"Not lakestack's, and still there: {', '.join(map(str, strange))}", highlight=False, soft_wrap=True)


def _show(found: list[Entry]) -> None:
    table = Table(title=str(cache.cache_dir()), title_justify="left")
    for column in ("part", "version", "state", "size"):
        table.add_column(column, justify="right" if column == "size" else "left", no_wrap=column == "size")
    for entry in found:
        state = "current" if entry.is_current else "[yellow]outdated[/]"
        table.add_row(entry.what, entry.path.name, state, room.readable(entry.size_bytes))
    table.add_section()
    table.add_row("", "", "", room.readable(inventory.freed_bytes(entry.path for entry in found)))
    console.print(table)
    console.print("Files that two of them share, or .venv, count in each line and once or not at all in the sum.", style="dim")


def _what(doomed: list[Entry], only_outdated: bool) -> str:
    count = "1 part" if len(doomed) == 1 else f"{len(doomed)} parts"
    return f"{count} that no lock here names" if only_outdated else f"all {count}"


def _demand_unused(doomed: list[Entry]) -> None:
    if users := users_of([entry.path for entry in doomed]):
        raise StackError("\n  ".join(["This is in use, so nothing was removed:", *users]))


def _remove(doomed: list[Entry]) -> list[Entry]:
    failed = []
    for entry in doomed:
        try:
            inventory.remove(entry.path)
        except OSError as error:
            errors.print(f"{entry.path}: {error}", highlight=False, soft_wrap=True)
            failed.append(entry)
    return failed
