"""One job run on this worker, from the moment it was pulled to the moment its end was reported."""

import logging
import shutil
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from lakestack_worker import cluster, failure, memory, scratch
from lakestack_worker.arguments import ArgumentError, JobArguments, understood
from lakestack_worker.assignment import Assignment
from lakestack_worker.aws import Aws
from lakestack_worker.config import Settings
from lakestack_worker.driver_pool import DriverPool
from lakestack_worker.driver_process import DriverError, DriverProcess, Order
from lakestack_worker.endpoint import Endpoint, EndpointError
from lakestack_worker.jvm import JvmError, SparkJvm
from lakestack_worker.jvm_pool import JvmPool
from lakestack_worker.logs import ERROR, OUTPUT, LogShipper
from lakestack_worker.materials import MaterialError, Materials, fetch
from lakestack_worker.spark_conf import environment, jvm_spec, run_properties

# Where awsglue lies.
_SUPPORT = str(Path(__file__).resolve().parents[1])
_NO_DELTA = {"delta": "the job has no --datalake-formats delta"}

_log = logging.getLogger(__name__)


class _EndedError(Exception):
    """The run was stopped, timed out, or is somebody else's by now."""


@dataclass(frozen=True)
class Shared:
    """What all runs of a worker share."""

    endpoint: Endpoint
    aws: Aws
    jvms: JvmPool
    drivers: DriverPool


class Execution:
    """Runs one assignment; run() is called once."""

    def __init__(self, settings: Settings, shared: Shared, run: Assignment) -> None:
        self._settings = settings
        self._endpoint = shared.endpoint
        self._aws = shared.aws
        self._jvms = shared.jvms
        self._drivers = shared.drivers
        self._run = run
        self._lock = threading.Lock()
        self._is_to_end = False
        self._is_over = False
        self._driver: DriverProcess | None = None
        self._jvm: SparkJvm | None = None
        self._folder: Path | None = None

    def run(self) -> None:
        """Run it, report how it ended, and clean up behind it."""
        if not self._endpoint.confirm(self._run.run_id):
            return
        threading.Thread(target=self._keep_alive, name=f"heartbeat-{self._run.run_id}", daemon=True).start()
        self._logs = LogShipper(self._aws.client("logs", self._run), self._run.log_group, self._run.run_id)
        try:
            error_message = self._error_message()
            self._drivers.refill()
            if self._jvm:
                self._jvms.expect_back(self._jvm)
                self._jvm.drain()
            self._logs.flush()
            with self._lock:
                self._is_over = True
            self._report(error_message)
        finally:
            self._is_over = True
            self._clean_up()

    def _error_message(self) -> str | None:
        """Run the script; return None if it succeeded, else Glue's ErrorMessage."""
        kills = memory.kills()
        try:
            message = self._run_script()
            return memory.explained(message) if message and memory.kills() > kills else message
        except _EndedError:
            return "The run was ended."
        except (ArgumentError, MaterialError, JvmError, DriverError) as error:
            self._note(str(error))
            return f"Error Category: {_CATEGORIES[type(error)]}; {error}"
        except OSError as error:
            text = f"{type(error).__name__}: {error}. A run's own files lie below {tempfile.gettempdir()}, which TMPDIR names."
            self._note(text)
            return f"Error Category: {failure.category_of(type(error).__name__, text)}; {text}"

    def _run_script(self) -> str | None:
        self._folder = Path(tempfile.mkdtemp(prefix=scratch.prefix("run")))
        for part in ("work", "tmp", "spark"):
            (self._folder / part).mkdir()
        for note in self._run.notes:
            self._note(note)
        arguments = understood(self._run)
        for note in arguments.notes:
            self._note(note)
        if self._run.is_spark and (note := cluster.note(self._settings.cluster, self._run)):
            self._note(note)
        self._hold(driver=self._new_driver())
        materials = fetch(self._aws.client("s3", self._run), self._run.script_location, arguments, self._folder)
        python_path = (*materials.python_path, _SUPPORT)
        variables = environment(self._settings, self._run, arguments, self._folder)
        if self._run.is_spark:
            variables |= self._take_jvm(arguments, materials, python_path)
        return self._driver.run(
            self._order(arguments, materials, python_path, variables),
            on_stdout=lambda line: self._logs.write(OUTPUT, line),
            on_stderr=lambda line: self._logs.write(ERROR, line),
        )

    def _new_driver(self) -> DriverProcess:
        if self._run.is_spark:
            return self._drivers.take()
        if not self._settings.is_shell_python_39:
            self._note("Python 3.13 stands for the Python 3.9 of a Python shell job; LAKESTACK_PYTHONSHELL names a 3.9 to use instead.")
        return DriverProcess(self._settings, self._settings.shell_python, is_spark=False)

    def _take_jvm(self, arguments: JobArguments, materials: Materials, python_path: tuple[str, ...]) -> dict[str, str]:
        """Lease a JVM for the run, and return the variables by which PySpark finds it."""
        jvm = self._jvms.lease(jvm_spec(self._settings, arguments, materials.jars))
        self._hold(jvm=jvm)
        properties = run_properties(self._settings, self._run, arguments, self._folder, python_path, materials.python_files)
        jvm.hand_over(properties, self._logs.write)
        return {"PYSPARK_GATEWAY_PORT": str(jvm.port), "PYSPARK_GATEWAY_SECRET": jvm.secret, "PYSPARK_PYTHON": self._settings.executor_python}

    def _order(self, arguments: JobArguments, materials: Materials, python_path: tuple[str, ...], variables: dict[str, str]) -> Order:
        (self._folder / "work").mkdir(exist_ok=True)
        return Order(
            script=str(materials.script),
            argv=[str(materials.script), *arguments.script_argv],
            environment=variables,
            working_directory=str(self._folder / "work"),
            python_path=python_path,
            hidden=_NO_DELTA if self._run.is_spark and "delta" not in arguments.datalake_formats else {},
        )

    def _hold(self, driver: DriverProcess | None = None, jvm: SparkJvm | None = None) -> None:
        """Remember what has to be killed when the run is to end; raise if that was asked for meanwhile."""
        with self._lock:
            self._driver = driver or self._driver
            self._jvm = jvm or self._jvm
            if self._is_to_end:
                raise _EndedError

    def _keep_alive(self) -> None:
        """Tell the endpoint that the run goes on; kill it when the endpoint says so, or forgets it."""
        while not self._is_over:
            try:
                if self._endpoint.may_go_on(self._run.run_id):
                    continue
            except EndpointError as error:
                _log.warning("heartbeat of %s: %s", self._run.run_id, error)
                threading.Event().wait(1)
                continue
            self._end()
            return

    def _end(self) -> None:
        with self._lock:
            if self._is_over:
                return
            self._is_to_end = True
            if self._driver:
                self._driver.kill()
            if self._jvm:
                self._jvm.kill()

    def _report(self, error_message: str | None) -> None:
        for _ in range(10):
            try:
                self._endpoint.finish(self._run.run_id, error_message)
            except EndpointError as error:
                _log.warning("the end of %s: %s", self._run.run_id, error)
                threading.Event().wait(1)
            else:
                return

    def _clean_up(self) -> None:
        if self._jvm:
            differences = ["what a run that was ended leaves"] if self._is_to_end else self._jvm.take_back()
            self._jvms.give_back(self._jvm, differences, self._run.run_id)
        if self._driver and self._driver.is_alive:
            self._driver.discard()
        self._logs.close()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _note(self, text: str) -> None:
        self._logs.write(ERROR, f"lakestack: {text}")


_CATEGORIES = {
    ArgumentError: "INVALID_ARGUMENT_ERROR",
    MaterialError: "RESOURCE_NOT_FOUND_ERROR",
    JvmError: "UNCLASSIFIED_ERROR",
    DriverError: "UNCLASSIFIED_ERROR",
}
