"""Documents that executions compete for, claims and the load lease: changed by condition only, so that of two writers one loses and knows it.

They lie where the setting `coordination` says, and say the same either way:

    s3                  objects of the lake's bucket, If-None-Match to create and If-Match to replace
    dynamodb:<table>    items of a table whose partition key is `key`: {key, content (JSON text), revision (number)}

A Lambda function has the setting in its environment variable COORDINATION, a Glue job in its argument --coordination.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from lakehouse.s3 import Bucket

ENVIRONMENT_VARIABLE = "COORDINATION"
S3 = "s3"
_DYNAMODB = "dynamodb:"
# Another's write came first, or is under way.
# Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html (as at 2026-11-25)
_LOST = {"ConditionalCheckFailedException", "TransactionConflictException"}


class LostRaceError(Exception):
    """A conditional write found that another had written first; read again, and decide again."""


@dataclass(frozen=True)
class Document:
    """A JSON document, and what a conditional overwrite needs: an object's ETag, an item's revision."""

    content: dict[str, Any]
    revision: str


class DynamoTable:
    """Documents as items of one table.

    Args:
        name: the table's.
        client: boto3's DynamoDB client; by default one of this process's own credentials and region.
    """

    def __init__(self, name: str, client: Any = None) -> None:
        self.name = name
        self.client = client or boto3.client("dynamodb", config=Config(retries={"mode": "standard", "max_attempts": 5}))

    def read(self, key: str) -> Document | None:
        """Return a document as the last write left it, or None when there is none; a refused read is raised."""
        item = self.client.get_item(TableName=self.name, Key={"key": {"S": key}}, ConsistentRead=True).get("Item")
        return Document(json.loads(item["content"]["S"]), item["revision"]["N"]) if item else None

    def create(self, key: str, content: dict[str, Any]) -> None:
        """Write a document where there is none; raise LostRaceError where there is one."""
        self._put(key, content, 1, ConditionExpression="attribute_not_exists(#key)", ExpressionAttributeNames={"#key": "key"})

    def replace(self, key: str, content: dict[str, Any], revision: str) -> None:
        """Overwrite the document that was read at this revision; raise LostRaceError when it has changed since."""
        condition = {"ConditionExpression": "revision = :seen", "ExpressionAttributeValues": {":seen": {"N": revision}}}
        self._put(key, content, int(revision) + 1, **condition)

    def _put(self, key: str, content: dict[str, Any], revision: int, **condition: Any) -> None:
        text = json.dumps(content, ensure_ascii=False, sort_keys=True)
        item = {"key": {"S": key}, "content": {"S": text}, "revision": {"N": str(revision)}}
        try:
            self.client.put_item(TableName=self.name, Item=item, **condition)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _LOST:
                raise LostRaceError(f"{key} in the table {self.name} was written by another at the same time.") from error
            raise


def documents(bucket: Bucket, setting: str | None = None) -> Bucket | DynamoTable:
    """Return where claims and the lease of a lake lie: its bucket, or a table.

    Args:
        bucket: the lake's.
        setting: `s3` or `dynamodb:<table>`; by default the environment variable's, else `s3`.
    """
    chosen = os.environ.get(ENVIRONMENT_VARIABLE, S3) if setting is None else setting
    if chosen == S3:
        return bucket
    if not chosen.startswith(_DYNAMODB) or chosen == _DYNAMODB:
        raise ValueError(f"coordination is {chosen!r}; expected {S3!r} or {_DYNAMODB + '<table>'!r}, as the template's CoordinationStore gives it.")
    return DynamoTable(chosen[len(_DYNAMODB) :])
