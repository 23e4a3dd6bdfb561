"""What the stack is made of, and where each piece lies once it is installed."""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lakestack import room
from lakestack.errors import InstallError
from lakestack.install import artifacts, cache, environments
from lakestack.install import wheels as function_wheels
from lakestack.install.artifacts import ReportBytes
from lakestack.project import SERVICES

_SPARK_JARS_LOCK = SERVICES / "spark/jars.lock"
_TRINO_LOCK = SERVICES / "trino/jars.lock"
# The rest of Trino's 1.1 GB is connectors to what is not here.
_TRINO_UNPACKED_BYTES = 1_100_000_000
_TRINO_KEPT = ("bin", "lib", "plugin/hive", "plugin/delta-lake", "plugin/iceberg")
# As measured, with what uv keeps beside them: PySpark comes as a source, which uv unpacks and builds.
_ENVIRONMENT_BYTES = {"localstack": 520_000_000, "lambda": 40_000_000, "spark": 2_200_000_000, "trino-jre": 120_000_000}


@dataclass(frozen=True)
class Component:
    """One thing to install.

    Attributes:
        name: For the terminal.
        what: What it is for, in a few words.
        path: Where it lies; there means whole.
        download_bytes: What is fetched when it is known before, else 0.
        room_bytes: What it takes on the disk while it is made, about.
        make: Makes it, telling the bytes as they come.
    """

    name: str
    what: str
    path: Path
    download_bytes: int
    room_bytes: int
    make: Callable[[ReportBytes], None]

    @property
    def is_installed(self) -> bool:
        return self.path.exists()

    def install(self, report: ReportBytes) -> None:
        """Make it whole or not at all.

        Raises:
            InstallError: It could not be fetched or made, or the disk is full.
        """
        try:
            self.make(report)
        except (cache.FullDiskError, OSError) as error:
            if isinstance(error, OSError) and not room.is_full(error, self.path):
                raise
            raise InstallError(
                f"The disk is full: {self.name} was to be installed in {self.path}, which takes about {room.readable(self.room_bytes)}; "
                f"{room.described(self.path)} there. Nothing half-installed is left. Make room, or have LAKESTACK_CACHE name a folder on a "
                f"larger disk, and run the same command again.\nWhat met the full disk said: {error}"
            ) from error


def spark_jars() -> Path:
    return cache.cache_dir() / "spark-jars" / _digest(_SPARK_JARS_LOCK)


def trino_home() -> Path:
    return cache.cache_dir() / "trino" / _digest(_TRINO_LOCK)


def service_catalog() -> Path:
    """The folder with LocalStack's prebuilt index of AWS's services: without it each start takes seconds and 300 MB more."""
    return cache.cache_dir() / "service-catalog" / _digest(environments.LOCALSTACK.lock)


def spark_classes() -> Path:
    """The folder with an archive of the classes that Spark loads: a JVM starts in a third of the time with it."""
    return cache.cache_dir() / "spark-classes" / f"{_digest(environments.SPARK.lock)}-{_digest(_SPARK_JARS_LOCK)}"


def components() -> list[Component]:
    """Return everything that the embedded stack needs, in the order to install it."""
    return [
        _environment(environments.LOCALSTACK, "the endpoint: LocalStack and what our plugins need"),
        Component("service-catalog", "LocalStack's index of AWS's services", service_catalog(), 0, 1_000_000, _install_service_catalog),
        _environment(environments.LAMBDA, "the Python of Lambda functions: boto3 and nothing else"),
        Component("wheels", "what Lambda zips and Python shell jobs are made of", function_wheels.wheels(), 0, 2_000_000, _install_wheels),
        _environment(environments.SPARK, "Spark 4.1.1 with Delta and a Java 17 runtime: Glue 6.0's versions"),
        _jars("spark-jars", "Delta and S3A for Spark", spark_jars(), _SPARK_JARS_LOCK),
        Component("spark-classes", "an archive of the classes that Spark loads", spark_classes(), 0, 220_000_000, _install_spark_classes),
        _environment(environments.TRINO_JRE, "a Java 25 runtime for Trino"),
        _trino(),
    ]


def require_installed() -> None:
    """Raise when something is missing.

    Raises:
        InstallError: It names what is missing and the command that installs it.
    """
    if missing := [component.name for component in components() if not component.is_installed]:
        raise InstallError(f"Not installed yet: {', '.join(missing)}. Install it with: lakestack install")


def _environment(environment: environments.Environment, what: str) -> Component:
    what = f"{what} ({environment.packages} packages)"
    return Component(environment.name, what, environment.path, 0, _ENVIRONMENT_BYTES[environment.name], lambda _report: environment.install())


def _jars(name: str, what: str, path: Path, lock: Path) -> Component:
    locked = artifacts.read_lock(lock)

    def install(report: ReportBytes) -> None:
        with cache.locked(name):
            if not path.exists():
                with cache.building(path) as folder:
                    artifacts.download_all(locked, folder, report)

    size = sum(artifact.size_bytes for artifact in locked)
    return Component(name, f"{what} ({len(locked)} jars)", path, size, size, install)


def _trino() -> Component:
    (server,) = artifacts.read_lock(_TRINO_LOCK)
    return Component(
        "trino", "Trino 476: Athena's engine", trino_home(), server.size_bytes, server.size_bytes + _TRINO_UNPACKED_BYTES, _install_trino
    )


def _install_trino(report: ReportBytes) -> None:
    path = trino_home()
    (server,) = artifacts.read_lock(_TRINO_LOCK)
    with cache.locked("trino"):
        if path.exists():
            return
        with cache.building(path) as folder:
            archive = artifacts.download(server, folder, report)
            unpacked = folder / "unpacked"
            with tarfile.open(archive) as tar:
                # Whole, although a third is kept: plugins share their jars by hard links that point anywhere in the archive.
                tar.extractall(unpacked, filter="data")
            archive.unlink()
            (root,) = unpacked.iterdir()
            for kept in _TRINO_KEPT:
                (folder / kept).parent.mkdir(parents=True, exist_ok=True)
                (root / kept).replace(folder / kept)
            shutil.rmtree(unpacked)


def _install_wheels(_report: ReportBytes) -> None:
    function_wheels.fetch_wheels(function_wheels.wheels(), Path(sys.executable))


def _install_service_catalog(_report: ReportBytes) -> None:
    path = service_catalog()
    with cache.locked("service-catalog"):
        if path.exists():
            return
        with cache.building(path) as folder:
            libraries = folder / "root/usr/lib/localstack"
            libraries.mkdir(parents=True)
            environment = {**os.environ, "FILESYSTEM_ROOT": str(folder / "root"), "OVERRIDE_IN_DOCKER": "0", "DISABLE_EVENTS": "1"}
            command = [str(environments.LOCALSTACK.python), "-m", "localstack.aws.spec"]
            result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
            built = list(libraries.glob("service-catalog-*.dill"))
            if not built:
                raise InstallError(f"LocalStack's service catalog was not built: {' '.join(command)}\n{result.stderr.strip()}")
            built[0].replace(folder / built[0].name)
            shutil.rmtree(folder / "root")


def _install_spark_classes(_report: ReportBytes) -> None:
    path = spark_classes()
    with cache.locked("spark-classes"):
        if path.exists():
            return
        with cache.building(path) as folder:
            environment = {
                **os.environ,
                "PYTHONPATH": os.pathsep.join(map(str, [SERVICES / "spark", SERVICES / "common"])),
                "LAKESTACK_CDS": str(folder),
                "LAKESTACK_SPARK_JARS": str(spark_jars()),
                # A worker's settings ask for them; making the archive calls nobody.
                "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
                "LAKESTACK_WORKER_TOKEN": "unused",
            }
            command = [str(environments.SPARK.python), "-m", "lakestack_worker.class_archive"]
            result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
            if result.returncode:
                raise InstallError(f"The archive of Spark's classes was not made: {' '.join(command)}\n{result.stderr.strip()}")


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
