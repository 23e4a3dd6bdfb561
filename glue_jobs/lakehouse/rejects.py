"""The rejects of a load: written to rejected_records and under rejected/rows/, and marked when a later upload makes them good.

state/unresolved/<dataset>.json says how many rejects are not resolved: where that is none, looking for some costs nothing. The count
is never too low: it is raised before rejects are written, and set to what the table holds after it was looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakehouse import frames, notices, resolving, transforms
from lakehouse.alerts import ReasonCount
from lakehouse.tables import REJECTED_RECORDS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from lakehouse.datasets import Dataset
    from lakehouse.s3 import Bucket


@dataclass(frozen=True)
class Found:
    """What a load found, as far as rejects go.

    Attributes:
        settled: as transforms.settle made it.
        uploads: those that the load reads.
        sources: upload id -> (key, version id), also of witnesses.
        logged: how many rows belong into rejected_records.
        rejected: how many of them are rejects, not duplicates.
        may_be_there: an earlier run may have written them.
    """

    settled: DataFrame
    uploads: list[str]
    sources: dict[str, tuple[str, str]]
    logged: int
    rejected: int
    may_be_there: bool

    @property
    def can_resolve_its_own(self) -> bool:
        """Whether a row of the load, or of a witness, may be later than one of its rejects."""
        return len(self.sources) > 1 or self.may_be_there


def unresolved_key(dataset: Dataset) -> str:
    return f"state/unresolved/{dataset.name}.json"


def write(spark: SparkSession, bucket: Bucket, root: str, dataset: Dataset, load_id: str, found: Found) -> None:
    """Write a load's rows of rejected_records, in place of those that an earlier run of it wrote."""
    if not found.logged:
        return
    before = _unresolved(bucket, dataset)
    if found.rejected and before is not None:
        bucket.write(unresolved_key(dataset), {"rows": before + found.rejected, "load": load_id})
    rows = transforms.to_reject(found.settled, dataset, found.sources)
    frames.read_table(spark, root, REJECTED_RECORDS)
    frames.write_rejects(spark, root, rows, dataset, found.uploads, may_be_there=found.may_be_there)
    counts = [ReasonCount(**{**row.asDict(), "first_rows": tuple(row["first_rows"])}) for row in transforms.count_reasons(rows).collect()]
    notices.keep_rejects(bucket, load_id, dataset.name, found.uploads, counts)
    rows.coalesce(1).write.mode("overwrite").json(f"{root}/rejected/rows/{dataset.name}/{load_id}")


def resolve(spark: SparkSession, bucket: Bucket, root: str, dataset: Dataset, load_id: str, found: Found) -> int:
    """Mark the rejects that the load's rows make good; return how many."""
    unresolved = _unresolved(bucket, dataset)
    are_all_new = unresolved == found.rejected and not found.can_resolve_its_own
    if unresolved == 0 or are_all_new:
        return 0
    unresolved_rows = resolving.open_rejects(frames.read_table(spark, root, REJECTED_RECORDS), dataset)
    good = resolving.good_rows(found.settled, dataset, found.sources)
    resolved = resolving.find_resolved(unresolved_rows, good).persist()
    try:
        count = resolved.count()
        left = unresolved_rows.count() - count
        if count:
            frames.resolve(spark, root, dataset, resolved)
    finally:
        resolved.unpersist()
    bucket.write(unresolved_key(dataset), {"rows": left, "load": load_id})
    return count


def may_be_unresolved(bucket: Bucket, dataset: Dataset) -> bool:
    """Say whether there may be rejects that a load could make good."""
    return _unresolved(bucket, dataset) != 0


def _unresolved(bucket: Bucket, dataset: Dataset) -> int | None:
    """Return how many rejects are not resolved; None when nobody has counted them yet."""
    found = bucket.read(unresolved_key(dataset))
    return found.content["rows"] if found else None
