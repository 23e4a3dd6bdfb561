"""Prints Athena's answers: a table where it fits, else one block a row, or CSV."""

import csv
import sys

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from lakestack.lake.queries import Answer

_NULL = "null"
_FRAME = 3
_NARROWEST = 12


def render(answer: Answer, width: int, most_rows: int | None = None) -> RenderableType:
    """Return the answer for a terminal.

    Long values are cut where that makes the table fit; --csv has them whole. If it does not fit even so, each row is a block of its own, uncut.

    Args:
        answer: As Athena gave it.
        width: Of the terminal, in characters.
        most_rows: Past these, the caption says how many more there are.

    """
    shown = answer.rows[:most_rows]
    more = len(answer.rows) - len(shown)
    caption = f"and {more:,} more" if more else None if shown else "no rows"
    texts = [[_NULL if value is None else " ".join(value.split()) for value in row] for row in shown]
    names = [column.name for column in answer.columns]
    widths = _fit([max(map(len, cells)) for cells in zip(names, *texts, strict=True)], list(map(len, names)), width)
    if widths is None:
        return _blocks(answer, shown, caption)
    table = Table(caption=caption, caption_justify="left")
    for column in answer.columns:
        table.add_column(Text(column.name), justify="right" if column.is_number else "left", no_wrap=True)
    for row, values in zip(texts, shown, strict=True):
        table.add_row(*(_cell(text, value is None, most) for text, value, most in zip(row, values, widths, strict=True)))
    return table


def write_csv(answer: Answer) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([column.name for column in answer.columns])
    writer.writerows(answer.rows)


def _fit(widths: list[int], headers: list[int], width: int) -> list[int] | None:
    """Narrow the widest columns until all fit; None if they do not, with headers whole and values recognisable."""
    budget = width - _FRAME * len(widths) - 1
    least = [min(natural, max(header, _NARROWEST)) for natural, header in zip(widths, headers, strict=True)]
    fitted = list(widths)
    while sum(fitted) > budget:
        widest = max(range(len(fitted)), key=lambda index: fitted[index] - least[index])
        if fitted[widest] == least[widest]:
            return None
        fitted[widest] -= 1
    return fitted


def _blocks(answer: Answer, rows: list[tuple[str | None, ...]], caption: str | None) -> Table:
    blocks = Table.grid(padding=(0, 2))
    blocks.add_column(no_wrap=True)
    blocks.add_column(overflow="fold")
    for number, row in enumerate(rows, start=1):
        blocks.add_row(Text(f"row {number}", style="bold"), "")
        for column, value in zip(answer.columns, row, strict=True):
            blocks.add_row(Text(f"  {column.name}"), _cell(_NULL if value is None else value, value is None, None))
    if caption:
        blocks.add_row(Text(caption, style="italic"), "")
    return blocks


def _cell(text: str, is_null: bool, most: int | None) -> Text:
    cell = Text(text, style="dim" if is_null else "")
    if most is not None:
        cell.truncate(most, overflow="ellipsis")
    return cell
