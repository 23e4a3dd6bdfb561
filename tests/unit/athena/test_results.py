"""How values, files and columns look."""

import pytest
from lakestack_aws.athena.column_info import Column, TrinoType, column
from lakestack_aws.athena.metadata_file import metadata_body
from lakestack_aws.athena.result_files import csv_line, parse_csv, text_body
from lakestack_aws.athena.values import java_double, printed

VARCHAR = TrinoType("varchar", (2147483647,))
INTEGER = TrinoType("integer")
DOUBLE = TrinoType("double")

VALUES = [
    (None, VARCHAR, None),
    ("", VARCHAR, ""),
    (True, TrinoType("boolean"), "true"),
    (1.5, DOUBLE, "1.5"),
    ("NaN", DOUBLE, "NaN"),
    ("1.50", TrinoType("decimal", (10, 2)), "1.50"),
    ("AQI=", TrinoType("varbinary"), "01 02"),
    ("2020-01-01 12:34:56.789", TrinoType("timestamp", (3,)), "2020-01-01 12:34:56.789"),
    ([1, None, 2], TrinoType("array", (INTEGER,)), "[1, null, 2]"),
    ({"k2": 1e20, "k1": None}, TrinoType("map", (VARCHAR, DOUBLE)), "{k1=null, k2=1.0E20}"),
    ([1, "x"], TrinoType("row", (("a", INTEGER), ("b", VARCHAR))), "{a=1, b=x}"),
    ([1, "x"], TrinoType("row", ((None, INTEGER), (None, VARCHAR))), "{1, x}"),
    ([[["a, b"]]], TrinoType("array", (TrinoType("row", (("l", TrinoType("array", (VARCHAR,))),)),)), "[{l=[a, b]}]"),
]

DOUBLES = [
    (0.0, "0.0"),
    (-0.0, "-0.0"),
    (1, "1.0"),
    (100, "100.0"),
    (1234567.0, "1234567.0"),
    (9999999.0, "9999999.0"),
    (10000000.0, "1.0E7"),
    (12345678.9, "1.23456789E7"),
    (1e20, "1.0E20"),
    (0.001, "0.001"),
    (0.00012, "1.2E-4"),
    (-0.1, "-0.1"),
    (123.456, "123.456"),
    (5e-324, "5.0E-324"),
    (1.7976931348623157e308, "1.7976931348623157E308"),
    ("Infinity", "Infinity"),
    ("-Infinity", "-Infinity"),
]

COLUMNS = [
    (TrinoType("real"), Column("c", "float", 17)),
    (TrinoType("double"), Column("c", "double", 17)),
    (TrinoType("bigint"), Column("c", "bigint", 19)),
    (TrinoType("decimal", (18, 2)), Column("c", "decimal", 18, 2)),
    (VARCHAR, Column("c", "varchar", 2147483647)),
    (TrinoType("varchar", (3,)), Column("c", "varchar", 3)),
    (TrinoType("char", (2,)), Column("c", "char", 2)),
    (TrinoType("timestamp", (6,)), Column("c", "timestamp", 3)),
    (TrinoType("timestamp with time zone", (3,)), Column("c", "timestamp with time zone", 3)),
    (TrinoType("array", (INTEGER,)), Column("c", "array", 0)),
    (TrinoType("date"), Column("c", "date", 0)),
]


@pytest.mark.parametrize(("value", "trino_type", "expected"), VALUES)
def test_a_value_is_printed_as_athena_prints_it(value, trino_type, expected):
    assert printed(value, trino_type) == expected


@pytest.mark.parametrize(("value", "expected"), DOUBLES)
def test_a_double_is_printed_as_java_prints_it(value, expected):
    assert java_double(value) == expected


@pytest.mark.parametrize(("trino_type", "expected"), COLUMNS)
def test_a_column_is_described_as_athena_describes_it(trino_type, expected):
    assert column("c", trino_type) == expected


def test_null_and_the_empty_string_differ_in_the_csv():
    assert csv_line(("1", None, "", 'say "it\'s"')) == '"1",,"","say ""it\'s"""\n'


@pytest.mark.parametrize("rows", [[("a", "b"), ("1", None)], [("a",), (None,), ("",), ('x\ny,"z"',)], [("a", "b"), (None, None)]])
def test_a_csv_is_read_back_as_it_was_written(rows):
    body = "".join(map(csv_line, rows))

    assert list(parse_csv(body)) == rows


def test_a_file_that_is_not_athenas_is_refused():
    with pytest.raises(ValueError, match="Character 0"):
        list(parse_csv("a,b\n"))


def test_text_has_no_line_feed_at_its_end():
    assert text_body([("a", "b"), ("c", None)]) == "a\tb\nc\t"


def test_the_metadata_file_holds_the_query_and_its_columns():
    body = metadata_body("id", [Column("n", "bigint", 19)], update_count=300)

    assert body == b"\x0a\x02id\x18\xac\x02\x22\x1c\x0a\x04hive\x22\x01n\x2a\x01n\x32\x06bigint\x38\x13\x40\x00\x48\x03\x50\x00"
