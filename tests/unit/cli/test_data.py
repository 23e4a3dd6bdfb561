"""What the command prints of an answer, and how it reads a statement."""

import io

import pytest
from rich.console import Console

from lakestack.cli.answers import render, write_csv
from lakestack.cli.data import read_statement
from lakestack.errors import PipelineError
from lakestack.lake.queries import Answer, Column

ANSWER = Answer(
    columns=(Column("department", "varchar"), Column("items", "bigint")),
    rows=[("Home [sale]", "7"), (None, "0")],
    seconds=0.1,
    scanned_bytes=10,
)


def test_a_statement_is_itself():
    assert read_statement("select 1") == "select 1"


def test_a_file_gives_its_statement(tmp_path):
    file = tmp_path / "one.sql"
    file.write_text("select 1;\n")

    assert read_statement(str(file)) == "select 1;"


def test_a_file_that_is_not_there_is_no_statement():
    with pytest.raises(PipelineError, match=r"There is no file gone\.sql"):
        read_statement("gone.sql")


def test_csv_has_the_names_first_and_nothing_for_null(capsys):
    write_csv(ANSWER)

    assert capsys.readouterr().out == "department,items\nHome [sale],7\n,0\n"


def printed(answer, width=80, most_rows=None):
    console = Console(width=width, file=io.StringIO(), color_system=None)
    console.print(render(answer, width, most_rows))
    return console.file.getvalue()


def test_text_in_brackets_is_no_markup():
    assert "│ Home [sale] │     7 │" in printed(ANSWER)


def test_null_is_told_from_the_empty_text():
    assert "│ null        │     0 │" in printed(ANSWER)


def test_a_shortened_table_says_so():
    assert "and 1 more" in printed(ANSWER, most_rows=1)


LONG = Answer((Column("key", "bigint"), Column("example", "varchar")), [("1", "x" * 100), ("2", "a\nb")], 0.1, 10)


def test_a_long_value_is_cut_where_the_table_fits_then():
    lines = printed(LONG, width=40).splitlines()

    assert max(map(len, lines)) == 40
    assert "xxx…" in "".join(lines)


def test_a_value_of_two_lines_stays_in_its_row():
    assert "│   2 │ a b " in printed(LONG, width=40)


def test_a_table_that_cannot_fit_is_a_block_a_row_with_its_values_whole():
    wide = Answer(tuple(Column(f"a_long_name_of_column_{n}", "varchar") for n in range(9)), [(*"abcdefgh", "x" * 100)], 0.1, 10)

    shown = printed(wide)

    assert "row 1" in shown
    assert "  a_long_name_of_column_7  h " in shown
    assert shown.count("x") == 100


def test_an_answer_without_rows_shows_its_columns_and_says_so():
    shown = printed(Answer(ANSWER.columns, [], 0.1, 0))

    assert "department" in shown
    assert "no rows" in shown
