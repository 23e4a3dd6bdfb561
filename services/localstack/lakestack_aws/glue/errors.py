"""The errors of Glue, each with AWS's own text.

    ServiceError
    ├── EntityNotFoundException               what is not there, in the catalog or among the jobs
    ├── AlreadyExistsException                a name that is taken
    ├── InvalidInputException                 a request that contradicts itself or the catalog, or a job that cannot run here
    ├── ConcurrentModificationException       somebody else was faster
    ├── IdempotentParameterMismatchException  CreateJob of a taken name with another definition
    ├── ConcurrentRunsExceededException       StartJobRun beyond ExecutionProperty.MaxConcurrentRuns
    ├── JobRunInvalidStateTransitionException a run that is over cannot be stopped (only inside BatchStopJobRun's Errors)
    └── ValidationException                   a request that breaks the service model (glue/validation.py)

Source of the names: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-exceptions.html; of the texts: moto 5 for "not found" and
"already exists" in the catalog, what clients report of AWS for the others (apache/iceberg#8636, dbt-labs/dbt-athena#327), as at 2026-11-23.
"""

from typing import Self

from lakestack_aws.errors import ServiceError


class EntityNotFoundException(ServiceError):
    code = "EntityNotFoundException"

    @classmethod
    def database(cls, name: str) -> Self:
        return cls(f"Database {name} not found.")

    @classmethod
    def table(cls, name: str) -> Self:
        return cls(f"Table {name} not found.")

    @classmethod
    def version(cls) -> Self:
        return cls("Version not found.")

    @classmethod
    def partition(cls) -> Self:
        return cls("Cannot find partition.")

    @classmethod
    def entity(cls) -> Self:
        return cls("Entity not found")

    @classmethod
    def catalog(cls, catalog_id: str) -> Self:
        return cls(f"Catalog {catalog_id} not found.")

    @classmethod
    def job(cls, name: str) -> Self:
        return cls(f"Job {name} not found.")

    @classmethod
    def job_to_start(cls) -> Self:
        return cls("Failed to start job run due to missing metadata.")

    @classmethod
    def job_run(cls, run_id: str) -> Self:
        return cls(f"Job run with id {run_id} not found.")


class AlreadyExistsException(ServiceError):
    code = "AlreadyExistsException"

    @classmethod
    def of(cls, kind: str) -> Self:
        return cls(f"{kind} already exists.")


class InvalidInputException(ServiceError):
    code = "InvalidInputException"


class ConcurrentModificationException(ServiceError):
    code = "ConcurrentModificationException"

    @classmethod
    def update_table(cls) -> Self:
        return cls("Update table failed due to concurrent modifications.")


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


class ValidationException(ServiceError):
    code = "ValidationException"


class NotImplementedByLakestackError(ServiceError):
    """A member of a request that would change its meaning and that we do not honour."""

    code = "InternalFailure"
    status = 501
