"""The conversion of a claimed upload: what the Lambda function and the Glue Python shell job both do.

Reads the very version that was claimed. Writes lakehouse/raw/<dataset>/<upload-id>/<sheet>.csv and, last of all, the manifest:
whoever finds a manifest finds everything that it names. Done again, it writes the same.
"""

from __future__ import annotations

import posixpath
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lakehouse import claims, converter, logs
from lakehouse.coordination import LostRaceError
from lakehouse.limits import MOST_FILE_BYTES
from lakehouse.rules import QUARANTINE, FileFacts
from lakehouse.s3 import in_parallel, is_absent

if TYPE_CHECKING:
    from lakehouse.claims import Claim
    from lakehouse.converter import Conversion
    from lakehouse.s3 import Bucket

RAW = "lakehouse/raw"
REJECTED_FILES = "rejected/files"
ARCHIVED_RAW = "archived/raw"
REJECTED_RAW = "rejected/raw"
_MOST_BYTES_OF_A_NAME = 200


def manifest_key(upload_id: str) -> str:
    return f"state/uploads/{upload_id}/manifest.json"


def archived_key(csv: str) -> str:
    """Return where a CSV of lakehouse/raw/ lies once its load is done."""
    return f"{ARCHIVED_RAW}/{csv[len(RAW) + 1 :]}"


def rejected_key(csv: str) -> str:
    """Return where a CSV of lakehouse/raw/ lies once its rows were set aside."""
    return f"{REJECTED_RAW}/{csv[len(RAW) + 1 :]}"


def convert_claimed(bucket: Bucket, claim_key: str) -> dict[str, Any]:
    """Convert an upload and write its manifest; a quarantined file is kept under rejected/ as well.

    Of two executions of one event the first manifest counts: the other may come when the upload is archived already.

    Returns:
        outcome, reason, manifest (its key).
    """
    claim = claims.read(bucket, claim_key)
    logs.bind(upload_id=claim.upload_id, key=claim.key, execution=claim.execution)
    key = manifest_key(claim.upload_id)
    found = bucket.read(key)
    if found:  # an earlier try came this far
        content = found.content
        logs.info("converted before", outcome=content["outcome"])
    else:
        content = _convert_first(bucket, claim, key)
    return {"outcome": content["outcome"], "reason": content["reason"], "manifest": key}


def _convert_first(bucket: Bucket, claim: Claim, manifest: str) -> dict[str, Any]:
    try:
        with logs.telling("convert") as told:
            content = _convert(bucket, claim)
            told.update(outcome=content["outcome"], reason=content["reason"], rows_read=sum(sheet["rows_read"] for sheet in content["sheets"]))
        bucket.create(manifest, content)
    except (ClientError, LostRaceError) as error:
        found = bucket.read(manifest)
        if found is None or not (isinstance(error, LostRaceError) or is_absent(error)):
            raise
        return found.content
    for sheet in content["sheets"]:
        logs.info("sheet converted", **{name: sheet[name] for name in ("sheet", "dataset", "outcome", "reason", "rows_read")})
    return content


def _convert(bucket: Bucket, claim: Claim) -> dict[str, Any]:
    if claim.size > MOST_FILE_BYTES:  # it would not fit the disk
        conversion = converter.refuse(FileFacts("unread", claim.size))
        bucket.copy(claim.key, claim.version_id, rejected_file_key(claim.upload_id, claim.key))
        return _manifest(claim, conversion)
    with tempfile.TemporaryDirectory() as name:
        source, folder = Path(name) / "source", Path(name) / "sheets"
        folder.mkdir()
        bucket.download(claim.key, claim.version_id, source)
        conversion = converter.convert(source, claim.file_name, folder, claim.upload_id)
        if conversion.outcome == QUARANTINE:
            bucket.upload(source, rejected_file_key(claim.upload_id, claim.key))
        else:
            in_parallel(lambda sheet: bucket.upload(folder / sheet.csv, _csv_key(claim, sheet)), [s for s in conversion.sheets if s.csv])
    return _manifest(claim, conversion)


def rejected_file_key(upload_id: str, key: str) -> str:
    """Return where the original of a quarantined upload is kept."""
    return f"{REJECTED_FILES}/{upload_id}/{kept_name(key)}"


def kept_name(key: str) -> str:
    """Return a file's own name, or `original` where a longer key with it would be too long."""
    name = posixpath.basename(key)
    return name if len(name.encode("utf-8")) <= _MOST_BYTES_OF_A_NAME else "original"


def _csv_key(claim: Claim, sheet: converter.SheetReport) -> str:
    return f"{RAW}/{sheet.dataset}/{claim.upload_id}/{sheet.csv}"


def _manifest(claim: Claim, conversion: Conversion) -> dict[str, Any]:
    content = conversion.as_dict()
    for sheet, report in zip(content["sheets"], conversion.sheets):
        sheet["csv"] = _csv_key(claim, report) if report.csv else None
    return {
        **content,
        "upload_id": claim.upload_id,
        "key": claim.key,
        "version_id": claim.version_id,
        "content_hash": claim.content_hash,
        "uploaded_at": claim.uploaded_at,
    }
