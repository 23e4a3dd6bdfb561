"""What the queries of sql/ answer, known answers and empty tables: the statements themselves, said by sqlglot in Spark's words."""

from decimal import Decimal
from pathlib import Path

import pytest
import sqlglot
from lakehouse import tables
from sqlglot import exp

SQL = Path(__file__).parents[3] / "sql"
QUERIES = sorted(path.stem for path in SQL.glob("*.sql"))
ALL_TABLES = {table.name: table for table in (*tables.DELTA_TABLES, tables.INGESTION_LOG)}
EIGHT = "timestamp '2025-04-01 08:00:00'"
DAY = "date '2025-04-01'"


@pytest.fixture
def ask(spark):
    """Return a function that runs a query of sql/ on {table: rows as SQL}; a table that is not named is empty."""

    def run(query, **contents):
        for name, table in ALL_TABLES.items():
            rows = spark.range(0).selectExpr(*(f"cast(null as {kind}) as {column}" for column, kind in table.columns))
            if name in contents:
                given = spark.sql(f"select * from values {contents[name][1]} as t({contents[name][0]})")
                missing = [column for column, _ in table.columns if column not in given.columns]
                typed = given.selectExpr(*given.columns, *(f"null as {column}" for column in missing))
                rows = typed.selectExpr(*(f"cast({column} as {kind}) as {column}" for column, kind in table.columns))
            rows.createOrReplaceTempView(name)
        statement = sqlglot.parse_one((SQL / f"{query}.sql").read_text(), read="athena")
        for table in statement.find_all(exp.Table):
            if table.db == "ecom_catalog":
                table.set("db", None)
        return [tuple(row) for row in spark.sql(statement.sql(dialect="spark")).collect()]

    return run


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_answers_on_empty_tables_with_no_row(ask, query):
    assert ask(query) == []


LOG = "upload_id, dataset, sheet, rows_read, merged, inserted, updated, unchanged, rejected, held, duplicates"
SOUND_LOG = """('u1', 'orders', 's', 9, 3, 2, 1, 1, 2, 0, 3), ('u1', 'order_items', 's', 3, 1, 1, 0, 0, 0, 2, 0),
    ('u2', null, null, 0, 0, 0, 0, 0, 0, 0, 0)"""
REJECTS = (
    "upload_id, dataset, sheet, outcome",
    "('u1', 'orders', 's', 'REJECT'), ('u1', 'orders', 's', 'REJECT'), ('u1', 'orders', 's', 'DUPLICATE'), ('cut off', 'orders', 's', 'REJECT')",
)
HELD = ("_upload_id, sheet", "('u1', 's'), ('u1', 's')")


def test_the_accounting_is_proved_by_an_empty_answer(ask):
    assert ask("accounting", ingestion_log=(LOG, SOUND_LOG), rejected_records=REJECTS, held_order_items=HELD) == []


@pytest.mark.parametrize(
    "broken",
    [
        "('u1', 'orders', 's', 10, 3, 2, 1, 1, 2, 0, 3)",  # a row is lost
        "('u1', 'orders', 's', 9, 3, 1, 1, 1, 2, 0, 3)",  # merged, but neither inserted nor updated
        "('u1', 'orders', 's', 9, 2, 1, 1, 1, 3, 0, 3)",  # rejected, and not among the rejects
        "('u1', 'orders', 's', 9, 2, 2, 0, 1, 2, 1, 3)",  # held, and not among those that wait
        "('u3', 'orders', 's', 1, 0, 0, 0, 0, 1, 0, 0)",
    ],
)
def test_a_sheet_that_does_not_add_up_is_an_answer_of_both_queries(ask, broken):
    rejects = {"rejected_records": REJECTS, "ingestion_log": (LOG, broken)}

    (found,) = ask("accounting", **rejects)
    (finding,) = ask("validate_orders", **rejects)

    upload = broken[2:4]
    assert found[:3] == (upload, "orders", "s")
    assert finding == ("every row read is accounted for", "error", f"{upload} orders s")


def test_every_broken_rule_is_found_and_errors_come_first(ask):
    found = ask(
        "validate_orders",
        products=("product_id, product_name", "(1, 'a'), (1, 'b'), (null, 'c')"),
        orders=(
            "order_id, order_timestamp, total_amount, date",
            f"(1, {EIGHT}, 5, {DAY}), (2, {EIGHT}, 5, date '2025-04-02'), (3, {EIGHT}, 5, {DAY}), (3, {EIGHT}, 5, {DAY}), (4, {EIGHT}, null, {DAY})",
        ),
        order_items=(
            "id, order_id, product_id, order_timestamp, date",
            f"(1, 1, 1, {EIGHT}, {DAY}), (2, 99, 1, {EIGHT}, {DAY}), (3, 1, 99, {EIGHT}, {DAY}), (4, 1, null, {EIGHT}, {DAY})",
        ),
    )

    assert set(found) == {
        ("product_id is unique", "error", "1"),
        ("order_id is unique", "error", "3"),
        ("a product has its id", "error", None),
        ("an order has its id, timestamp and amount", "error", "4"),
        ("an order lies in the partition of its day", "error", "2"),
        ("an item has its ids and timestamp", "error", "4"),
        ("an item has its product", "error", "3"),
        ("an item has its order", "warning", "2"),
    }
    assert [severity for _, severity, _ in found] == ["error"] * 7 + ["warning"]


def test_the_ten_customers_who_spent_most(ask):
    rows = [f"({user}, {10 * user + n}, cast({user} as decimal(12,2)), date '2025-04-{n + 1:02}')" for user in range(1, 13) for n in range(2)]

    found = ask("top_customers", orders=("user_id, order_id, total_amount, date", ", ".join(rows)))

    assert [row[0] for row in found] == list(range(12, 2, -1))
    assert found[0][1:4] == (2, Decimal("24.00"), Decimal("12.00"))
    assert [str(day) for day in found[0][4:]] == ["2025-04-01", "2025-04-02"]


def test_rejects_are_counted_by_dataset_file_reason_and_day(ask):
    columns = "dataset, source_key, load_date, outcome, reason_codes, resolved_at, raw"
    rows = f"""('orders', 'a.csv', {DAY}, 'REJECT', array('BAD_KEY', 'BAD_AMOUNT'), null, 'y'),
        ('orders', 'a.csv', {DAY}, 'REJECT', array('BAD_KEY'), {EIGHT}, 'x'),
        ('orders', 'b.csv', date '2025-04-02', 'DUPLICATE', array('DUPLICATE'), null, 'z')"""

    found = ask("rejected_records_analysis", rejected_records=(columns, rows))

    assert [(row[0], row[1], row[2], str(row[3]), *row[4:]) for row in found] == [
        ("orders", "a.csv", "BAD_KEY", "2025-04-01", "REJECT", 2, 1, "x"),
        ("orders", "a.csv", "BAD_AMOUNT", "2025-04-01", "REJECT", 1, 1, "y"),
        ("orders", "b.csv", "DUPLICATE", "2025-04-02", "DUPLICATE", 1, 1, "z"),
    ]
