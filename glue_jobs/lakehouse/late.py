"""Uploads that come late: which loaded uploads came after them, and so bear witness to what is the latest row of a key.

The table alone cannot tell: a row that a later upload repeated unchanged still carries the earlier one's id, so that a repeated file
changes nothing. An upload from in between must all the same not win over the repetition. So a load that holds an upload older than one
that is loaded reads the later ones' CSVs again; loads that come in order pay one listing that finds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lakehouse import accounting, conversions
from lakehouse.s3 import in_parallel
from lakehouse.tables import INGESTION_LOG

if TYPE_CHECKING:
    from lakehouse.s3 import Bucket


@dataclass(frozen=True)
class Witness:
    """A loaded upload that is later than one of the load.

    Attributes:
        csvs: the keys of its CSVs of the dataset, where they lie now.
        source: its own key and version id.
        extra: names of columns that the table does not have, as written.
    """

    upload_id: str
    csvs: tuple[str, ...]
    source: tuple[str, str]
    extra: tuple[str, ...]


def find_witnesses(bucket: Bucket, dataset: str, upload_ids: list[str]) -> list[Witness]:
    """Find the uploads whose rows of a dataset are loaded and that came after the oldest of a load.

    Args:
        bucket: the lake's.
        dataset: its name.
        upload_ids: the uploads that the load reads; none of them is its own witness.
    """
    if not upload_ids:
        return []
    prefix, suffix, oldest = f"{INGESTION_LOG.prefix}/", f"-{dataset}.json", min(upload_ids)
    logged = [key[len(prefix) : -len(suffix)] for key in bucket.keys(prefix, start_after=prefix + oldest) if key.endswith(suffix)]
    later = [upload for upload in logged if upload > oldest and upload not in upload_ids]
    return [witness for witness in in_parallel(lambda upload: _witness(bucket, dataset, upload), later) if witness]


def _witness(bucket: Bucket, dataset: str, upload: str) -> Witness | None:
    if accounting.is_set_aside(bucket, upload, dataset):
        return None
    manifest = bucket.read(conversions.manifest_key(upload))
    if manifest is None:
        return None
    sheets = [sheet for sheet in manifest.content["sheets"] if sheet["dataset"] == dataset and sheet["rows_read"]]
    csvs = [key for key in (_where_it_lies(bucket, sheet) for sheet in sheets) if key]
    extra = [name for sheet in sheets for name in sheet.get("extra") or ()]
    return Witness(upload, tuple(csvs), (manifest.content["key"], manifest.content["version_id"]), tuple(extra))


def _where_it_lies(bucket: Bucket, sheet: dict[str, Any]) -> str | None:
    """Return the key of a CSV: archived, or still where the converter wrote it; None when someone deleted it."""
    return next((key for key in (conversions.archived_key(sheet["csv"]), sheet["csv"]) if bucket.head(key, None)), None)
