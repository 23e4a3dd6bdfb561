"""awswrangler, unmodified, pointed here by AWS_ENDPOINT_URL alone."""

import awswrangler as wr
import boto3
import pandas as pd
import pytest

WRANGLER = pytest.mark.aws_documented("https://aws-sdk-pandas.readthedocs.io/en/stable/stubs/awswrangler.athena.read_sql_query.html")
SQL = "SELECT 1 AS i, 1.5 AS d, 'x' AS s, DATE '2020-01-01' AS day UNION ALL SELECT 2, 2.5, NULL, NULL"


@pytest.fixture
def session(stack, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", stack.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    return boto3.Session(region_name=stack.region)


@WRANGLER
@pytest.mark.parametrize("approach", [{}, {"ctas_approach": False}, {"ctas_approach": False, "unload_approach": True}], ids=["ctas", "csv", "unload"])
def test_a_query_becomes_a_frame(session, bucket, database, approach):
    frame = wr.athena.read_sql_query(SQL, database=database, s3_output=f"s3://{bucket}/wr", boto3_session=session, **approach)
    # A CTAS does not keep an order, here and on AWS.
    frame = frame.sort_values("i", ignore_index=True)

    assert frame["i"].tolist() == [1, 2]
    assert frame["d"].tolist() == [1.5, 2.5]
    assert frame["s"].isna().tolist() == [False, True]
    assert str(frame["day"][0]) == "2020-01-01"
    assert wr.catalog.tables(database=database, boto3_session=session).empty


@WRANGLER
def test_a_dataset_is_written_catalogued_and_queried(session, bucket, database):
    frame = pd.DataFrame({"id": [1, 2], "name": ["a", "b"], "day": ["2020-01-01", "2020-01-02"]})

    wr.s3.to_parquet(frame, path=f"s3://{bucket}/ds/", dataset=True, database=database, table="ds", partition_cols=["day"], boto3_session=session)

    found = wr.athena.read_sql_query("SELECT * FROM ds", database=database, s3_output=f"s3://{bucket}/wr", boto3_session=session).sort_values("id")
    assert found["name"].tolist() == ["a", "b"]
    assert found["day"].tolist() == ["2020-01-01", "2020-01-02"]
    described = wr.athena.describe_table(table="ds", database=database, s3_output=f"s3://{bucket}/wr", boto3_session=session)
    assert described["Column Name"].tolist() == ["id", "name", "day"]
    assert wr.athena.repair_table(table="ds", database=database, s3_output=f"s3://{bucket}/wr", boto3_session=session) == "SUCCEEDED"
    shown = wr.athena.show_create_table(table="ds", database=database, s3_output=f"s3://{bucket}/wr", boto3_session=session)
    assert shown.startswith("CREATE EXTERNAL TABLE")


@WRANGLER
def test_a_bad_query_is_an_exception(session, bucket, database):
    with pytest.raises(wr.exceptions.QueryFailed, match="COLUMN_NOT_FOUND"):
        wr.athena.read_sql_query("SELECT nope", database=database, s3_output=f"s3://{bucket}/wr", ctas_approach=False, boto3_session=session)


@WRANGLER
def test_a_prepared_statement_is_executed(session, bucket, database):
    wr.athena.create_prepared_statement(sql="SELECT ? AS a", statement_name="wr_ps", boto3_session=session)

    frame = wr.athena.read_sql_query(
        "EXECUTE wr_ps USING 'x'", database=database, s3_output=f"s3://{bucket}/wr", ctas_approach=False, boto3_session=session
    )

    assert frame["a"].tolist() == ["x"]
    wr.athena.delete_prepared_statement(statement_name="wr_ps", boto3_session=session)
