"""What the pipeline's own claims say of an upload: an object of the lake or an item of a table, as the function that keeps them is set."""

import hashlib
import json
from typing import Any

from lakestack.client import Clients
from lakestack.lake.names import BUCKET

_FUNCTION = "check_marker_lambda"
_IN_A_TABLE = "dynamodb:"


class Claims:
    """The claims of one stack."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def status_of(self, upload_id: str, content_hash: str, version_id: str) -> str | None:
        """Return the status of the claim that an upload has, or None when it has none."""
        again = hashlib.sha256(version_id.encode()).hexdigest()[:16]
        for token in (content_hash, f"{content_hash}-again-{again}"):
            claim = self._read(f"state/claims/{token}.json")
            if claim and claim["upload_id"] == upload_id:
                return str(claim["status"])
        return None

    def _read(self, key: str) -> dict[str, Any] | None:
        if table := self._table():
            item = self._clients.client("dynamodb").get_item(TableName=table, Key={"key": {"S": key}}).get("Item")
            return dict(json.loads(item["content"]["S"])) if item else None
        s3 = self._clients.client("s3")
        try:
            return dict(json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()))
        except s3.exceptions.NoSuchKey:
            return None

    def _table(self) -> str | None:
        setting = self._clients.client("lambda").get_function_configuration(FunctionName=_FUNCTION).get("Environment", {}).get("Variables", {})
        where = str(setting.get("COORDINATION", ""))
        return where.removeprefix(_IN_A_TABLE) if where.startswith(_IN_A_TABLE) else None
