"""The verb that lists what came in and what became of it: uploads."""

import csv
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from lakestack.cli.app import app, console
from lakestack.cli.stack import StackOption
from lakestack.client import Clients, aws_errors_explained
from lakestack.engine import control
from lakestack.lake.claims import Claims
from lakestack.lake.executions import Executions
from lakestack.lake.ingestions import FAILED, LOADED, QUARANTINED, RUNNING, SKIPPED, Counts, Ingestion, Ingestions

_COLOURS = {LOADED: "green", RUNNING: "cyan", SKIPPED: "yellow", QUARANTINED: "red", FAILED: "red"}
# Below this, a column a number would leave no room for the files' names.
_WIDE = 170
_NARROWEST_FILE = 20
_NUMBERS = ("read", "inserted", "updated", "unchanged", "rejected", "held", "duplicates")
_CSV = ("uploaded_at", "key", "upload_id", "dataset", "sheet", "outcome", "reason", *(f"rows_{name}" for name in _NUMBERS), "seconds", "execution")


@app.command(rich_help_panel="The pipeline")
@aws_errors_explained()
def uploads(
    stack: StackOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="How many uploads, newest first.")] = 20,
    file: Annotated[str | None, typer.Option("--file", metavar="NAME", help="Only uploads of this file name or key.")] = None,
    sheets: Annotated[bool, typer.Option("--sheets", help="A line for each sheet.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead of a table.")] = False,
) -> None:
    """List what came in, newest first, and where its rows went: merged, unchanged, rejected, held, duplicates.

    Also what was skipped, quarantined, failed, or is on its way. One file in words: lakestack why FILE
    """
    found = ingestions(Clients.of(control.current(stack))).newest(limit, file)
    if as_csv:
        _write_csv(found, sheets)
    elif not found:
        console.print(_nothing(file))
    else:
        console.print(table(found, console.width, sheets=sheets))
        console.print("What became of one of them, and what to do: lakestack why FILE", style="dim")


def ingestions(clients: Clients) -> Ingestions:
    executions = Executions(clients.client("stepfunctions"), clients.region)
    return Ingestions(clients.client("athena"), executions, Claims(clients))


def _nothing(file: str | None) -> str:
    if file:
        return f"No upload is called {file}. See which there are: lakestack uploads"
    return "Nothing was uploaded yet. Load a file with: lakestack upload FILE --follow"


def table(found: Sequence[Ingestion], width: int, *, sheets: bool = False) -> Table:
    """Return the uploads for a terminal: a column a number where it is wide, else the numbers that are not zero in words."""
    return _wide(found, sheets) if width >= _WIDE else _narrow(found, sheets)


def _wide(found: Sequence[Ingestion], sheets: bool) -> Table:
    shown = Table("uploaded", "file", "dataset", *(["sheet"] if sheets else []), "outcome", "reason")
    for name in ("read", "merged (new + changed)", "unchanged", "rejected", "held", "duplicates", "seconds"):
        shown.add_column(name, justify="right", no_wrap=True)
    shown.columns[0].no_wrap = True
    shown.columns[1].overflow = "fold"
    shown.columns[1].min_width = _NARROWEST_FILE
    for one, dataset, sheet, outcome, reason, counts, seconds in _lines(found, sheets):
        numbers = [_thousands(counts.read), _merged(counts), *map(_thousands, counts.values[3:]), f"{seconds:.1f}" if seconds else ""]
        has_counts = one.outcome == LOADED or any(counts.values)
        cells = numbers if has_counts else [""] * len(numbers)
        shown.add_row(_local(one), Text(one.file), dataset, *([Text(sheet)] if sheets else []), _outcome(outcome), Text(reason), *cells)
    return shown


def _narrow(found: Sequence[Ingestion], sheets: bool) -> Table:
    shown = Table("uploaded", "file", "outcome", "rows")
    shown.columns[0].no_wrap = True
    shown.columns[1].overflow = shown.columns[2].overflow = "fold"
    shown.columns[1].min_width = _NARROWEST_FILE
    for one, dataset, sheet, outcome, reason, counts, _seconds in _lines(found, sheets):
        name = Text(one.file)
        if sheets and (sheet or dataset):
            name.append(f"\n{dataset} {sheet}".rstrip(), style="dim")
        said = _outcome(outcome)
        said.append(f"\n{reason}" if reason else "", style="dim")
        shown.add_row(_local(one), name, said, _in_words(counts) if one.outcome == LOADED or any(counts.values) else "")
    return shown


def _lines(found: Sequence[Ingestion], sheets: bool) -> Iterator[tuple[Ingestion, str, str, str, str, Counts, float]]:
    """Yield upload, dataset, sheet, outcome, reason, counts and seconds of each line."""
    for one in found:
        if sheets and one.sheets:
            for sheet in one.sheets:
                outcome = SKIPPED if sheet.outcome == "SKIP" else one.outcome
                reason = sheet.reason or one.state or one.reason or " ".join(sheet.warnings)
                yield one, sheet.dataset, sheet.name, outcome, reason, sheet.counts, sheet.seconds
        else:
            yield one, one.datasets, "", one.outcome, one.state or one.reason or " ".join(one.warnings), one.counts, one.seconds


def _write_csv(found: Sequence[Ingestion], sheets: bool) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(_CSV)
    for one, dataset, sheet, outcome, reason, counts, seconds in _lines(found, sheets):
        writer.writerow((one.at.isoformat(), one.key, one.upload_id, dataset, sheet, outcome, reason, *counts.values, seconds, one.execution))


def _in_words(counts: Counts) -> str:
    words = [f"{_thousands(counts.read)} read"]
    parts = (("merged", counts.merged), ("unchanged", counts.unchanged), ("rejected", counts.rejected), ("held", counts.held))
    words += [f"{_thousands(count)} {name}" for name, count in (*parts, ("duplicates", counts.duplicates)) if count]
    return ", ".join(words)


def _merged(counts: Counts) -> str:
    return f"{_thousands(counts.merged)} ({_thousands(counts.inserted)} + {_thousands(counts.updated)})" if counts.merged else "0"


def _thousands(count: int) -> str:
    return f"{count:,}"


def _outcome(outcome: str) -> Text:
    return Text(outcome, style=_COLOURS.get(outcome, ""))


def _local(one: Ingestion) -> str:
    at = one.at.astimezone()
    return f"{at:%H:%M:%S}" if at.date() == datetime.now().astimezone().date() else f"{at:%m-%d %H:%M}"
