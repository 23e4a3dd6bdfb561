"""The wheels that Lambda zips and Python shell jobs are made of: fetched once, by the locks of lambdas/, so that a deploy downloads nothing."""

import hashlib
import os
import platform
import subprocess
import sys
from pathlib import Path

from lakestack.errors import InstallError
from lakestack.install import cache
from lakestack.project import ROOT

_TIMEOUT_S = 600


def locks() -> list[Path]:
    """Return the requirements.txt of each function that needs more than the runtime brings."""
    return [path for path in sorted((ROOT / "lambdas").glob("*/requirements.txt")) if "==" in path.read_text(encoding="utf-8")]


def wheels() -> Path:
    """Return the folder in the cache; other locks, another Python or another machine is another folder."""
    identity = hashlib.sha256(f"{sys.version_info[:2]} {sys.platform} {platform.machine()}\n".encode())
    for lock in locks():
        identity.update(lock.read_bytes())
    return cache.cache_dir() / "wheels" / identity.hexdigest()[:12]


def fetch_wheels(destination: Path, python: Path) -> list[Path]:
    """Fill `destination` with the locked wheels for this machine, unless it is there: then nothing is fetched and no network is needed.

    Args:
        destination: Complete when it exists.
        python: Has pip, and is of the version that the functions run in.

    Returns:
        The wheels, by name.

    Raises:
        InstallError: pip could not fetch them, or they are not what the locks say; its own words are in the message.

    """
    with cache.locked("wheels"):
        if not destination.is_dir():
            with cache.building(destination) as folder:
                for lock in locks():
                    _download(lock, folder, python)
    return sorted(destination.glob("*.whl"))


def _download(lock: Path, folder: Path, python: Path) -> None:
    command = [str(python), "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:", "--require-hashes"]
    command += ["--dest", str(folder), "--requirement", str(lock)]
    environment = {**os.environ, "PIP_CACHE_DIR": str(cache.cache_dir() / "pip")}
    try:
        result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise InstallError(f"The wheels of {lock} were not fetched within {_TIMEOUT_S} s: {' '.join(command)}") from error
    if result.returncode != 0:
        raise InstallError(f"{' '.join(command)} failed:\n{(result.stderr or result.stdout).strip()}")
