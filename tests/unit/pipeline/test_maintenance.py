"""The care of Delta tables: fewer files, the same rows, and nothing removed that a reader may still need."""

import json
from pathlib import Path

import pytest
from lakehouse import leases, maintenance
from lakehouse.maintenance import Registered


class Catalog:
    """boto3's Glue client as far as maintenance uses it; two tables a page."""

    def __init__(self, *tables):
        self.tables = tables

    def get_paginator(self, operation):
        assert operation == "get_tables"
        return self

    def paginate(self, DatabaseName):
        for start in range(0, len(self.tables), 2):
            yield {"TableList": list(self.tables[start : start + 2])}


def registered(name, location="s3://lake/x/", path=None, **parameters):
    serde = {"Parameters": {"path": path}} if path else {}
    return {"Name": name, "Parameters": parameters, "StorageDescriptor": {"Location": location, "SerdeInfo": serde}}


@pytest.fixture
def table(spark, tmp_path):
    """A Delta table of two days and four files, two a day; and the retention that lets them be removed at once."""
    location = f"file:{tmp_path}/orders"
    for start in (0, 2):
        rows = spark.range(start, start + 2).selectExpr("id", "cast(id % 2 as string) as day")
        rows.coalesce(1).write.format("delta").partitionBy("day").mode("append").save(location)
    return Registered("orders", location, is_delta=True)


def files_of(table):
    return set(Path(table.location.removeprefix("file:")).glob("*/*.parquet"))


def rows_of(spark, table, **options):
    return sorted(row["id"] for row in spark.read.format("delta").options(**options).load(table.location).collect())


@pytest.mark.slow
def test_small_files_become_one_a_partition_and_with_nothing_left_to_do_no_version_is_made(spark, table):
    cared = maintenance.care_for(spark, table, maintenance.SAFE_RETENTION_HOURS)
    again = maintenance.care_for(spark, table, maintenance.SAFE_RETENTION_HOURS)

    assert (cared.files_before, cared.files_after, cared.files_removed) == (4, 2, 0)
    assert cared.version_after == cared.version_before + 1
    assert (again.version_before, again.version_after, again.files_after) == (cared.version_after, cared.version_after, 2)
    assert rows_of(spark, table) == [0, 1, 2, 3]
    # The old files are younger than the retention: who reads an older version still can.
    assert rows_of(spark, table, versionAsOf=0) == [0, 1]
    assert len(files_of(table)) == 6


@pytest.mark.slow
def test_old_files_go_when_a_shorter_retention_is_asked_for_and_the_log_says_what_was_done(spark, table, tmp_path, capsys):
    log = Registered("ingestion_log", f"file:{tmp_path}/log", is_delta=False)
    new = Registered("products", f"file:{tmp_path}/products", is_delta=True)

    (cared,) = maintenance.care_for_all(spark, [log, new, table], 0, lambda: None)

    assert (cared.table, cared.files_after, cared.files_removed) == ("orders", 2, 4)
    assert len(files_of(table)) == 2
    assert rows_of(spark, table) == [0, 1, 2, 3]
    warned, *said = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    assert (warned["level"], warned["message"][:59]) == ("WARNING", "--retention_hours 0 is less than Delta's safe 168: a query ")
    assert [(line["table"], line["message"], line.get("skipped"), line.get("files_removed")) for line in said] == [
        ("ingestion_log", "left out: its parameters do not say that it is a Delta table", None, None),
        ("products", "table cared for", "it has no _delta_log yet", None),
        ("orders", "table cared for", None, 4),
    ]
    assert not (tmp_path / "products").exists()
    # The check is on again for whoever comes next.
    with pytest.raises(Exception, match="retention"):
        maintenance.care_for(spark, table, 0)


@pytest.mark.slow
def test_one_table_that_fails_does_not_keep_the_others_from_their_care(spark, table, tmp_path):
    broken = tmp_path / "broken" / "_delta_log"
    broken.mkdir(parents=True)
    (broken / "00000000000000000000.json").write_text("no log\n")

    with pytest.raises(maintenance.MaintenanceError, match=r"1 of the tables .* broken \("):
        maintenance.care_for_all(spark, [Registered("broken", f"file:{broken.parent}", is_delta=True), table], 168, lambda: None)

    assert len(files_of(table)) == 6


def test_nothing_is_touched_without_the_lease(bucket):
    table = Registered("orders", "s3://lake/x", is_delta=True)

    with pytest.raises(leases.LeaseLostError):
        maintenance.care_for_all(None, [table], 168, lambda: leases.demand(bucket, "me"))


def test_tables_are_listed_past_the_first_page_with_where_they_lie_and_whether_they_are_delta():
    catalog = Catalog(
        registered("orders", **{"spark.sql.sources.provider": "delta"}),
        registered("log", classification="json"),
        registered("by_ddl", "s3://lake/y", table_type="DELTA"),
        registered("by_spark", "s3://lake/placeholder", path="s3://lake/z/", classification="delta"),
        {"Name": "a_view", "TableType": "VIRTUAL_VIEW"},
    )

    assert maintenance.list_tables(catalog, "db") == [
        Registered("a_view", "", is_delta=False),
        Registered("by_ddl", "s3://lake/y", is_delta=True),
        Registered("by_spark", "s3://lake/z", is_delta=True),
        Registered("log", "s3://lake/x", is_delta=False),
        Registered("orders", "s3://lake/x", is_delta=True),
    ]
