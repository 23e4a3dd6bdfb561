"""Queries: from StartQueryExecution to the bytes of the result."""

import uuid

import pytest
from botocore.exceptions import ClientError

from tests.support.athena import Athena, rows_of

MEASURED = pytest.mark.aws_recorded("2026-10")

VALUES = """
    SELECT 1 AS i, BIGINT '2' AS l, 1.5 AS d, REAL '1.1' AS f, DECIMAL '1.50' AS dec, 'x' AS s, true AS b, DATE '2020-01-01' AS day,
           TIMESTAMP '2020-01-01 12:34:56.789' AS ts, TIMESTAMP '2020-01-01 00:00:00.000 UTC' AS tz, X'0102' AS bin, ARRAY[1, 2] AS a,
           MAP(ARRAY['k2', 'k1'], ARRAY[2, 1]) AS m, CAST(ROW(1, 'x') AS ROW(a INTEGER, b VARCHAR)) AS r, JSON '{"a": 1}' AS j, CAST(NULL AS VARCHAR) AS n,
           1e20 AS big
"""


@pytest.fixture
def athena(stack, bucket):
    return Athena(stack, bucket)


@pytest.fixture
def refused():
    """Return the AthenaErrorCode and message of a refused call."""

    def call(function, *args, **arguments):
        with pytest.raises(ClientError) as caught:
            function(*args, **arguments)
        response = caught.value.response
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
        return response.get("AthenaErrorCode"), response["Error"]["Message"]

    return call


@MEASURED
def test_every_type_is_printed_as_athena_prints_it(athena):
    query = athena.succeed(VALUES)

    assert query.rows[0] == ["i", "l", "d", "f", "dec", "s", "b", "day", "ts", "tz", "bin", "a", "m", "r", "j", "n", "big"]
    assert query.rows[1] == [
        *("1", "2", "1.5", "1.1", "1.50", "x", "true", "2020-01-01", "2020-01-01 12:34:56.789", "2020-01-01 00:00:00.000 UTC", "01 02"),
        *("[1, 2]", "{k1=1, k2=2}", "{a=1, b=x}", '{"a":1}', None, "1.0E20"),
    ]


@MEASURED
def test_every_column_is_described(athena):
    columns = athena.succeed(VALUES).results["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]

    described = {column["Name"]: (column["Type"], column["Precision"], column["Scale"], column["CaseSensitive"]) for column in columns}
    assert described == {
        "i": ("integer", 10, 0, False),
        "l": ("bigint", 19, 0, False),
        "d": ("double", 17, 0, False),
        "f": ("float", 17, 0, False),
        "dec": ("decimal", 3, 2, False),
        "s": ("varchar", 1, 0, True),
        "b": ("boolean", 0, 0, False),
        "day": ("date", 0, 0, False),
        "ts": ("timestamp", 3, 0, False),
        "tz": ("timestamp with time zone", 3, 0, False),
        "bin": ("varbinary", 1073741824, 0, False),
        "a": ("array", 0, 0, False),
        "m": ("map", 0, 0, False),
        "r": ("row", 0, 0, False),
        "j": ("json", 0, 0, False),
        "n": ("varchar", 2147483647, 0, True),
        "big": ("double", 17, 0, False),
    }
    assert {(c["CatalogName"], c["SchemaName"], c["TableName"], c["Nullable"]) for c in columns} == {("hive", "", "", "UNKNOWN")}


@MEASURED
def test_the_csv_tells_null_from_the_empty_string(athena):
    query = athena.succeed("SELECT * FROM (VALUES (1, 'it''s \"x\"'), (2, NULL), (3, '')) AS t (id, name) ORDER BY id")

    assert query.file == b'"id","name"\n"1","it\'s ""x"""\n"2",\n"3",""\n'
    assert query.file_at(f"{query.location}.metadata").startswith(b"\x0a\x24" + query.id.encode())


@MEASURED
def test_an_execution_tells_what_clients_ask_it(athena, bucket):
    execution = athena.succeed("  SELECT 1 ;\n").execution

    assert execution["Query"] == "SELECT 1"
    assert (execution["StatementType"], execution["SubstatementType"]) == ("DML", "SELECT")
    assert execution["ResultConfiguration"]["OutputLocation"] == f"s3://{bucket}/results/{execution['QueryExecutionId']}.csv"
    assert execution["EngineVersion"] == {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"}
    assert execution["WorkGroup"] == "primary"
    assert execution["Statistics"]["QueryQueueTimeInMillis"] > 0
    assert execution["Statistics"]["ResultReuseInformation"] == {"ReusedPreviousResult": False}
    assert execution["Status"]["CompletionDateTime"] >= execution["Status"]["SubmissionDateTime"]
    assert "ClientRequestToken" not in execution


@MEASURED
def test_a_location_without_a_slash_is_a_folder(athena, bucket):
    query = athena.succeed("SELECT 1", ResultConfiguration={"OutputLocation": f"s3://{bucket}/somewhere"})

    assert query.location == f"s3://{bucket}/somewhere/{query.id}.csv"


@MEASURED
def test_a_full_page_has_a_token_and_the_last_page_is_empty(athena):
    query = athena.succeed("SELECT x FROM UNNEST(sequence(1, 3)) AS t (x)")
    read = athena.client.get_query_results

    first = read(QueryExecutionId=query.id, MaxResults=2)
    second = read(QueryExecutionId=query.id, MaxResults=2, NextToken=first["NextToken"])
    third = read(QueryExecutionId=query.id, MaxResults=2, NextToken=second["NextToken"])

    assert rows_of(first) == [["x"], ["1"]]
    assert rows_of(second) == [["2"], ["3"]]
    assert rows_of(third) == []
    assert "NextToken" not in third
    assert first["UpdateCount"] == 0


@MEASURED
def test_a_large_result_is_paged_from_its_file(athena):
    query = athena.succeed("SELECT x, if(x % 2 = 0, NULL, '') AS s FROM UNNEST(sequence(1, 4500)) AS t (x)")

    pages = list(athena.client.get_paginator("get_query_results").paginate(QueryExecutionId=query.id))

    rows = [row for page in pages for row in rows_of(page)]
    assert [len(rows_of(page)) for page in pages] == [1000, 1000, 1000, 1000, 501]
    assert rows[0] == ["x", "s"]
    assert {int(number): text for number, text in rows[1:]} == {x: None if x % 2 == 0 else "" for x in range(1, 4501)}


@MEASURED
def test_what_getqueryresults_refuses(athena, refused):
    query = athena.succeed("SELECT 1")
    read = athena.client.get_query_results

    assert refused(read, QueryExecutionId=query.id, MaxResults=1001) == ("INVALID_INPUT", "MaxResults is more than maximum allowed length 1000")
    assert refused(read, QueryExecutionId=query.id, NextToken="nope") == ("INVALID_INPUT", "Malformed nextPageToken nope")
    missing = str(uuid.uuid4())
    assert refused(read, QueryExecutionId=missing) == ("QUERY_EXECUTION_NOT_FOUND", f"QueryExecution {missing} was not found")


@MEASURED
@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELEC 1", "line 1:1: mismatched input 'SELEC'. Expecting: "),
        ("SELECT 1.5,\n 2.5 FROM FROM", "line 2:11: mismatched input 'FROM'. Expecting: "),
        ("SHOW STATS FOR t", "Queries of this type are not supported"),
        ("CREATE OR REPLACE TABLE t AS SELECT 1 a", "Queries of this type are not supported"),
        ("CREATE TABLE t (n int)", "No location was specified for table. An S3 location must be specified"),
        ('DESCRIBE "t"', "no viable alternative at input"),
        ('DROP TABLE "t"', "no viable alternative at input"),
    ],
)
def test_what_cannot_be_parsed_is_refused_at_once(athena, refused, sql, message):
    code, text = refused(athena.start, sql)

    assert code == "MALFORMED_QUERY"
    assert message in text


@MEASURED
@pytest.mark.parametrize(
    ("sql", "reason", "error_type"),
    [
        ("SELECT 1.5, nope", "COLUMN_NOT_FOUND: line 1:13: Column 'nope' cannot be resolved", 1006),
        ("SELECT * FROM nowhere.t", "SCHEMA_NOT_FOUND: line 1:15: Schema 'nowhere' does not exist", 1301),
        ("SELECT 1 / 0", "DIVISION_BY_ZERO: Division by zero", 1001),
        ("SELECT CAST('x' AS integer)", "INVALID_CAST_ARGUMENT: Cannot cast 'x' to INT", 1100),
        ("SELECT 'a' + 1", "TYPE_MISMATCH: line 1:12: Cannot apply operator: varchar(1) + integer", 1002),
        ("SELECT nofunction(1)", "FUNCTION_NOT_FOUND: line 1:8: Function 'nofunction' not registered", 1303),
    ],
)
def test_what_fails_later_says_why(athena, sql, reason, error_type):
    query = athena.run(sql)

    assert (query.state, query.why) == ("FAILED", reason)
    assert query.execution["Status"]["AthenaError"] == {"ErrorCategory": 2, "ErrorType": error_type, "Retryable": False, "ErrorMessage": reason}
    with pytest.raises(ClientError, match=r"Query did not finish successfully\. Final query state: FAILED"):
        _ = query.results


@MEASURED
def test_the_same_token_starts_one_query(athena, refused):
    token = str(uuid.uuid4())

    first = athena.start("SELECT 1", ClientRequestToken=token)
    second = athena.start("SELECT 1", ClientRequestToken=token)

    assert second == first
    assert refused(athena.start, "SELECT 2", ClientRequestToken=token) == ("IDEMPOTENT_PARAMETER_MISMATCH", "Idempotent parameters do not match")


@MEASURED
def test_what_startqueryexecution_refuses(athena, refused):
    no_location = refused(athena.start, "SELECT 1", ResultConfiguration={})
    bad_location = refused(athena.start, "SELECT 1", ResultConfiguration={"OutputLocation": "nowhere"})
    no_group = refused(athena.start, "SELECT 1", WorkGroup="nobody")

    assert no_location[0] == "INVALID_INPUT"
    assert no_location[1].startswith("No output location provided. ")
    assert bad_location == ("INVALID_INPUT", "outputLocation is not a valid S3 path.")
    assert no_group == ("INVALID_INPUT", "WorkGroup is not found.")


@MEASURED
def test_a_stopped_query_is_cancelled_in_the_engine_too(athena, eventually):
    query_id = athena.start(
        "SELECT count(*) FROM UNNEST(sequence(1, 10000)) a (x), UNNEST(sequence(1, 10000)) b (y), UNNEST(sequence(1, 1000)) c (z)"
    )
    eventually(lambda: athena.client.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Status"]["State"] == "RUNNING")

    athena.client.stop_query_execution(QueryExecutionId=query_id)

    query = athena.wait(query_id)
    assert (query.state, query.why) == ("CANCELLED", "Query cancelled by user")
    with pytest.raises(ClientError, match="Could not find results"):
        _ = query.results
    assert athena.rows("SELECT 1") == [["1"]]


@MEASURED
def test_a_running_query_has_no_results_yet(athena, refused):
    query_id = athena.start(
        "SELECT count(*) FROM UNNEST(sequence(1, 10000)) a (x), UNNEST(sequence(1, 10000)) b (y), UNNEST(sequence(1, 1000)) c (z)"
    )

    code, message = refused(athena.client.get_query_results, QueryExecutionId=query_id)

    athena.client.stop_query_execution(QueryExecutionId=query_id)
    assert code == "INVALID_QUERY_EXECUTION_STATE"
    assert message.startswith("Query has not yet finished. Current state: ")


@pytest.mark.aws_documented("https://docs.aws.amazon.com/athena/latest/APIReference/API_BatchGetQueryExecution.html")
def test_executions_are_listed_newest_first_and_fetched_in_batches(athena):
    older, newer = athena.succeed("SELECT 1"), athena.succeed("SELECT 2")
    missing = str(uuid.uuid4())

    listed = athena.client.list_query_executions(MaxResults=2)
    batch = athena.client.batch_get_query_execution(QueryExecutionIds=[older.id, missing])

    assert listed["QueryExecutionIds"] == [newer.id, older.id]
    assert listed["NextToken"]
    assert [execution["Query"] for execution in batch["QueryExecutions"]] == ["SELECT 1"]
    assert [unprocessed["QueryExecutionId"] for unprocessed in batch["UnprocessedQueryExecutionIds"]] == [missing]


@MEASURED
def test_execution_parameters_are_expressions_or_strings(athena):
    values = ["10", "'a'", "DATE '2020-01-01'", "NULL", "abc", "it's", "1.5", "f5b2c0de-1111-4222-8333-444455556666", "lower('X')"]

    rows = athena.rows(f"SELECT {', '.join('?' * len(values))}", ExecutionParameters=values)

    assert rows == [["10", "a", "2020-01-01", None, "abc", "it's", "1.5", "f5b2c0de-1111-4222-8333-444455556666", "x"]]


@MEASURED
def test_parameters_that_nothing_asks_for_are_ignored_and_missing_ones_are_not(athena, refused):
    assert athena.rows("SELECT 1", ExecutionParameters=["2"]) == [["1"]]
    assert refused(athena.start, "SELECT ?, ?", ExecutionParameters=["2"])[0] == "INVALID_PARAMETER_USAGE"


@MEASURED
def test_an_error_in_a_statement_with_parameters_points_into_the_users_text(athena):
    query = athena.run("SELECT ?, 1.5,\n  'it''s', nope", ExecutionParameters=["1"])

    assert query.why == "COLUMN_NOT_FOUND: line 2:12: Column 'nope' cannot be resolved"


@pytest.mark.aws_documented("https://docs.aws.amazon.com/athena/latest/ug/reusing-query-results.html")
def test_a_repeated_query_may_reuse_the_first_result(athena):
    reuse = {"ResultReuseByAgeConfiguration": {"Enabled": True, "MaxAgeInMinutes": 60}}
    sql = f"SELECT '{uuid.uuid4()}' AS token, random() AS r"
    first = athena.succeed(sql, ResultReuseConfiguration=reuse)

    second = athena.succeed(sql, ResultReuseConfiguration=reuse)
    third = athena.succeed(sql)

    assert second.execution["Statistics"]["ResultReuseInformation"] == {"ReusedPreviousResult": True}
    assert second.location == first.location
    assert second.rows == first.rows
    assert second.execution["ResultReuseConfiguration"] == reuse
    assert third.rows != first.rows


@MEASURED
def test_explain_is_text_with_a_header(athena):
    query = athena.succeed("EXPLAIN SELECT 1.5")

    assert query.execution["SubstatementType"] == "EXPLAIN"
    assert query.location.endswith(".txt")
    assert query.rows[0] == ["Query Plan"]
    assert query.file.decode().split("\n") == [row[0] for row in query.rows]
    assert "UpdateCount" not in query.results


@pytest.mark.aws_documented("https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryRuntimeStatistics.html")
def test_runtime_statistics_have_a_timeline(athena):
    query = athena.succeed("SELECT 1")

    statistics = athena.client.get_query_runtime_statistics(QueryExecutionId=query.id)["QueryRuntimeStatistics"]

    assert statistics["Timeline"]["TotalExecutionTimeInMillis"] >= statistics["Timeline"]["EngineExecutionTimeInMillis"] > 0


@pytest.mark.local_only
def test_an_operation_that_is_not_there_names_itself(athena):
    with pytest.raises(ClientError) as caught:
        athena.client.list_engine_versions()

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert "ListEngineVersions" in caught.value.response["Error"]["Message"]


@pytest.mark.local_only
def test_a_bucket_that_is_not_there_is_named(athena, refused):
    code, message = refused(athena.start, "SELECT 1", ResultConfiguration={"OutputLocation": "s3://no-such-bucket-here/"})

    assert (code, message) == ("INVALID_INPUT", "Unable to verify/create output bucket no-such-bucket-here")
