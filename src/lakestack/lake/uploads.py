"""Puts files where the pipeline finds them."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lakestack.errors import PipelineError
from lakestack.lake.names import BUCKET, UPLOADS

# The claim of an upload that carries it is its own, so the same content is loaded once more.
_AGAIN = "load-again"


@dataclass(frozen=True)
class Upload:
    """One version of one object below uploads/.

    Attributes:
        name: Of the file.
        at: A little before the object was put.

    """

    name: str
    key: str
    version_id: str
    at: datetime

    @property
    def address(self) -> str:
        return f"s3://{BUCKET}/{self.key}"


def upload(s3: Any, path: Path, *, again: bool = False) -> Upload:
    """Put a file below uploads/.

    Args:
        s3: Client.
        path: Of the file.
        again: Load it also if its content was loaded before.

    Raises:
        PipelineError: There is no such file.

    """
    if not path.is_file():
        raise PipelineError(f"{path} is {'a folder' if path.is_dir() else 'not there'}. Expected a file: .csv or .xlsx")
    key, at = UPLOADS + path.name, datetime.now(UTC)
    metadata = {_AGAIN: uuid.uuid4().hex} if again else {}
    with path.open("rb") as body:
        put = s3.put_object(Bucket=BUCKET, Key=key, Body=body, Metadata=metadata)
    return Upload(path.name, key, put["VersionId"], at)
