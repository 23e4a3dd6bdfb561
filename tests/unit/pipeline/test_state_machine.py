"""The state machine's definition, as it lies in the repository."""

import json
import re
from pathlib import Path

import pytest
import sqlglot

ROOT = Path(__file__).parents[3]
DEFINITION = (ROOT / "step_functions" / "lakehouse_etl_flow.json").read_text()
STATES = json.loads(DEFINITION)["States"]
TASKS = {name: state for name, state in STATES.items() if state["Type"] == "Task"}
FAILURE_PATH = {"Report the failure", "Tell the operators"}


def next_states(state):
    """Return the names of all states that can follow."""
    named = [state.get("Next"), state.get("Default")]
    named += [choice["Next"] for choice in state.get("Choices", [])]
    named += [catch["Next"] for catch in state.get("Catch", [])]
    return {name for name in named if name}


def test_it_is_valid_as_it_lies_there():
    assert "${" not in DEFINITION
    assert all(next_states(state) <= set(STATES) for state in STATES.values())


def test_every_state_can_be_reached():
    reached, waiting = set(), {json.loads(DEFINITION)["StartAt"]}
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting |= next_states(STATES[name]) - reached

    assert reached == set(STATES)


@pytest.mark.parametrize("name", TASKS)
def test_every_task_ends_in_time_retries_by_name_and_reports_its_failure(name):
    task = TASKS[name]

    assert task["TimeoutSeconds"] > 0
    assert all(error not in {"States.ALL", "States.TaskFailed"} for retry in task["Retry"] for error in retry["ErrorEquals"])
    assert len(task["Catch"]) == 1
    if name not in FAILURE_PATH:
        assert task["Catch"][0]["Next"] == "Report the failure"


def test_after_every_job_run_a_choice_demands_that_it_succeeded():
    for name, task in TASKS.items():
        if task["Resource"].endswith("glue:startJobRun.sync"):
            choice = STATES[task["Next"]]
            assert choice["Default"] == "Note that a job run did not succeed", name
            assert [(rule["Variable"], rule["StringEquals"]) for rule in choice["Choices"]] == [("$.job.JobRunState", "SUCCEEDED")], name


def test_it_starts_the_jobs_that_are_there():
    jobs = {task["Parameters"]["JobName"] for task in TASKS.values() if "JobName" in task["Parameters"]}

    assert all((ROOT / "glue_jobs" / f"{job}.py").is_file() for job in jobs)


def test_no_failure_ends_an_execution_as_succeeded():
    for name in FAILURE_PATH:
        reached, waiting = set(), {name}
        while waiting:
            found = waiting.pop()
            reached.add(found)
            waiting |= next_states(STATES[found]) - reached
        ends = {STATES[state]["Type"] for state in reached if not next_states(STATES[state])}
        assert ends == {"Fail"}, name


@pytest.mark.parametrize("name", ["validate_orders", "top_customers", "rejected_records_analysis", "accounting"])
def test_a_query_is_one_statement_that_athena_can_parse(name):
    text = (ROOT / "sql" / f"{name}.sql").read_text()

    assert len(sqlglot.parse(text, read="athena")) == 1
    assert not re.search(r";\s*$", text)
    assert "Engine: Athena 3 / Trino. Parameters: none." in text


def test_an_upload_that_was_set_aside_ends_as_a_quarantined_one_even_when_it_held_the_lease():
    choice = STATES[STATES["Finish the load"]["Next"]]

    assert [(rule["Variable"], rule["StringEquals"], rule["Next"]) for rule in choice["Choices"]] == [
        ("$.lease.answer.outcome", "QUARANTINED", "Word the quarantine")
    ]
    assert choice["Default"] == "Upload loaded"
