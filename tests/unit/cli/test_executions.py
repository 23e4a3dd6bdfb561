"""Following uploads: which execution is whose, which states are news, how it ended."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from lakestack.errors import PipelineError
from lakestack.lake.executions import Ended, Executions
from lakestack.lake.uploads import Upload

START = datetime(2026, 1, 1, tzinfo=UTC)
ORDERS = Upload("orders.xlsx", "uploads/orders.xlsx", "v1", START)


class FakeStepFunctions:
    """One execution that has ended already."""

    def __init__(self, version_id="v1", states=("Claim", "Wait", "Claim"), status="SUCCEEDED", **described):
        event = {"detail": {"object": {"key": "uploads/orders.xlsx", "version-id": version_id}}}
        self.described = {"status": status, "input": json.dumps(event), "stopDate": START + timedelta(seconds=9), **described}
        self.events = [
            {"id": n, "type": "TaskStateEntered", "timestamp": START + timedelta(seconds=n), "stateEnteredEventDetails": {"name": name}}
            for n, name in enumerate(states, start=1)
        ]

    def list_executions(self, stateMachineArn, maxResults):
        return {"executions": [{"executionArn": "arn:1", "name": "1"}]}

    def describe_execution(self, executionArn):
        return self.described

    def get_paginator(self, operation):
        return self

    def paginate(self, executionArn):
        return [{"events": [*self.events, {"id": 99, "type": "ExecutionSucceeded"}]}]


def follow(fake):
    return list(Executions(fake, "us-east-1").follow([ORDERS]))


def test_a_state_is_news_once_with_its_time_from_the_upload():
    passed = follow(FakeStepFunctions())

    assert [(one.state, one.after_s) for one in passed] == [("Claim", 1.0), ("Wait", 2.0), ("", 9.0)]


def test_a_success_says_what_came_of_the_upload():
    output = {"outcome": "SKIPPED", "reason": "DUPLICATE_UPLOAD", "text": "Loaded already."}

    (*_, last) = follow(FakeStepFunctions(output=json.dumps(output)))

    assert last.ended == Ended("arn:1", "SUCCEEDED", "SKIPPED", "Loaded already.", "DUPLICATE_UPLOAD")


def test_a_failure_has_its_error_and_cause():
    (*_, last) = follow(FakeStepFunctions(status="FAILED", error="Quarantined", cause="It is empty."))

    assert last.ended == Ended("arn:1", "FAILED", "Quarantined", "It is empty.")
    assert not last.ended.is_success


def test_the_execution_of_another_version_is_somebody_else_s(monkeypatch):
    monkeypatch.setattr("lakestack.lake.executions._STARTS_WITHIN_S", 0.0)

    with pytest.raises(PipelineError, match=r"^No execution started for s3://ecom-lakehouse/uploads/orders\.xlsx within"):
        follow(FakeStepFunctions(version_id="v2"))
