"""A lake in a folder, loaded file by file as the state machine would, and the texts of files to load."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import archive_raw_csvs
from lakehouse import accounting, conversions, converter, etl, frames, leases, tables
from lakehouse.datasets import BY_NAME
from lakehouse.s3 import Bucket

from tests.unit.pipeline.fakes import FakeGlue, FolderS3

ME = "arn:aws:states:us-east-1:000000000000:execution:lakehouse-orchestration:me"

PRODUCTS = "product_id,department_id,department,product_name\n"
ORDERS = "order_num,order_id,user_id,order_timestamp,total_amount,date\n"
ITEMS = "id,order_id,user_id,days_since_prior_order,product_id,add_to_cart_order,reordered,order_timestamp,date\n"
MORNING = "2025-04-01T08:00:00"


@dataclass
class Lake:
    """The lake of one test; uploads are named by their time, so that a test can send one late."""

    spark: object
    bucket: Bucket
    folder: Path
    policy: etl.Policy = field(default_factory=etl.Policy)
    glue: FakeGlue = field(default_factory=FakeGlue)
    loads: int = 0

    @property
    def root(self):
        return f"file:{self.folder}"

    def load(self, dataset, *contents, at=None, name=None, attempts=1, archive=True):
        """Load texts (or paths), each an upload of its own; return the account of each sheet.

        Args:
            dataset: its name.
            contents: what the files hold.
            at: the uploads' ids; by default later than all before.
            name: the uploads' file name; by default each has its own.
            attempts: how many executions have tried.
            archive: False leaves the CSVs where they are, as a load does that fails after its job.
        """
        self.loads += 1
        ids = at or [f"20260401T00{self.loads:02d}{number:02d}Z-v" for number in range(len(contents))]
        manifests = [self._convert(dataset, content, upload, name) for content, upload in zip(contents, ids, strict=True)]
        sheets = [
            {**{part: sheet[part] for part in ("sheet", "csv", "rows_read", "warnings", "extra")}, "upload_id": manifest["upload_id"]}
            for manifest in manifests
            for sheet in manifest["sheets"]
            if sheet["csv"]
        ]
        uploads = [{**manifest, "attempts": attempts} for manifest in manifests]
        plan = f"state/loads/load-{self.loads}/manifest.json"
        self.bucket.write(plan, {"load_id": f"load-{self.loads}", "execution": ME, "uploads": uploads, "datasets": {dataset: {"sheets": sheets}}})
        rows = etl.run(self.spark, self.bucket, self.root, etl.read_load(self.bucket, plan, ME, BY_NAME[dataset]), self.policy, self.glue)
        if archive:
            archive_raw_csvs.archive(self.bucket, plan)
        return rows

    def _convert(self, dataset, content, upload, name):
        folder = self.folder / "work"
        folder.mkdir(exist_ok=True)
        source = content if isinstance(content, Path) else folder / "source"
        if source is not content:
            source.write_text(content)
        file_name = name or f"{dataset}.csv"
        converted = converter.convert(source, file_name, folder, upload)
        assert converted.outcome == "OK", converted.text
        manifest = {
            **json.loads(json.dumps(converted.as_dict())),
            "upload_id": upload,
            "key": f"uploads/{file_name}" if name else f"uploads/{upload}.csv",
            "content_hash": "h",
            "uploaded_at": "2026-04-01 00:00:00.000",
        }
        put = self.bucket.client.put_object(self.bucket.name, manifest["key"], source.read_bytes())
        manifest["version_id"] = put["VersionId"]
        for sheet in manifest["sheets"]:
            if sheet["csv"]:
                key = f"{conversions.RAW}/{sheet['dataset']}/{upload}/{sheet['csv']}"
                self.bucket.upload(folder / sheet["csv"], key)
                sheet["csv"] = key
        self.bucket.write(conversions.manifest_key(upload), manifest)
        return manifest

    def rows(self, table, *columns):
        """Return a table's rows as tuples, sorted."""
        frame = frames.read_table(self.spark, self.root, {t.name: t for t in tables.DELTA_TABLES}[table])
        return sorted((tuple(row) for row in frame.select(*columns).collect()), key=str)

    def version(self, table):
        return len(list((self.folder / tables.PROCESSED / table / "_delta_log").glob("*.json")))

    def log(self, upload, dataset):
        return accounting.read_log(self.bucket, upload, dataset)


def open_lake(spark, folder, **settings):
    """Return an empty lake in a new folder, with the load lease held by ME."""
    folder.mkdir(parents=True)
    bucket = Bucket("lake", FolderS3(folder))
    leases.take(bucket, ME, 600, lambda _execution: False)
    return Lake(spark, bucket, folder, **settings)


def account(row):
    return {name: getattr(row, name) for name in accounting.FATES if getattr(row, name)}


def order(order_id, amount="5.00", timestamp=MORNING, number=1, date=None):
    return f"{number},{order_id},7,{timestamp},{amount},{date or timestamp[:10]}\n"


def item(key, product, timestamp=MORNING, days="", order=1):
    return f"{key},{order},7,{days},{product},1,0,{timestamp},{timestamp[:10]}\n"


def product(key, name="a", department="1,Toys"):
    return f"{key},{department},{name}\n"
