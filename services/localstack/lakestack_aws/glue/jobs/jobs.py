"""A Glue job: its definition as it was sent, the defaults that AWS adds, and which of them can run here.

Source of the defaults: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-job.html (as at 2026-11-23)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lakestack_aws.glue.errors import InvalidInputException

GLUE_ETL = "glueetl"
PYTHON_SHELL = "pythonshell"

GLUE_VERSIONS = {GLUE_ETL: ("6.0",), PYTHON_SHELL: ("1.0", "3.0")}
# Glue 5.0 and newer stop a Spark job after 8 hours, everything else after 48.
_DEFAULT_TIMEOUT_MINUTES = {GLUE_ETL: 480, PYTHON_SHELL: 2880}
_DEFAULT_PYTHON_VERSION = "3"
_PYTHON_SHELL_CAPACITIES = (0.0625, 1.0)


@dataclass(frozen=True)
class JobKey:
    account_id: str
    region: str
    name: str


@dataclass(frozen=True)
class Job:
    """One job definition.

    Attributes:
        definition: The members of CreateJob or UpdateJob in AWS's words, and nothing more but AWS's own defaults.
    """

    key: JobKey
    definition: Mapping[str, Any]
    created_at: datetime
    last_modified_at: datetime

    @property
    def name(self) -> str:
        return self.key.name

    @property
    def kind(self) -> str:
        return self.definition["Command"]["Name"]

    @property
    def script_location(self) -> str:
        return self.definition["Command"]["ScriptLocation"]

    @property
    def python_version(self) -> str:
        return self.definition["Command"]["PythonVersion"]

    @property
    def glue_version(self) -> str | None:
        return self.definition.get("GlueVersion")

    @property
    def role_arn(self) -> str:
        role = self.definition["Role"]
        return role if role.startswith("arn:") else f"arn:aws:iam::{self.key.account_id}:role/{role.removeprefix('/')}"

    @property
    def default_arguments(self) -> Mapping[str, str]:
        return self.definition.get("DefaultArguments", {})

    @property
    def non_overridable_arguments(self) -> Mapping[str, str]:
        return self.definition.get("NonOverridableArguments", {})

    @property
    def max_retries(self) -> int:
        return self.definition["MaxRetries"]

    @property
    def max_concurrent_runs(self) -> int:
        return self.definition["ExecutionProperty"]["MaxConcurrentRuns"]

    @property
    def timeout_minutes(self) -> int:
        return self.definition["Timeout"]


def completed(definition: Mapping[str, Any], glue_fallback: str | None = None) -> dict[str, Any]:
    """Return `definition` with the defaults that AWS itself adds.

    Args:
        definition: The members of CreateJob or UpdateJob.
        glue_fallback: The Glue version in which to run jobs of others, or None to refuse them.

    Raises:
        InvalidInputException: The definition contradicts itself, or cannot run here.
    """
    command = definition.get("Command") or {}
    kind = command.get("Name")
    if kind not in GLUE_VERSIONS:
        raise InvalidInputException(f"Command.Name is {kind}; lakestack runs {' and '.join(GLUE_VERSIONS)}.")
    if not definition.get("Role"):
        raise InvalidInputException("Role is required.")
    _check_script_location(command.get("ScriptLocation"))
    _check_glue_version(kind, definition.get("GlueVersion"), glue_fallback)
    _check_capacity(kind, definition)
    return {
        **definition,
        "Command": {**command, "PythonVersion": command.get("PythonVersion", _DEFAULT_PYTHON_VERSION)},
        "MaxRetries": definition.get("MaxRetries", 0),
        "Timeout": definition.get("Timeout") or _DEFAULT_TIMEOUT_MINUTES[kind],
        "ExecutionProperty": {"MaxConcurrentRuns": (definition.get("ExecutionProperty") or {}).get("MaxConcurrentRuns") or 1},
    }


def is_run_by_fallback(job: Job) -> bool:
    """Whether the job asks for a Glue version that only LAKESTACK_GLUE_FALLBACK lets run."""
    return job.glue_version not in (*GLUE_VERSIONS[job.kind], *((None,) if job.kind == PYTHON_SHELL else ()))


def _check_script_location(script_location: str | None) -> None:
    bucket, _, key = (script_location or "").removeprefix("s3://").partition("/")
    if not (script_location or "").startswith("s3://") or not bucket or not key:
        raise InvalidInputException(f"Command.ScriptLocation is {script_location or 'not set'}; it must name an object, as s3://BUCKET/KEY.")


def _check_glue_version(kind: str, version: str | None, fallback: str | None) -> None:
    if version in GLUE_VERSIONS[kind] or fallback or (version is None and kind == PYTHON_SHELL):
        return
    found = f"GlueVersion {version}" if version else "A missing GlueVersion"
    expected = " and ".join(GLUE_VERSIONS[kind])
    raise InvalidInputException(
        f"{found} is not supported: lakestack runs {kind} jobs of GlueVersion {expected}. "
        f"Set it, or start the stack with LAKESTACK_GLUE_FALLBACK=6.0 to run every other version so."
    )


def _check_capacity(kind: str, definition: Mapping[str, Any]) -> None:
    if "MaxCapacity" not in definition:
        return
    if "WorkerType" in definition or "NumberOfWorkers" in definition:
        raise InvalidInputException("Please do not set Max Capacity if using Worker Type and Number of Workers.")
    if kind == PYTHON_SHELL and definition["MaxCapacity"] not in _PYTHON_SHELL_CAPACITIES:
        raise InvalidInputException(f"MaxCapacity is {definition['MaxCapacity']}; a pythonshell job takes 0.0625 or 1.0.")
