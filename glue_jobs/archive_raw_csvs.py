"""Move what a load has loaded to archived/: its CSVs, and each upload in the very version that was loaded.

What was set aside for too many rejects goes to rejected/ instead: the CSVs of the dataset, and the upload.

Reads: the load's manifest, the manifests of its uploads, their log. Writes: archived/uploads/<upload-id>/<name>,
archived/raw/<dataset>/<upload-id>/<sheet>.csv; rejected/files/<upload-id>/<name>, rejected/raw/<dataset>/<upload-id>/<sheet>.csv.
Arguments: --bucket, --load (key of the load's manifest). Done again, it moves what is left.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from lakehouse import conversions, loads, logs
from lakehouse.s3 import Bucket, in_parallel

if TYPE_CHECKING:
    from collections.abc import Iterator


def archive(bucket: Bucket, load: str) -> int:
    """Move everything of one load; return how many objects were moved."""
    planned = loads.read_plan(bucket, load)
    logs.bind(execution=planned["execution"], load_id=planned["load_id"], upload_ids=[upload["upload_id"] for upload in planned["uploads"]])
    moves = [move for upload in planned["uploads"] for move in _moves(bucket, upload)]
    return sum(in_parallel(lambda move: _move(bucket, *move), moves))


def _moves(bucket: Bucket, upload: dict[str, Any]) -> Iterator[tuple[str, str | None, str]]:
    """List (key, version or None for the current one, new key) of an upload: the CSVs of its manifest, then itself."""
    manifest = bucket.read(conversions.manifest_key(upload["upload_id"]))
    sheets = manifest.content["sheets"] if manifest else []
    upload_id, key = upload["upload_id"], upload["key"]
    set_aside = {row.dataset for row in loads.rows_set_aside(bucket, upload_id)}
    for sheet in sheets:
        if sheet["csv"]:
            moved_to = conversions.rejected_key if sheet["dataset"] in set_aside else conversions.archived_key
            yield sheet["csv"], None, moved_to(sheet["csv"])
    archived = f"archived/uploads/{upload_id}/{conversions.kept_name(key)}"
    yield key, upload["version_id"], conversions.rejected_file_key(upload_id, key) if set_aside else archived


def _move(bucket: Bucket, key: str, version_id: str | None, to_key: str) -> int:
    if bucket.head(key, version_id) is None:  # moved by an earlier run
        return 0
    bucket.copy(key, version_id, to_key)
    bucket.delete(key, version_id)
    return 1


def main() -> None:
    from awsglue.utils import getResolvedOptions  # noqa: PLC0415 - it is there in a job, not in a unit test

    arguments = getResolvedOptions(sys.argv, ["bucket", "load"])
    logs.begin(job="archive_raw_csvs", job_run=arguments.get("JOB_RUN_ID"))
    with logs.telling("archive") as told:
        told["moved"] = archive(Bucket(arguments["bucket"]), arguments["load"])


if __name__ == "__main__":
    main()
