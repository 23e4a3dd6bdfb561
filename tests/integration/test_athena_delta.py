"""Delta tables in Athena: registered from their log, read at their newest version, and not written."""

import pyarrow as pa
import pytest

from tests.support.athena import Athena
from tests.support.delta_files import DeltaFiles

DELTA = pytest.mark.aws_documented("https://docs.aws.amazon.com/athena/latest/ug/delta-lake-tables.html")


@pytest.fixture
def athena(stack, bucket, database):
    return Athena(stack, bucket, database)


@pytest.fixture
def delta(stack, bucket):
    return DeltaFiles(stack.client("s3"), bucket, "delta/orders")


def orders(*order_ids: int) -> pa.Table:
    return pa.table({"order_id": pa.array(order_ids, pa.int64()), "total": pa.array([1.5 * order_id for order_id in order_ids])})


@pytest.fixture
def registered(athena, delta):
    """Make a Delta table of one order and register it as `orders`."""
    delta.commit(orders(1))
    athena.succeed(f"CREATE EXTERNAL TABLE orders LOCATION '{delta.location}/' TBLPROPERTIES ('table_type' = 'DELTA')")
    return delta


@DELTA
def test_a_delta_table_takes_its_definition_from_its_log(athena, registered, stack):
    entry = stack.client("glue").get_table(DatabaseName=athena.database, Name="orders")["Table"]

    assert entry["StorageDescriptor"]["Columns"] == [{"Name": "order_id", "Type": "bigint"}, {"Name": "total", "Type": "double"}]
    assert entry["StorageDescriptor"]["SerdeInfo"]["Parameters"]["path"] == registered.location
    assert entry["Parameters"].items() >= {"table_type": "delta", "spark.sql.sources.provider": "delta", "EXTERNAL": "TRUE"}.items()
    assert athena.rows("SELECT * FROM orders") == [["1", "1.5"]]
    assert athena.lines("SHOW COLUMNS IN orders") == ["order_id".ljust(20), "total".ljust(20)]


@DELTA
def test_a_select_sees_the_rows_of_a_commit_at_once(athena, registered):
    seen = [athena.rows("SELECT count(*) FROM orders")]
    for order_id in (2, 3, 4):
        registered.commit(orders(order_id))
        seen.append(athena.rows("SELECT count(*) FROM orders"))

    assert seen == [[["1"]], [["2"]], [["3"]], [["4"]]]


@DELTA
def test_a_table_made_anew_at_the_same_place_is_read_anew(athena, registered):
    registered.commit(orders(2))
    before = athena.rows("SELECT count(*) FROM orders")

    registered.remove()
    registered.commit(pa.table({"order_id": pa.array([7], pa.int64()), "note": pa.array(["new"])}))
    registered.commit(pa.table({"order_id": pa.array([8], pa.int64()), "note": pa.array(["newer"])}))

    assert before == [["2"]]
    assert athena.rows("SELECT order_id, note FROM orders ORDER BY order_id") == [["7", "new"], ["8", "newer"]]


@DELTA
@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO orders VALUES (9, 9e0)",
        "UPDATE orders SET total = 0e0",
        "DELETE FROM orders",
        "MERGE INTO orders t USING (VALUES 1) s (id) ON t.order_id = s.id WHEN MATCHED THEN DELETE",
    ],
)
def test_a_delta_table_is_not_written(athena, registered, sql):
    query = athena.run(sql)

    assert query.why.startswith("NOT_SUPPORTED: This connector does not support ")
    assert query.execution["Status"]["AthenaError"]["ErrorType"] == 1200
    assert athena.rows("SELECT count(*) FROM orders") == [["1"]]


@DELTA
def test_what_a_delta_table_may_not_say_of_itself_is_refused(athena, delta):
    with pytest.raises(athena.client.exceptions.InvalidRequestException, match="takes its definition from its log: remove columns"):
        athena.start(f"CREATE EXTERNAL TABLE d (a int) LOCATION '{delta.location}' TBLPROPERTIES ('table_type'='DELTA')")


@DELTA
def test_without_a_log_there_is_no_delta_table(athena, bucket):
    query = athena.run(f"CREATE EXTERNAL TABLE d LOCATION 's3://{bucket}/nothing/' TBLPROPERTIES ('table_type'='DELTA')")

    assert query.state == "FAILED"
    assert "no Delta log" in query.why


@DELTA
def test_dropping_a_delta_table_keeps_its_files(athena, registered):
    athena.succeed("DROP TABLE orders")
    athena.succeed(f"CREATE EXTERNAL TABLE orders LOCATION '{registered.location}' TBLPROPERTIES ('table_type'='delta')")

    assert athena.rows("SELECT order_id FROM orders") == [["1"]]


@DELTA
def test_a_ctas_from_a_delta_table_lists_its_files(athena, registered):
    query = athena.succeed("CREATE TABLE copied AS SELECT * FROM orders WHERE total > 1.25")

    assert query.execution["Statistics"]["DataManifestLocation"]
    assert athena.rows("SELECT * FROM copied") == [["1", "1.5"]]
    assert query.execution["Statistics"]["DataScannedInBytes"] > 0
