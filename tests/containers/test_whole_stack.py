"""`docker compose up --wait` as a user runs it: the pipeline is there, offline, and on a small cluster."""

import json
import os
import subprocess
import uuid

import pytest

from lakestack.engine.stack import free_port
from lakestack.project import ROOT

_UP_WITHIN_S = 600
# Runs inside of the network, where the endpoint is called localstack.
_LOAD = """
import sys, time
import boto3

s3, athena = boto3.client("s3"), boto3.client("athena")
states, machines = boto3.client("stepfunctions"), None
s3.put_object(Bucket="ecom-lakehouse", Key="uploads/products.csv", Body=sys.stdin.buffer.read())
(arn,) = [one["stateMachineArn"] for one in states.list_state_machines()["stateMachines"] if one["name"] == "lakehouse-orchestration"]
deadline = time.monotonic() + 300
while time.monotonic() < deadline:
    ended = [one for one in states.list_executions(stateMachineArn=arn)["executions"] if one["status"] != "RUNNING"]
    if ended:
        break
    time.sleep(1)
assert ended and ended[0]["status"] == "SUCCEEDED", ended
query = athena.start_query_execution(QueryString="select count(*) from products", WorkGroup="lakehouse", QueryExecutionContext={"Database": "ecom_catalog"})
while time.monotonic() < deadline:
    state = athena.get_query_execution(QueryExecutionId=query["QueryExecutionId"])["QueryExecution"]["Status"]
    if state["State"] in ("SUCCEEDED", "FAILED"):
        break
    time.sleep(0.5)
assert state["State"] == "SUCCEEDED", state
print(athena.get_query_results(QueryExecutionId=query["QueryExecutionId"])["ResultSet"]["Rows"][1]["Data"][0]["VarCharValue"])
"""
_COUNT_NODES = """
import json, urllib.request as r

def ask(url, data=None):
    return json.load(r.urlopen(r.Request(url, data, {"X-Trino-User": "test"})))

page, rows = ask("http://127.0.0.1:8080/v1/statement", b"select count(*) from system.runtime.nodes where state = 'active'"), []
while "nextUri" in page:
    page = ask(page["nextUri"])
    rows += page.get("data", [])
print(rows)
"""
_PRODUCTS = "product_id,department_id,department,product_name\n" + "".join(f"{n},1,toys,thing {n}\n" for n in range(1, 8))

pytestmark = pytest.mark.timeout(1200)


class Whole:
    """All services of the compose file, as one project."""

    def __init__(self, **settings: str) -> None:
        self.name = f"lakestack-test-{uuid.uuid4().hex[:8]}"
        self._environment = {**os.environ, "COMPOSE_PROJECT_NAME": self.name, **settings}

    def compose(self, *arguments: str, given: str | None = None, within_s: float = 120) -> str:
        done = subprocess.run(
            ["docker", "compose", *arguments],
            cwd=ROOT,
            env=self._environment,
            input=given,
            capture_output=True,
            text=True,
            timeout=within_s,
            check=False,
        )
        assert done.returncode == 0, f"{done.stderr[-3000:]}\n{self.logs()[-6000:] if arguments[0] == 'up' else ''}"
        return done.stdout

    def up(self) -> None:
        self.compose("up", "--build", "--wait", within_s=_UP_WITHIN_S)

    def logs(self) -> str:
        return subprocess.run(
            ["docker", "compose", "logs", "--tail", "40"], cwd=ROOT, env=self._environment, capture_output=True, text=True, check=False
        ).stdout

    def leads_nowhere(self) -> bool:
        """Return what Docker says of the network: whether it has no way out of this machine."""
        asked = ["docker", "network", "inspect", "--format", "{{.Internal}}", f"{self.name}_default"]
        return subprocess.run(asked, capture_output=True, text=True, timeout=30, check=True).stdout.strip() == "true"

    def load(self) -> str:
        """Upload products, wait until they are loaded, and return what Athena counts."""
        return self.compose("exec", "-T", "deploy", "/opt/lakestack/lambda/bin/python", "-c", _LOAD, given=_PRODUCTS, within_s=360).strip()

    def down(self) -> None:
        self.compose("--profile", "*", "down", "--volumes", "--remove-orphans")


@pytest.fixture
def without_a_way_out(tmp_path, containers):
    """All services on a network that leads nowhere; no port is published on such a one, so another stack's is no matter."""
    overlay = tmp_path / "offline.yml"
    overlay.write_text("networks:\n  default:\n    internal: true\n")
    whole = Whole(COMPOSE_FILE=f"docker-compose.yml{os.pathsep}{overlay}", LAKESTACK_PORT=str(free_port()))
    yield whole
    whole.down()


@pytest.fixture
def cluster(containers):
    whole = Whole(COMPOSE_PROFILES="cluster", LAKESTACK_SPARK_MASTER="spark://spark-master:7077", LAKESTACK_PORT=str(free_port()))
    yield whole
    whole.down()


def test_nothing_is_fetched_when_containers_start_and_the_pipeline_loads(without_a_way_out):
    without_a_way_out.up()
    way_out = "import socket; socket.create_connection(('1.1.1.1', 443), 3)"
    tried = subprocess.run(
        ["docker", "exec", f"{without_a_way_out.name}-spark-1", "python", "-c", way_out], capture_output=True, timeout=30, check=False
    )

    assert without_a_way_out.leads_nowhere()
    assert tried.returncode == 1
    assert without_a_way_out.load() == "7"


def test_the_pipeline_runs_on_a_cluster(cluster):
    cluster.up()

    assert cluster.load() == "7"
    master = json.loads(
        cluster.compose(
            "exec",
            "-T",
            "spark-master",
            "python",
            "-c",
            "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8080/json/').read().decode())",
        )
    )
    loads = [app for app in master["completedapps"] if app["name"].startswith("etl_products")]
    assert master["aliveworkers"] == 2
    assert [(app["state"], app["cores"]) for app in loads] == [("FINISHED", 2)]
    assert cluster.compose("exec", "-T", "trino", "python", "-c", _COUNT_NODES).strip() == "[[2]]"
