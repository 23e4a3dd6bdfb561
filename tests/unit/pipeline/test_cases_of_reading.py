"""What real files do, case by case of the pipeline's specification: what reading makes of each."""

import csv
import datetime as dt
import zipfile

import openpyxl
import pytest
from lakehouse import claims, converter, datasets, sources, workbooks
from lakehouse.limits import LimitError, UnreadableError
from lakehouse.rules import OK, QUARANTINE, SKIP
from openpyxl.chart import BarChart

from tests.support import raw_workbooks as raw
from tests.support.raw_workbooks import PRODUCT_HEADER, header_row, inline, sheet

ORDER_HEADER = list(datasets.ORDERS.column_names)
ITEM_HEADER = list(datasets.ORDER_ITEMS.column_names)
PRODUCT_LINE = "product_id,department_id,department,product_name\n"
DATE_STYLES = (
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="[$-409]d\\-mmm\\-yy;@"/><numFmt numFmtId="165" formatCode="&quot;day&quot;\\ 0"/></numFmts>'
    '<fonts count="1"><font/></fonts><fills count="1"><fill><patternFill patternType="none"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf numFmtId="14"/></cellStyleXfs>'
    '<cellXfs count="5"><xf numFmtId="0"/><xf numFmtId="22"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="46"/></cellXfs>'
    '<dxfs count="1"><dxf><numFmt numFmtId="165" formatCode="yyyy"/></dxf></dxfs>'
)


class Converted:
    """A conversion, with the rows of its CSVs."""

    def __init__(self, conversion, folder):
        self.outcome, self.reason, self.text, self.sheets = conversion.outcome, conversion.reason, conversion.text, conversion.sheets
        self.fates = [(one.sheet, one.outcome, one.reason) for one in self.sheets]
        self._folder = folder

    def rows(self, number=0):
        written = [one for one in self.sheets if one.csv]
        with (self._folder / written[number].csv).open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    def column(self, name, number=0):
        return [row[name] for row in self.rows(number)]


@pytest.fixture
def convert(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()

    def run(path, name=None, readers=sources.READERS):
        return Converted(converter.convert(path, name or path.name, folder, "u", readers), folder)

    return run


@pytest.fixture(params=sources.READERS)
def each_reader(request, convert):
    """Convert with one reader alone: whatever is asserted is true of both."""
    return lambda path, name=None: convert(path, name, (request.param,))


@pytest.fixture
def text(tmp_path):
    def write(content, name="products.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def book(tmp_path):
    """Write a workbook part by part."""
    return lambda *arguments, **options: raw.write(tmp_path / "book.xlsx", raw.parts(*arguments, **options))


# 1-3: sheets and headers


def test_case_01_workbooks_with_equal_sheet_names_are_told_by_header_and_name(convert, workbook):
    orders = convert(workbook({"2025-04-01": [ORDER_HEADER]}, "orders_apr_2025.xlsx"))
    items = convert(workbook({"2025-04-01": [ITEM_HEADER]}, "order_items_apr_2025.xlsx"))

    assert [(c.sheets[0].dataset, c.sheets[0].csv) for c in (orders, items)] == [("orders", "2025-04-01.csv"), ("order_items", "2025-04-01.csv")]


def test_case_01_two_sheets_of_one_name_stay_two(convert, tmp_path):
    content = sheet(header_row() + "<row><c><v>1</v></c></row>")
    members = {**raw.parts(content), "xl/worksheets/sheet2.xml": content}
    members["xl/workbook.xml"] = members["xl/workbook.xml"].replace("</sheets>", '<sheet name="s" sheetId="2" r:id="other"/></sheets>')
    related = members["xl/_rels/workbook.xml.rels"]
    other = related[related.index("<Relationship Id") : related.index("</Relationships>")].replace("rId1", "other").replace("sheet1", "sheet2")
    members["xl/_rels/workbook.xml.rels"] = related.replace("</Relationships>", f"{other}</Relationships>")

    converted = convert(raw.write(tmp_path / "book.xlsx", members))

    assert [(one.sheet, one.rows_read) for one in converted.sheets] == [("s", 1), ("s (2)", 1)]
    assert len({one.csv for one in converted.sheets}) == 2


def test_case_02_empty_chart_and_hidden_sheets_are_recorded_and_a_header_alone_is_no_rows(each_reader, tmp_path):
    made = openpyxl.Workbook()
    made.active.title = "empty"
    made.create_chartsheet("chart").add_chart(BarChart())
    for name, state in (("hidden", "hidden"), ("very", "veryHidden"), ("header", "visible")):
        made.create_sheet(name).append(PRODUCT_HEADER)
        made[name].sheet_state = state
    made.save(tmp_path / "book.xlsx")

    converted = each_reader(tmp_path / "book.xlsx")

    assert converted.fates == [
        ("empty", SKIP, "EMPTY_SHEET"),
        ("chart", SKIP, "CHART_SHEET"),
        ("hidden", SKIP, "HIDDEN_SHEET"),
        ("very", SKIP, "HIDDEN_SHEET"),
        ("header", OK, None),
    ]
    assert [one.warnings for one in converted.sheets] == [(), (), ("HIDDEN_SHEET",), ("HIDDEN_SHEET",), ()]
    assert converted.sheets[4].rows_read == 0


@pytest.mark.parametrize("cell", [None, "", "  ", "\u00a0", "\ufeff\u200b"])
def test_case_02_nothing_but_sheets_without_anything_to_see_is_an_empty_workbook(each_reader, workbook, cell):
    converted = each_reader(workbook({"a": [[cell]], "b": [], "c": [PRODUCT_HEADER]}, c="hidden"))

    assert (converted.outcome, converted.reason) == (QUARANTINE, "EMPTY_WORKBOOK")


@pytest.mark.parametrize("above", [0, 1, 19])
def test_case_03_the_header_is_found_within_20_rows_and_behind_blank_columns(each_reader, workbook, above):
    rows = [["title"]] * above + [[None, None, *PRODUCT_HEADER], [None, None, 7, 1, "Toys", "a"]]

    converted = each_reader(workbook({"s": rows}))

    assert converted.sheets[0].rows_read == 1
    assert (converted.column("product_id"), converted.column("_row")) == (["7"], [str(above + 2)])


def test_case_03_a_header_after_20_rows_is_no_header(each_reader, workbook):
    assert each_reader(workbook({"s": [["title"]] * 20 + [PRODUCT_HEADER]})).reason == "NO_HEADER"


# 4-6: cells

FORMULAS = [
    ("a cached number", "<f>1+1</f><v>2</v>", "", "2", ""),
    ("no value", "<f>1+1</f>", "", "", "product_id=formula_without_value"),
    ("an empty value", "<f>1+1</f><v></v>", "", "", "product_id=formula_without_value"),
    ("an empty value in short", "<f>1+1</f><v/>", "", "", "product_id=formula_without_value"),
    ("a shared formula's value", '<f t="shared" si="0"/><v>3</v>', "", "3", ""),
    ("a shared formula without one", '<f t="shared" si="0"/>', "", "", "product_id=formula_without_value"),
    ("a text", "<f>x</f><v>seven</v>", 't="str"', "seven", ""),
    ("CDATA", "<f><![CDATA[A1<B1]]></f><v><![CDATA[7]]></v>", "", "7", ""),
    ("a comment between", "<f>1</f><!-- c --><v>7</v>", "", "7", ""),
]


@pytest.mark.parametrize(("content", "attributes", "value", "marks"), [case[1:] for case in FORMULAS], ids=[case[0] for case in FORMULAS])
@pytest.mark.parametrize("reference", ['r="A2"', ""], ids=["with its place", "without"])
def test_case_04_a_formula_gives_its_cached_value_or_is_marked(each_reader, book, content, attributes, value, marks, reference):
    path = book(sheet(f"{header_row()}<row><c {reference} {attributes}>{content}</c><c><v>1</v></c></row>"))

    converted = each_reader(path)

    assert (converted.column("product_id"), converted.column("_marks")) == ([value], [marks])
    assert converted.column("department_id") == ["1"]


def test_case_04_a_formula_whose_result_is_an_empty_text_was_computed(convert, book):
    converted = convert(book(sheet(f'{header_row()}<row><c t="str"><f>""</f><v></v></c><c><v>1</v></c></row>')))

    assert (converted.column("product_id"), converted.column("_marks")) == ([""], [""])


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#GETTING_DATA"])
@pytest.mark.parametrize("form", ['<c t="e"><v>{}</v></c>', "<c t='e'><f>1/0</f><v>{}</v></c>", '<c r="A2" t="e"><v>{}</v></c>'])
def test_case_05_an_error_is_kept_as_its_text(each_reader, book, error, form):
    converted = each_reader(book(sheet(f"{header_row()}<row>{form.format(error)}<c><v>1</v></c></row>")))

    assert (converted.column("product_id"), converted.column("_marks")) == ([error], [""])


DATES = [
    # style, number in the sheet, in 1900's epoch, in 1904's
    ("1", "45748.4375", "2025-04-01T10:30:00", "2029-04-02T10:30:00"),
    ("1", "45748", "2025-04-01", "2029-04-02"),
    ("1", "0.4375", "10:30:00", "10:30:00"),
    ("1", "59", "1900-02-28", "1904-02-29"),
    ("1", "61", "1900-03-01", "1904-03-02"),
    ("1", "45748.000011574", "2025-04-01T00:00:01", "2029-04-02T00:00:01"),
    ("2", "45748", "2025-04-01", "2029-04-02"),
    ("3", "45748", "45748", "45748"),
    ("4", "1.5", "1 day, 12:00:00", "1 day, 12:00:00"),
    ("0", "45748", "45748", "45748"),
]


@pytest.mark.parametrize("is_1904", [False, True], ids=["1900", "1904"])
@pytest.mark.parametrize(("style", "number", "in_1900", "in_1904"), DATES)
def test_case_06_a_date_cell_is_iso_text_in_the_workbooks_epoch_and_a_bare_number_stays_one(
    each_reader, book, style, number, in_1900, in_1904, is_1904
):
    rows = f'{header_row()}<row><c s="{style}"><v>{number}</v></c></row>'

    converted = each_reader(book(sheet(rows), styles=DATE_STYLES, book='<workbookPr date1904="1"/>' if is_1904 else ""))

    assert converted.column("product_id") == [in_1904 if is_1904 else in_1900]


def test_case_06_what_no_calendar_holds_stays_a_number_and_a_date_as_text_stays_text(convert, book):
    cells = (
        "".join(f'<c s="1"><v>{number}</v></c>' for number in ("99999999", "-1e9")) + inline("01/04/2025") + '<c t="d"><v>2025-04-01T10:30:00</v></c>'
    )

    converted = convert(book(sheet(f"{header_row()}<row>{cells}</row>"), styles=DATE_STYLES))

    (row,) = converted.rows()
    assert [row[name] for name in PRODUCT_HEADER] == ["99999999", "-1000000000", "01/04/2025", "2025-04-01T10:30:00"]


# 10, 11: identifiers and words keep their text; the rules about rows judge it

NUMBERS = [
    ("988.0", "988"),
    ("988", "988"),
    ("0988", "988"),
    ("1E3", "1000"),
    ("19.989999999999998", "19.99"),
    ("8.0000000000000002E-2", "0.08"),
    ("-0", "0"),
    ("999999999999999", "999999999999999"),
    ("1234567890123456", "1.23456789012346E+15"),
    ("1e400", "1e400"),
    ("nan", "nan"),
    ("1_0", "1_0"),
]


@pytest.mark.parametrize(("written", "read"), NUMBERS)
def test_case_10_a_number_is_read_as_it_was_typed(convert, book, written, read):
    assert convert(book(sheet(f"{header_row()}<row><c><v>{written}</v></c></row>"))).column("product_id") == [read]


TEXTS = [" 7 ", "\u00a07", "\ufeff7", "7\u200b", "988.0", "007", "1,000", "７", "None", "NA", "-", "a_x0041_b"]  # noqa: RUF001 - a full-width digit


@pytest.mark.parametrize("value", TEXTS[:-1])
def test_case_10_and_11_a_text_is_kept_whatever_it_means(each_reader, workbook, text, value):
    from_sheet = each_reader(workbook({"s": [PRODUCT_HEADER, [value, 1, "Toys", value]]}))
    assert [from_sheet.column(name) for name in ("product_id", "product_name")] == [[value], [value]]

    from_text = each_reader(text(f'{PRODUCT_LINE}"{value}",1,Toys,"{value}"\n'))
    assert [from_text.column(name) for name in ("product_id", "product_name")] == [[value], [value]]


def test_case_10_characters_that_xml_cannot_hold_come_back(convert, book):
    converted = convert(book(sheet(f"{header_row()}<row>{inline('a_x000D_b')}{inline('_x005F_x000D_')}{inline('_xD800_')}</row>")))

    (row,) = converted.rows()
    assert [row[name] for name in PRODUCT_HEADER[:3]] == ["a\rb", "_x000D_", "_xD800_"]


# 12, 13: text

ENCODED = [
    ("UTF-8", "Café 文", "utf-8", ()),
    ("a byte order mark", "Café 文", "utf-8-sig", ()),
    ("UTF-16", "Café 文", "utf-16", ()),
    ("UTF-16, big end first", "Café 文", "utf-16-be", ()),
    ("Windows-1252", "Café €", "cp1252", ("NOT_UTF8",)),
]


@pytest.mark.parametrize(("name", "encoding", "warnings"), [case[1:] for case in ENCODED], ids=[case[0] for case in ENCODED])
def test_case_12_text_is_read_in_its_encoding(convert, text, name, encoding, warnings):
    mark = "\ufeff" if encoding == "utf-16-be" else ""

    converted = convert(text(f"{mark}{PRODUCT_LINE}1,2,Toys,{name}\n".encode(encoding)))

    assert (converted.column("product_name"), converted.sheets[0].warnings) == ([name], warnings)


NO_TEXT = [
    ("no encoding", PRODUCT_LINE.encode() + b"1,2,Toys,\x81\x8d\n", "BAD_ENCODING"),
    ("UTF-16 cut in a character", (PRODUCT_LINE + "1,2,Toys,a\n").encode("utf-16")[:-1], "BAD_ENCODING"),
    ("zeros at its end", PRODUCT_LINE.encode() * 200 + b"\0" * 512, "BAD_ENCODING"),
    ("one zero", PRODUCT_LINE.encode() * 200 + b"1,2,Toys,\0\n", "BAD_ENCODING"),
    ("UTF-16 without a mark", PRODUCT_LINE.encode("utf-16-le"), "UNSUPPORTED_FORMAT"),
]


@pytest.mark.parametrize(("content", "reason"), [case[1:] for case in NO_TEXT], ids=[case[0] for case in NO_TEXT])
def test_case_12_what_no_encoding_fits_is_quarantined(convert, text, content, reason):
    assert convert(text(content)).reason == reason


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_case_13_delimited_text_follows_rfc_4180(convert, text, separator, line_end):
    name = f'a ""b""{separator}{line_end}c'
    lines = [PRODUCT_HEADER, ["1", "2", "Toys", f'"{name}"'], ["2", "2", "", "x"]]

    converted = convert(text(line_end.join(separator.join(line) for line in lines)))

    assert converted.column("product_name") == [name.replace('""', '"'), "x"]
    assert converted.column("_row") == ["2", "4"]
    assert converted.column("_marks") == ["", ""]


# 14, 15: headers and ragged rows

HEADERS = [
    ("another order, case and blanks", " Product-Name ,DEPARTMENT,Department ID,product id", OK, None, ()),
    ("a column more", "product_id,department_id,department,product_name,note", OK, None, ("EXTRA_COLUMNS",)),
    ("full-width letters", "ｐroduct_id,department_id,department,product_name", OK, None, ()),  # noqa: RUF001
    ("a column less", "product_id,department,product_name", QUARANTINE, "SCHEMA", None),
    ("a column twice", "product_id,department_id,department,product_name,Product ID", QUARANTINE, "SCHEMA", None),
]


@pytest.mark.parametrize(("header", "outcome", "reason", "warnings"), [case[1:] for case in HEADERS], ids=[case[0] for case in HEADERS])
def test_case_14_columns_are_taken_by_name(convert, text, header, outcome, reason, warnings):
    converted = convert(text(f"{header}\n{','.join('1' for _ in header.split(','))}\n"))

    assert (converted.outcome, converted.reason) == (outcome, reason)
    if warnings is not None:
        assert converted.sheets[0].warnings == warnings
        assert {name: converted.rows()[0][name] for name in PRODUCT_HEADER} == dict.fromkeys(PRODUCT_HEADER, "1")


def test_case_14_a_header_that_comes_again_is_no_row(each_reader, workbook):
    converted = each_reader(workbook({"s": [PRODUCT_HEADER, [1], [name.upper() for name in PRODUCT_HEADER], [2]]}))

    assert (converted.sheets[0].rows_read, converted.sheets[0].warnings, converted.column("product_id")) == (2, ("REPEATED_HEADER",), ["1", "2"])


def test_case_15_ragged_rows_and_a_cut_off_last_line_keep_what_was_read(convert, text):
    converted = convert(text(f"{PRODUCT_LINE}1,2,Toys,a,b\n2,2\n3,2,Toys,c,\n4,2,To"))

    assert converted.sheets[0].rows_read == 4
    assert converted.column("_marks") == ["field_count=5/4", "field_count=2/4", "", "field_count=3/4"]
    assert converted.column("_raw") == ['["1", "2", "Toys", "a", "b"]', '["2", "2"]', "", '["4", "2", "To"]']


def test_case_15_a_quote_that_is_never_closed_swallows_no_row_without_a_trace(convert, text):
    converted = convert(text(f'{PRODUCT_LINE}1,2,Toys,a\n2,2,"Toys,b\n3,2,Toys,c\n'))

    assert converted.column("_row") == ["2", "3"]
    assert converted.column("_marks") == ["", "field_count=3/4"]
    assert "3,2,Toys,c" in converted.column("_raw")[1]


# 16-20: files that are none


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n\r\n", b" , ,\n"])
def test_case_16_a_file_that_holds_nothing_is_an_empty_file(convert, text, content):
    assert convert(text(content)).reason == "EMPTY_FILE"


def test_case_16_a_header_alone_is_no_rows_and_a_folders_key_is_ignored(convert, text):
    converted = convert(text(PRODUCT_LINE))

    assert (converted.outcome, converted.sheets[0].rows_read) == (OK, 0)
    assert not claims.is_data_file("uploads/")
    assert not claims.is_data_file("uploads/april/")


def test_case_17_a_workbook_with_a_password_is_told_apart(convert, text, workbook):
    ole2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * (1024**2 - 100) + "EncryptedPackage".encode("utf-16-le") + b"\0" * 100
    locked = bytearray(workbook({"s": [PRODUCT_HEADER]}).read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = locked.find(signature)
        while at >= 0:
            locked[at + flags] |= 1
            at = locked.find(signature, at + 4)

    assert convert(text(ole2, "orders.xlsx")).reason == "ENCRYPTED"
    assert convert(text(bytes(locked), "locked.xlsx")).reason == "ENCRYPTED"


def members_of(path):
    with zipfile.ZipFile(path) as archive:
        return {member.filename: archive.read(member) for member in archive.infolist()}


OTHER_FORMATS = [
    ("an .xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "Workbook".encode("utf-16-le")),
    ("HTML", b"\xef\xbb\xbf\n <TABLE><tr><td>product_id</td></tr></TABLE>"),
    ("XML of Excel 2003", b'<?xml version="1.0"?><Workbook/>'),
    ("PDF", b"%PDF-1.7"),
    ("parquet", b"PAR1\0\0"),
    ("gzip", b"\x1f\x8b\x08\0"),
    ("a picture", b"\x89PNG\r\n\x1a\n\0\0"),
]


@pytest.mark.parametrize("content", [case[1] for case in OTHER_FORMATS], ids=[case[0] for case in OTHER_FORMATS])
def test_case_18_other_formats_are_told_by_their_content(convert, text, content):
    assert convert(text(content, "orders.xlsx")).reason == "UNSUPPORTED_FORMAT"


@pytest.mark.parametrize("member", ["xl/workbook.bin", "word/document.xml", "content.xml"], ids=["xlsb", "docx", "ods"])
def test_case_18_a_zip_that_is_no_workbook_is_unsupported(convert, tmp_path, member):
    assert convert(raw.write(tmp_path / "orders.xlsx", {"[Content_Types].xml": "<Types/>", member: "<x/>"})).reason == "UNSUPPORTED_FORMAT"


@pytest.mark.parametrize("name", ["PRODUCTS.XLSX", "products.csv", "products"])
def test_case_18_a_workbook_is_one_under_any_name_and_text_is_text(convert, workbook, text, name):
    assert convert(workbook({"s": [PRODUCT_HEADER]}), name).outcome == OK
    assert convert(text(PRODUCT_LINE, "x.xlsx"), name).outcome == OK


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_case_19_a_truncated_workbook_is_corrupt(convert, workbook, text, share):
    whole = workbook({"s": [PRODUCT_HEADER, *[[n, 1, "Toys", f"name {n}"] for n in range(500)]]}).read_bytes()

    assert convert(text(whole[: int(len(whole) * share)], "cut.xlsx")).reason == "CORRUPT"


DAMAGE = [
    ("a part that is missing", lambda members: members.pop("xl/worksheets/sheet1.xml")),
    ("XML that ends early", lambda members: members.update({"xl/worksheets/sheet1.xml": sheet(header_row())[:-30]})),
    ("no XML", lambda members: members.update({"xl/worksheets/sheet1.xml": b"\0\1\2"})),
    ("no bytes", lambda members: members.update({"xl/worksheets/sheet1.xml": b""})),
    ("the workbook's own list", lambda members: members.update({"xl/workbook.xml": "<workbook><sheets>"})),
    ("strings that are not there", lambda members: members.update({"xl/worksheets/sheet1.xml": sheet('<row><c t="s"><v>7</v></c></row>')})),
    (
        "a string before the first",
        lambda members: members.update(
            {"xl/worksheets/sheet1.xml": sheet('<row><c t="s"><v>-1</v></c></row>'), "xl/sharedStrings.xml": "<sst><si><t>x</t></si></sst>"}
        ),
    ),
    ("a row's number", lambda members: members.update({"xl/worksheets/sheet1.xml": sheet('<row r="x"><c><v>7</v></c></row>')})),
    ("a column's name", lambda members: members.update({"xl/worksheets/sheet1.xml": sheet('<row><c r="?1"><v>7</v></c></row>')})),
]


@pytest.mark.parametrize("damage", [case[1] for case in DAMAGE], ids=[case[0] for case in DAMAGE])
def test_case_19_a_damaged_workbook_is_corrupt(convert, tmp_path, damage):
    members = raw.parts(sheet(header_row()))
    damage(members)

    assert convert(raw.write(tmp_path / "book.xlsx", members)).reason == "CORRUPT"


def test_case_19_flipped_bytes_inside_a_member_are_found(convert, workbook, text):
    whole = bytearray(workbook({"s": [PRODUCT_HEADER, *[[n, 1, "Toys", f"name {n}"] for n in range(500)]]}).read_bytes())
    with zipfile.ZipFile(workbook({"s": [PRODUCT_HEADER, *[[n, 1, "Toys", f"name {n}"] for n in range(500)]]})) as archive:
        start = archive.getinfo("xl/worksheets/sheet1.xml").header_offset
    whole[start + 400] ^= 0xFF

    assert convert(text(bytes(whole), "flipped.xlsx")).reason == "CORRUPT"


def test_case_19_two_parts_of_one_name_are_corrupt(convert, workbook):
    path = workbook({"s": [PRODUCT_HEADER]})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("XL/worksheets/sheet1.xml", sheet(""))

    assert convert(path).reason == "CORRUPT"


# 21: a dimension that lies; the rest of the case is in test_limits_of_reading.py


@pytest.mark.parametrize("dimension", ["A1", "A1:B2", "A1:XFD1048576", "nonsense", ""])
def test_case_21_a_lying_dimension_cuts_nothing_off(convert, book, dimension):
    rows = header_row(1) + "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(2, 30))

    converted = convert(book(sheet(rows, f'<dimension ref="{dimension}"/>')))

    assert converted.sheets[0].rows_read == 28


# 22: names


def test_case_22_names_of_csvs_are_safe_and_never_collide(convert, workbook):
    names = ["a b", "a+b", "a%b", "a&b", "a=b", "a#b", "A-B", "a_b", "Ä", "Å", "文", "x" * 31, "x" * 30 + "Ä"]

    converted = convert(workbook({name: [PRODUCT_HEADER, [1]] for name in names}))

    assert [one.sheet for one in converted.sheets] == names
    assert len({one.csv.lower() for one in converted.sheets}) == len(names)
    assert all(one.csv.isascii() and "/" not in one.csv and len(one.csv) < 120 for one in converted.sheets)


KEYS = ["a b.csv", "a+b%20&c=d#e.csv", "quo'te\".csv", "üñí—文.csv", "x" * 1000 + ".csv", "..", "a\nb.csv"]


@pytest.mark.parametrize("name", KEYS)
def test_case_22_a_file_of_any_name_is_read(convert, text, name):
    converted = convert(text(PRODUCT_LINE + "1,2,Toys,a\n"), name)

    assert (converted.sheets[0].sheet, converted.column("_sheet"), converted.column("product_id")) == (name, [name], ["1"])


# 30-32


@pytest.mark.parametrize(
    ("name", "header"), [("orders_april.xlsx", ITEM_HEADER), ("products.xlsx", ORDER_HEADER), ("order_items.xlsx", PRODUCT_HEADER)]
)
def test_case_30_a_header_that_contradicts_the_name_is_a_mismatch(each_reader, workbook, name, header):
    assert each_reader(workbook({"s": [header]}, name)).reason == "DATASET_MISMATCH"


@pytest.mark.parametrize("name", ["~$orders.xlsx", ".~lock.orders.csv#", ".DS_Store", "._orders.xlsx", "Thumbs.db", "desktop.ini"])
def test_case_31_the_desktops_litter_is_no_data_file(name):
    assert not claims.is_data_file(f"uploads/{name}")
    assert claims.is_data_file(f"uploads/{name.strip('~$.#')}-orders.csv")


@pytest.mark.parametrize("value", ["=cmd|' /C calc'!A0", "+1", "@SUM(A1)", "<script>alert(1)</script>", "'; drop table orders; --", "{{7*7}}"])
def test_case_32_text_is_stored_and_never_evaluated(convert, text, book, value):
    from_text = convert(text(f'{PRODUCT_LINE}1,2,Toys,"{value}"\n'))
    assert from_text.column("product_name") == [value]

    from_sheet = convert(book(sheet(f"{header_row()}<row><c><v>1</v></c><c/><c/>{inline(value)}</row>")))
    assert from_sheet.column("product_name") == [value]
    assert from_sheet.column("_marks") == [""]


# 35: exotic writers

PLAIN = [["1", "2", "Toys", "a"], ["3", "", "", "b"]]


def rows_with(cell, row="<row>{}</row>"):
    return header_row() + "".join(row.format("".join(cell(value) for value in line)) for line in PLAIN)


def typed(value):
    return "<c/>" if not value else f"<c><v>{value}</v></c>" if value.isdigit() else inline(value)


def prefixed(xml):
    for tag in ("worksheet", "sheetData", "row", "c", "v", "is", "t"):
        for opening in (f"<{tag} ", f"<{tag}>", f"<{tag}/>", f"</{tag}>"):
            xml = xml.replace(opening, opening.replace(tag, f"x:{tag}"))
    return xml.replace("xmlns=", "xmlns:x=")


def placed(with_references):
    lines = []
    for number, line in enumerate([PRODUCT_HEADER, *PLAIN], start=1):
        cells = [(f"{letter}{number}", value) for letter, value in zip("ABCD", line, strict=True) if value]
        lines.append(f'<row r="{number}">' + "".join(typed(v).replace("<c", f'<c r="{r}"', 1) for r, v in with_references(cells)) + "</row>")
    return sheet("".join(lines))


STRINGS = (
    "".join(f"<si><t>{name}</t></si>" for name in PRODUCT_HEADER)
    + "<si><r><rPr><b/></rPr><t>To</t></r><r><t>ys</t></r></si><si><t>a</t><rPh sb='0' eb='1'><t>read so</t></rPh></si><si><t>b</t></si>"
)


def by_shared_strings():
    numbers = {**{name: n for n, name in enumerate(PRODUCT_HEADER)}, "Toys": 4, "a": 5, "b": 6}
    cells = [[f'<c t="s"><v>{numbers[v]}</v></c>' if v in numbers else typed(v) for v in line] for line in [PRODUCT_HEADER, *PLAIN]]
    return sheet("".join(f"<row>{''.join(line)}</row>" for line in cells))


EXOTIC = {
    "no places on rows and cells": raw.parts(sheet(rows_with(typed))),
    "strict": raw.parts(sheet(rows_with(typed), namespace=raw.STRICT), strict=True),
    "prefixes": raw.parts(prefixed(sheet(rows_with(typed)))),
    "an absolute target": raw.parts(sheet(rows_with(typed)), target="/xl/worksheets/sheet1.xml"),
    "backslashes": {n.replace("/", "\\") if "sheet1" in n else n: c for n, c in raw.parts(sheet(rows_with(typed))).items()},
    "another case of names": {n.replace("sheet1", "Sheet1"): c for n, c in raw.parts(sheet(rows_with(typed))).items()},
    "blank cells left out": raw.parts(placed(lambda cells: cells)),
    "cells out of order": raw.parts(placed(lambda cells: cells[::-1])),
    "small letters": raw.parts(placed(lambda cells: [(r.lower(), v) for r, v in cells])),
    "shared strings, rich and with readings": raw.parts(by_shared_strings(), strings=STRINGS),
    "numbers as text": raw.parts(sheet(rows_with(lambda value: inline(value) if value else "<c/>"))),
    "texts of formulas": raw.parts(sheet(rows_with(lambda value: f'<c t="str"><v>{value}</v></c>'))),
    "indented": raw.parts(sheet(rows_with(typed)).replace("><", ">\n    <")),
    "UTF-16": raw.parts(sheet(rows_with(typed)).replace("UTF-8", "UTF-16").encode("utf-16")),
    "an extension list": raw.parts(
        sheet(rows_with(typed)).replace("</worksheet>", "<extLst><ext>" + "<f>1</f><v>2</v><t/><is/>" * 400 + "</ext></extLst></worksheet>")
    ),
    "phonetic runs": raw.parts(sheet(rows_with(typed)).replace("Toys</t>", "Toys</t><rPh sb='0' eb='1'><t>x</t></rPh>")),
    "1904": raw.parts(sheet(rows_with(typed)), book='<workbookPr date1904="true"/>'),
}


@pytest.mark.parametrize("members", EXOTIC.values(), ids=EXOTIC.keys())
def test_case_35_what_any_writer_wrote_is_read_alike(convert, tmp_path, members):
    converted = convert(raw.write(tmp_path / "book.xlsx", members), readers=("streaming",))

    assert (converted.outcome, converted.text) == (OK, None)
    assert [[row[name] for name in PRODUCT_HEADER] for row in converted.rows()] == PLAIN


class _Stream:
    """A target that zipfile cannot seek in: it writes data descriptors after the members."""

    def __init__(self, path):
        self._file = path.open("wb")
        self.write, self.flush, self.close = self._file.write, self._file.flush, self._file.close


def test_case_35_members_with_data_descriptors_are_read(each_reader, tmp_path):
    stream = _Stream(tmp_path / "book.xlsx")
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in raw.parts(sheet(rows_with(typed))).items():
            archive.writestr(name, content)
    stream.close()

    assert each_reader(tmp_path / "book.xlsx").sheets[0].rows_read == 2


def test_case_35_a_sheet_that_the_first_reader_gives_up_is_begun_again_with_the_second(convert, workbook, monkeypatch):
    path = workbook({"s": [PRODUCT_HEADER, *[[n, 1, "Toys", f"n{n}"] for n in range(50)]]})
    plain = convert(path)
    expected = (plain.sheets, plain.rows())
    real = workbooks.read_rows

    def breaks_off(*arguments):
        for row in real(*arguments):
            if row.number == 30:
                raise UnreadableError("it breaks off")
            yield row

    monkeypatch.setattr(workbooks, "read_rows", breaks_off)
    again = convert(path)

    assert (again.sheets, again.rows()) == expected
    assert convert(path, readers=("streaming",)).reason == "CORRUPT"


def test_case_35_what_is_beyond_a_limit_is_not_tried_again(convert, workbook, monkeypatch):
    def refuses(*_):
        raise LimitError("too much")
        yield

    monkeypatch.setattr(workbooks, "read_rows", refuses)

    assert convert(workbook({"s": [PRODUCT_HEADER, [1]]})).reason == "LIMIT"


def test_dates_of_openpyxl_are_read_as_it_wrote_them(each_reader, workbook):
    moments = [dt.datetime(2025, 4, 1, 10, 30), dt.date(2025, 4, 1), dt.time(10, 30), dt.timedelta(hours=30)]

    converted = each_reader(workbook({"s": [PRODUCT_HEADER, moments]}))

    (row,) = converted.rows()
    assert [row[name] for name in PRODUCT_HEADER] == ["2025-04-01T10:30:00", "2025-04-01", "10:30:00", "1 day, 6:00:00"]
