"""The pipeline stays on the endpoint: deployed when it is not there, and the marker true."""

import pytest
import stay_deployed


class EnoughError(Exception):
    """Ends the loop, which nothing else does."""


class Endpoint:
    """An endpoint that has the pipeline or not; each deploy succeeds or fails as told."""

    def __init__(self, *codes):
        self.codes, self.deploys, self.has_pipeline = list(codes), 0, False
        self.slept, self.seen = [], []

    def client(self, service):
        assert service == "cloudformation"
        return self

    def describe_stacks(self, StackName):
        return {"Stacks": [{"StackStatus": "CREATE_COMPLETE" if self.has_pipeline else "ROLLBACK_COMPLETE"}]}

    def deploy(self):
        self.deploys += 1
        code = self.codes.pop(0)
        self.has_pipeline = code == 0
        return code


def stay(endpoint, marker, sleeps):
    """Let it stay for so many sleeps; a step of `sleeps` may change the endpoint."""
    steps = list(sleeps)

    def sleep(seconds):
        endpoint.slept.append(seconds)
        endpoint.seen.append(marker.exists())
        if not steps:
            raise EnoughError
        steps.pop(0)()

    with pytest.raises(EnoughError):
        stay_deployed.stay(endpoint, marker, endpoint.deploy, sleep)


def nothing():
    pass


def test_it_deploys_once_and_says_so_by_the_marker(tmp_path):
    endpoint = Endpoint(0)

    stay(endpoint, tmp_path / "deployed", [nothing, nothing])

    assert endpoint.deploys == 1
    assert endpoint.seen == [True, True, True]


def test_an_endpoint_that_came_up_without_the_pipeline_gets_it_again(tmp_path):
    endpoint = Endpoint(0, 0)

    stay(endpoint, tmp_path / "deployed", [lambda: setattr(endpoint, "has_pipeline", False), nothing])

    assert endpoint.deploys == 2
    assert endpoint.seen[-1]


def test_a_deploy_that_failed_is_tried_again_later_each_time(tmp_path):
    endpoint = Endpoint(1, 1, 1, 0)

    stay(endpoint, tmp_path / "deployed", [nothing] * 3)

    assert endpoint.slept == [1, 2, 4, 2]
    assert endpoint.seen == [False, False, False, True]


def test_a_marker_of_the_last_time_is_no_proof(tmp_path):
    marker = tmp_path / "deployed"
    marker.touch()
    endpoint = Endpoint(0)
    endpoint.has_pipeline = True

    stay(endpoint, marker, [])

    assert endpoint.deploys == 1


def test_folders_that_cannot_be_read_are_a_failed_deploy_that_says_why(monkeypatch, capsys):
    def refuse(_arguments):
        raise PermissionError(13, "Permission denied", "/opt/lakestack/glue_jobs")

    monkeypatch.setattr(stay_deployed.deploy, "main", refuse)

    assert stay_deployed._deploy() == 1
    assert "Permission denied: '/opt/lakestack/glue_jobs'. The folders that are mounted here have to be readable" in capsys.readouterr().err
