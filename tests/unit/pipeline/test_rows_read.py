"""rows_read is what the source holds, counted by readers that share nothing with the converter's."""

import csv
import random

import openpyxl
import pandas as pd
import pytest
from lakehouse import converter, datasets
from lakehouse.rules import OK

HEADERS = {dataset.name: list(dataset.column_names) for dataset in datasets.DATASETS}


def counted_by_openpyxl(path):
    """{sheet: rows with anything in them below the header}, by openpyxl's full mode."""
    counts = {}
    for sheet in openpyxl.load_workbook(path).worksheets:
        filled = [row for row in sheet.iter_rows(values_only=True) if any(value is not None and str(value).strip() for value in row)]
        counts[sheet.title] = len(filled) - 1
    return counts


def counted_by_pandas(path, header_row=0):
    sheets = pd.read_excel(path, sheet_name=None, header=header_row, dtype=object, engine="calamine")
    return {name: len(frame.dropna(how="all")) for name, frame in sheets.items()}


def random_cell(chance):
    return chance.choice([None, 1, 2.5, True, "text", "a\nb", 'q"q', "=1+1", " padded ", 10**14, "007", "Ünïcode 文"])


@pytest.mark.parametrize("seed", range(12))
def test_rows_read_of_made_workbooks(tmp_path, seed):
    chance = random.Random(seed)
    name = chance.choice(list(HEADERS))
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number in range(chance.randint(1, 4)):
        sheet = book.create_sheet(f"day {number}")
        sheet.append(HEADERS[name])
        for _ in range(chance.randint(0, 80)):
            row = [random_cell(chance) for _ in range(chance.randint(1, 12))]
            sheet.append(row if chance.random() > 0.2 else [])
    path = tmp_path / f"{name}.xlsx"
    book.save(path)

    converted = converter.convert(path, path.name, tmp_path)

    assert converted.outcome == OK, converted.text
    assert {sheet.sheet: sheet.rows_read for sheet in converted.sheets} == counted_by_openpyxl(path)


@pytest.mark.parametrize("seed", range(12))
def test_rows_read_of_made_text(tmp_path, seed):
    chance = random.Random(seed)
    name = chance.choice(list(HEADERS))
    separator, line_end = chance.choice(",;\t|"), chance.choice(["\n", "\r\n"])
    path = tmp_path / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=separator, lineterminator=line_end)
        writer.writerow(HEADERS[name])
        written = [["x", *[random_cell(chance) for _ in range(chance.randint(0, 12))]] for _ in range(chance.randint(0, 200))]
        writer.writerows(written)

    converted = converter.convert(path, path.name, tmp_path)

    with path.open(encoding="utf-8", newline="") as stream:
        assert converted.sheets[0].rows_read == len(written) == sum(1 for _ in csv.reader(stream, delimiter=separator)) - 1


@pytest.mark.parametrize("name", ["orders_apr_2025.xlsx", "order_items_apr_2025.xlsx", "resaved/order_items_apr_2025.xlsx"])
def test_rows_read_of_the_real_workbooks(real_data, tmp_path, name):
    path = real_data / "ecommerce" / name

    converted = converter.convert(path, path.name, tmp_path)

    assert {sheet.sheet: sheet.rows_read for sheet in converted.sheets} == counted_by_pandas(path)


def test_rows_read_of_the_real_text(real_data, tmp_path):
    path = real_data / "ecommerce" / "products.csv"

    converted = converter.convert(path, path.name, tmp_path)

    assert converted.sheets[0].rows_read == len(pd.read_csv(path)) == 1000
