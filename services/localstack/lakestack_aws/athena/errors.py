"""Athena's errors.

    ServiceError                    what a call answers at once
      InvalidRequestError           with an AthenaErrorCode
      ResourceNotFoundError
      MetadataError                 what the catalog answered, wrapped as Athena wraps it
      TooManyRequestsError
    QueryFailed                     what becomes of an execution after its start: StateChangeReason and AthenaError

Sources: AWS's words as published by clients' test suites that run against real AWS (PyAthena, awswrangler; as at 2026-11)
and https://docs.aws.amazon.com/athena/latest/ug/error-reference.html (as at 2026-11-22).
"""

import uuid
from dataclasses import dataclass

from lakestack_aws.errors import ServiceError


class InvalidRequestError(ServiceError):
    """A request that AWS refuses; `AthenaErrorCode` says why."""

    code = "InvalidRequestException"

    def __init__(self, message: str, athena_error_code: str = "INVALID_INPUT") -> None:
        super().__init__(message, AthenaErrorCode=athena_error_code)
        self.athena_error_code = athena_error_code


class MalformedQueryError(InvalidRequestError):
    """A statement that cannot be parsed, or whose kind Athena does not have."""

    def __init__(self, message: str = "Queries of this type are not supported") -> None:
        super().__init__(message, "MALFORMED_QUERY")


class ResourceNotFoundError(ServiceError):
    """A named resource that is not there."""

    code = "ResourceNotFoundException"

    def __init__(self, message: str, resource_name: str = "") -> None:
        super().__init__(message, ResourceName=resource_name)


class MetadataError(ServiceError):
    """What the data catalog answered to a metadata call."""

    code = "MetadataException"


class TooManyRequestsError(ServiceError):
    """More active queries than there is room for."""

    code = "TooManyRequestsException"

    def __init__(self) -> None:
        super().__init__("You have exceeded the limit for the number of queries you can run concurrently.", Reason="CONCURRENT_QUERY_LIMIT_EXCEEDED")


def entity_not_found(what: str = "Entity Not Found") -> str:
    """Return AWS's text for something that the Glue catalog does not have; clients match its end."""
    return f"{what} (Service: AmazonDataCatalog; Status Code: 400; Error Code: EntityNotFoundException; Request ID: {uuid.uuid4()}; Proxy: null)"


USER = 2
SYSTEM = 1

# AthenaError.ErrorType by Trino's error name; what is not listed is 1000 for the user's errors. Measured on AWS, as published (2026-10).
ERROR_TYPES = {
    "TABLE_NOT_FOUND": 1301,
    "SCHEMA_NOT_FOUND": 1301,
    "COLUMN_NOT_FOUND": 1006,
    "CATALOG_NOT_FOUND": 1006,
    "TYPE_MISMATCH": 1002,
    "FUNCTION_NOT_FOUND": 1303,
    "DIVISION_BY_ZERO": 1001,
    "INVALID_CAST_ARGUMENT": 1100,
    "NOT_SUPPORTED": 1200,
    "ICEBERG_COMMIT_ERROR": 233,
}


@dataclass(frozen=True)
class AthenaError:
    """What Status.AthenaError tells of a failed execution."""

    category: int
    error_type: int
    message: str
    is_retryable: bool = False


class QueryFailed(Exception):
    """An execution that ends FAILED."""

    def __init__(self, reason: str, *, category: int = USER, error_type: int = 1000, is_retryable: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.error = AthenaError(category, error_type, reason, is_retryable)

    @classmethod
    def in_engine(cls, name: str, message: str, *, is_users: bool) -> "QueryFailed":
        """Return the failure for Trino's error `name` and `message`."""
        if is_users:
            return cls(f"{name}: {message}", error_type=ERROR_TYPES.get(name, 1000))
        return cls(f"{name}: {message}", category=SYSTEM, error_type=ERROR_TYPES.get(name, 200))

    @classmethod
    def not_supported(cls, message: str) -> "QueryFailed":
        return cls(f"NOT_SUPPORTED: {message}", error_type=1200)

    @classmethod
    def in_hive(cls, message: str) -> "QueryFailed":
        """Return the failure of a statement on the catalog, in Hive's words."""
        return cls(f"FAILED: {message}", category=SYSTEM, error_type=1003)
