"""How the jobs read what the converter wrote."""

import pytest
from lakehouse import frames
from lakehouse.converter import TECHNICAL_COLUMNS
from lakehouse.datasets import PRODUCTS


def test_a_csv_whose_columns_lie_in_another_order_is_an_error_and_never_read_by_position(spark, tmp_path):
    names = [*PRODUCTS.column_names, *TECHNICAL_COLUMNS]
    names[0], names[1] = names[1], names[0]
    path = tmp_path / "products.csv"
    path.write_text(f"{','.join(names)}\n7,1,Toys,a,u,s,2,,\n")

    with pytest.raises(Exception, match="CSV header does not conform to the schema"):
        frames.read_csvs(spark, [f"file:{path}"], PRODUCTS, {}).collect()
