"""What comes out of a delivered file: one CSV per sheet, and a manifest that counted the rows before any rule ran."""

import csv
import datetime as dt
import zipfile

import openpyxl
import pytest
from lakehouse import cells, converter, datasets, delimited, sources
from lakehouse.rules import OK, QUARANTINE, SKIP

PRODUCT_HEADER = ["product_id", "department_id", "department", "product_name"]
ORDER_HEADER = ["order_num", "order_id", "user_id", "order_timestamp", "total_amount", "date"]
ITEM_HEADER = list(datasets.ORDER_ITEMS.column_names)
READERS = sources.READERS


@pytest.fixture(params=READERS)
def convert(request, tmp_path):
    """Return a function that converts a file with one of the two readers; its report's rows are read back with read()."""
    folder = tmp_path / "out"
    folder.mkdir()

    def run(path, name=None):
        return converter.convert(path, name or path.name, folder, "20260401T000000Z-v1", (request.param,))

    run.read = lambda sheet: list(csv.DictReader((folder / sheet.csv).open(encoding="utf-8", newline="")))
    return run


def text_file(tmp_path, content, name="products.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_each_sheet_becomes_a_csv_with_the_rows_that_were_read(convert, workbook):
    path = workbook({"2025-04-01": [ORDER_HEADER, [1, 10, 5, "2025-04-01T10:00:00", 9.5, "2025-04-01"]], "2025-04-02": [ORDER_HEADER]})

    converted = convert(path)

    assert converted.outcome == OK
    assert [(sheet.sheet, sheet.dataset, sheet.rows_read) for sheet in converted.sheets] == [("2025-04-01", "orders", 1), ("2025-04-02", "orders", 0)]
    (row,) = convert.read(converted.sheets[0])
    assert {name: row[name] for name in ORDER_HEADER} == {
        "order_num": "1",
        "order_id": "10",
        "user_id": "5",
        "order_timestamp": "2025-04-01T10:00:00",
        "total_amount": "9.5",
        "date": "2025-04-01",
    }
    assert (row["_row"], row["_sheet"], row["_upload_id"]) == ("2", "2025-04-01", "20260401T000000Z-v1")


def test_one_blank_cell_leaves_the_other_integers_of_its_column_integers(convert, workbook):
    path = workbook({"s": [PRODUCT_HEADER, [988, 1, "Toys", "a"], [None, 1, "Toys", "b"], [7, 1, "Toys", "c"]]})

    rows = convert.read(convert(path).sheets[0])

    assert [row["product_id"] for row in rows] == ["988", "", "7"]


def test_dates_are_iso_text_in_the_workbooks_own_epoch(convert, tmp_path):
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.append(ORDER_HEADER)
    book.active.append([1, 10, 5, dt.datetime(2025, 4, 1, 10, 30), 9, dt.date(2025, 4, 1)])
    path = tmp_path / "orders.xlsx"
    book.save(path)

    (row,) = convert.read(convert(path).sheets[0])

    assert (row["order_timestamp"], row["date"]) == ("2025-04-01T10:30:00", "2025-04-01")


def test_a_formula_without_a_cached_value_is_marked_and_an_error_is_kept_as_its_text(convert, workbook):
    path = workbook({"s": [PRODUCT_HEADER, ["=1+1", 1, "Toys", "a"], [2, "#N/A", "Toys", "b"]]})

    first, second = convert.read(convert(path).sheets[0])

    assert (first["product_id"], first["_marks"]) == ("", "product_id=formula_without_value")
    assert second["department_id"] == "#N/A"


def test_the_header_is_found_below_titles_and_behind_blank_columns(convert, workbook):
    rows = [["Our products"], [], [None, *[name.upper().replace("_", " ") for name in PRODUCT_HEADER]], [None, 1, 2, "Toys", "a"]]

    converted = convert(workbook({"s": rows}))

    assert converted.sheets[0].rows_read == 1
    assert convert.read(converted.sheets[0])[0]["product_id"] == "1"


def test_columns_are_taken_by_name_and_others_left_out_with_a_warning(convert, workbook):
    path = workbook({"s": [["product_name", "note", "department", "department_id", "product_id"], ["a", "x", "Toys", 2, 1]]})

    converted = convert(path)

    assert converted.sheets[0].warnings == ("EXTRA_COLUMNS",)
    assert {name: convert.read(converted.sheets[0])[0][name] for name in PRODUCT_HEADER} == {
        "product_id": "1",
        "department_id": "2",
        "department": "Toys",
        "product_name": "a",
    }


def test_sheets_without_data_are_skipped_and_recorded(convert, workbook):
    path = workbook({"empty": [], "hidden": [PRODUCT_HEADER, [1, 2, "Toys", "a"]], "shown": [PRODUCT_HEADER]}, hidden="hidden")

    converted = convert(path)

    assert [(sheet.outcome, sheet.reason) for sheet in converted.sheets] == [(SKIP, "EMPTY_SHEET"), (SKIP, "HIDDEN_SHEET"), (OK, None)]


def test_a_header_that_comes_again_is_no_row(convert, workbook):
    path = workbook({"s": [PRODUCT_HEADER, [1, 2, "Toys", "a"], PRODUCT_HEADER, [2, 2, "Toys", "b"]]})

    sheet = convert(path).sheets[0]

    assert (sheet.rows_read, sheet.warnings) == (2, ("REPEATED_HEADER",))


QUARANTINED = [
    ("EMPTY_WORKBOOK", {"a": [], "b": []}, "book.xlsx"),
    ("NO_HEADER", {"a": [["name", "value"], ["x", 1]]}, "book.xlsx"),
    ("SCHEMA", {"a": [PRODUCT_HEADER[:3], [1, 2, "Toys"]]}, "book.xlsx"),
    ("SCHEMA", {"a": [[*PRODUCT_HEADER, "product_id"], [1, 2, "Toys", "x", 1]]}, "book.xlsx"),
    ("DATASET_MISMATCH", {"a": [ITEM_HEADER]}, "orders_april.xlsx"),
]


@pytest.mark.parametrize(("code", "sheets", "name"), QUARANTINED)
def test_a_workbook_that_cannot_be_loaded_is_quarantined_with_its_reason(convert, workbook, code, sheets, name):
    converted = convert(workbook(sheets, name))

    assert (converted.outcome, converted.reason) == (QUARANTINE, code)
    assert converted.text.startswith(f"{code}: ")


NOT_TO_BE_READ = [
    ("EMPTY_FILE", b""),
    ("ENCRYPTED", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")),
    ("UNSUPPORTED_FORMAT", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "Workbook".encode("utf-16-le")),
    ("UNSUPPORTED_FORMAT", b"<html><table><tr><td>product_id</td></tr></table></html>"),
    ("UNSUPPORTED_FORMAT", b"%PDF-1.7"),
    ("CORRUPT", b"PK\x03\x04" + b"cut off"),
    ("BAD_ENCODING", b"product_id,department_id,department,product_name\n1,2,Toys,\x81\x8d\n"),
    ("NO_HEADER", b"just\nsome\ntext\n"),
]


@pytest.mark.parametrize(("code", "content"), NOT_TO_BE_READ)
def test_what_a_file_is_is_told_by_its_content(convert, tmp_path, code, content):
    converted = convert(text_file(tmp_path, content, "products.xlsx"))

    assert (converted.outcome, converted.reason) == (QUARANTINE, code)


def test_a_workbook_with_entities_or_members_outside_is_refused_before_it_is_parsed(convert, workbook, tmp_path):
    for member, content in (("xl/extra.xml", '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'), ("../outside.xml", "<x/>")):
        path = workbook({"s": [PRODUCT_HEADER, [1, 2, "Toys", "a"]]})
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(member, content)

        assert convert(path).reason == "LIMIT"


TEXTS = [
    ("a byte order mark", b"\xef\xbb\xbfproduct_id,department_id,department,product_name\n1,2,Toys,Caf\xc3\xa9\n", "Café", ()),
    ("UTF-16", "product_id\tdepartment_id\tdepartment\tproduct_name\n1\t2\tToys\tCafé\n".encode("utf-16"), "Café", ()),
    ("Windows-1252", b"product_id;department_id;department;product_name\r\n1;2;Toys;Caf\xe9\r\n", "Café", ("NOT_UTF8",)),
    ("quoted newlines", b'product_id|department_id|department|product_name\n1|2|Toys|"a ""b""\nc|d"\n', 'a "b"\nc|d', ()),
]


@pytest.mark.parametrize(("content", "name", "warnings"), [case[1:] for case in TEXTS], ids=[case[0] for case in TEXTS])
def test_delimited_text_is_read_in_its_own_encoding_and_separator(convert, tmp_path, content, name, warnings):
    converted = convert(text_file(tmp_path, content))

    assert converted.sheets[0].warnings == warnings
    assert [row["product_name"] for row in convert.read(converted.sheets[0])] == [name]


def test_a_line_with_another_number_of_fields_keeps_what_was_read(convert, tmp_path):
    converted = convert(text_file(tmp_path, "product_id,department_id,department,product_name\n1,2,Toys,a,b\n2,2,To\n3,2,Toys,c,\n"))

    rows = convert.read(converted.sheets[0])

    assert converted.sheets[0].rows_read == 3
    assert [row["_marks"] for row in rows] == ["field_count=5/4", "field_count=3/4", ""]
    assert rows[0]["_raw"] == '["1", "2", "Toys", "a", "b"]'


def test_a_header_alone_is_a_sheet_of_no_rows(convert, tmp_path):
    converted = convert(text_file(tmp_path, "product_id,department_id,department,product_name\n"))

    assert (converted.outcome, converted.sheets[0].rows_read) == (OK, 0)


def test_text_that_looks_like_a_formula_stays_text(convert, tmp_path):
    converted = convert(text_file(tmp_path, "product_id,department_id,department,product_name\n1,2,Toys,=cmd|' /C calc'!A0\n"))

    assert convert.read(converted.sheets[0])[0]["product_name"] == "=cmd|' /C calc'!A0"


NUMBERS = [(988.0, "988"), (229.53, "229.53"), (19.989999999999998, "19.99"), (0.00001, "0.00001"), (-3, "-3"), (1e15, "1.00000000000000E+15")]


@pytest.mark.parametrize(("number", "text"), NUMBERS)
def test_a_number_is_written_as_its_author_typed_it(number, text):
    assert cells.cell_text(number) == text


def test_the_names_of_csvs_never_collide():
    sheets = ["2025-04-01", "A/B", "A B", "a_b", "Å", "Ä", "..", "", "x" * 300, "X" * 300]

    names = {converter.safe_name(sheet).lower() for sheet in sheets}

    assert len(names) == len(sheets)
    assert "2025-04-01.csv" in names


FILE_NAMES = [
    ("orders_apr_2025.xlsx", "orders"),
    ("order_items_apr_2025.xlsx", "order_items"),
    ("Order-Items.csv", "order_items"),
    ("PRODUCTS.CSV", "products"),
    ("reorders.csv", None),
    ("april.xlsx", None),
]


@pytest.mark.parametrize(("name", "dataset"), FILE_NAMES)
def test_a_file_name_claims_a_dataset_by_whole_words(name, dataset):
    claimed = datasets.dataset_named_by(name)

    assert (claimed.name if claimed else None) == dataset


def test_a_row_is_numbered_by_the_line_it_begins_on(tmp_path):
    path = text_file(tmp_path, 'a,b\n"x\ny",1\nz,2\n')

    assert [row.number for row in delimited.read_rows(path, "utf-8", ",")] == [1, 2, 4]


@pytest.mark.parametrize("reader", READERS)
def test_the_real_workbooks_are_read_whole(real_data, tmp_path, reader):
    converted = converter.convert(real_data / "ecommerce" / "orders_apr_2025.xlsx", "orders_apr_2025.xlsx", tmp_path, readers=(reader,))

    assert [sheet.rows_read for sheet in converted.sheets] == [500] * 15
