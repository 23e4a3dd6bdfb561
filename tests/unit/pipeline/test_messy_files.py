"""Files of other projects' test suites, each with what must be read of it; the expectations of cells were checked by eye and by calamine."""

import pytest
import python_calamine
from lakehouse import converter, sources
from lakehouse.cells import cell_text

# file: what becomes of it, and of its visible sheets the first rows with anything in them, without trailing blanks
MESSY = {
    "TwoSheetsOneHidden.xlsx": ("NO_HEADER", {"Sheet2": [(1, ["Sheet2A1"])]}),
    "any_sheets.xlsx": ("NO_HEADER", {"Visible": [(1, ["1", "2"]), (2, ["3", "4"]), (3, ["5", "6"])]}),
    "date_1904.xlsx": ("NO_HEADER", {"Sheet1": [(1, ["2021-01-01", "15"]), (2, ["2021-01-02", "16"]), (3, ["10 days, 15:10:10", "17"])]}),
    "duplicate-filename.xlsx": ("CORRUPT", None),
    "empty_sheet.xlsx": ("EMPTY_WORKBOOK", {"Sheet1": []}),
    "errors.xlsx": (
        "NO_HEADER",
        {
            "Feuil1": [(n, [text]) for n, text in enumerate(["#DIV/0!", "#NAME?", "#VALUE!", "#NULL!", "#REF!", "#NUM!", "#N/A"], 1)],
            "Feuil2": [],
            "Feuil3": [],
        },
    ),
    "escaped_quotes.csv": ("NO_HEADER", {"escaped_quotes.csv": [(1, ["a", "b"]), (2, ["1", 'ha "ha" ha']), (3, ["3", "4"])]}),
    "header-row.xlsx": (
        "NO_HEADER",
        {"Sheet1": [(3, [None, None, "Note 1"]), (9, ["Columns", "Column A", "Column B", "Column C"]), (10, ["put data here", "1", "2", "3"])]},
    ),
    "merge_cells.xlsx": ("NO_HEADER", {"Sheet1": [(1, ["Row Merge", None, "Not Merged"]), (2, ["Column Merge", "Chunk Merged"])]}),
    "newlines_crlf.csv": (
        "NO_HEADER",
        {"newlines_crlf.csv": [(1, ["a", "b", "c"]), (2, ["1", "2", "3"]), (3, ["Once upon \na time", "5", "6"]), (5, ["7", "8", "9"])]},
    ),
    "pass_protected.xlsx": ("ENCRYPTED", None),
    "poc-xmlbomb.xlsx": ("LIMIT", None),
    "strict_iso_paths.xlsx": ("NO_HEADER", {"ml_out": None}),
    "unicodeSheetName.xlsx": ("NO_HEADER", {"Sheet・1": [(n, [str(n)]) for n in range(1, 10)]}),
}
# openpyxl does not know strict OOXML; the first reader does.
ONLY_FIRST = {"strict_iso_paths.xlsx"}


def rows_of(source, sheet, reader):
    return [(row.number, without_trailing_blanks(row.cells)) for row in source.rows(sheet, reader) if not row.is_blank]


def without_trailing_blanks(cells):
    filled = [position for position, cell in enumerate(cells) if cell is not None]
    return cells[: filled[-1] + 1] if filled else []


@pytest.mark.parametrize("name", MESSY)
def test_a_messy_file_is_read_exactly_and_set_aside_for_its_reason(real_data, tmp_path, name):
    path = real_data / "messy" / name
    reason, sheets = MESSY[name]

    converted = converter.convert(path, name, tmp_path)

    assert (converted.outcome, converted.reason) == ("QUARANTINE", reason)
    if sheets is None:
        return
    source = sources.Source(path, name)
    visible = [sheet for sheet in source.sheets() if not sheet.is_hidden and not sheet.is_chart]
    assert [sheet.name for sheet in visible] == list(sheets)
    for sheet in visible:
        read = rows_of(source, sheet, "streaming")
        if sheets[sheet.name] is not None:
            assert read[: len(sheets[sheet.name])] == sheets[sheet.name]
        if name not in ONLY_FIRST:
            assert rows_of(source, sheet, "openpyxl") == read


def test_every_messy_file_has_its_expectation(real_data):
    assert {path.name for path in (real_data / "messy").iterdir()} == set(MESSY)


def test_hidden_sheets_and_charts_are_told(real_data):
    sheets = sources.Source(real_data / "messy" / "any_sheets.xlsx", "any_sheets.xlsx").sheets()

    assert [(sheet.name, sheet.is_hidden, sheet.is_chart) for sheet in sheets] == [
        ("Visible", False, False),
        ("Hidden", True, False),
        ("VeryHidden", True, False),
        ("Chart", False, True),
    ]


@pytest.mark.parametrize(
    "name", ["messy/strict_iso_paths.xlsx", "messy/merge_cells.xlsx", "ecommerce/orders_apr_2025.xlsx", "ecommerce/resaved/order_items_apr_2025.xlsx"]
)
def test_calamine_reads_the_same_cells(real_data, name):
    path = real_data / name
    source = sources.Source(path, path.name)
    book = python_calamine.CalamineWorkbook.from_path(str(path))

    for sheet in source.sheets():
        calamine = [[cell_text(value) for value in row] for row in book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)]
        expected = [(number, without_trailing_blanks(cells)) for number, cells in enumerate(calamine, 1) if any(cells)]
        assert rows_of(source, sheet, "streaming") == expected
