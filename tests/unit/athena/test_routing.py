"""The routing specification: statements, where each goes and what AWS calls it. Near-misses are labelled."""

import pytest
from lakestack_aws.athena.routing import Engine, StatementType, route

TRINO = [
    ("SELECT 1", "DML", "SELECT"),
    ("SELECT(1)", "DML", "SELECT"),
    ("(SELECT 1)", "DML", "SELECT"),
    ("with t as (select 1) select * from t", "DML", "SELECT"),
    ("VALUES 1, 2", "DML", "SELECT"),
    ("TABLE orders", "DML", "SELECT"),
    ('-- /* {"app": "dbt"} */\nselect 1 as id', "DML", "SELECT"),
    ("/* SHOW TABLES */ SELECT 1", "DML", "SELECT"),
    ("SELECT 'C:\\'", "DML", "SELECT"),
    ("EXPLAIN SELECT 1", "DML", "EXPLAIN"),
    ("INSERT INTO t VALUES (1)", "DML", "INSERT"),
    ("UPDATE t SET a = 1", "DML", "UPDATE"),
    ("DELETE FROM t", "DML", "DELETE"),
    ("MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN DELETE", "DML", "MERGE"),
    ("UNLOAD (SELECT 1) TO 's3://b/p/' WITH (format = 'PARQUET')", "DML", "UNLOAD"),
    ("OPTIMIZE t REWRITE DATA USING BIN_PACK", "DDL", "OPTIMIZE"),
    ("CREATE TABLE \"db\".\"t\" WITH( external_location='s3://b/p', format='PARQUET') AS SELECT 1 a", "DDL", "CREATE_TABLE_AS_SELECT"),
    ('CREATE TABLE"t" AS SELECT 1 a', "DDL", "CREATE_TABLE_AS_SELECT"),
    ("CREATE TABLE t AS (SELECT 1 a)", "DDL", "CREATE_TABLE_AS_SELECT"),
    ("CREATE TABLE t AS WITH x AS (SELECT 1 a) SELECT * FROM x", "DDL", "CREATE_TABLE_AS_SELECT"),
    ("create /* why */ table t -- x\nas values 1", "DDL", "CREATE_TABLE_AS_SELECT"),
    ('create or replace view "awsdatacatalog"."s"."v" as select 1 a', "DDL", "CREATE_VIEW"),
    ("CREATE VIEW v AS SELECT 1 a", "DDL", "CREATE_VIEW"),
    ("DROP VIEW IF EXISTS v", "DDL", "DROP_VIEW"),
    ("SHOW FUNCTIONS", "UTILITY", "SHOW_FUNCTIONS"),
]

CATALOG = [
    ("CREATE EXTERNAL TABLE t (a int) LOCATION 's3://b/p/'", "DDL", "CREATE_TABLE"),
    # Near-misses: nothing here is a query.
    ("CREATE EXTERNAL TABLE t (c string COMMENT 'same as select 1') STORED AS PARQUET LOCATION 's3://b/as select/'", "DDL", "CREATE_TABLE"),
    ("CREATE EXTERNAL TABLE t (c string COMMENT 'it\\'s as select') LOCATION 's3://b/p/'", "DDL", "CREATE_TABLE"),
    ("CREATE TABLE t (a int) LOCATION 's3://b/p/' TBLPROPERTIES ('table_type' = 'ICEBERG')", "DDL", "CREATE_TABLE"),
    ("create table t (n int)", "DDL", "CREATE_TABLE"),
    ("create database if not exists d", "DDL", "CREATE_DATABASE"),
    ("CREATE SCHEMA `d`", "DDL", "CREATE_DATABASE"),
    ("DROP SCHEMA d CASCADE", "DDL", "DROP_DATABASE"),
    ("DROP TABLE IF EXISTS d.t", "DDL", "DROP_TABLE"),
    ("MSCK REPAIR TABLE `t`;", "DDL", "MSCK_REPAIR"),
    ("ALTER TABLE t ADD IF NOT EXISTS PARTITION (p='1') LOCATION 's3://b/1/' PARTITION (p='2')", "DDL", "ALTER_TABLE_ADD_PARTITION"),
    ("ALTER TABLE d.t DROP PARTITION (p='1')", "DDL", "ALTER_TABLE_DROP_PARTITION"),
    ("ALTER TABLE `d`.`t` SET LOCATION 's3://b/p/'", "DDL", "ALTER_TABLE_SET_LOCATION"),
    ("ALTER TABLE t PARTITION (p='1') SET LOCATION 's3://b/p/'", "DDL", "ALTER_TABLE_SET_LOCATION"),
    ("alter table `s`.`t` set tblproperties ('classification'='parquet')", "DDL", "ALTER_TABLE_SET_TBLPROPERTIES"),
    ("ALTER TABLE t ADD COLUMNS (a int)", "DDL", "ALTER_TABLE_ADD_COLUMN"),
    ("ALTER TABLE t REPLACE COLUMNS (a int)", "DDL", "ALTER_TABLE_REPLACE_COLUMN"),
    ("ALTER TABLE t CHANGE a b int", "DDL", "ALTER_TABLE_CHANGE_COLUMN"),
    ("ALTER TABLE t RENAME TO u", "DDL", "ALTER_TABLE_RENAME"),
    ("SHOW TABLES IN d 'o*'", "UTILITY", "SHOW_TABLES"),
    ("SHOW VIEWS", "UTILITY", "SHOW_VIEWS"),
    ("SHOW DATABASES LIKE 'a.*'", "UTILITY", "SHOW_DATABASES"),
    ("SHOW SCHEMAS", "UTILITY", "SHOW_DATABASES"),
    ("SHOW COLUMNS IN d.t", "UTILITY", "SHOW_COLUMNS"),
    ("SHOW PARTITIONS t", "UTILITY", "SHOW_PARTITIONS"),
    ("SHOW TBLPROPERTIES t ('classification')", "UTILITY", "SHOW_TABLE_PROPERTIES"),
    ("SHOW CREATE TABLE t", "UTILITY", "SHOW_CREATE_TABLE"),
    ('SHOW CREATE VIEW "s"."v";', "UTILITY", "SHOW_CREATE_VIEW"),
    ("DESCRIBE FORMATTED d.t", "UTILITY", "DESCRIBE_TABLE"),
    ("DESC t", "UTILITY", "DESCRIBE_TABLE"),
    ("VACUUM t", "DML", "VACUUM"),
    ("EXECUTE ps USING 1", "DDL", "EXECUTE"),
    ("PREPARE ps FROM SELECT 1", "DDL", "PREPARE"),
]

NOBODYS = [
    "",
    "SELEC 1",
    "SHOW STATS FOR t",
    "SHOW",
    "CREATE OR REPLACE TABLE t AS SELECT 1 a",
    "ALTER TABLE IF EXISTS t ADD COLUMNS (a int)",
    "ALTER TABLE t ADD COLUMN a int",
    "ALTER TABLE t SET PROPERTIES a = 1",
    "ALTER TABLE t EXECUTE optimize",
    "CALL system.sync()",
    "SET SESSION a = 1",
    "select 'unfinished",
]


@pytest.mark.parametrize(("sql", "statement_type", "statement"), TRINO)
def test_trinos_statements_go_to_trino(sql, statement_type, statement):
    found = route(sql)

    assert (found.engine, found.statement_type, found.statement) == (Engine.TRINO, StatementType(statement_type), statement)


@pytest.mark.parametrize(("sql", "statement_type", "statement"), CATALOG)
def test_hives_statements_are_run_on_the_catalog(sql, statement_type, statement):
    found = route(sql)

    assert (found.engine, found.statement_type, found.statement) == (Engine.CATALOG, StatementType(statement_type), statement)


@pytest.mark.parametrize("sql", NOBODYS)
def test_what_athena_does_not_have_goes_nowhere(sql):
    assert route(sql).engine is Engine.NONE
