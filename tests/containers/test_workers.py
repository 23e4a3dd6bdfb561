"""Several Spark containers, and how the containers are run."""

import pytest

from tests.support.waiting import eventually

SAYS_WHERE = """
    import socket, time

    time.sleep(8)
    print(socket.gethostname())
"""

pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def three_workers(containers):
    containers.scale("spark", 3)
    yield
    containers.scale("spark", 1)


def test_three_workers_share_the_runs(jobs, three_workers):
    name = jobs.job(SAYS_WHERE, kind="pythonshell", ExecutionProperty={"MaxConcurrentRuns": 5})

    runs = [jobs.start(name) for _ in range(5)]

    # Two runs at once for each: five need all three.
    hosts = {jobs.ended(name, run).output[0] for run in runs}
    assert len(hosts) == 3


@pytest.mark.parametrize("service", ["localstack", "spark", "trino"])
def test_no_container_runs_as_root_or_reaches_docker(containers, service):
    facts = containers.execute(service, "python", "-c", "import os; print(os.getuid(), os.path.exists('/var/run/docker.sock'))")

    assert facts.split() == ["1000", "False"]


@pytest.mark.parametrize("service", ["localstack", "trino"])
def test_what_runs_cannot_change_the_image(containers, service):
    said = containers.execute(service, "python", "-c", "try:\n open('/opt/x', 'w')\nexcept OSError as error:\n print(error.strerror)")

    assert said.strip() == "Read-only file system"


def test_every_container_stops_when_it_is_asked_to(containers):
    """Within its ten seconds, by SIGTERM alone: a process that had to be killed would have left with 137."""
    containers.run("stop", "--timeout", "10")
    codes = containers.exit_codes()
    containers.run("start")
    eventually(containers.is_healthy, 120, 1, "the containers' health")

    assert sorted(codes) == ["localstack", "spark", "trino"]
    assert 137 not in codes.values(), codes
