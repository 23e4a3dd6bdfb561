"""The Spark configuration of a run: what Glue's runtime sets, what this machine needs, then what the job says."""

from collections.abc import Mapping
from pathlib import Path

from lakestack_worker import cluster
from lakestack_worker.arguments import JobArguments
from lakestack_worker.assignment import Assignment
from lakestack_worker.config import Settings
from lakestack_worker.jvm_command import JvmSpec, extra_jars

_S3A = "org.apache.hadoop.fs.s3a.S3AFileSystem"
_SESSION_CREDENTIALS = "org.apache.hadoop.fs.s3a.TemporaryAWSCredentialsProvider"

# The same for every run on this machine.
_FIXED = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.session.timeZone": "UTC",
    # Data is small here: two partitions of a shuffle are plenty, and 200 tasks cost more than their work.
    "spark.sql.shuffle.partitions": "2",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.ui.showConsoleProgress": "false",
    "spark.cleaner.periodicGC.interval": "10min",
    "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version": "2",
    # Scripts say s3://, as on AWS.
    **{f"spark.hadoop.fs.{scheme}.impl": _S3A for scheme in ("s3", "s3n", "s3a")},
    **{f"spark.hadoop.fs.AbstractFileSystem.{scheme}.impl": "org.apache.hadoop.fs.s3a.S3A" for scheme in ("s3", "s3a")},
    "spark.hadoop.fs.s3a.path.style.access": "true",
    "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
    "spark.hadoop.fs.s3a.create.performance": "true",
    "spark.hadoop.fs.s3a.performance.flags": "create,mkdir",
    "spark.hadoop.fs.s3a.fast.upload.buffer": "bytebuffer",
    "spark.hadoop.fs.s3a.multipart.size": "16M",
    "spark.hadoop.fs.s3a.threads.max": "16",
    "spark.hadoop.fs.s3a.attempts.maximum": "3",
    "spark.hadoop.fs.s3a.retry.limit": "3",
}


def run_properties(
    settings: Settings, run: Assignment, arguments: JobArguments, folder: Path, python_path: tuple[str, ...], files: tuple[str, ...] = ()
) -> dict[str, str]:
    """Return the system properties that make a JVM this run's; spark.* among them are its Spark configuration.

    Args:
        settings: The worker's.
        run: What runs.
        arguments: Of the job.
        folder: The run's own.
        python_path: For the driver, and for executors that are on this machine.
        files: The Python files among it, for executors elsewhere.
    """
    return {
        **_FIXED,
        "spark.master": f"local[{settings.spark_cores}]",
        "spark.app.name": f"{run.job_name}-{run.run_id}",
        "spark.local.dir": str(folder / "spark"),
        "spark.sql.warehouse.dir": (folder / "warehouse").as_uri(),
        "spark.hadoop.fs.s3a.endpoint": settings.endpoint_url,
        "spark.hadoop.fs.s3a.endpoint.region": run.region,
        "spark.hadoop.fs.s3a.buffer.dir": str(folder / "spark"),
        **_s3_credentials(run.credentials),
        **{f"spark.executorEnv.{name}": value for name, value in environment(settings, run, arguments, folder).items() if name != "TMPDIR"},
        "spark.executorEnv.PYTHONPATH": ":".join(python_path),
        **_ui(settings),
        **_catalog(settings, arguments),
        **(cluster.properties(settings.cluster, run, extra_jars(settings), files) if settings.cluster else {}),
        **arguments.spark_conf,
        # Relative paths mean the run's folder, in Hadoop's file systems too.
        "user.dir": str(folder / "work"),
    }


def jvm_spec(settings: Settings, arguments: JobArguments, jars: tuple[str, ...]) -> JvmSpec:
    """Return the JVM that the run needs: the warm one unless its conf or its jars ask for another."""
    conf = arguments.spark_conf
    java_options = " ".join(conf.get(name, "") for name in ("spark.driver.defaultJavaOptions", "spark.driver.extraJavaOptions")).split()
    class_path = [path for path in conf.get("spark.driver.extraClassPath", "").split(":") if path]
    return JvmSpec(conf.get("spark.driver.memory", settings.spark_memory), (*jars, *class_path), tuple(java_options))


def environment(settings: Settings, run: Assignment, arguments: JobArguments, folder: Path) -> dict[str, str]:
    """Return the variables that a script finds beside those of the system: AWS with its role's credentials, and Glue's own."""
    return {
        **run.credentials,
        "AWS_ENDPOINT_URL": settings.endpoint_url,
        "AWS_REGION": run.region,
        "AWS_DEFAULT_REGION": run.region,
        "TMPDIR": str(folder / "tmp"),
        **arguments.environment,
    }


def _s3_credentials(credentials: Mapping[str, str]) -> dict[str, str]:
    return {
        "spark.hadoop.fs.s3a.aws.credentials.provider": _SESSION_CREDENTIALS,
        "spark.hadoop.fs.s3a.access.key": credentials["AWS_ACCESS_KEY_ID"],
        "spark.hadoop.fs.s3a.secret.key": credentials["AWS_SECRET_ACCESS_KEY"],
        "spark.hadoop.fs.s3a.session.token": credentials["AWS_SESSION_TOKEN"],
    }


def _ui(settings: Settings) -> dict[str, str]:
    return {"spark.ui.enabled": "true", "spark.ui.port": str(settings.ui_port)} if settings.ui_port else {"spark.ui.enabled": "false"}


def _catalog(settings: Settings, arguments: JobArguments) -> dict[str, str]:
    if not arguments.uses_data_catalog or not settings.metastore_uri:
        return {}
    return {"spark.sql.catalogImplementation": "hive", "spark.hadoop.hive.metastore.uris": settings.metastore_uri}
