"""Where a run's executors are: in the JVM of its driver, or on a Spark cluster that is there already.

LAKESTACK_SPARK_MASTER names the cluster (spark://host:port, k8s://..., yarn); then NumberOfWorkers of a run is its number of executors.
The driver stays on this machine, so the cluster's nodes must reach it, and the endpoint, by the names that they are given.
"""

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lakestack_worker.assignment import Assignment

# Glue's default where a job says nothing: https://docs.aws.amazon.com/glue/latest/dg/add-job.html (as at 2026-11-25)
_DEFAULT_WORKERS = 10


@dataclass(frozen=True)
class Cluster:
    """A Spark cluster for the executors of runs.

    Attributes:
        master: As spark.master takes it.
        driver_host: By which the cluster's nodes reach this machine.
        executor_cores, executor_memory: Of one executor; memory as java's -Xmx takes it.
    """

    master: str
    driver_host: str
    executor_cores: int
    executor_memory: str

    @classmethod
    def from_environment(cls, executor_cores: int, executor_memory: str, environment: Mapping[str, str] = os.environ) -> "Cluster | None":
        """Return the cluster that LAKESTACK_SPARK_MASTER names, or None where runs stay on this machine."""
        if not (master := environment.get("LAKESTACK_SPARK_MASTER")):
            return None
        return cls(master, environment.get("LAKESTACK_SPARK_DRIVER_HOST") or socket.gethostname(), executor_cores, executor_memory)


def properties(cluster: Cluster, run: Assignment, jars: Sequence[Path], files: Sequence[str]) -> dict[str, str]:
    """Return the Spark configuration that puts the executors of `run` on `cluster`.

    Args:
        cluster: Where they go.
        run: Its capacity is how many there are.
        jars: What the driver has on its class path beside Spark's own; executors fetch it from there.
        files: Python files and archives that the run's tasks import.
    """
    count = executors(run)
    return {
        "spark.master": cluster.master,
        "spark.driver.host": cluster.driver_host,
        "spark.driver.bindAddress": "0.0.0.0",  # noqa: S104 - the cluster's nodes have to reach it
        "spark.executor.instances": str(count),
        "spark.executor.cores": str(cluster.executor_cores),
        "spark.executor.memory": cluster.executor_memory,
        # A standalone master counts cores; together with those of one executor, this is the number of executors.
        "spark.cores.max": str(count * cluster.executor_cores),
        "spark.sql.shuffle.partitions": str(max(2, count * cluster.executor_cores)),
        "spark.jars": ",".join(map(str, jars)),
        "spark.files": ",".join(files),
        "spark.submit.pyFiles": ",".join(files),
    }


def executors(run: Assignment) -> int:
    """Return how many executors the run's capacity means: NumberOfWorkers, or the DPUs of MaxCapacity."""
    capacity = run.capacity.get("NumberOfWorkers") or run.capacity.get("MaxCapacity") or _DEFAULT_WORKERS
    return max(1, int(float(capacity)))


def note(cluster: Cluster | None, run: Assignment) -> str | None:
    """Return what the run's log says of its capacity, or None when there is nothing to say."""
    asked = run.capacity.get("NumberOfWorkers")
    if cluster:
        return f"{executors(run)} executors with {cluster.executor_cores} cores and {cluster.executor_memory} each on {cluster.master}."
    return f"{asked} workers of type {run.capacity.get('WorkerType', 'G.1X')} were asked for; here they are one JVM." if asked else None
