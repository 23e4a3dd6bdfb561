"""python -m lakestack_worker: take Glue job runs from the endpoint until told to stop."""

import logging
import os
import signal
import sys
import threading
import uuid
from importlib import metadata

from lakestack_worker import scratch
from lakestack_worker.assignment import Assignment
from lakestack_worker.aws import Aws
from lakestack_worker.config import Settings, SettingsError
from lakestack_worker.driver_pool import DriverPool
from lakestack_worker.endpoint import Endpoint, EndpointError, NotRegisteredError
from lakestack_worker.execution import Execution, Shared
from lakestack_worker.jvm_pool import JvmPool
from lakestack_worker.names import take_name

_log = logging.getLogger("lakestack_worker")


class Worker:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._endpoint = Endpoint(settings.endpoint_url, settings.token, worker_id=f"w_{uuid.uuid4().hex}")
        self._aws = Aws(settings.endpoint_url)
        self._jvms = JvmPool(settings)
        self._drivers = DriverPool(settings)
        self._held_name = None if settings.name else take_name(settings.state)
        self._name = settings.name or self._held_name.name
        self._stopping = threading.Event()
        self._registering = threading.Lock()
        self._is_ready = False

    def run(self) -> None:
        """Work until stop() is called."""
        for name in scratch.clean_up():
            _log.info("%s was left by a worker that is gone: removed", name)
        self._jvms.start()
        self._drivers.start()
        self._aws.preload(self._settings.region)
        for slot in range(self._settings.slots):
            threading.Thread(target=self._serve, name=f"slot-{slot}", daemon=True).start()
        self._jvms.await_ready()
        self._is_ready = True
        self._register()
        _log.info("ready: %d slots, endpoint %s", self._settings.slots, self._settings.endpoint_url)
        self._stopping.wait()
        self._drivers.close()
        self._jvms.close()

    def stop(self) -> None:
        self._stopping.set()
        self._jvms.stop_waiting()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            try:
                run = self._endpoint.next_run()
            except NotRegisteredError:
                self._register()
                continue
            except EndpointError as error:
                _log.info("%s", error)
                self._stopping.wait(1)
                continue
            if run:
                self._execute(run)

    def _execute(self, run: Assignment) -> None:
        _log.info("%s of %s begins", run.run_id, run.job_name)
        try:
            Execution(self._settings, Shared(self._endpoint, self._aws, self._jvms, self._drivers), run).run()
        except Exception:  # noqa: BLE001 - a slot outlives whatever befalls one run
            # The endpoint will notice that nobody speaks of the run any more.
            _log.exception("%s of %s", run.run_id, run.job_name)
        _log.info("%s of %s is over", run.run_id, run.job_name)

    def _register(self) -> None:
        with self._registering:
            facts = {"spark": metadata.version("pyspark"), "python": sys.version.split()[0], "memory": self._settings.spark_memory}
            try:
                self._endpoint.register(self._name, os.getpid(), self._settings.slots, facts, is_ready=self._is_ready)
            except EndpointError as error:
                _log.info("%s", error)
                self._stopping.wait(1)


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    for name in ("py4j.clientserver", "py4j.java_gateway"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    # py4j reports on the root logger that a JVM which was killed does not answer.
    logging.getLogger().handlers[0].addFilter(lambda record: record.name != "root")
    try:
        worker = Worker(Settings.from_environment())
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    worker.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
