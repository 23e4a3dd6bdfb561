"""What the endpoint answers to workers, and to those who are none."""

import pytest
from lakestack_aws.glue.jobs.config import Settings
from lakestack_aws.glue.jobs.worker_protocol import RoleError, RoleSession, WorkerProtocol

SETTINGS = Settings(worker_token="secret", glue_fallback="6.0")
REGISTRATION = {"worker_id": "w", "name": "host", "pid": 7, "slots": 2, "ready": True, "facts": {"spark": "4.1.1"}}


def assumed(role_arn, region):
    return RoleSession({"AWS_ACCESS_KEY_ID": role_arn}, note="a word on the role")


def refused(role_arn, region):
    raise RoleError(f"The role {role_arn} could not be assumed")


@pytest.fixture
def protocol(glue):
    return WorkerProtocol(glue.scheduler, SETTINGS, assumed)


@pytest.mark.parametrize(
    ("settings", "header", "status"),
    [(SETTINGS, "Bearer secret", None), (SETTINGS, "Bearer other", 401), (SETTINGS, None, 401), (Settings(), "Bearer ", 403)],
)
def test_only_the_token_of_the_stack_lets_a_worker_in(glue, settings, header, status):
    answer = WorkerProtocol(glue.scheduler, settings, assumed).refusal(header)

    assert (answer[0] if answer else None) == status


def test_workers_are_listed_with_the_runs_they_have(glue, protocol):
    glue.job()
    run_id = glue.start()
    protocol.register(REGISTRATION)
    glue.begin()

    _, listing = protocol.list_workers()

    (worker,) = listing["workers"]
    assert (worker["pid"], worker["slots"], worker["ready"], worker["runs"]) == (7, 2, True, [run_id])


def test_a_worker_that_is_not_known_is_told_to_register(protocol):
    assert protocol.next_run("stranger", {"wait_s": 0})[0] == 404


def test_a_run_is_handed_out_with_all_that_it_needs(glue, protocol):
    glue.job(DefaultArguments={"--conf": "a=b"}, WorkerType="G.1X", NumberOfWorkers=2)
    run_id = glue.start(Arguments={"--day": "1"})
    protocol.register(REGISTRATION)

    _, answer = protocol.next_run("w", {"wait_s": 0})

    run = answer["run"]
    assert (run["run_id"], run["kind"], run["script_location"]) == (run_id, "glueetl", "s3://scripts/etl.py")
    assert run["arguments"] == {"--conf": "a=b", "--day": "1"}
    assert run["credentials"] == {"AWS_ACCESS_KEY_ID": "arn:aws:iam::000000000000:role/glue"}
    assert run["log_group"] == "/aws-glue/jobs"
    assert run["capacity"] == {"WorkerType": "G.1X", "NumberOfWorkers": 2}
    assert run["notes"] == ["a word on the role"]


def test_the_log_of_a_run_by_fallback_says_so(glue_with):
    glue = glue_with(glue_fallback="6.0")
    protocol = WorkerProtocol(glue.scheduler, SETTINGS, assumed)
    glue.job(GlueVersion="4.0")
    glue.start()
    protocol.register(REGISTRATION)

    _, answer = protocol.next_run("w", {"wait_s": 0})

    assert "GlueVersion is 4.0; LAKESTACK_GLUE_FALLBACK=6.0 runs it as that." in answer["run"]["notes"]


def test_a_run_whose_role_cannot_be_assumed_fails_with_the_reason(glue):
    protocol = WorkerProtocol(glue.scheduler, SETTINGS, refused)
    glue.job()
    run_id = glue.start()
    protocol.register(REGISTRATION)

    _, answer = protocol.next_run("w", {"wait_s": 0})

    assert answer["run"] is None
    assert "could not be assumed" in glue.run(run_id)["ErrorMessage"]
