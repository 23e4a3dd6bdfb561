"""CTAS and UNLOAD in Trino's words, and what is read of parameters."""

import pytest
from lakestack_aws.athena.errors import MalformedQueryError
from lakestack_aws.athena.parameters import expression, parse_execute
from lakestack_aws.athena.rewriting import rewrite
from lakestack_aws.athena.sql_tokens import SyntaxProblem, trino_tokens
from lakestack_aws.athena.table_writes import create_table_as, optimize, unload, written_table

PLACED = [
    # As awswrangler writes it.
    (
        "CREATE TABLE \"db\".\"t\"\nWITH(\n    external_location='s3://b/t',\n    format='PARQUET')\nAS SELECT 1 a",
        "CREATE TABLE \"db\".\"t\"\nWITH (external_location = 's3://b/t', format = 'PARQUET')\nAS SELECT 1 a",
    ),
    # As dbt writes it.
    (
        "create table t with (table_type='hive', is_external=true, partitioned_by=ARRAY['a', 'b'], external_location='s3://b/t') as select 1 a",
        "create table t WITH (partitioned_by = ARRAY['a', 'b'], external_location = 's3://b/t') as select 1 a",
    ),
    ("CREATE TABLE IF NOT EXISTS t AS SELECT 1 a", "CREATE TABLE IF NOT EXISTS t WITH (external_location = 's3://out/tables/id/') AS SELECT 1 a"),
    (
        "CREATE TABLE t COMMENT 'c' WITH (format='TEXTFILE', field_delimiter=',') AS SELECT 1 a",
        "CREATE TABLE t COMMENT 'c' WITH (format = 'TEXTFILE', textfile_field_separator = ',', external_location = 's3://out/tables/id/') AS SELECT 1 a",
    ),
    (
        "CREATE TABLE t WITH (table_type='ICEBERG', is_external=false, location='s3://b/i/', vacuum_max_snapshot_age_seconds=60) AS SELECT 1 a",
        'CREATE TABLE "iceberg"."ctx"."t" WITH (location = \'s3://b/i/\') AS SELECT 1 a',
    ),
]

EXPRESSIONS = [
    ("10", "10"),
    ("-1.5", "-1.5E0"),
    ("'a'", "'a'"),
    ("DATE '2020-01-01'", "DATE '2020-01-01'"),
    ("NULL", "NULL"),
    ("now()", "now()"),
    ("TIMESTAMP '2020-01-01 00:00:00' AT TIME ZONE 'UTC'", "TIMESTAMP '2020-01-01 00:00:00' AT TIME ZONE 'UTC'"),
    # Near-misses: what names a column, or does not parse, is a string.
    ("abc", "'abc'"),
    ("date", "'date'"),
    ("a + 1", "'a + 1'"),
    ('"a"', "'\"a\"'"),
    ("it's", "'it''s'"),
    ("f5b2c0de-1111-4222-8333-444455556666", "'f5b2c0de-1111-4222-8333-444455556666'"),
    ("1 2", "'1 2'"),
    ("", "''"),
]


@pytest.mark.parametrize(("sql", "expected"), PLACED)
def test_a_ctas_says_the_same_to_trino(sql, expected):
    write = create_table_as(trino_tokens(sql), sql, database="ctx", default_location="s3://out/tables/id/", may_place=True)

    assert rewrite(sql, write.edits).sql == expected


def test_compression_is_a_property_of_the_session():
    sql = "CREATE TABLE t WITH (write_compression='snappy') AS SELECT 1 a"

    write = create_table_as(trino_tokens(sql), sql, database="ctx", default_location="s3://out/", may_place=True)

    assert write.session_properties == {"awsdatacatalog.compression_codec": "SNAPPY"}
    assert "write_compression" not in rewrite(sql, write.edits).sql


def test_an_enforced_place_is_not_changed():
    sql = "CREATE TABLE t WITH (external_location='s3://b/t') AS SELECT 1 a"

    with pytest.raises(MalformedQueryError, match="enforces a centralized output location"):
        create_table_as(trino_tokens(sql), sql, database="ctx", default_location="s3://out/", may_place=False)


def test_an_unload_is_the_ctas_of_a_hidden_table():
    sql = "UNLOAD (SELECT (1) AS a, ')' AS b)\nTO 's3://b/p' WITH (  format='PARQUET')"

    write = unload(trino_tokens(sql), sql, hidden_table=("db", "unload_1"))

    expected = "CREATE TABLE \"db\".\"unload_1\" WITH (format = 'PARQUET', external_location = 's3://b/p/') AS SELECT (1) AS a, ')' AS b"
    assert rewrite(sql, write.edits).sql == expected


def test_an_unload_needs_a_format():
    sql = "UNLOAD (SELECT 1 AS a) TO 's3://b/p'"

    with pytest.raises(MalformedQueryError, match="format"):
        unload(trino_tokens(sql), sql, hidden_table=("db", "unload_1"))


def test_optimize_is_a_procedure_of_the_table():
    sql = "OPTIMIZE db.t REWRITE DATA USING BIN_PACK WHERE day > '2020'"

    assert rewrite(sql, optimize(trino_tokens(sql), sql)).sql == "ALTER TABLE db.t EXECUTE optimize WHERE day > '2020'"


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("INSERT INTO t VALUES 1", ("ctx", "t")),
        ('insert into "AwsDataCatalog"."DB"."T" select 1', ("db", "t")),
        ("UPDATE db.t SET a = 1", ("db", "t")),
        ("DELETE FROM db.t", ("db", "t")),
        ("MERGE INTO db . t USING s ON true WHEN MATCHED THEN DELETE", ("db", "t")),
    ],
)
def test_the_table_that_is_changed_is_known(sql, name):
    assert written_table(trino_tokens(sql), sql).in_database("ctx") == name


@pytest.mark.parametrize(("value", "expected"), EXPRESSIONS)
def test_a_parameter_is_an_expression_or_a_string(value, expected):
    assert expression(value, lambda text: text != "1 2") == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("EXECUTE ps", ("ps", ())),
        ("execute \"My ps\" using 1, 'a, b', f(1, 2), 1.5", ("My ps", ("1", "'a, b'", "f(1, 2)", "1.5E0"))),
    ],
)
def test_execute_names_a_statement_and_its_values(sql, expected):
    assert parse_execute(sql) == expected


def test_execute_without_a_name_is_refused():
    with pytest.raises(SyntaxProblem, match="line 1:7: mismatched input '<EOF>' expecting a prepared statement's name"):
        parse_execute("EXECUTE")
