"""What is true of reading whatever a file holds.

LAKESTACK_EXAMPLES=2000 .venv/bin/pytest tests/unit/pipeline/test_reading_properties.py      a long search; 60 each by default
"""

import csv
import datetime as dt
import os
import re
import tempfile
import zipfile
from pathlib import Path

import openpyxl
import python_calamine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lakehouse import converter, datasets, sources
from lakehouse.cells import cell_text
from lakehouse.rules import OK, QUARANTINE, RULES

from tests.support import raw_workbooks as raw

quickly = settings(
    max_examples=int(os.environ.get("LAKESTACK_EXAMPLES", "60")),
    deadline=None,
    derandomize="LAKESTACK_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    database=None,
)
HEADER = list(datasets.PRODUCTS.column_names)

# Characters that a workbook's XML can hold. openpyxl undoes _xHHHH_ in its own way, so texts that look so are not compared.
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff\r" + "".join(map(chr, {*range(32)} - {9, 10})))
TEXTS = st.one_of(
    st.text(CHARACTERS, max_size=12), st.sampled_from(['"', 'a"b', "a\nb", "\n", ",", " ", "\u00a0", "#N/A", "é文😀", "'", "\\", "\ufeff"])
)
TEXTS = TEXTS.filter(lambda text: "_x" not in text)
# openpyxl writes 16 digits of a number, of which 15 count.
NUMBERS = st.one_of(
    st.integers(-(10**14), 10**14),
    st.floats(-1e14, 1e14, allow_subnormal=False).map(lambda number: float(format(number, ".12g"))),
    st.sampled_from([0, -0.0, 1e-7, 229.53, 45748]),
)
MOMENTS = st.one_of(
    st.datetimes(dt.datetime(1901, 1, 1), dt.datetime(2100, 1, 1)).map(lambda moment: moment.replace(microsecond=0)),
    st.dates(dt.date(1901, 1, 1), dt.date(2100, 1, 1)),
)
ERRORS = st.sampled_from(["#N/A", "#REF!", "#VALUE!", "#DIV/0!"])
CELLS = st.one_of(st.none(), TEXTS, NUMBERS, st.booleans(), MOMENTS, ERRORS)
# calamine tells no error from a blank.
WITHOUT_ERRORS = CELLS.filter(lambda value: not (isinstance(value, str) and value.startswith("#")))
ROWS = st.lists(st.lists(CELLS, max_size=7), max_size=8)


def write_workbook(path, titles, rows):
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("s")
    for row in [*titles, HEADER, *rows]:
        cells = []
        for value in row:
            cell = openpyxl.cell.WriteOnlyCell(sheet, value)
            if isinstance(value, str) and value.startswith("="):
                cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
    book.save(path)


def has_anything(row):
    return any(
        cell_text(value) is not None
        and not re.fullmatch(r"[\s\u00a0\u1680\u2000-\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]*", cell_text(value))
        for value in row
    )


def repeats_header(row):
    return converter.find_header([converter.Row(1, [cell_text(value) for value in row])]) is not None


def csv_of(path, readers, folder):
    converted = converter.convert(path, "data.xlsx", folder, "u", readers)
    assert converted.outcome == OK, converted.text
    with (folder / converted.sheets[0].csv).open(encoding="utf-8", newline="") as stream:
        return converted.sheets[0], list(csv.DictReader(stream))


@quickly
@given(titles=st.lists(st.lists(TEXTS, max_size=3), max_size=19), rows=ROWS)
def test_no_row_of_any_sheet_is_lost_and_both_readers_write_the_same(titles, rows):
    titles = [row for row in titles if not repeats_header(row)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_workbook(folder / "b.xlsx", titles, rows)

        sheet, first = csv_of(folder / "b.xlsx", ("streaming",), folder)
        second_sheet, second = csv_of(folder / "b.xlsx", ("openpyxl",), folder)

    kept = [row for row in rows if has_anything(row)]
    assert sheet.rows_read == len(kept) == len(first)
    assert (sheet, first) == (second_sheet, second)
    for written, read in zip(kept, first, strict=True):
        padded = [cell_text(value) for value in written[:4]] + [None] * (4 - len(written))
        assert [read[column] for column in HEADER] == [text or "" for text in padded]


@quickly
@given(rows=st.lists(st.lists(WITHOUT_ERRORS, max_size=7), max_size=8))
def test_calamine_reads_the_same_cells(rows):
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "b.xlsx"
        write_workbook(path, [], rows)
        source = sources.Source(path, "b.xlsx")
        ours = {row.number: row.cells for row in source.rows(source.sheets()[0], "streaming")}
        values = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=False)

    for number, row in enumerate(values, start=1):
        cells = [cell_text(value) for value in row]
        read = ours.get(number, [])
        assert without_blanks_around(read + [None] * (len(cells) - len(read))) == without_blanks_around(cells)


def without_blanks_around(cells):
    """Calamine strips some blanks and keeps others."""
    return [(cell or "").strip() for cell in cells]


FIELDS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12),
    st.sampled_from(["\r", "\r\n", '"\n"', "a,b;c\t|", " x "]),
)


@quickly
@given(rows=st.lists(st.lists(FIELDS, min_size=1, max_size=6), max_size=10), separator=st.sampled_from(",;\t|"))
def test_no_row_of_any_text_is_lost_and_its_fields_come_through_the_csv(rows, separator):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (folder / "in.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, delimiter=separator).writerows([HEADER, *rows])

        converted = converter.convert(folder / "in.csv", "data.csv", folder, "u")

        assert converted.outcome == OK, converted.text
        written = (folder / converted.sheets[0].csv).read_text(encoding="utf-8")
        # As Spark reads it: quote and escape are a double quote, and lines may run on inside quotes.
        with (folder / converted.sheets[0].csv).open(encoding="utf-8", newline="") as stream:
            read = list(csv.DictReader(stream, quotechar='"', doublequote=True, strict=True))
    kept = [row for row in rows if has_anything(row) and not repeats_header(row)]
    assert converted.sheets[0].rows_read == len(kept) == len(read)
    for one, record in zip(kept, read, strict=True):
        assert [record[column] for column in HEADER] == (one + [""] * 4)[:4]
    assert "\r" not in re.sub(r'"(?:[^"]|"")*"', "", written), "a carriage return outside quotes ends a line for Spark"


STARTS = [
    b"",
    b"PK\x03\x04",
    b"PK\x05\x06" + b"\0" * 18,
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    b"<html>",
    ",".join(HEADER).encode() + b"\n",
]


def assert_is_an_outcome(folder, content):
    (folder / "f").write_bytes(content)
    converted = converter.convert(folder / "f", "products.xlsx", folder)
    assert converted.outcome in {OK, QUARANTINE}
    if converted.outcome == QUARANTINE:
        assert RULES[converted.reason].outcome == QUARANTINE
        assert converted.text.startswith(f"{converted.reason}: ")


@quickly
@given(start=st.sampled_from(STARTS), content=st.binary(max_size=300))
def test_any_bytes_at_all_have_an_outcome(start, content):
    with tempfile.TemporaryDirectory() as name:
        assert_is_an_outcome(Path(name), start + content)


WHOLE = raw.parts(
    raw.sheet(raw.header_row() + '<row><c s="1"><v>1</v></c><c t="s"><v>0</v></c></row>'),
    strings="<si><t>a</t></si>",
    styles='<cellXfs><xf numFmtId="0"/></cellXfs>',
)


@quickly
@given(
    member=st.sampled_from(sorted(WHOLE)),
    at=st.floats(0, 1),
    removed=st.integers(0, 40),
    added=st.one_of(st.binary(max_size=30), st.text("<>/=\"' arcvts019&;#!", max_size=30).map(str.encode)),
)
def test_a_workbook_with_any_part_damaged_has_an_outcome(member, at, removed, added):
    content = WHOLE[member].encode()
    place = int(at * len(content))
    with tempfile.TemporaryDirectory() as name:
        raw.write(Path(name) / "w", {**WHOLE, member: content[:place] + added + content[place + removed :]})
        assert_is_an_outcome(Path(name), (Path(name) / "w").read_bytes())


@quickly
@given(at=st.floats(0, 1, exclude_max=True), flips=st.integers(1, 255), cut=st.booleans())
def test_a_zip_with_any_byte_damaged_has_an_outcome(at, flips, cut):
    with tempfile.TemporaryDirectory() as name:
        path = raw.write(Path(name) / "w", WHOLE)
        content = bytearray(path.read_bytes())
        content[int(at * len(content))] ^= flips
        assert_is_an_outcome(Path(name), bytes(content[: int(at * len(content))] if cut else content))


def test_the_undamaged_workbook_of_these_tests_is_read(tmp_path):
    raw.write(tmp_path / "products.xlsx", WHOLE)

    assert zipfile.is_zipfile(tmp_path / "products.xlsx")
    assert converter.convert(tmp_path / "products.xlsx", "products.xlsx", tmp_path).outcome == OK
