"""What the command prints of an answer, and how it reads a statement."""

import pytest

from lakestack.cli.data import as_table, read_statement, write_csv
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


def test_text_in_brackets_is_no_markup():
    (departments, _) = as_table(ANSWER).columns

    assert [str(cell) for cell in departments.cells] == ["Home [sale]", "null"]


def test_a_shortened_table_says_so():
    table = as_table(ANSWER, most_rows=1)

    assert table.row_count == 1
    assert table.caption == "and 1 more"
