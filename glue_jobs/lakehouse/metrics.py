"""What each dataset's loads amount to, as metrics of CloudWatch: lines of the log in its embedded metric format.

CloudWatch Logs makes the metrics of the lines by itself, with no call of ours. Namespace Lakehouse, dimension dataset:

    RowsRead, RowsMerged, RowsUnchanged, RowsRejected, RowsHeld, RowsDuplicate   Count    one value per load
    LoadSeconds                                                                  Seconds  one value per load
    FilesQuarantined                                                             Count    1 per file; dataset is unknown where its name tells none

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html (as at 2026-11-25)
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from lakehouse import logs
from lakehouse.datasets import dataset_named_by

if TYPE_CHECKING:
    from lakehouse.accounting import LogRow

NAMESPACE = "Lakehouse"
_COUNTED = (
    ("RowsRead", "rows_read"),
    ("RowsMerged", "merged"),
    ("RowsUnchanged", "unchanged"),
    ("RowsRejected", "rejected"),
    ("RowsHeld", "held"),
    ("RowsDuplicate", "duplicates"),
)


def loaded(dataset: str, rows: list[LogRow], seconds: float) -> None:
    """Write the metrics of one load of one dataset; rows are those of the ingestion log."""
    counts = {name: (sum(getattr(row, attribute) for row in rows), "Count") for name, attribute in _COUNTED}
    _write("metrics of the load", dataset, {**counts, "LoadSeconds": (round(seconds, 3), "Seconds")})


def quarantined(file_name: str) -> None:
    named = dataset_named_by(file_name)
    _write("metrics of the quarantine", named.name if named else "unknown", {"FilesQuarantined": (1, "Count")})


def _write(message: str, dataset: str, values: dict[str, tuple[float, str]]) -> None:
    logs.info(message, **embedded(dataset, values, int(time.time() * 1000)))


def embedded(dataset: str, values: dict[str, tuple[float, str]], timestamp_ms: int) -> dict[str, Any]:
    """Return the members that make a JSON line a document of the embedded metric format.

    Args:
        dataset: the dimension's value, never empty.
        values: metric -> (value, unit of CloudWatch's list); 100 at most.
        timestamp_ms: milliseconds since 1970.
    """
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [["dataset"]],
        "Metrics": [{"Name": name, "Unit": unit} for name, (_, unit) in values.items()],
    }
    return {
        "_aws": {"Timestamp": timestamp_ms, "CloudWatchMetrics": [directive]},
        "dataset": dataset,
        **{name: value for name, (value, _) in values.items()},
    }
