"""The lake's bucket with claims and lease in either store, and the function that guards both."""

import importlib.util

import pytest
from lakehouse.coordination import DynamoTable
from lakehouse.s3 import Bucket

from tests.unit.pipeline.exactly_once.steps import ROOT
from tests.unit.pipeline.fakes import MemoryDynamoDB


@pytest.fixture(params=["s3", "dynamodb"])
def bucket(request, s3):
    """The lake's bucket, with claims and lease in either store."""
    lake = Bucket("lake", s3)
    if request.param == "dynamodb":
        lake.documents = DynamoTable("coordination", MemoryDynamoDB())
    return lake


@pytest.fixture
def function(bucket, monkeypatch):
    """Return the handler of check_marker_lambda on the fake bucket; executions in `function.over` have ended."""
    spec = importlib.util.spec_from_file_location("check_marker_handler", ROOT / "lambdas/check_marker_lambda/handler.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "Bucket", lambda _name: bucket)
    over = set()
    monkeypatch.setattr(module, "_is_over", lambda execution: execution in over)
    handler = lambda event: module.handler(event, None)  # noqa: E731
    handler.over = over
    return handler
