"""What the endpoint is told by its environment; the engine that starts it sets every variable."""

import os
from pathlib import Path


class ConfigError(Exception):
    """A setting that the endpoint needs is missing."""


def required(name: str) -> str:
    """Return the variable `name`.

    Raises:
        ConfigError: It is not set.
    """
    value = os.environ.get(name)
    if not value:
        raise ConfigError(f"localstack: {name} is not set. The engine sets it; start the stack with: lakestack up")
    return value


def s3_root() -> Path:
    """Return the folder of this stack's S3 objects, and of nothing else."""
    return Path(required("LAKESTACK_S3_ROOT"))


def state_folder() -> Path:
    """Return the folder for what the endpoint itself keeps."""
    return Path(required("LAKESTACK_STATE"))


def guard() -> Path:
    """Return the script that ends a command's whole process tree with whoever started it."""
    return Path(required("LAKESTACK_GUARD"))


def lambda_python() -> Path:
    """Return the Python of the environment that functions run in."""
    return Path(required("LAKESTACK_LAMBDA_PYTHON"))


def extra_hosts() -> frozenset[str]:
    """Return the Host names that are answered besides those of the machine itself."""
    return frozenset(name.strip().lower() for name in os.environ.get("LAKESTACK_HOSTS", "").split(",") if name.strip())
