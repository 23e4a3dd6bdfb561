"""Executors elsewhere: how a run's capacity becomes a Spark configuration."""

from pathlib import Path

import pytest
from lakestack_worker import cluster
from lakestack_worker.cluster import Cluster

from tests.unit.worker.test_arguments import run

ELSEWHERE = Cluster("spark://somewhere:7077", "driver", executor_cores=2, executor_memory="3g")


def test_without_a_master_there_is_no_cluster():
    assert Cluster.from_environment(1, "1g", {}) is None


def test_the_master_of_the_environment_is_the_cluster_and_this_machine_its_driver():
    found = Cluster.from_environment(1, "1g", {"LAKESTACK_SPARK_MASTER": "k8s://https://api:6443", "LAKESTACK_SPARK_DRIVER_HOST": "me"})

    assert found == Cluster("k8s://https://api:6443", "me", 1, "1g")


@pytest.mark.parametrize(
    ("capacity", "executors"),
    [({"NumberOfWorkers": 3, "WorkerType": "G.1X"}, 3), ({"MaxCapacity": 4.0}, 4), ({"MaxCapacity": 0.0625}, 1), ({}, 10)],
)
def test_the_number_of_workers_is_the_number_of_executors(capacity, executors):
    conf = cluster.properties(ELSEWHERE, run(capacity=capacity), [], [])

    assert conf["spark.executor.instances"] == str(executors)
    assert conf["spark.cores.max"] == str(executors * 2)


def test_what_tasks_import_and_the_jars_of_the_driver_go_along():
    conf = cluster.properties(ELSEWHERE, run(), [Path("/jars/delta.jar"), Path("/jars/s3a.jar")], ["/run/lib.zip"])

    assert conf["spark.jars"] == "/jars/delta.jar,/jars/s3a.jar"
    assert conf["spark.submit.pyFiles"] == conf["spark.files"] == "/run/lib.zip"


def test_the_log_says_what_the_capacity_became():
    assert cluster.note(ELSEWHERE, run(capacity={"NumberOfWorkers": 3})) == "3 executors with 2 cores and 3g each on spark://somewhere:7077."
    assert "here they are one JVM" in cluster.note(None, run(capacity={"NumberOfWorkers": 3}))
    assert cluster.note(None, run()) is None
