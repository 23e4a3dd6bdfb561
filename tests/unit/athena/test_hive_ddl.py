"""Hive's statements as they are read: the forms that clients send, and near-misses."""

import pytest
from lakestack_aws.athena.errors import MalformedQueryError
from lakestack_aws.athena.hive_ddl.commands import READERS, parse
from lakestack_aws.athena.hive_ddl.create_table import hive_table_input
from lakestack_aws.athena.hive_ddl.partitions import NewPartition, partition_name
from lakestack_aws.athena.hive_ddl.patterns import hive_pattern
from lakestack_aws.athena.hive_ddl.syntax import TableName
from lakestack_aws.athena.routing import Engine, route
from lakestack_aws.athena.sql_tokens import SyntaxProblem


def read(sql):
    return parse(route(sql).statement, sql)


def table_of(sql):
    command = read(sql)
    return hive_table_input(command.name.table, command.clauses.location, command.clauses)


def test_every_statement_that_goes_to_the_catalog_is_read_or_refused_by_name():
    sql = "ALTER TABLE t PARTITION (a='1') RENAME TO PARTITION (a='2')"

    assert route(sql).engine is Engine.CATALOG
    assert route(sql).statement not in READERS
    with pytest.raises(MalformedQueryError, match="ALTER_TABLE_RENAME_PARTITION is not implemented by lakestack"):
        read(sql)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("INTEGER", "int"),
        ("decimal", "decimal(10,0)"),
        ("DECIMAL(18, 2)", "decimal(18,2)"),
        ("varchar(10)", "varchar(10)"),
        ("array<string>", "array<string>"),
        ("map<string, array<int>>", "map<string,array<int>>"),
        ("struct<`A`: int, b: struct<c:array<struct<d:date>>>>", "struct<a:int,b:struct<c:array<struct<d:date>>>>"),
    ],
)
def test_a_type_is_stored_as_glue_spells_it(written, stored):
    table = table_of(f"CREATE EXTERNAL TABLE t (c {written}) LOCATION 's3://b/p'")

    assert table["StorageDescriptor"]["Columns"] == [{"Name": "c", "Type": stored}]


@pytest.mark.parametrize("wrong", ["text", "varchar", "struct<a>", "array"])
def test_a_type_that_athena_does_not_have_is_refused(wrong):
    with pytest.raises(SyntaxProblem, match="line 1:"):
        read(f"CREATE EXTERNAL TABLE t (c {wrong}) LOCATION 's3://b/p'")


def test_delimiters_are_serde_parameters():
    table = table_of(
        "CREATE EXTERNAL TABLE t (a int) ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\001' ESCAPED BY '\\\\' COLLECTION ITEMS TERMINATED BY '|' "
        "MAP KEYS TERMINATED BY ':' LINES TERMINATED BY '\\n' NULL DEFINED AS '' STORED AS TEXTFILE LOCATION 's3://b/p'"
    )

    assert table["StorageDescriptor"]["SerdeInfo"]["Parameters"] == {
        "field.delim": "\x01",
        "serialization.format": "\x01",
        "escape.delim": "\\",
        "colelction.delim": "|",
        "mapkey.delim": ":",
        "line.delim": "\n",
        "serialization.null.format": "",
    }


def test_a_named_serde_keeps_its_format():
    table = table_of(
        "CREATE EXTERNAL TABLE t (a int) PARTITIONED BY (day date COMMENT 'when') ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' "
        "WITH SERDEPROPERTIES ('ignore.malformed.json'='true') LOCATION 's3://b/p' TBLPROPERTIES ('k'='v')"
    )

    storage = table["StorageDescriptor"]
    assert storage["SerdeInfo"]["SerializationLibrary"] == "org.openx.data.jsonserde.JsonSerDe"
    assert storage["SerdeInfo"]["Parameters"] == {"serialization.format": "1", "ignore.malformed.json": "true"}
    assert storage["InputFormat"] == "org.apache.hadoop.mapred.TextInputFormat"
    assert table["PartitionKeys"] == [{"Name": "day", "Type": "date", "Comment": "when"}]
    assert table["Parameters"]["k"] == "v"


def test_an_iceberg_table_is_made_by_trino():
    command = read(
        "CREATE TABLE d.ice (id int, s struct<a:string,b:array<float>>, ts timestamp) PARTITIONED BY (day(ts), bucket(16, id), id) "
        "LOCATION 's3://b/i/' TBLPROPERTIES ('table_type'='iceberg', 'format'='parquet')"
    )

    assert command.trino_sql("d", "ice") == (
        'CREATE TABLE "iceberg"."d"."ice" ("id" integer, "s" row("a" varchar, "b" array(real)), "ts" timestamp(6)) '
        "WITH (location = 's3://b/i', partitioning = ARRAY['day(ts)', 'bucket(id, 16)', 'id'], format = 'PARQUET')"
    )


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("CREATE TABLE t (n int)", "No location was specified for table"),
        ("CREATE TABLE t (n int) LOCATION 's3://b/p'", "add EXTERNAL"),
        ("CREATE EXTERNAL TABLE t LOCATION 's3://b/p'", "at least one column"),
        ("CREATE EXTERNAL TABLE t STORED AS PARQUET LOCATION 's3://b/p' TBLPROPERTIES ('table_type'='DELTA')", "remove STORED AS"),
    ],
)
def test_a_table_that_athena_does_not_make_is_refused(sql, message):
    with pytest.raises(MalformedQueryError, match=message):
        read(sql)


@pytest.mark.parametrize("sql", ['DESCRIBE "t"', 'DROP TABLE "d"."t"', 'SHOW CREATE TABLE "t"', "ALTER TABLE \"t\" SET LOCATION 's3://b/p'"])
def test_a_name_in_double_quotes_is_none_in_hive(sql):
    with pytest.raises(SyntaxProblem, match="no viable alternative at input '"):
        read(sql)


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("DESCRIBE t", TableName(None, "t")),
        ("DESC FORMATTED D.T", TableName("d", "t")),
        ("DESCRIBE `d`.`t`", TableName("d", "t")),
        ("DESCRIBE `d.t`", TableName("d", "t")),
        ("SHOW COLUMNS FROM t IN d", TableName("d", "t")),
        ('SHOW CREATE VIEW "D"."V"', TableName("d", "v")),
        ("MSCK REPAIR TABLE -- all\n t", TableName(None, "t")),
    ],
)
def test_names_are_read_in_every_spelling(sql, name):
    assert read(sql).name == name


def test_several_partitions_are_added_at_once():
    command = read("ALTER TABLE t ADD IF NOT EXISTS PARTITION (day=DATE '2020-01-01', n=-1) LOCATION 's3://b/1' PARTITION (day='it\\'s', n=2)")

    assert command.may_exist
    assert command.partitions == (NewPartition({"day": "2020-01-01", "n": "-1"}, "s3://b/1"), NewPartition({"day": "it's", "n": "2"}, None))


def test_what_stands_behind_a_statement_is_refused():
    with pytest.raises(SyntaxProblem, match="line 2:1: mismatched input 'nonsense' expecting '<EOF>'"):
        read("DROP TABLE t\n nonsense")


def test_a_partitions_folder_is_escaped_as_hive_does():
    assert partition_name(["a", "b"], ["x/y=z:1", "plain value"]) == "a=x%2Fy%3Dz%3A1/b=plain value"


@pytest.mark.parametrize(
    ("pattern", "matches", "misses"),
    [
        ("order*", ["orders", "order_items"], ["reorders"]),
        ("a|b*", ["a", "bc"], ["ab"]),
        ("flights.*", ["flights1"], []),
        ("t[0-9]*", ["t12"], ["tx"]),
    ],
)
def test_a_pattern_of_show(pattern, matches, misses):
    found = hive_pattern(pattern)

    assert all(found.fullmatch(name) for name in matches)
    assert not any(found.fullmatch(name) for name in misses)
