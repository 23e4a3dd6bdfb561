"""The lake's bucket with claims and lease in either store."""

import pytest
from lakehouse.coordination import DynamoTable
from lakehouse.s3 import Bucket

from tests.unit.pipeline.fakes import MemoryDynamoDB


@pytest.fixture(params=["s3", "dynamodb"])
def bucket(request, s3):
    """The lake's bucket, with claims and lease in either store."""
    lake = Bucket("lake", s3)
    if request.param == "dynamodb":
        lake.documents = DynamoTable("coordination", MemoryDynamoDB())
    return lake
