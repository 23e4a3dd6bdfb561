"""What is measured, each through the same API that users call."""

import csv
import io
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, Self

from lakestack.client import Clients
from lakestack.engine.stack import ACCOUNT, Stack
from lakestack.project import ROOT

_POLL_S = 0.02
_WITHIN_S = 300.0
_BUCKET = "bench"
_LAKE = "ecom-lakehouse"
_DAILY_FILES = 40
_DAY_ROWS = 500
_FIRST_ORDER = 900_000

COUNTS = """
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
assert spark.range(1000).count() == 1000
"""
# A flag that no warm JVM has: the run gets a JVM of its own, with the same jars and the same Spark conf.
_NEW_JVM = "spark.driver.extraJavaOptions=-Dlakestack.bench={}"
# Another class path: the archive of Spark's classes does not fit it, so the JVM starts as one of a plain installation does.
_PLAIN_JVM = "spark.driver.extraClassPath=/lakestack-bench-{}"


@dataclass(frozen=True)
class Measure:
    """Repeated readings of one thing.

    Attributes:
        unit: s, ms, MB, x for a ratio, or nothing for a number.
    """

    name: str
    unit: str
    values: list[float]

    @property
    def median(self) -> float:
        return median(self.values)


@dataclass(frozen=True)
class Bench:
    """The stack that is measured, and how often."""

    stack: Stack
    clients: Clients
    repetitions: int

    @classmethod
    def of(cls, stack: Stack, repetitions: int) -> Self:
        bench = cls(stack, Clients.of(stack), repetitions)
        bench.clients.client("s3").create_bucket(Bucket=_BUCKET)
        return bench

    def repeat(self, once: Callable[[], float], times: int | None = None) -> list[float]:
        return [once() for _ in range(times or self.repetitions)]


def select_1(bench: Bench) -> list[Measure]:
    """SELECT 1, from StartQueryExecution to its row."""
    athena = bench.clients.client("athena")
    times = bench.repeat(lambda: _query(athena, "SELECT 1")[0], bench.repetitions * 3)
    return [Measure("Athena: SELECT 1, start to results", "s", times[1:])]


def get_table(bench: Bench) -> list[Measure]:
    """Glue's GetTable."""
    glue = bench.clients.client("glue")
    glue.create_database(DatabaseInput={"Name": "bench"})
    glue.create_table(DatabaseName="bench", TableInput={"Name": "t", "StorageDescriptor": {"Columns": [{"Name": "c", "Type": "int"}]}})
    times = bench.repeat(lambda: _timed(lambda: glue.get_table(DatabaseName="bench", Name="t")) * 1000, bench.repetitions * 10)
    return [Measure("Glue: GetTable", "ms", times[1:])]


def counting_job(bench: Bench) -> list[Measure]:
    """A Spark job that counts 1,000 rows: in the warm JVM, and in a new one."""
    glue = bench.clients.client("glue")
    bench.clients.client("s3").put_object(Bucket=_BUCKET, Key="counts.py", Body=COUNTS.encode())
    _create_job(bench, "bench_counts", f"s3://{_BUCKET}/counts.py")
    warm = bench.repeat(lambda: _run(glue, "bench_counts", {}))
    cold = bench.repeat(lambda: _run(glue, "bench_counts", {"--conf": _NEW_JVM.format(uuid.uuid4().hex)}), 3)
    plain = bench.repeat(lambda: _run(glue, "bench_counts", {"--conf": _PLAIN_JVM.format(uuid.uuid4().hex)}), 3)
    return [
        Measure("Glue: count 1,000 rows, warm", "s", warm),
        Measure("Glue: the same in a new JVM", "s", cold),
        Measure("Glue: the same in a new JVM without our class archive", "s", plain),
        Measure("ratio warm / new JVM", "x", [median(warm) / median(cold)]),
        Measure("ratio warm / new JVM without our class archive", "x", [median(warm) / median(plain)]),
    ]


def deploy(bench: Bench) -> list[Measure]:
    """Deploying the pipeline: all of it, and again with nothing changed."""
    command = [str(Path(sys.executable).with_name("lakestack")), "deploy", "--stack", str(bench.stack.folder)]
    times = [_timed(lambda: subprocess.run(command, check=True, capture_output=True, timeout=_WITHIN_S)) for _ in range(2)]
    return [Measure("deploy, the first", "s", times[:1]), Measure("deploy, nothing changed", "s", times[1:])]


def orders_job(bench: Bench) -> list[Measure]:
    """etl_orders on one day of 500 orders: as the state machine runs it, warm and in a new JVM."""
    glue = bench.clients.client("glue")
    days = max(3, bench.repetitions // 2)
    warm = [_load_day(bench, number) for number in range(days)]
    cold = []
    for number in range(days, 2 * days):
        _demand_new_jvm(glue, "etl_orders")
        cold.append(_load_day(bench, number))
    return [
        Measure("Glue: etl_orders, a day of 500 orders, warm", "s", warm),
        Measure("Glue: etl_orders, the same in a new JVM", "s", cold),
        Measure("ratio warm / cold, etl_orders", "x", [median(warm) / median(cold)]),
    ]


def _demand_new_jvm(glue: Any, name: str) -> None:
    """Give the job's runs a flag that no JVM has had before."""
    job = glue.get_job(JobName=name)["Job"]
    kept = {key: job[key] for key in ("Role", "Command", "DefaultArguments", "GlueVersion", "WorkerType", "NumberOfWorkers", "ExecutionProperty")}
    conf = kept["DefaultArguments"]["--conf"].partition(" --conf spark.driver.extraJavaOptions")[0]
    kept["DefaultArguments"]["--conf"] = f"{conf} --conf {_NEW_JVM.format(uuid.uuid4().hex)}"
    glue.update_job(JobName=name, JobUpdate=kept)


def orders_workbook(bench: Bench) -> list[Measure]:
    """The orders workbook, 15 sheets of 500: from its upload to the count in Athena, stage by stage."""
    folder = bench.stack.folder / "sample"
    subprocess.run([sys.executable, ROOT / "examples/ecommerce/generate.py", folder], check=True, capture_output=True, timeout=_WITHIN_S)
    began = time.monotonic()
    history = _upload_and_wait(bench, "orders_apr_2025.xlsx", (folder / "orders_apr_2025.xlsx").read_bytes())
    loaded = time.monotonic()
    _query(bench.clients.client("athena"), "SELECT count(*) FROM ecom_catalog.orders")
    ended = time.monotonic()
    stages = [Measure(f"  stage: {name}", "s", [seconds]) for name, seconds in _stages(history)]
    return [
        Measure("orders workbook, upload to count", "s", [ended - began]),
        *stages,
        Measure("  stage: the count in Athena", "s", [ended - loaded]),
    ]


def daily_files(bench: Bench) -> list[Measure]:
    """40 daily files of 500 orders each, uploaded at once: until Athena counts every row."""
    athena, s3, first = bench.clients.client("athena"), bench.clients.client("s3"), 1000
    one = _timed(lambda: _upload_and_wait(bench, "orders_alone.csv", _day_of_orders(first)))
    began = time.monotonic()
    for number in range(_DAILY_FILES):
        s3.put_object(Bucket=_LAKE, Key=f"uploads/daily/orders_{number:02}.csv", Body=_day_of_orders(first + 1 + number, year=2024))
    for _ in _until_deadline(f"the load of {_DAILY_FILES} daily files", pause_s=1):
        if _query(athena, "SELECT count(*) FROM ecom_catalog.orders WHERE date < DATE '2025-01-01'")[1] == str(_DAILY_FILES * _DAY_ROWS):
            break
    together = time.monotonic() - began
    loads = _query(athena, "SELECT count(DISTINCT load_id) FROM ecom_catalog.ingestion_log WHERE source_key LIKE 'uploads/daily/%'")[1]
    return [
        Measure("one daily file of 500 orders, upload to loaded", "s", [one]),
        Measure(f"{_DAILY_FILES} daily files at once, upload to count", "s", [together]),
        Measure("  loads that they took", "", [float(loads)]),
        Measure(f"ratio {_DAILY_FILES} files at once / {_DAILY_FILES} times one", "x", [together / (_DAILY_FILES * one)]),
    ]


def _load_day(bench: Bench, number: int) -> float:
    """Load one day through the pipeline; return the seconds that its run of etl_orders took."""
    _upload_and_wait(bench, f"orders_day_{number}.csv", _day_of_orders(number))
    run = bench.clients.client("glue").get_job_runs(JobName="etl_orders", MaxResults=1)["JobRuns"][0]
    return float((run["CompletedOn"] - run["StartedOn"]).total_seconds())


def _day_of_orders(number: int, year: int = 2025) -> bytes:
    """Return a CSV of one day's orders; no two numbers share an order."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["order_num", "order_id", "user_id", "order_timestamp", "total_amount", "date"])
    day = f"{year}-05-{number % 31 + 1:02}"
    for order in range(_DAY_ROWS):
        rows.writerow([order % 100 + 1, _FIRST_ORDER + number * _DAY_ROWS + order, order % 50, f"{day}T10:00:00", "12.50", day])
    return text.getvalue().encode()


def _upload_and_wait(bench: Bench, name: str, body: bytes) -> list[dict[str, Any]]:
    """Upload a file and return the history of the execution that it started, which succeeded."""
    machine = f"arn:aws:states:{bench.stack.region}:{ACCOUNT}:stateMachine:lakehouse-orchestration"
    stepfunctions = bench.clients.client("stepfunctions")
    before = {e["executionArn"] for e in stepfunctions.list_executions(stateMachineArn=machine)["executions"]}
    bench.clients.client("s3").put_object(Bucket=_LAKE, Key=f"uploads/{name}", Body=body)
    for _ in _until_deadline(f"the load of {name}"):
        new = [e for e in stepfunctions.list_executions(stateMachineArn=machine)["executions"] if e["executionArn"] not in before]
        if new and new[0]["status"] != "RUNNING":
            break
    if new[0]["status"] != "SUCCEEDED":
        raise RuntimeError(f"{name}: {stepfunctions.describe_execution(executionArn=new[0]['executionArn']).get('cause')}")
    pages = stepfunctions.get_paginator("get_execution_history").paginate(executionArn=new[0]["executionArn"])
    return [event for page in pages for event in page["events"]]


def _stages(history: list[dict[str, Any]]) -> Iterator[tuple[str, float]]:
    """Yield each state with the seconds until the next one was entered, the ten longest in their order."""
    entered = [(e["stateEnteredEventDetails"]["name"], e["timestamp"]) for e in history if "stateEnteredEventDetails" in e]
    entered.append(("end", history[-1]["timestamp"]))
    spans = [(name, (after - at).total_seconds()) for (name, at), (_, after) in pairwise(entered)]
    longest = sorted(span for _, span in spans)[-10:][0]
    yield from ((name, span) for name, span in spans if span >= longest)


def _create_job(bench: Bench, name: str, script: str) -> None:
    trust = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"glue.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
    role = bench.clients.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    command = {"Name": "glueetl", "ScriptLocation": script, "PythonVersion": "3"}
    bench.clients.client("glue").create_job(Name=name, Role=role, Command=command, GlueVersion="6.0", WorkerType="G.1X", NumberOfWorkers=2)


def _run(glue: Any, job: str, arguments: dict[str, str]) -> float:
    """Return the seconds from StartJobRun to SUCCEEDED, as a caller sees them."""
    began = time.monotonic()
    run_id = glue.start_job_run(JobName=job, Arguments=arguments)["JobRunId"]
    for _ in _until_deadline(f"{job} {run_id}"):
        run = glue.get_job_run(JobName=job, RunId=run_id)["JobRun"]
        if run["JobRunState"] not in {"WAITING", "STARTING", "RUNNING"}:
            break
    if run["JobRunState"] != "SUCCEEDED":
        raise RuntimeError(f"{job} is {run['JobRunState']}: {run.get('ErrorMessage')}")
    return time.monotonic() - began


def _query(athena: Any, sql: str) -> tuple[float, str]:
    """Return the seconds from the start to the first row, and that row's first value."""
    began = time.monotonic()
    query_id = athena.start_query_execution(QueryString=sql, ResultConfiguration={"OutputLocation": f"s3://{_BUCKET}/results/"})["QueryExecutionId"]
    for _ in _until_deadline(sql):
        status = athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Status"]
        if status["State"] not in {"QUEUED", "RUNNING"}:
            break
    if status["State"] != "SUCCEEDED":
        raise RuntimeError(f"{sql}: {status.get('StateChangeReason')}")
    rows = athena.get_query_results(QueryExecutionId=query_id)["ResultSet"]["Rows"]
    return time.monotonic() - began, rows[1]["Data"][0]["VarCharValue"]


def _until_deadline(what: str, pause_s: float = _POLL_S) -> Iterator[None]:
    deadline = time.monotonic() + _WITHIN_S
    while time.monotonic() < deadline:
        yield
        time.sleep(pause_s)
    raise TimeoutError(f"{what} did not end within {_WITHIN_S:.0f} s.")


def _timed(action: Callable[[], Any]) -> float:
    began = time.monotonic()
    action()
    return time.monotonic() - began
