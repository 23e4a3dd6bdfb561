"""The state machines' definitions, as they lie in the repository."""

import json
import re
from pathlib import Path

import pytest
import sqlglot

ROOT = Path(__file__).parents[3]
TEXTS = {name: (ROOT / "step_functions" / f"{name}.json").read_text() for name in ("lakehouse_etl_flow", "lakehouse_maintenance_flow")}
STATES = {name: json.loads(text)["States"] for name, text in TEXTS.items()}
TASKS = [(flow, name) for flow, states in STATES.items() for name, state in states.items() if state["Type"] == "Task"]
FAILURE_PATH = {"Report the failure", "Tell the operators"}
each_flow = pytest.mark.parametrize("flow", TEXTS)
LOADING = STATES["lakehouse_etl_flow"]
NOTICE = "Tell of the rejected rows"


def next_states(state):
    """Return the names of all states that can follow."""
    named = [state.get("Next"), state.get("Default")]
    named += [choice["Next"] for choice in state.get("Choices", [])]
    named += [catch["Next"] for catch in state.get("Catch", [])]
    return {name for name in named if name}


def reached_from(states, start):
    reached, waiting = set(), {start}
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting |= next_states(states[name]) - reached
    return reached


@each_flow
def test_it_is_valid_as_it_lies_there(flow):
    assert "${" not in TEXTS[flow]
    assert all(next_states(state) <= set(STATES[flow]) for state in STATES[flow].values())


@each_flow
def test_every_state_can_be_reached(flow):
    assert reached_from(STATES[flow], json.loads(TEXTS[flow])["StartAt"]) == set(STATES[flow])


@pytest.mark.parametrize(("flow", "name"), TASKS)
def test_every_task_ends_in_time_retries_by_name_and_reports_its_failure(flow, name):
    task = STATES[flow][name]

    assert task["TimeoutSeconds"] > 0
    assert all(error not in {"States.ALL", "States.TaskFailed"} for retry in task["Retry"] for error in retry["ErrorEquals"])
    assert len(task["Catch"]) == 1
    if name not in FAILURE_PATH | {NOTICE}:
        assert task["Catch"][0]["Next"] == "Report the failure"


@each_flow
def test_after_every_job_run_a_choice_demands_that_it_succeeded(flow):
    for name, task in STATES[flow].items():
        if task.get("Resource", "").endswith("glue:startJobRun.sync"):
            choice = STATES[flow][task["Next"]]
            assert choice["Default"] == "Note that a job run did not succeed", name
            assert [(rule["Variable"], rule["StringEquals"]) for rule in choice["Choices"]] == [("$.job.JobRunState", "SUCCEEDED")], name


@each_flow
def test_it_starts_the_jobs_that_are_there(flow):
    jobs = {state["Parameters"]["JobName"] for state in STATES[flow].values() if "JobName" in state.get("Parameters", {})}

    assert jobs
    assert all((ROOT / "glue_jobs" / f"{job}.py").is_file() for job in jobs)


@each_flow
def test_no_failure_ends_an_execution_as_succeeded(flow):
    for name in FAILURE_PATH:
        reached = reached_from(STATES[flow], name)
        ends = {STATES[flow][state]["Type"] for state in reached if not next_states(STATES[flow][state])}
        assert ends == {"Fail"}, name


def test_a_notice_that_cannot_be_sent_fails_no_load_and_is_in_its_output():
    (catch,) = LOADING[NOTICE]["Catch"]
    (untold,) = [rule for rule in LOADING[catch["Next"]]["Choices"] if rule["Variable"] == f"{catch['ResultPath']}.Error"]
    end = LOADING[untold["Next"]]

    assert (untold["IsPresent"], end["Type"], end["End"]) == (True, "Pass", True)
    assert (end["Parameters"]["outcome"], end["Parameters"]["untold.$"]) == ("LOADED", catch["ResultPath"])


def test_an_execution_that_fails_with_another_s_load_tells_nobody_again():
    assert "Tell the operators" not in reached_from(LOADING, "Upload not loaded")
    assert LOADING["May this execution load?"]["Default"] == "Upload not loaded"


@pytest.mark.parametrize("name", ["validate_orders", "top_customers", "rejected_records_analysis", "accounting"])
def test_a_query_is_one_statement_that_athena_can_parse(name):
    text = (ROOT / "sql" / f"{name}.sql").read_text()

    assert len(sqlglot.parse(text, read="athena")) == 1
    assert not re.search(r";\s*$", text)
    assert "Engine: Athena 3 / Trino. Parameters: none." in text


def test_an_upload_that_was_set_aside_ends_as_a_quarantined_one_even_when_it_held_the_lease():
    choice = LOADING["Was the upload set aside?"]

    assert "Was the upload set aside?" in reached_from(LOADING, LOADING["Finish the load"]["Next"])
    assert [rule["Next"] for rule in choice["Choices"] if rule.get("StringEquals") == "QUARANTINED"] == ["Word the quarantine"]
    assert choice["Default"] == "Upload loaded"
