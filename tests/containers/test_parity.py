"""Both engines give the same answers: the same statements and the same jobs on each, byte for byte where AWS gives files."""

import io
import re
from dataclasses import dataclass, field

import pyarrow.parquet as pq
import pytest

from lakestack.testing.lakestack import Lakestack
from tests.support.waiting import eventually

# The same names on either engine, since locations appear in answers.
BUCKET, DATABASE = "parity-of-engines", "parity"
RESULTS = f"s3://{BUCKET}/results/"
PEOPLE = 'id,name,score\n1,"Ada, the first",12.50\n2,,-0.05\n3,"",\n4,Zoë,99999999.99\n'

CSV_TABLE = (
    f"CREATE EXTERNAL TABLE people (id int, name string, score decimal(10,2)) ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde' "
    f"LOCATION 's3://{BUCKET}/people/' TBLPROPERTIES ('skip.header.line.count'='1')"
)
# Written by the first of the jobs.
DELTA_TABLE = f"CREATE EXTERNAL TABLE sales LOCATION 's3://{BUCKET}/sales/' TBLPROPERTIES ('table_type'='DELTA')"

STATEMENTS = {
    "literals": "SELECT 1 AS one, 'a' AS letter, true AS yes, 1.5e0 AS double",
    "null and empty": "SELECT * FROM (VALUES (1, ''), (2, NULL), (3, '\"quoted\"'), (4, 'a,b')) AS t (id, text) ORDER BY id",
    "decimals": "SELECT CAST('12345678901234567890.123456789' AS decimal(38,9)) AS big, CAST(-0.05 AS decimal(10,2)) AS small",
    "dates and zoned timestamps": "SELECT DATE '2025-04-01' AS d, TIMESTAMP '2025-04-01 10:00:00.123' AS t, "
    "TIMESTAMP '2025-04-01 10:00:00.000 Europe/Berlin' AS z, from_iso8601_timestamp('2025-04-01T10:00:00Z') AS i",
    "nested": "SELECT ARRAY[1, 2] AS a, MAP(ARRAY['k'], ARRAY[1]) AS m, CAST(ROW(1, 'x') AS ROW(n int, s varchar)) AS r",
    "binary and special numbers": "SELECT X'00FF' AS b, nan() AS n, infinity() AS i",
    "csv table": "SELECT * FROM people ORDER BY id",
    "aggregate": "SELECT count(*) AS n, sum(try_cast(score AS decimal(10,2))) AS total FROM people",
    "partitioned delta": "SELECT day, count(*) AS n, sum(cents) AS cents FROM sales GROUP BY day ORDER BY day",
    "delta pruned": "SELECT id, cents FROM sales WHERE day = DATE '2025-04-02' ORDER BY id",
    "window": "SELECT id, day, row_number() OVER (PARTITION BY day ORDER BY id) AS n FROM sales ORDER BY day, id",
    "ctas": f"CREATE TABLE bought WITH (format='PARQUET', external_location='s3://{BUCKET}/bought/') AS SELECT * FROM sales WHERE cents > 200",
    "read of ctas": "SELECT * FROM bought ORDER BY id",
    "insert": "INSERT INTO bought SELECT id + 100, cents, day FROM sales WHERE cents <= 200",
    "read of insert": "SELECT count(*) AS n, max(id) AS last FROM bought",
    "unload": f"UNLOAD (SELECT id, cents FROM sales) TO 's3://{BUCKET}/unloaded/' WITH (format='PARQUET')",
    "view": "CREATE OR REPLACE VIEW dear AS SELECT id, cents / 100.0 AS euros FROM sales WHERE cents > 200",
    "read of view": "SELECT * FROM dear ORDER BY id",
    "describe": "DESCRIBE sales",
    "show tables": "SHOW TABLES",
    "show create": "SHOW CREATE TABLE people",
    "explain": "EXPLAIN (TYPE VALIDATE) SELECT 1",
    "syntax error": "SELEC 1",
    "missing table": "SELECT * FROM nowhere",
    "run-time error": "SELECT 1 / (id - id) FROM people",
}

OTHER_ENDS = {"syntax error": "REFUSED", "missing table": "FAILED", "run-time error": "FAILED"}

JOBS = {
    "delta": (
        "glueetl",
        f"""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
rows = [(n, n * 100, f"2025-04-0{{1 + n % 3}}") for n in range(6)]
frame = spark.createDataFrame(rows, "id int, cents bigint, day string").selectExpr("id", "cents", "cast(day as date) as day")
frame.repartition(1).write.format("delta").partitionBy("day").save("s3://{BUCKET}/sales/")
print(spark.version, spark.read.format("delta").load("s3://{BUCKET}/sales/").count())
""",
    ),
    "python shell": (
        "pythonshell",
        f"""
import boto3

print(boto3.client("s3").head_object(Bucket="{BUCKET}", Key="people/people.csv")["ContentLength"])
""",
    ),
    "failing": (
        "glueetl",
        """
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("select missing from values (1) as t (there)").show()
""",
    ),
}


@dataclass
class Answers:
    """What one engine made of everything, with ids replaced.

    Attributes:
        statements: By name: state, error message, and the result objects by their suffix.
        jobs: By name: state, error message and standard output.
        parquet: By folder: the rows of its files, sorted.

    """

    statements: dict[str, tuple] = field(default_factory=dict)
    jobs: dict[str, tuple] = field(default_factory=dict)
    parquet: dict[str, list] = field(default_factory=dict)


def ask_everything(stack) -> Answers:
    """Run the jobs and the statements on one stack, and remove what they made."""
    mine, answers = Lakestack(stack), Answers()
    s3, glue = stack.client("s3"), stack.client("glue")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="people/people.csv", Body=PEOPLE.encode())
    glue.create_database(DatabaseInput={"Name": DATABASE, "LocationUri": f"s3://{BUCKET}/"})
    try:
        for name, (kind, script) in JOBS.items():
            run = mine.run_job(script, kind=kind, check=False)
            answers.jobs[name] = (run.state, without_ids(run.error_message), run.lines)
        for statement in (CSV_TABLE, DELTA_TABLE):
            state, reason, _ = answer(stack, statement)
            assert state == "SUCCEEDED", reason
        for name, statement in STATEMENTS.items():
            answers.statements[name] = answer(stack, statement)
        for folder in ("bought", "unloaded"):
            answers.parquet[folder] = parquet_rows(s3, folder)
    finally:
        for table in glue.get_tables(DatabaseName=DATABASE)["TableList"]:
            glue.delete_table(DatabaseName=DATABASE, Name=table["Name"])
        glue.delete_database(Name=DATABASE)
        stack.remove_bucket(BUCKET)
        mine.remove()
    return answers


def answer(stack, statement: str) -> tuple:
    athena, s3 = stack.client("athena"), stack.client("s3")
    where = {"QueryExecutionContext": {"Database": DATABASE}, "ResultConfiguration": {"OutputLocation": RESULTS}}
    try:
        id_ = athena.start_query_execution(QueryString=statement, **where)["QueryExecutionId"]
    except athena.exceptions.InvalidRequestException as refusal:
        return "REFUSED", str(refusal), {}

    def ended():
        execution = athena.get_query_execution(QueryExecutionId=id_)["QueryExecution"]
        return execution if execution["Status"]["State"] in {"SUCCEEDED", "FAILED", "CANCELLED"} else None

    execution = eventually(ended, 180, 0.1, f"the end of {statement[:40]}")
    objects = s3.list_objects_v2(Bucket=BUCKET, Prefix=f"results/{id_}").get("Contents", [])
    files = {
        one["Key"].rpartition(id_)[2]: without_ids(s3.get_object(Bucket=BUCKET, Key=one["Key"])["Body"].read().decode("latin-1"), id_)
        for one in objects
    }
    return execution["Status"]["State"], without_ids(execution["Status"].get("StateChangeReason", ""), id_), files


def without_ids(text: str, id_: str = "") -> str:
    """Replace what differs from run to run: the query's id, Trino's own, ids of other kinds, and when a table was made."""
    text = text.replace(id_, "QUERY") if id_ else text
    text = re.sub(r"('transient_lastDdlTime'=)'\d+'", r"\1'TIME'", text)
    text = re.sub(r"\d{8}_\d{6}_\d{5}_[a-z0-9]{5}", "TRINO-QUERY", text)
    return re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "ID", text)


def parquet_rows(s3, folder: str) -> list:
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{folder}/")["Contents"]]
    tables = [pq.read_table(io.BytesIO(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())) for key in keys]
    return sorted((row for table in tables for row in table.to_pylist()), key=lambda row: row["id"])


@pytest.fixture(scope="module")
def answers(request, stack, tmp_path_factory):
    """The answers of containers and of processes."""
    from lakestack.testing.compose import Project  # noqa: PLC0415 - needs Docker's library, which other engines do without
    from lakestack.testing.engines import embedded  # noqa: PLC0415

    if not isinstance(stack.engine, Project):
        pytest.skip("needs containers to compare with: pytest --engine compose")
    of_containers = ask_everything(stack)
    with embedded(tmp_path_factory.mktemp("embedded"), print, keep=False) as other:
        of_processes = ask_everything(other)
    return of_containers, of_processes


pytestmark = pytest.mark.timeout(900)


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_gives_the_same_answer_and_the_same_files(answers, name):
    of_containers, of_processes = (one.statements[name] for one in answers)

    assert of_containers == of_processes
    assert of_containers[0] == OTHER_ENDS.get(name, "SUCCEEDED"), of_containers[1]


@pytest.mark.parametrize("name", JOBS)
def test_a_job_ends_the_same_and_says_the_same(answers, name):
    of_containers, of_processes = (one.jobs[name] for one in answers)

    assert of_containers == of_processes
    assert of_containers[0] == ("FAILED" if name == "failing" else "SUCCEEDED"), of_containers[1]


@pytest.mark.parametrize(("folder", "rows"), [("bought", 6), ("unloaded", 6)])
def test_what_athena_writes_as_parquet_has_the_same_rows(answers, folder, rows):
    of_containers, of_processes = (one.parquet[folder] for one in answers)

    assert of_containers == of_processes
    assert len(of_containers) == rows
