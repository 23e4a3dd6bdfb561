"""Glue's operations on column statistics."""

from datetime import UTC, datetime

import pytest

pytestmark = pytest.mark.aws_documented("https://docs.aws.amazon.com/glue/latest/webapi/API_ColumnStatistics.html")

ANALYZED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
AMOUNT = {
    "ColumnName": "amount",
    "ColumnType": "decimal(5,2)",
    "AnalyzedTime": ANALYZED,
    "StatisticsData": {
        "Type": "DECIMAL",
        "DecimalColumnStatisticsData": {
            "MinimumValue": {"UnscaledValue": b"\xff\x38", "Scale": 2},
            "MaximumValue": {"UnscaledValue": b"\x01", "Scale": 0},
            "NumberOfNulls": 1,
            "NumberOfDistinctValues": 2,
        },
    },
}
SOLD_ON = {
    "ColumnName": "sold_on",
    "ColumnType": "date",
    "AnalyzedTime": ANALYZED,
    "StatisticsData": {
        "Type": "DATE",
        "DateColumnStatisticsData": {
            "MinimumValue": datetime(2024, 1, 1, tzinfo=UTC),
            "MaximumValue": datetime(2024, 12, 31, tzinfo=UTC),
            "NumberOfNulls": 0,
            "NumberOfDistinctValues": 366,
        },
    },
}
IS_NEW = {
    "ColumnName": "is_new",
    "ColumnType": "boolean",
    "AnalyzedTime": ANALYZED,
    "StatisticsData": {"Type": "BOOLEAN", "BooleanColumnStatisticsData": {"NumberOfTrues": 3, "NumberOfFalses": 4, "NumberOfNulls": 5}},
}


@pytest.fixture
def glue(stack):
    return stack.client("glue")


@pytest.fixture
def sales(glue, database):
    """A table with the partition eu; the arguments that name it."""
    glue.create_table(DatabaseName=database, TableInput={"Name": "sales", "PartitionKeys": [{"Name": "region", "Type": "string"}]})
    glue.create_partition(DatabaseName=database, TableName="sales", PartitionInput={"Values": ["eu"]})
    return {"DatabaseName": database, "TableName": "sales"}


def test_a_tables_statistics_are_kept_replaced_and_deleted(glue, sales):
    assert glue.update_column_statistics_for_table(**sales, ColumnStatisticsList=[AMOUNT, SOLD_ON])["Errors"] == []
    changed = AMOUNT | {"ColumnType": "decimal(9,2)"}
    glue.update_column_statistics_for_table(**sales, ColumnStatisticsList=[changed])

    found = glue.get_column_statistics_for_table(**sales, ColumnNames=["sold_on", "amount", "nope"])

    assert found["ColumnStatisticsList"] == [SOLD_ON, changed]
    assert [(error["ColumnName"], error["Error"]["ErrorCode"]) for error in found["Errors"]] == [("nope", "EntityNotFoundException")]
    glue.delete_column_statistics_for_table(**sales, ColumnName="amount")
    assert glue.get_column_statistics_for_table(**sales, ColumnNames=["amount", "sold_on"])["ColumnStatisticsList"] == [SOLD_ON]


def test_a_partitions_statistics_are_its_own(glue, sales):
    eu = sales | {"PartitionValues": ["eu"]}
    glue.update_column_statistics_for_table(**sales, ColumnStatisticsList=[AMOUNT])

    assert glue.update_column_statistics_for_partition(**eu, ColumnStatisticsList=[IS_NEW])["Errors"] == []

    assert glue.get_column_statistics_for_partition(**eu, ColumnNames=["is_new", "amount"])["ColumnStatisticsList"] == [IS_NEW]
    assert glue.get_column_statistics_for_table(**sales, ColumnNames=["is_new", "amount"])["ColumnStatisticsList"] == [AMOUNT]
    glue.delete_column_statistics_for_partition(**eu, ColumnName="is_new")
    assert glue.get_column_statistics_for_partition(**eu, ColumnNames=["is_new"])["ColumnStatisticsList"] == []


def test_statistics_that_are_not_there_are_deleted_without_an_error(glue, sales):
    glue.delete_column_statistics_for_table(**sales, ColumnName="amount")

    assert glue.get_column_statistics_for_table(**sales, ColumnNames=["amount"])["ColumnStatisticsList"] == []


def test_a_missing_table_or_partition_has_no_statistics(glue, sales):
    with pytest.raises(glue.exceptions.EntityNotFoundException, match=r"Table nope not found\.$"):
        glue.get_column_statistics_for_table(**sales | {"TableName": "nope"}, ColumnNames=["a"])
    with pytest.raises(glue.exceptions.EntityNotFoundException, match=r"Cannot find partition\.$"):
        glue.update_column_statistics_for_partition(**sales, PartitionValues=["us"], ColumnStatisticsList=[AMOUNT])


def test_more_than_25_columns_at_once_are_refused(glue, sales):
    with pytest.raises(glue.exceptions.ClientError, match=r"Member must have length less than or equal to 25$"):
        glue.update_column_statistics_for_table(**sales, ColumnStatisticsList=[AMOUNT] * 26)
