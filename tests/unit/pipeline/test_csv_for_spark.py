"""What the converter writes, Spark reads back, character by character."""

from lakehouse import converter, datasets, frames

from tests.support import raw_workbooks as raw
from tests.support.raw_workbooks import PRODUCT_HEADER, header_row, inline

# Each of them ended a field or a row for some reader, or was taken for something else.
NASTY = [
    'a"b', '"', '""', '"a"', ' "a" ', "a\nb", "a_x000D_b", "_x000D_", "_x000D_\nb", "\n", ",", ",,", "a,b", ";", "|", "\t", "\\", "\\n", '\\"', "a\\",
    " x ", "#x", "# x", "null", "NULL", "NaN", "-", "é文😀", "\u2028", "\u0085", "\ufeff", "\u00a0", "'", "''", "=1+1", '","', '"\n"', "x" * 40_000,
]  # fmt: skip


def test_spark_reads_every_field_as_it_was_read(spark, tmp_path):
    rows = "".join(f"<row>{inline(text)}<c><v>{n}</v></c>{inline('x')}{inline(text)}</row>" for n, text in enumerate(NASTY))
    path = raw.write(tmp_path / "products.xlsx", raw.parts(raw.sheet(header_row() + rows)))
    converted = converter.convert(path, path.name, tmp_path, "u")

    read = frames.read_csvs(spark, [str(tmp_path / converted.sheets[0].csv)], datasets.PRODUCTS, {}).collect()

    assert converted.sheets[0].rows_read == len(read) == len(NASTY)
    expected = [text.replace("_x000D_", "\r") for text in NASTY]
    by_number = {int(row["department_id"]): row for row in read}
    for column in (PRODUCT_HEADER[0], PRODUCT_HEADER[3]):
        assert [by_number[n][column] for n in range(len(NASTY))] == expected
