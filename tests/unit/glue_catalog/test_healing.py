"""What the catalog adds to the entries of engines that leave things out."""

import pytest
from lakestack_aws.delta_log import DeltaLogError, DeltaTable
from lakestack_aws.glue.catalog.healing import mark_iceberg_columns
from lakestack_aws.glue.catalog.records import Column, SerdeInfo, StorageDescriptor, TableInput

ORDERS = DeltaTable(
    version=12,
    schema_string='{"type":"struct","fields":[]}',
    columns=(("id", "bigint"), ("day", "date"), ("amount", "decimal(18,2)")),
    partition_columns=("day",),
    last_commit_timestamp=1791371800952,
)
SPARK = Column(name="col", type="array<string>", comment="from deserializer")


def delta_entry(*columns, path="s3://lake/orders", **parameters):
    descriptor = StorageDescriptor(columns=columns, location="s3://lake/orders-__PLACEHOLDER__", serde_info=SerdeInfo(parameters={"path": path}))
    return TableInput(name="orders", storage_descriptor=descriptor, parameters={"spark.sql.sources.provider": "delta"} | parameters)


def columns_of(table):
    return [(column.name, column.type) for column in table.storage_descriptor.columns]


@pytest.mark.parametrize("placeholder", [(SPARK,), (), (Column(name="dummy", type="string"),)], ids=["Spark's", "nothing", "Trino's"])
def test_a_placeholder_gets_the_columns_of_the_log(catalog, delta_logs, placeholder):
    delta_logs.tables["s3://lake/orders"] = ORDERS

    catalog.tables.create("shop", delta_entry(*placeholder))

    table = catalog.tables.get("shop", "orders")
    assert columns_of(table) == [("id", "bigint"), ("amount", "decimal(18,2)")]
    assert table.partition_keys == (Column(name="day", type="date"),)
    assert table.parameters == {
        "spark.sql.sources.provider": "delta",
        "table_type": "delta",
        "delta.lastUpdateVersion": "12",
        "delta.lastCommitTimestamp": "1791371800952",
        "spark.sql.sources.schema.numParts": "1",
        "spark.sql.sources.schema.part.0": ORDERS.schema_string,
        "spark.sql.sources.schema.numPartCols": "1",
        "spark.sql.sources.schema.partCol.0": "day",
    }


def test_parameters_that_were_given_stay_but_for_the_placeholder_of_the_schema(catalog, delta_logs):
    delta_logs.tables["s3://lake/orders"] = ORDERS

    table = catalog.tables.create("shop", delta_entry(SPARK, owner="me", table_type="DELTA", **{"spark.sql.sources.schema": '{"fields":[]}'}))

    assert table.parameters["owner"] == "me"
    assert table.parameters["table_type"] == "DELTA"
    assert "spark.sql.sources.schema" not in table.parameters


def test_a_schema_longer_than_4000_characters_is_split(catalog, delta_logs):
    long_schema = "x" * 8001
    delta_logs.tables["s3://lake/orders"] = DeltaTable(0, long_schema, (("id", "bigint"),), (), None)

    parameters = catalog.tables.create("shop", delta_entry(SPARK)).parameters

    assert parameters["spark.sql.sources.schema.numParts"] == "3"
    assert "".join(parameters[f"spark.sql.sources.schema.part.{number}"] for number in range(3)) == long_schema


def test_a_table_registered_before_its_log_is_healed_when_the_log_is_there(catalog, delta_logs):
    catalog.tables.create("shop", delta_entry())
    before = catalog.tables.get("shop", "orders")
    delta_logs.tables["s3://lake/orders"] = ORDERS

    after = catalog.tables.get("shop", "orders")

    assert columns_of(before) == []
    assert columns_of(after) == [("id", "bigint"), ("amount", "decimal(18,2)")]
    assert after.version_id == "0"
    delta_logs.asked.clear()
    assert catalog.tables.get("shop", "orders") == after
    assert delta_logs.asked == [], "what is healed is not read again"


def test_an_update_with_a_placeholder_is_healed_too(catalog, delta_logs):
    delta_logs.tables["s3://lake/orders"] = ORDERS
    catalog.tables.create("shop", TableInput(name="orders"))

    updated = catalog.tables.update("shop", delta_entry(SPARK))

    assert columns_of(updated) == [("id", "bigint"), ("amount", "decimal(18,2)")]


@pytest.mark.parametrize(
    "entry",
    [
        delta_entry(Column(name="id", type="int")),
        delta_entry(SPARK, **{"spark.sql.sources.provider": "parquet"}),
        TableInput(name="orders"),
        TableInput(
            name="orders", parameters={"spark.sql.sources.provider": "delta"}, storage_descriptor=StorageDescriptor(location="s3://lake/orders")
        ),
    ],
    ids=["real columns", "not Delta", "no descriptor", "no path"],
)
def test_any_other_table_stays_as_it_is_and_its_files_are_not_read(catalog, delta_logs, entry):
    table = catalog.tables.create("shop", entry)

    assert (table.storage_descriptor, table.parameters) == (entry.storage_descriptor, entry.parameters)
    assert delta_logs.asked == []


def test_a_log_that_cannot_be_read_leaves_the_table_and_is_logged(catalog, delta_logs, caplog):
    def broken(_location):
        raise DeltaLogError("The Delta log at s3://lake/orders cannot be read: torn")

    delta_logs.describe = broken
    catalog.tables._heal.keywords["describe"] = broken

    table = catalog.tables.create("shop", delta_entry(SPARK))

    assert columns_of(table) == [("col", "array<string>")]
    assert "The columns of orders remain unknown. The Delta log at s3://lake/orders cannot be read: torn" in caplog.text


def test_columns_of_an_iceberg_table_are_marked_as_aws_marks_them(catalog):
    columns = (Column(name="id", type="int", parameters={"trino_not_null": "true"}), Column(name="name", type="string"))
    created = catalog.tables.create(
        "shop", TableInput(name="t", parameters={"table_type": "ICEBERG"}, storage_descriptor=StorageDescriptor(columns=columns))
    )

    marked = mark_iceberg_columns(created)

    first, second = (column.parameters for column in marked.storage_descriptor.columns)
    assert first == {"trino_not_null": "true", "iceberg.field.id": "1", "iceberg.field.optional": "false", "iceberg.field.current": "true"}
    assert second == {"iceberg.field.id": "2", "iceberg.field.optional": "true", "iceberg.field.current": "true"}


def test_marks_that_an_iceberg_column_has_stay(catalog):
    dropped = Column(name="old", type="int", parameters={"iceberg.field.id": "7", "iceberg.field.current": "false"})
    created = catalog.tables.create(
        "shop", TableInput(name="t", parameters={"table_type": "iceberg"}, storage_descriptor=StorageDescriptor(columns=(dropped,)))
    )

    (column,) = mark_iceberg_columns(created).storage_descriptor.columns

    assert column.parameters.items() >= {"iceberg.field.id": "7", "iceberg.field.current": "false"}.items()
