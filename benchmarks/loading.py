"""How fast the ETL jobs load, and how the time grows: rows per second at 10 k, 100 k and 1 M rows, in Spark on this machine.

    python -m benchmarks.loading [ROWS]        alone, no larger table than this

Measures what a job does between its start and its end, on local disk: no stack, no network, one JVM of 1 GB. For each size: the rows
into an all but empty table, the same rows again (0 change), and one day of 500 more. Times on a shared machine are noisy: compare within one run.
"""

from __future__ import annotations

import contextlib
import csv
import io
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measures import Measure
from lakestack.install.components import spark_jars
from lakestack.project import ROOT

sys.path.insert(0, str(ROOT / "glue_jobs"))  # as a job has it

from lakehouse import converter, etl, leases
from lakehouse.datasets import BY_NAME
from lakehouse.s3 import Bucket

from tests.unit.pipeline.fakes import FolderS3
from tests.unit.pipeline.local_spark import local_spark

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = (10_000, 100_000, 1_000_000)
_DAY_ROWS = 500
_DAYS = 30
_ME = "bench"


def rows_of(dataset: str, first: int, count: int, day: int | None = None) -> Iterator[list[Any]]:
    """Yield rows as a source has them, spread over a month, or all of one day."""
    for key in range(first, first + count):
        date = f"2025-0{4 if day is None else 5}-{(key % _DAYS if day is None else day) + 1:02}"
        moment = f"{date}T{key % 24:02}:{key % 60:02}:00"
        if dataset == "products":
            yield [key, key % 21 + 1, "Toys", f"Product_{key}_Kite"]
        elif dataset == "orders":
            yield [key % 100 + 1, key, key % 5000, moment, f"{key % 300}.{key % 100:02}", date]
        else:
            yield [key, key // 5, key % 5000, key % 31, key % 1000 + 1, key % 10 + 1, key % 2, moment, date]


class Lake:
    """A lake in a folder, loaded as the jobs load it."""

    def __init__(self, spark: Any, folder: Path) -> None:
        folder.mkdir()
        self.spark, self.folder = spark, folder
        self.bucket = Bucket("lake", FolderS3(folder))
        leases.take(self.bucket, _ME, 36_000, lambda _execution: False)
        self.loads = 0

    def load(self, dataset: str, rows: Iterator[list[Any]], count: int) -> float:
        """Write the rows as the converter writes them and load them; return the seconds that the load took."""
        self.loads += 1
        upload = f"2026040{1 + self.loads // 1000}T{self.loads:06}Z-v"
        key = f"lakehouse/raw/{dataset}/{upload}/sheet.csv"
        path = self.folder / key
        path.parent.mkdir(parents=True)
        technical = {"_upload_id": upload, "_sheet": "sheet"}
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow((*BY_NAME[dataset].column_names, *converter.TECHNICAL_COLUMNS))
            for number, row in enumerate(rows, start=2):
                writer.writerow([*row, *(technical.get(name, str(number) if name == "_row" else "") for name in converter.TECHNICAL_COLUMNS)])
        sheet = {"upload_id": upload, "sheet": "sheet", "csv": key, "rows_read": count, "warnings": []}
        about = {"key": f"uploads/{upload}.csv", "version_id": "v", "content_hash": "h", "uploaded_at": "2026-04-01 00:00:00.000", "attempts": 1}
        load = etl.Load(f"load-{self.loads}", _ME, BY_NAME[dataset], [sheet], {upload: about})
        began = time.monotonic()
        with contextlib.redirect_stdout(io.StringIO()):
            etl.run(self.spark, self.bucket, f"file:{self.folder}", load, etl.Policy())
        return time.monotonic() - began


def loads(most: int = SIZES[-1]) -> Iterator[Measure]:
    """Measure every job at every size up to the largest; the first load of all warms the JVM up and is not told."""
    with tempfile.TemporaryDirectory(prefix="lakestack-loading-") as name, local_spark(spark_jars()) as spark:
        Lake(spark, Path(name) / "warm-up").load("orders", rows_of("orders", 1, 100), 100)
        for dataset in BY_NAME:
            for size in (size for size in SIZES if size <= most):
                lake = Lake(spark, Path(name) / f"{dataset}-{size}")
                if dataset == "order_items":
                    lake.load("products", rows_of("products", 1, 1000), 1000)
                lake.load(dataset, rows_of(dataset, 10_000_000, 10), 10)  # a lake in use
                new = lake.load(dataset, rows_of(dataset, 1, size), size)
                again = lake.load(dataset, rows_of(dataset, 1, size), size)
                day = lake.load(dataset, rows_of(dataset, size + 1, _DAY_ROWS, day=3), _DAY_ROWS)
                yield Measure(f"etl_{dataset}, {size:,} rows, new", "rows/s", [size / new])
                yield Measure("  the same rows again", "rows/s", [size / again])
                yield Measure(f"  then a day of {_DAY_ROWS}", "s", [day])


if __name__ == "__main__":
    for found in loads(int(sys.argv[1]) if len(sys.argv) > 1 else SIZES[-1]):
        print(f"{found.name:40} {found.median:12,.1f} {found.unit}", flush=True)
