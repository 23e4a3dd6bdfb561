"""Any row of any cells: one fate, codes that are never null, and typed values that mean what the text meant.

Spark judges a batch of rows at one go (it takes the character NUL, which no workbook can hold, for a blank); a second implementation of the rules, in plain Python from their description, judges each row.
"""

import csv
import datetime as dt
import re
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lakehouse import frames, transforms
from lakehouse.accounting import DUPLICATES, INSERTED, REJECTED
from lakehouse.converter import TECHNICAL_COLUMNS
from lakehouse.datasets import AMOUNT, BY_NAME, DATE, KEY, TEXT, TIMESTAMP, WHOLE
from lakehouse.tables import DATASET_TABLES

UPLOAD = "20260401T000000Z-v"
NO_VALUE = {"", "ERROR", "UNKNOWN", "NULL", "N/A", "-"}
NO_NUMBER = NO_VALUE | {"NA", "NONE", "NAN", "--", "?"}
ERRORS = {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#GETTING_DATA", "#SPILL!", "#CALC!"}
SPACES = ["", " ", "\t", "\u00a0", "\u200b", "\ufeff", "\u3000", "\n", "\x1f\u2060"]
MOMENTS = [
    "2025-04-01T08:00:00",
    "2025-04-01T10:00:00+02:00",
    "2025-04-01T08:00:00.123456789",
    "2025-04-01T08:00:00,5",
    "2025-04-01",
    "2025-04-01T08:00Z",
    "2025-02-30",
    "10:30",
    "45748",
    "2025-04-01T24:00:00",
    "2100-12-31T23:59:59",
    "2101-01-01T00:00:00",
    "1999-12-31T23:59:59Z",
    "2000-01-01T00:30:00+01:00",
    "2025-04-01T08:00:00ZZ",
    "2025-04-01T08:00:00+02:00+0200",
    "2025-04-01T08:00:00+18:01",
    "2025-04-01T08",
    "2025-4-1",
    "20250401",
    "2025-04-01T08:00:00+0530",
    "2025-04-01T08:00:00-05",
    "\u0662025-04-01",
    "2024-02-29T00:00:00",
    "-2025-04-01",
    "+2025-04-01",
    "2025-04-01T08:00:00.",
    "9999-12-31T23:59:59",
    "2025-04-01 08:00:00",
    "2025-04-01T08:00:00 Z",
    "2025-04-01  08:00:00",
    "2025-04-01T08:00:00  Z",
    "2025-04-01 +02:00",
]
NUMBERS = [
    "0",
    "1",
    "7",
    "007",
    "988.0",
    "988.",
    "988.5",
    "-1",
    "+1",
    "1,000",
    "1e5",
    "1E+3",
    "0x1F",
    "1_000",
    "\uff11",
    "\u0661",
    "9999999999.99",
    "10000000000",
    "0.005",
    "1.10",
    "1.100",
    "19,99",
    ".5",
    "5.",
    "+5.00",
    "-0",
    "Infinity",
    "NaN",
    "999999999",
    "1000000000",
    "999999999999999999",
    "1000000000000000000",
    "9223372036854775808",
    "1.0.0",
    "2",
    "30",
    "1.2300",
    "\u00bd",
]
WORDS = [*NO_NUMBER, *ERRORS, "null", "n/a", "None", "TRUE", "'; drop table", '"', '""', "\\", "a,b", "x\r\ny", "=1+1", "#n/a"]
TEXTS = st.one_of(
    st.sampled_from(NUMBERS),
    st.sampled_from(MOMENTS),
    st.sampled_from(WORDS),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8),
    st.none(),
)
CELLS = st.builds(
    lambda before, text, after: None if text is None else before + text + after, st.sampled_from(SPACES), TEXTS, st.sampled_from(SPACES)
)
GOOD = {KEY: "5", WHOLE: "1", TEXT: "Kite", TIMESTAMP: "2025-04-01T08:00:00", AMOUNT: "5.00", DATE: "2025-04-01"}


def rows_of(dataset):
    """Rows that are good but for one or two cells, and rows of anything; both with a mark now and then."""
    columns = dataset.columns
    good = [GOOD[column.kind] for column in columns]
    places = st.lists(st.integers(0, len(columns) - 1), max_size=2)
    nearly = st.builds(lambda at, cells: [cells[n] if n in at else cell for n, cell in enumerate(good)], places, st.tuples(*[CELLS] * len(columns)))
    marks = st.sampled_from(["", "", "", f"{columns[1].name}=formula_without_value", "_field_count=3/4"])
    return st.tuples(st.one_of(nearly, nearly, st.tuples(*[CELLS] * len(columns)).map(list)), marks)


def strip(text):
    while text and (text[0].isspace() or text[0] in "\u200b\u200c\u200d\u2060\ufeff"):
        text = text[1:]
    while text and (text[-1].isspace() or text[-1] in "\u200b\u200c\u200d\u2060\ufeff"):
        text = text[:-1]
    return text


def moment_of(text):
    """Read an ISO 8601 form as naive UTC, or return None."""
    found = re.fullmatch(
        r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)? ?(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?", text
    )
    if not found:
        return None
    *numbers, fraction, zone = found.groups()
    sign, digits = (zone or "Z")[0], re.sub(r"[^0-9]", "", zone or "").ljust(4, "0")
    offset = dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:])) * (-1 if sign == "-" else 1)
    if abs(offset) > dt.timedelta(hours=18) or int(digits[2:]) > 59:
        return None
    try:
        micros = int((fraction or "0")[:6].ljust(6, "0"))
        return dt.datetime(*(int(number or 0) for number in numbers), micros) - offset
    except (ValueError, OverflowError):
        return None


def whole(text, digits, signs):
    found = re.fullmatch(rf"({signs}[0-9]{{1,{digits}}})(\.0*)?", text)
    return int(found[1]) if found else None


def amount_of(text):
    if not re.fullmatch(r"\+?[0-9]{1,10}(\.[0-9]*)?", text) or Decimal(text) % Decimal("0.01"):
        return None
    return Decimal(text).quantize(Decimal("0.01"))


PARSERS = {
    KEY: lambda text: whole(text, 18, ""),
    WHOLE: lambda text: whole(text, 9, "[+-]?"),
    TEXT: lambda text: text,
    TIMESTAMP: moment_of,
    AMOUNT: amount_of,
    DATE: lambda text: moment.date() if (moment := moment_of(text)) else None,
}


def judge(dataset, cells, marks):
    """Return (codes, {column: value}) of a row."""
    if "_field_count" in marks:
        return {"BAD_FIELD_COUNT"}, {}
    columns = dataset.columns
    texts = {column.name: strip(cell or "") for column, cell in zip(columns, cells, strict=True)}
    words = {column.name: NO_VALUE if column.kind == TEXT else NO_NUMBER for column in columns}
    meant = {name: text for name, text in texts.items() if text.upper() not in words[name] | ERRORS}
    typed = {column.name: PARSERS[column.kind](meant[column.name]) if column.name in meant else None for column in columns}
    moment = typed.get("order_timestamp")
    codes = {CODES[c.kind] for c in columns if is_bad(c, typed[c.name], moment, c.name in meant and typed[c.name] is None)}
    codes |= codes_of_blanks({column.name: texts[column.name].upper() for column in columns if column.is_required}, words, marks.partition("=")[0])
    return codes, ({**typed, "date": moment and moment.date()} if "date" in typed else typed)


CODES = {KEY: "BAD_KEY", WHOLE: "BAD_NUMBER", AMOUNT: "BAD_AMOUNT", TIMESTAMP: "BAD_TIMESTAMP", DATE: "DATE_MISMATCH"}


def codes_of_blanks(required, words, formula):
    codes = {"FORMULA_NO_VALUE"} if formula in required else set()
    if formula not in required and any(text in words[name] for name, text in required.items()):
        codes.add("MISSING_VALUE")
    return codes | {"CELL_ERROR" for text in required.values() if text in ERRORS}


def is_bad(column, value, moment, is_garbled):
    if column.kind in {KEY, AMOUNT}:
        return value is None
    if column.kind == WHOLE:
        beyond = value is not None and ((column.least is not None and value < column.least) or (column.most is not None and value > column.most))
        return is_garbled or beyond
    if column.kind == TIMESTAMP:
        return value is None or not 2000 <= value.year <= 2100
    return column.kind == DATE and (is_garbled or (value is not None and moment is not None and value != moment.date()))


@pytest.mark.parametrize("name", list(BY_NAME))
def test_any_row_has_one_fate_and_means_what_it_meant(spark, tmp_path, name):
    dataset = BY_NAME[name]
    target = spark.range(0).selectExpr(*(f"cast(null as {kind}) as {column}" for column, kind in DATASET_TABLES[name].columns))

    def settle(rows):
        path = tmp_path / "sheet.csv"
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow((*dataset.column_names, *TECHNICAL_COLUMNS))
            writer.writerows([*cells, UPLOAD, "sheet", number, marks, None, None] for number, (cells, marks) in enumerate(rows))
        judged = transforms.judge(frames.read_csvs(spark, [f"file:{path}"], dataset, {}), dataset)
        settled = transforms.settle(transforms.find_parents(judged, dataset, None), dataset, target)
        return {row["row_number"]: row for row in settled.collect()}

    rows = []

    @settings(max_examples=500, deadline=None, database=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(rows_of(dataset))
    def collect(row):
        rows.append(row)

    collect()
    found = settle(rows)

    assert len(rows) >= 400
    assert sorted(found) == list(range(len(rows)))
    for number, (cells, marks) in enumerate(rows):
        row, (codes, typed) = found[number], judge(dataset, cells, marks)
        assert row["reason_codes"] is not None
        assert set(row["reason_codes"]) == codes, (cells, marks, row)
        assert row["fate"] in ({REJECTED} if codes else {INSERTED, DUPLICATES}), (cells, row)
        if not codes:
            assert {column: row[column] for column in dataset.column_names} == typed, (cells, row)
    valid = {row[dataset.key] for row in found.values() if not row["reason_codes"]}
    assert sum(row["fate"] == INSERTED for row in found.values()) == len(valid)
