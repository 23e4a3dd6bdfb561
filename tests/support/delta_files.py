"""Delta tables made without Spark: a parquet file and a line of log for each commit."""

import io
import json
import uuid

import pyarrow as pa
import pyarrow.parquet as pq

# The types that the tests use, in Delta's words.
_DELTA_TYPES = {pa.int64(): "long", pa.int32(): "integer", pa.string(): "string", pa.float64(): "double"}


class DeltaFiles:
    """A Delta table at `s3://bucket/prefix`."""

    def __init__(self, s3, bucket: str, prefix: str) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._prefix = prefix.strip("/")
        self._version = -1

    @property
    def location(self) -> str:
        return f"s3://{self._bucket}/{self._prefix}"

    def commit(self, rows: pa.Table) -> int:
        """Add rows in a new version, the first of which makes the table; return the version."""
        name = f"part-{uuid.uuid4().hex}.snappy.parquet"
        size = self._put(name, _parquet(rows))
        add = {"path": name, "partitionValues": {}, "size": size, "modificationTime": 1700000000000, "dataChange": True}
        actions = [{"commitInfo": {"timestamp": 1700000000000, "operation": "WRITE", "operationParameters": {}}}]
        if self._version < 0:
            actions += [{"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}}, {"metaData": _metadata(rows.schema)}]
        self._version += 1
        body = "\n".join(json.dumps(action) for action in [*actions, {"add": add}])
        self._put(f"_delta_log/{self._version:020}.json", body.encode())
        return self._version

    def remove(self) -> None:
        """Remove the table's files, so that another can be made at its place."""
        page = self._s3.list_objects_v2(Bucket=self._bucket, Prefix=f"{self._prefix}/")
        for entry in page.get("Contents", []):
            self._s3.delete_object(Bucket=self._bucket, Key=entry["Key"])
        self._version = -1

    def _put(self, name: str, body: bytes) -> int:
        self._s3.put_object(Bucket=self._bucket, Key=f"{self._prefix}/{name}", Body=body)
        return len(body)


def _parquet(rows: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(rows, buffer)
    return buffer.getvalue()


def _metadata(schema: pa.Schema) -> dict:
    fields = [{"name": field.name, "type": _DELTA_TYPES[field.type], "nullable": True, "metadata": {}} for field in schema]
    return {
        "id": str(uuid.uuid4()),
        "format": {"provider": "parquet", "options": {}},
        "schemaString": json.dumps({"type": "struct", "fields": fields}),
        "partitionColumns": [],
        "configuration": {},
        "createdTime": 1700000000000,
    }
