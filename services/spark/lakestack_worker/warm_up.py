"""Let a JVM do what jobs do before the first of them comes."""

import contextlib
import logging
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from lakestack_worker import scratch
from lakestack_worker.arguments import understood
from lakestack_worker.assignment import Assignment
from lakestack_worker.config import Settings
from lakestack_worker.driver_process import DriverError, DriverProcess, Order
from lakestack_worker.jvm import JvmError, SparkJvm
from lakestack_worker.jvm_command import JvmSpec
from lakestack_worker.spark_conf import environment, run_properties

_SCRIPT = Path(__file__).with_name("warm_up_script.py")
_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "warm-up", "AWS_SECRET_ACCESS_KEY": "warm-up", "AWS_SESSION_TOKEN": "warm-up"}
_DUMP_WITHIN_S = 300

_log = logging.getLogger(__name__)


def warm_up(settings: Settings, jvm: SparkJvm, depth: str) -> None:
    """Run the warm-up script, ``basic`` or ``deep``, in `jvm`; that it fails is worth a line in the worker's log and nothing more."""
    run = Assignment.of_this_machine("warm-up", settings.region, _CREDENTIALS)
    arguments = understood(run)
    # What is warmed up is the driver's JVM; a cluster would only make it wait.
    settings = replace(settings, cluster=None)
    said: list[str] = []
    with tempfile.TemporaryDirectory(prefix=scratch.prefix("warm-up"), ignore_cleanup_errors=True) as name, contextlib.suppress(JvmError):
        folder = Path(name)
        for part in ("work", "tmp", "spark"):
            (folder / part).mkdir()
        jvm.hand_over(run_properties(settings, run, arguments, folder, ()), lambda _kind, line: said.append(line))
        gateway = {"PYSPARK_GATEWAY_PORT": str(jvm.port), "PYSPARK_GATEWAY_SECRET": jvm.secret, "PYSPARK_PYTHON": sys.executable}
        order = Order(
            script=str(_SCRIPT),
            argv=[str(_SCRIPT), depth],
            environment={**environment(settings, run, arguments, folder), **gateway},
            working_directory=str(folder / "work"),
            python_path=[],
        )
        try:
            error = DriverProcess(settings, Path(sys.executable), is_spark=True).run(order, said.append, said.append)
        except DriverError as failed:
            error = str(failed)
        if error:
            _log.warning("The %s warm-up of a Spark JVM failed: %s %s", depth, error, " ".join(said[-5:]))
        if left := jvm.take_back():
            _log.debug("The warm-up left %s", "; ".join(left))


def train(settings: Settings, archive_options: tuple[str, ...]) -> None:
    """Have a JVM that writes a class archive at its end do what jobs do, and end."""
    jvm = SparkJvm(settings, JvmSpec(settings.spark_memory), sys.executable, archive_options)
    warm_up(settings, jvm, "deep")
    jvm.exit(_DUMP_WITHIN_S)
