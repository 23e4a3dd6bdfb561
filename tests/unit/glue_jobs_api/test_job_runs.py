"""The life of a run: who may have it, how it ends, and what follows."""

import threading

import pytest
from lakestack_aws.errors import ServiceError
from lakestack_aws.glue.jobs.job_runs import TRANSITIONS, InvalidTransitionError, JobRunState, moved
from lakestack_aws.glue.jobs.workers import UnknownWorkerError


def test_a_run_waits_until_a_worker_takes_it_and_succeeds(glue):
    glue.job()
    run_id = glue.start(Arguments={"--day": "1"})
    states = [glue.run(run_id)["JobRunState"]]

    glue.worker()
    glue.begin()
    states.append(glue.run(run_id)["JobRunState"])
    glue.pass_time(7)
    glue.finish(run_id)

    run = glue.run(run_id)
    assert [*states, run["JobRunState"]] == ["WAITING", "RUNNING", "SUCCEEDED"]
    assert (run["ExecutionTime"], run["Attempt"], run["Arguments"]) == (7, 0, {"--day": "1"})
    assert (run["CompletedOn"] - run["StartedOn"]).total_seconds() == 7
    assert "ErrorMessage" not in run


def test_starting_a_job_that_is_not_there_is_refused_in_the_words_of_aws(glue):
    with pytest.raises(ServiceError) as refused:
        glue.start("nothing")

    assert (refused.value.code, refused.value.message) == ("EntityNotFoundException", "Failed to start job run due to missing metadata.")


def test_a_job_runs_as_often_at_once_as_it_says(glue):
    glue.job(ExecutionProperty={"MaxConcurrentRuns": 2})
    first, _ = glue.start(), glue.start()

    with pytest.raises(ServiceError) as refused:
        glue.start()
    glue.batch_stop_job_run(JobName="etl", JobRunIds=[first])
    glue.start()

    assert refused.value.code == "ConcurrentRunsExceededException"


def test_a_failed_run_is_tried_again_as_a_run_of_its_own(glue):
    glue.job(MaxRetries=1)
    run_id = glue.start()
    glue.worker()

    glue.finish(glue.begin(), "ValueError: bad")
    retry_id = glue.begin()
    glue.finish(retry_id, "ValueError: worse")

    newest, oldest = glue.get_job_runs(JobName="etl")["JobRuns"]
    assert (oldest["Id"], oldest["JobRunState"], oldest["ErrorMessage"]) == (run_id, "FAILED", "ValueError: bad")
    assert (newest["Id"], newest["Attempt"], newest["PreviousRunId"]) == (f"{run_id}_attempt_1", 1, run_id)
    assert newest["ErrorMessage"] == "ValueError: worse"


@pytest.mark.parametrize(("end", "state"), [("stop", "STOPPED"), ("timeout", "TIMEOUT")])
def test_a_run_that_was_ended_is_not_tried_again(glue, end, state):
    glue.job(MaxRetries=3, Timeout=1)
    run_id = glue.start()
    glue.worker()
    glue.begin()

    if end == "stop":
        glue.batch_stop_job_run(JobName="etl", JobRunIds=[run_id])
    else:
        for _ in range(7):
            glue.scheduler.heartbeat("w", run_id, wait_s=0)
            glue.pass_time(10)
    glue.finish(run_id, "killed")

    assert [run["JobRunState"] for run in glue.get_job_runs(JobName="etl")["JobRuns"]] == [state]


def test_a_worker_hears_at_once_that_its_run_is_to_stop(glue):
    glue.job()
    run_id = glue.start()
    glue.worker()
    glue.begin()
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(glue.scheduler.heartbeat("w", run_id, wait_s=5)))
    waiting.start()

    glue.batch_stop_job_run(JobName="etl", JobRunIds=[run_id])
    waiting.join(timeout=2)

    assert answers == [False]
    assert glue.run(run_id)["JobRunState"] == "STOPPING"


def test_a_run_that_waits_is_stopped_without_any_worker(glue):
    glue.job()
    run_id = glue.start()

    glue.batch_stop_job_run(JobName="etl", JobRunIds=[run_id])

    assert glue.run(run_id)["JobRunState"] == "STOPPED"


def test_stopping_tells_what_was_stopped_from_what_could_not_be(glue):
    glue.job(ExecutionProperty={"MaxConcurrentRuns": 2})
    running, over = glue.start(), glue.start()
    glue.batch_stop_job_run(JobName="etl", JobRunIds=[over])

    answer = glue.batch_stop_job_run(JobName="etl", JobRunIds=[running, over, "jr_nothing"])

    assert [run["JobRunId"] for run in answer["SuccessfulSubmissions"]] == [running]
    assert [(error["JobRunId"], error["ErrorDetail"]["ErrorCode"]) for error in answer["Errors"]] == [
        (over, "JobRunInvalidStateTransitionException"),
        ("jr_nothing", "EntityNotFoundException"),
    ]


def test_a_run_whose_worker_falls_silent_fails_with_the_reason_and_is_tried_again(glue):
    glue.job(MaxRetries=1)
    run_id = glue.start()
    glue.worker()
    glue.begin()

    glue.pass_time(16)

    retry, lost = glue.get_job_runs(JobName="etl")["JobRuns"]
    assert (lost["JobRunState"], lost["Id"]) == ("FAILED", run_id)
    assert "its worker sent no heartbeat for 15 s" in lost["ErrorMessage"]
    assert retry["JobRunState"] == "WAITING"


def test_a_run_is_kept_by_its_heartbeats(glue):
    glue.job()
    run_id = glue.start()
    glue.worker()
    glue.begin()

    for _ in range(5):
        glue.pass_time(10)
        glue.scheduler.heartbeat("w", run_id, wait_s=0)

    assert glue.run(run_id)["JobRunState"] == "RUNNING"


def test_the_runs_of_a_worker_that_was_started_anew_are_lost_at_once(glue):
    glue.job()
    run_id = glue.start()
    glue.worker("old")
    glue.begin("old")

    glue.worker("new")

    assert glue.run(run_id)["JobRunState"] == "FAILED"
    with pytest.raises(UnknownWorkerError):
        glue.scheduler.next_run("old", wait_s=0)


def test_a_run_that_its_worker_never_confirms_is_given_to_another(glue):
    glue.job()
    run_id = glue.start()
    glue.worker("gone", "one-host")
    glue.worker("there", "other-host")
    glue.scheduler.next_run("gone", wait_s=0)

    glue.pass_time(6)

    assert glue.begin("there") == run_id
    assert glue.scheduler.confirm("gone", run_id) is False
    glue.finish(run_id, "said too late", worker_id="gone")
    assert glue.run(run_id)["JobRunState"] == "RUNNING"


def test_a_run_for_which_no_worker_comes_fails_instead_of_waiting_for_ever(glue):
    glue.job()
    run_id = glue.start()

    glue.pass_time(181)

    run = glue.run(run_id)
    assert run["JobRunState"] == "FAILED"
    assert "no worker was there to take it" in run["ErrorMessage"]


def test_more_runs_than_slots_wait_in_the_order_of_their_start(glue):
    glue.job(ExecutionProperty={"MaxConcurrentRuns": 3})
    started = [glue.start() for _ in range(3)]
    glue.worker()

    begun = [glue.begin() for _ in range(2)]

    assert begun == started[:2]
    assert glue.run(started[2])["JobRunState"] == "WAITING"


def test_runs_come_newest_first_and_in_pages(glue):
    glue.job(ExecutionProperty={"MaxConcurrentRuns": 3})
    started = [glue.start() for _ in range(3)]

    first = glue.get_job_runs(JobName="etl", MaxResults=2)
    rest = glue.get_job_runs(JobName="etl", MaxResults=2, NextToken=first["NextToken"])

    assert [run["Id"] for run in first["JobRuns"] + rest["JobRuns"]] == started[::-1]


def test_arguments_of_the_run_override_the_jobs_but_for_those_that_may_not_be_overridden(glue):
    glue.job(DefaultArguments={"--a": "job", "--b": "job"}, NonOverridableArguments={"--c": "job"})
    glue.start(Arguments={"--b": "run", "--c": "run"})
    glue.worker()

    run = glue.scheduler.next_run("w", wait_s=0)

    assert run.effective_arguments == {"--a": "job", "--b": "run", "--c": "job"}


def test_a_run_keeps_the_definition_with_which_it_was_started(glue):
    glue.job(DefaultArguments={"--a": "old"})
    glue.start()
    glue.delete_job(JobName="etl")
    glue.worker()

    assert glue.scheduler.next_run("w", wait_s=0).effective_arguments == {"--a": "old"}


def test_what_is_over_stays_as_it_is(glue):
    glue.job()
    run_id = glue.start()
    glue.worker()
    glue.begin()
    glue.finish(run_id)

    with pytest.raises(InvalidTransitionError, match="SUCCEEDED, which is final; it cannot become RUNNING"):
        moved(glue.scheduler.store.run(run_id), JobRunState.RUNNING, glue.time)


def test_every_state_is_reached_or_final():
    reached = {state for following in TRANSITIONS.values() for state in following}

    assert reached | {JobRunState.WAITING} == set(JobRunState)
