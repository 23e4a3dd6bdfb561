"""Become the endpoint: what LocalStack has to be told, the same whether a machine or a container runs it.

    python services/localstack/start.py

Whoever starts it sets what differs: LAKESTACK_STATE (a folder), LAKESTACK_SERVICE_CATALOG (a folder with LocalStack's prebuilt index
of AWS's services), GATEWAY_LISTEN, LOCALSTACK_HOST, and what lakestack_aws/config.py asks for. LAKESTACK_WORKER_TOKEN_FILE, in place of
LAKESTACK_WORKER_TOKEN, names a file from which workers read the token as well; it is made when it is not there.
"""

import os
import secrets
import shutil
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_SERVICES = "s3,events,stepfunctions,lambda,iam,sts,logs,sns,sqs,cloudformation,dynamodb,glue,athena,cloudwatch,kms,secretsmanager,ssm"
_SETTINGS = {
    "SERVICES": _SERVICES,
    "EAGER_SERVICE_LOADING": "1",
    "STRICT_SERVICE_LOADING": "1",
    "DISABLE_EVENTS": "1",
    "SKIP_SSL_CERT_DOWNLOAD": "1",
    "DISABLE_CUSTOM_CORS_S3": "1",
    "DNS_ADDRESS": "0",
    "OVERRIDE_IN_DOCKER": "0",
    "LAMBDA_RUNTIME_EXECUTOR": "process",
}


def main() -> None:
    state = Path(os.environ["LAKESTACK_STATE"])
    for folder in (state, Path(os.environ["LAKESTACK_S3_ROOT"])):
        empty(folder)
    place_service_catalog(Path(os.environ["LAKESTACK_SERVICE_CATALOG"]), state)
    entry_points = write_entry_points(_HERE / "pyproject.toml", state / "entry_points")
    environment = {
        **os.environ,
        **_SETTINGS,
        "PYTHONPATH": os.pathsep.join(map(str, [_HERE, _HERE.parent / "common", entry_points])),
        "XDG_CACHE_HOME": str(state / "cache"),
        "FILESYSTEM_ROOT": str(state / "root"),
    }
    if token_file := environment.pop("LAKESTACK_WORKER_TOKEN_FILE", None):
        environment["LAKESTACK_WORKER_TOKEN"] = shared_token(Path(token_file))
    os.execve(sys.executable, [sys.executable, "-m", "localstack.runtime.main"], environment)  # noqa: S606 - our own interpreter


def empty(folder: Path) -> None:
    """Forget the last time: LocalStack keeps its state in memory, so what lies on disk is of no use to a new process."""
    folder.mkdir(parents=True, exist_ok=True)
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)


def write_entry_points(pyproject: Path, folder: Path) -> Path:
    """Write what an installation of our plugins would leave behind, so that two checkouts can share one environment."""
    project = tomllib.loads(pyproject.read_text())["project"]
    shutil.rmtree(folder, ignore_errors=True)
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    groups = project["entry-points"].items()
    (info / "entry_points.txt").write_text("".join(f"[{group}]\n{_lines(entries)}\n" for group, entries in groups))
    return folder


def _lines(entries: Mapping[str, str]) -> str:
    return "".join(f"{name} = {target}\n" for name, target in entries.items())


def place_service_catalog(catalog: Path, state: Path) -> None:
    """Put the index where LocalStack looks for it: without it each start takes seconds and 300 MB more."""
    libraries = state / "root/usr/lib/localstack"
    libraries.mkdir(parents=True, exist_ok=True)
    for built in catalog.glob("*.dill"):
        shutil.copy(built, libraries)


def shared_token(file: Path) -> str:
    """Return the token in `file`, which workers read too; the first start makes it."""
    if not file.exists():
        scratch = file.with_suffix(".new")
        scratch.touch(0o600)
        scratch.write_text(secrets.token_urlsafe(24))
        scratch.rename(file)
    return file.read_text().strip()


if __name__ == "__main__":
    main()
