"""`lakestack deploy --watch` and `lakestack shell`, as a user who changes a job has them."""

import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import psutil
import pytest

from tests.support import command
from tests.support.command import LAKESTACK
from tests.support.pipeline import LAKE
from tests.support.waiting import eventually

ROOT = Path(__file__).parents[2]
PROJECT = ("glue_jobs", "lambdas", "step_functions", "sql", "infra", "scripts")
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def variables(stack, tmp_path_factory) -> dict[str, str]:
    """What the command finds the stack by."""
    return command.environment_for(stack, tmp_path_factory.mktemp("noted"))


@pytest.fixture(scope="module")
def verb(variables):
    def run(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **variables, "AWS_PROFILE": "a-profile-that-does-not-exist"}
        return subprocess.run([LAKESTACK, *arguments], env=environment, capture_output=True, text=True, timeout=280, check=False, **options)

    return run


class Watching:
    """A copy of the project, a deploy that watches it, and what it has said so far."""

    def __init__(self, project: Path, stack, log: Path) -> None:
        self.project = project
        self.s3, self.glue = stack.client("s3"), stack.client("glue")
        self._log = log
        wheels = subprocess.run(
            [sys.executable, "-c", "from lakestack.install.wheels import wheels; print(wheels())"], capture_output=True, text=True, check=True
        )
        # What `lakestack deploy --watch` becomes, on the copy instead of the checkout.
        command = [sys.executable, project / "scripts/deploy.py", "--endpoint-url", stack.endpoint_url, "--watch"]
        environment = {**os.environ, "LAKESTACK_WHEELS": wheels.stdout.strip()}
        self.process = subprocess.Popen(command, env=environment, stdout=log.open("w"), stderr=subprocess.STDOUT)
        eventually(lambda: "Watching glue_jobs/" in self.said, 200, what="the end of the first deploy")

    @property
    def said(self) -> str:
        return self._log.read_text()

    def append(self, name: str, text: str) -> str:
        """Save a file with more in it, and return the line that says what became of it."""
        before = len(self.said)
        with (self.project / name).open("a") as file:
            file.write(text)
        return eventually(lambda: next((line for line in self.said[before:].splitlines() if name in line), None), 60, what=f"a word on {name}")

    def script(self, name: str) -> str:
        return self.s3.get_object(Bucket=LAKE, Key=f"scripts/{name}")["Body"].read().decode()


@pytest.fixture(scope="module")
def watching(stack, tmp_path_factory):
    project = tmp_path_factory.mktemp("project")
    for name in PROJECT:
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    started = Watching(project, stack, tmp_path_factory.mktemp("watch") / "log")
    yield started
    started.process.kill()
    started.process.wait()


def test_a_saved_script_is_in_s3_within_a_second_and_nothing_else_is_touched(watching, stack):
    mark = f"# {uuid.uuid4()}\n"
    started = time.monotonic()

    line = watching.append("glue_jobs/etl_orders.py", mark)
    took_s = time.monotonic() - started

    assert watching.script("etl_orders.py").endswith(mark)
    assert f"glue_jobs/etl_orders.py → s3://{LAKE}/scripts/: etl_orders.py" in line
    # 0.1 to 0.2 s on two quiet cores; a deploy by CloudFormation takes several times this.
    assert took_s < 1


def test_the_next_run_has_the_saved_library(watching):
    mark = f"saved_{uuid.uuid4().hex}"
    (watching.project / "glue_jobs/lakehouse" / f"{mark}.py").write_text("")
    line = watching.append("glue_jobs/lakehouse/cells.py", f"# {mark}\n")

    jobs = watching.glue.get_jobs()["Jobs"]
    spark = {job["Name"]: job["DefaultArguments"]["--extra-py-files"] for job in jobs if job["Name"].startswith("etl_")}

    assert "EtlOrderItemsJob" in line or "more" in line
    assert len(set(spark.values())) == 1
    bucket, _, key = spark["etl_orders"].removeprefix("s3://").partition("/")
    assert f"{mark}.py".encode() in watching.s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def test_a_syntax_error_is_one_line_and_stays_out_until_it_is_mended(watching):
    before = watching.script("etl_products.py")

    line = watching.append("glue_jobs/etl_products.py", "def x(:\n")

    assert "error: glue_jobs/etl_products.py not deployed: glue_jobs/etl_products.py, line " in line
    assert line.endswith("invalid syntax")
    assert watching.script("etl_products.py") == before
    (watching.project / "glue_jobs/etl_products.py").write_text(f"{before}# mended\n")
    eventually(lambda: watching.script("etl_products.py").endswith("# mended\n"), 30, what="the mended script")


def test_a_deploy_that_fails_says_which_resource_and_watching_goes_on(watching):
    definition = watching.project / "step_functions/lakehouse_etl_flow.json"
    whole = definition.read_text()
    definition.write_text(whole.replace('"StartAt"', '"StartAtt"', 1))
    eventually(lambda: "StateMachine (AWS::StepFunctions::StateMachine) is UPDATE_FAILED" in watching.said, 60, what="the failure")

    definition.write_text(whole)

    eventually(lambda: "step_functions/lakehouse_etl_flow.json → " in watching.said, 60, what="the deploy after it")


# The last one on it: it ends the watching.
def test_ctrl_c_ends_it_well(watching):
    watching.process.send_signal(signal.SIGINT)

    assert watching.process.wait(10) == 0
    assert watching.said.rstrip().endswith("No longer watching.")


@pytest.fixture(scope="module")
def deployed(verb):
    done = verb("deploy")
    assert done.returncode == 0, done.stdout + done.stderr
    return verb


def test_the_shell_sees_the_catalog_and_s3(deployed, stack, bucket):
    name = f"of_the_shell_{bucket[-8:]}"
    program = f"""
spark.range(3).write.format("delta").save("s3://{bucket}/t")
spark.sql("create database {name} location 's3://{bucket}/db'")
spark.sql("create table {name}.t using delta location 's3://{bucket}/t'")
print("rows:", spark.sql("select count(*) from {name}.t").first()[0])
print("orders:", spark.sql("select count(*) from ecom_catalog.orders").first()[0] >= 0)
"""

    done = deployed("shell", input=program)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["rows: 3", "orders: True"]
    glue = stack.client("glue")
    assert glue.get_table(DatabaseName=name, Name="t")["Table"]["Name"] == "t"
    glue.delete_database(Name=name)


@pytest.mark.parametrize(
    ("code", "expected"), [("print(spark.range(3).count())", (0, "3\n")), ("raise SystemExit(7)", (7, "")), ("spark.sql('selec')", (1, ""))]
)
def test_code_on_the_command_line_and_its_exit_code(verb, code, expected):
    done = verb("shell", "-c", code)

    assert (done.returncode, done.stdout) == expected
    assert ("PARSE_SYNTAX_ERROR" in done.stderr) == ("selec" in code)
    assert ("Traceback" in done.stderr) == ("selec" in code)


def test_a_file_has_its_arguments_and_the_callers_folder(verb, stack, tmp_path):
    if stack.embedded is None:
        pytest.skip("needs the embedded engine: in a container a shell has none of the caller's folders")
    (tmp_path / "job.py").write_text("import sys\nprint(sys.argv[1:], spark.read.csv('rows.csv').count())\n")
    (tmp_path / "rows.csv").write_text("1\n2\n")

    done = verb("shell", "job.py", "--day", "1", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (0, "['--day', '1'] 2\n"), done.stderr


def test_nothing_of_a_shell_is_left_when_it_is_killed_with_9(variables, stack, tmp_path):
    if stack.embedded is None:
        pytest.skip("needs the embedded engine, whose processes are this machine's")
    ready = tmp_path / "ready"
    command = [LAKESTACK, "shell", "-c", f"import pathlib, time; pathlib.Path({str(ready)!r}).touch(); time.sleep(300)"]
    process = subprocess.Popen(command, env={**os.environ, **variables})
    eventually(ready.exists, 90, what="the shell")
    family = psutil.Process(process.pid).children(recursive=True)
    assert "java" in [child.name() for child in family]

    process.kill()
    process.wait()

    _, alive = psutil.wait_procs(family, timeout=15)
    assert alive == []


def test_a_shell_without_a_stack_says_how_to_start_one(tmp_path):
    done = subprocess.run([LAKESTACK, "shell", "--stack", str(tmp_path)], capture_output=True, text=True, check=False, timeout=30)

    assert done.returncode == 1
    assert "Start one with: lakestack up --detach" in done.stderr
