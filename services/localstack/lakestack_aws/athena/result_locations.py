"""Where a query's result goes, and what its files are called.

Source: as measured on AWS and published (2026-10).
"""

import re

from lakestack_aws.athena.errors import InvalidRequestError
from lakestack_aws.athena.workgroups import WorkGroup

_S3_LOCATION = re.compile(r"^s3://[a-z0-9][a-z0-9.\-_]{1,62}(/.*)?$")
_NO_LOCATION = (
    "No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input."
)


def result_folder(requested: str | None, group: WorkGroup) -> str | None:
    """Return the folder for results, ending in `/`; None when Athena keeps them itself.

    Raises:
        InvalidRequestError: Nobody names one, or it is not an S3 location.
    """
    if group.has_managed_results:
        return None
    location = group.output_location if group.is_enforced and group.output_location else requested or group.output_location
    if not location:
        raise InvalidRequestError(_NO_LOCATION)
    if not _S3_LOCATION.match(location):
        raise InvalidRequestError("outputLocation is not a valid S3 path.")
    return location if location.endswith("/") else location + "/"


def result_location(folder: str, query_id: str, statement: str) -> str:
    """Return Athena's OutputLocation for a statement."""
    match statement:
        case "SELECT" | "SHOW_FUNCTIONS" | "UPDATE" | "DELETE" | "MERGE" | "UNLOAD":
            return f"{folder}{query_id}.csv"
        case "INSERT":
            return f"{folder}{query_id}"
        case "CREATE_TABLE_AS_SELECT":
            return f"{folder}tables/{query_id}"
    return f"{folder}{query_id}.txt"


def without_extension(location: str) -> str:
    """Return the start of the names of the files beside a result."""
    return location.removesuffix(".csv").removesuffix(".txt")
