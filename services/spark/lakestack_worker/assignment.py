"""One job run as the endpoint hands it out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

GLUE_ETL = "glueetl"
PYTHON_SHELL = "pythonshell"


@dataclass(frozen=True)
class Assignment:
    """What one run is, with everything that it needs.

    Attributes:
        arguments: The job's defaults and the run's arguments, already merged.
        log_group: Prefix of the CloudWatch log groups, to which /output and /error are added.
        credentials: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN of the job's role.
        notes: What the run's log has to say before anything else.
    """

    run_id: str
    job_name: str
    kind: str
    attempt: int
    script_location: str
    python_version: str
    arguments: Mapping[str, str]
    account_id: str
    region: str
    log_group: str
    credentials: Mapping[str, str]
    capacity: Mapping[str, Any]
    unused: tuple[str, ...]
    notes: tuple[str, ...]

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "Assignment":
        return cls(**{**body, "unused": tuple(body["unused"]), "notes": tuple(body["notes"])})

    @classmethod
    def of_this_machine(cls, name: str, region: str, credentials: Mapping[str, str], arguments: Mapping[str, str] | None = None) -> "Assignment":
        """Return what stands for a run where there is none of the endpoint's: a warm-up, a shell."""
        return cls(
            run_id=f"jr_{name}",
            job_name=name,
            kind=GLUE_ETL,
            attempt=0,
            script_location="",
            python_version="3",
            arguments=arguments or {},
            account_id="000000000000",
            region=region,
            log_group="",
            credentials=credentials,
            capacity={},
            unused=(),
            notes=(),
        )

    @property
    def is_spark(self) -> bool:
        return self.kind == GLUE_ETL
