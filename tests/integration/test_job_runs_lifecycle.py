"""Runs that wait, are stopped, take too long, are tried again, or lose their worker."""

import json
import os
import signal
import urllib.request

import psutil
import pytest

from tests.support.glue_jobs import GlueJobs
from tests.support.waiting import eventually

RUNS = "https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-runs.html"
# Says its process id and that of a grandchild in a session of its own, then goes on for longer than any test.
SPAWNS_GRANDCHILDREN = """
    import os, subprocess, sys, time
    child = "import os, subprocess, sys, time; print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True).pid, flush=True); time.sleep(600)"
    process = subprocess.Popen([sys.executable, "-c", child], start_new_session=True, stdout=subprocess.PIPE, text=True)
    print("pids", os.getpid(), process.pid, process.stdout.readline().strip(), flush=True)
    time.sleep(600)
"""


@pytest.fixture
def jobs(stack, bucket):
    jobs = GlueJobs(stack, bucket)
    yield jobs
    jobs.clean_up()


LIVING = """
import sys
for pid in sys.argv[1:]:
    try:
        state = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0]
    except OSError:
        continue
    if state != "Z":
        print(pid)
"""


def pids_of(run) -> list[int]:
    line = next(line for line in run.output if line.startswith("pids "))
    return [int(pid) for pid in line.split()[1:]]


def living(stack, pids: list[int]) -> list[int]:
    """Return those of the processes that are alive, where the worker is: on this machine, or in its container."""
    if hasattr(stack.engine, "execute"):
        return [int(pid) for pid in stack.engine.execute("spark", "python", "-c", LIVING, *map(str, pids)).split()]
    return [pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE]


@pytest.mark.aws_documented(RUNS)
@pytest.mark.parametrize("kind", ["pythonshell", "glueetl"])
def test_stopping_a_run_ends_everything_that_it_started(stack, jobs, kind):
    name = jobs.job(SPAWNS_GRANDCHILDREN, kind)
    run_id = jobs.start(name)
    pids = pids_of(jobs.await_output(name, run_id, "pids"))
    assert len(living(stack, pids)) == 3

    answer = jobs.glue.batch_stop_job_run(JobName=name, JobRunIds=[run_id, "jr_nowhere"])

    assert jobs.ended(name, run_id).state == "STOPPED"
    assert [run["JobRunId"] for run in answer["SuccessfulSubmissions"]] == [run_id]
    assert [error["JobRunId"] for error in answer["Errors"]] == ["jr_nowhere"]
    eventually(lambda: not living(stack, pids), within_s=10, what="the end of the run's processes")


@pytest.mark.local_only
def test_what_a_script_says_is_in_the_log_while_it_goes_on(jobs):
    name = jobs.job("import time\nprint('early', flush=True)\ntime.sleep(600)", "pythonshell")
    run_id = jobs.start(name)

    run = jobs.await_output(name, run_id, "early")

    assert run.state == "RUNNING"


@pytest.mark.aws_documented(RUNS)
def test_more_runs_than_slots_wait_and_more_than_allowed_are_refused(stack, jobs):
    slots = 2 if stack.embedded is None else sum(worker["slots"] for worker in workers(stack))
    name = jobs.job("import time\ntime.sleep(600)", "pythonshell", ExecutionProperty={"MaxConcurrentRuns": slots + 1})
    started = [jobs.start(name) for _ in range(slots + 1)]

    for run_id in started[:slots]:
        jobs.await_state(name, run_id, "RUNNING")
    waiting = jobs.see(name, started[-1])
    with pytest.raises(jobs.glue.exceptions.ConcurrentRunsExceededException):
        jobs.start(name)
    jobs.glue.batch_stop_job_run(JobName=name, JobRunIds=[started[0]])

    assert waiting.state == "WAITING"
    jobs.await_state(name, started[-1], "RUNNING")


@pytest.mark.aws_documented(RUNS)
def test_a_failed_run_is_tried_again_as_a_run_of_its_own(jobs):
    name = jobs.job("raise ValueError('bad')", "pythonshell", MaxRetries=1)
    run_id = jobs.start(name)

    retried = eventually(lambda: len(jobs.glue.get_job_runs(JobName=name)["JobRuns"]) == 2, within_s=60, what="a second attempt")
    retry = jobs.ended(name, f"{run_id}_attempt_1")

    assert retried
    assert (retry.state, retry.job_run["Attempt"], retry.job_run["PreviousRunId"]) == ("FAILED", 1, run_id)
    assert len(jobs.glue.get_job_runs(JobName=name)["JobRuns"]) == 2


@pytest.mark.aws_documented("https://docs.aws.amazon.com/glue/latest/dg/job-run-statuses.html")
def test_a_run_that_takes_longer_than_its_timeout_is_ended(stack, jobs):
    name = jobs.job(SPAWNS_GRANDCHILDREN, "pythonshell", Timeout=1)
    run_id = jobs.start(name)
    pids = pids_of(jobs.await_output(name, run_id, "pids"))

    run = jobs.ended(name, run_id)

    assert run.state == "TIMEOUT"
    assert 60 <= run.job_run["ExecutionTime"] <= 75
    eventually(lambda: not living(stack, pids), within_s=10, what="the end of the run's processes")


@pytest.mark.local_only
def test_a_worker_that_is_killed_fails_its_run_with_a_reason_leaves_no_process_and_is_replaced(stack, jobs):
    if stack.embedded is None:
        pytest.skip("needs the embedded engine, whose worker may be killed")
    name = jobs.job(SPAWNS_GRANDCHILDREN, "pythonshell", MaxRetries=0)
    run_id = jobs.start(name)
    pids = pids_of(jobs.await_output(name, run_id, "pids"))
    (worker,) = [worker for worker in workers(stack) if run_id in worker["runs"]]

    os.kill(worker["pid"], signal.SIGKILL)

    run = jobs.ended(name, run_id)
    assert run.state == "FAILED"
    assert "was lost" in run.why
    eventually(lambda: not living(stack, pids), within_s=15, what="the end of the run's processes")
    assert jobs.run("print('again')", "pythonshell").state == "SUCCEEDED"


def workers(stack) -> list[dict]:
    token = json.loads((stack.state_dir / "stack.json").read_text())["worker_token"]
    request = urllib.request.Request(f"{stack.endpoint_url}/_lakestack/workers", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)["workers"]
