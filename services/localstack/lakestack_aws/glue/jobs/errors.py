"""The errors of Glue's job operations, each with AWS's own text.

    ServiceError
    ├── EntityNotFoundException               a job or a run that is not there
    ├── InvalidInputException                 a definition that contradicts itself, or that cannot run here
    ├── IdempotentParameterMismatchException  CreateJob of a taken name with another definition
    ├── ConcurrentRunsExceededException       StartJobRun beyond ExecutionProperty.MaxConcurrentRuns
    └── JobRunInvalidStateTransitionException a run that is over cannot be stopped (only inside BatchStopJobRun's Errors)

Source: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-exceptions.html for the names; what clients report of AWS for the
texts of StartJobRun and CreateJob (as at 2026-11-23).
"""

from typing import Self

from lakestack_aws.errors import ServiceError
from lakestack_aws.glue.errors import EntityNotFoundException as _EntityNotFoundException
from lakestack_aws.glue.errors import InvalidInputException


class EntityNotFoundException(_EntityNotFoundException):
    @classmethod
    def job(cls, name: str) -> Self:
        return cls(f"Job {name} not found.")

    @classmethod
    def job_to_start(cls) -> Self:
        return cls("Failed to start job run due to missing metadata.")

    @classmethod
    def job_run(cls, run_id: str) -> Self:
        return cls(f"Job run with id {run_id} not found.")


class IdempotentParameterMismatchException(ServiceError):
    code = "IdempotentParameterMismatchException"

    @classmethod
    def job(cls, name: str) -> Self:
        return cls(f"Job with name: {name} already submitted with different configuration")


class ConcurrentRunsExceededException(ServiceError):
    code = "ConcurrentRunsExceededException"

    @classmethod
    def job(cls, name: str) -> Self:
        return cls(f"Concurrent runs exceeded for {name}")


class JobRunInvalidStateTransitionException(ServiceError):
    code = "JobRunInvalidStateTransitionException"

    @classmethod
    def stop(cls, run_id: str, state: str) -> Self:
        return cls(f"Job run {run_id} is {state}, which is final; it cannot become STOPPING.")


__all__ = [
    "ConcurrentRunsExceededException",
    "EntityNotFoundException",
    "IdempotentParameterMismatchException",
    "InvalidInputException",
    "JobRunInvalidStateTransitionException",
]
