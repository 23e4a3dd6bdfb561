"""The three parts: how each is started, and how it shows that it works."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from lakestack.engine import health
from lakestack.engine.stack import REGION, Stack
from lakestack.install import components, environments
from lakestack.project import GUARD, SERVICES

# What a part may see of the environment that the stack was started in: nothing that names an AWS account.
_INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "TMPDIR", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "DEBUG")
_SETTINGS = (
    "LAKESTACK_GLUE_FALLBACK",
    "LAKESTACK_PYTHONSHELL",
    "LAKESTACK_SPARK_SLOTS",
    "LAKESTACK_SPARK_MEMORY",
    "LAKESTACK_HOSTS",
    "LAKESTACK_SPARK_MASTER",
    "LAKESTACK_SPARK_DRIVER_HOST",
    "LAKESTACK_SPARK_EXECUTOR_CORES",
    "LAKESTACK_SPARK_EXECUTOR_MEMORY",
    "LAKESTACK_SPARK_EXECUTOR_PYTHON",
    "LAKESTACK_SPARK_UI_PORT",
    "LAKESTACK_ATHENA_DELTA_WRITES",
)
# Names a Trino that is there already, in place of the stack's own.
_OTHER_TRINO = "LAKESTACK_TRINO_URL"


@dataclass(frozen=True)
class Facts:
    """What is true of a part whichever engine runs it.

    Attributes:
        stands_for: The AWS service.
        version: Of the software in it.
        slow_after_s: From when a start is worth a word to the user.
    """

    stands_for: str
    version: str
    slow_after_s: float


FACTS = {
    "localstack": Facts("the endpoint", "4.14.0", 25),
    "spark": Facts("Glue's workers", "4.1.1", 40),
    "trino": Facts("Athena's engine", "476", 45),
    "deploy": Facts("you, deploying", "", 90),
}


@dataclass(frozen=True)
class Part:
    """A process of the stack.

    Attributes:
        name: As users see it, and the name of its log file.
        facts: What is true of it with any engine.
        command: What the guard runs.
        environment: Whole; nothing else of the caller's is passed on.
        port: The loopback port that it listens on, or None.
        health: Has the part work; returns "" when it does, else what is missing.
    """

    name: str
    facts: Facts
    command: list[str]
    environment: Mapping[str, str]
    port: int | None
    health: Callable[[], str] = field(repr=False)


def parts(stack: Stack) -> list[Part]:
    """Return the parts of `stack`, which has its settings; a Trino that is there already is none of them."""
    return [_localstack(stack), _spark(stack), *([] if os.environ.get(_OTHER_TRINO) else [_trino(stack)])]


def _localstack(stack: Stack) -> Part:
    settings = stack.settings
    folder = stack.folder / "localstack"
    folder.mkdir(parents=True, exist_ok=True)
    environment = {
        **_common(stack),
        "LAKESTACK_STATE": str(folder),
        "LAKESTACK_SERVICE_CATALOG": str(components.service_catalog()),
        "LAKESTACK_S3_ROOT": str(stack.folder / "s3"),
        _OTHER_TRINO: os.environ.get(_OTHER_TRINO) or stack.trino_url,
        "LAKESTACK_METASTORE_LISTEN": f"127.0.0.1:{settings.metastore_port}",
        "LAKESTACK_LAMBDA_PYTHON": str(environments.LAMBDA.python),
        "GATEWAY_LISTEN": f"127.0.0.1:{settings.port}",
        "LOCALSTACK_HOST": f"localhost:{settings.port}",
    }
    command = [str(environments.LOCALSTACK.python), str(SERVICES / "localstack/start.py")]
    check = partial(health.endpoint, stack.endpoint_url)
    return Part("localstack", FACTS["localstack"], command, environment, settings.port, check)


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
    (stack.folder / "spark").mkdir(parents=True, exist_ok=True)
    command = [str(environments.SPARK.python), "-m", "lakestack_worker"]
    check = partial(health.worker, stack.endpoint_url, stack.settings.worker_token)
    return Part("spark", FACTS["spark"], command, environment, None, check)


def _trino(stack: Stack) -> Part:
    settings = stack.settings
    folder = stack.folder / "trino"
    folder.mkdir(parents=True, exist_ok=True)
    environment = {
        **_common(stack),
        "LAKESTACK_STATE": str(folder),
        "LAKESTACK_TRINO_PORT": str(settings.trino_port),
        "LAKESTACK_TRINO_HOME": str(components.trino_home()),
        "LAKESTACK_TRINO_JAVA": str(environments.TRINO_JRE.java),
    }
    command = [sys.executable, "-S", "-E", str(SERVICES / "trino/start.py")]
    return Part("trino", FACTS["trino"], command, environment, settings.trino_port, partial(health.trino, stack.trino_url))


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
        "LAKESTACK_WORKER_TOKEN": settings.worker_token,
        "LAKESTACK_GUARD": str(GUARD),
        "PYTHONUNBUFFERED": "1",
    }


def describe(stack: Stack) -> str:
    """Return the settings that parts were started with, for the supervisor's log; without the token."""
    return json.dumps({"endpoint": stack.endpoint_url, "trino": stack.trino_url, "folder": str(stack.folder)})
