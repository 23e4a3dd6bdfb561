"""Make .venv, the project's own environment, from requirements.lock: hash-checked, from the user's cache where it can.

    python3.13 scripts/bootstrap.py

Standard library only: it runs before anything is installed. It does nothing when .venv is what the lock says.
"""

import hashlib
import os
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
STAMP = ENVIRONMENT / ".lakestack-lock"
TIMEOUT_S = 1800


def main() -> int:
    if sys.version_info[:2] != (3, 13):
        print(
            f"bootstrap: this is Python {sys.version.split()[0]}, lakestack needs 3.13. Install python3.13, or uv, which fetches it.", file=sys.stderr
        )
        return 2
    wanted = hashlib.sha256(LOCK.read_bytes() + (ROOT / "pyproject.toml").read_bytes() + str(ROOT).encode()).hexdigest()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return 0
    packages = sum("==" in line for line in LOCK.read_text().splitlines())
    print(f"Setting up .venv: {packages} packages, checked against the hashes of {LOCK.name}; downloads are cached in {cache_dir()}.", flush=True)
    STAMP.unlink(missing_ok=True)
    try:
        make_environment()
    except subprocess.CalledProcessError as error:
        print(
            f"bootstrap: {' '.join(map(str, error.cmd))} failed with exit code {error.returncode}. Its words are above; nothing else was changed.",
            file=sys.stderr,
        )
        return 1
    except OSError as error:
        print(f"bootstrap: {error}. {ENVIRONMENT} was to be made with downloads in {cache_dir()}; mend that and try again.", file=sys.stderr)
        return 1
    STAMP.write_text(wanted)
    return 0


def cache_dir() -> Path:
    """Return the same folder as lakestack.install.cache, which cannot be imported yet."""
    if configured := os.environ.get("LAKESTACK_CACHE"):
        return Path(configured).expanduser().absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lakestack"


def make_environment() -> None:
    python = ENVIRONMENT / "bin/python"
    if not python.exists():
        venv.create(ENVIRONMENT, with_pip=True, clear=True)
    uv = ENVIRONMENT / "bin/uv"
    if not uv.exists():
        install_uv(python)
    environment = {
        **os.environ,
        "UV_CACHE_DIR": str(cache_dir() / "uv"),
        "UV_NO_CONFIG": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "VIRTUAL_ENV": str(ENVIRONMENT),
    }
    sync = ["pip", "sync", "--require-hashes", str(LOCK)]
    offline = subprocess.run([uv, "--offline", *sync], env=environment, capture_output=True, timeout=TIMEOUT_S, check=False)
    if offline.returncode != 0:
        subprocess.run([uv, *sync], env=environment, timeout=TIMEOUT_S, check=True)
    editable = ["pip", "install", "--quiet", "--offline", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    subprocess.run([uv, *editable], env=environment, timeout=TIMEOUT_S, check=True)


def install_uv(python: Path) -> None:
    """Install the locked uv with pip; its wheel stays in the cache, so that the next time needs no network."""
    wheels = cache_dir() / "bootstrap"
    wheels.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirement:
        requirement.write(locked("uv"))
        requirement.flush()
        options = ["--quiet", "--no-deps", "--require-hashes", "-r", requirement.name]
        install = [str(python), "-m", "pip", "install", "--no-index", "--find-links", str(wheels), *options]
        if subprocess.run(install, capture_output=True, timeout=TIMEOUT_S, check=False).returncode == 0:
            return
        subprocess.run([str(python), "-m", "pip", "download", "--dest", str(wheels), *options], timeout=TIMEOUT_S, check=True)
        subprocess.run(install, timeout=TIMEOUT_S, check=True)


def locked(package: str) -> str:
    """Return the lines of the lock that pin `package`."""
    match = re.search(rf"^{re.escape(package)}==(?:.*\\\n)*.*$", LOCK.read_text(), re.MULTILINE)
    if match is None:
        raise SystemExit(f"bootstrap: {LOCK} does not pin {package}.")
    return match.group(0) + "\n"


if __name__ == "__main__":
    sys.exit(main())
