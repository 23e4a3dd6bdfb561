"""What failed in an execution, from its history."""

import json

from lakestack.testing.state_machines import failures_of, read_definition

HISTORY = [
    {"id": 1, "type": "ExecutionStarted"},
    {"id": 2, "previousEventId": 0, "type": "TaskStateEntered", "stateEnteredEventDetails": {"name": "Load"}},
    {"id": 3, "previousEventId": 2, "type": "TaskScheduled"},
    {"id": 4, "previousEventId": 3, "type": "TaskFailed", "taskFailedEventDetails": {"error": "Glue.X", "cause": "no job"}},
    {"id": 5, "previousEventId": 4, "type": "FailStateEntered", "stateEnteredEventDetails": {"name": "Give up"}},
    {"id": 6, "previousEventId": 5, "type": "ExecutionFailed", "executionFailedEventDetails": {"error": "E", "cause": "C"}},
]


def test_each_failure_has_its_state_error_and_cause():
    assert failures_of(HISTORY) == ["'Load' TaskFailed: Glue.X: no job", "'Give up' is a Fail state"]


def test_a_long_cause_is_cut_and_says_so():
    long = {"id": 1, "type": "TaskTimedOut", "taskTimedOutEventDetails": {"error": "States.Timeout", "cause": "x" * 9000}}

    (line,) = failures_of([long])

    assert line.startswith("'' TaskTimedOut: States.Timeout: xxx")
    assert line.endswith("… (9,016 characters)")


def test_an_execution_that_went_well_has_none():
    assert failures_of(HISTORY[:3]) == []


def test_a_definition_may_be_a_file(tmp_path):
    (tmp_path / "flow.json").write_text(json.dumps({"StartAt": "A"}))

    assert read_definition(tmp_path / "flow.json") == read_definition(str(tmp_path / "flow.json")) == read_definition({"StartAt": "A"})
