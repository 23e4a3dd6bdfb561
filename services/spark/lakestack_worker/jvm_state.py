"""What a run may have left in a JVM: put away what Spark keeps, then compare the rest with how it was.

Isolation is by replacement. Cleaning only does what ends a run in any case (stop the context, close file systems, take back the
run's own properties); whatever else differs afterwards is not repaired, it retires the JVM.
"""

import re
from collections.abc import Mapping

import psutil
from py4j.java_gateway import JavaGateway, JavaObject

type Fingerprint = dict[str, frozenset[str]]

_THREADS = "threads"

# Threads that Java, Spark, Hadoop, Delta and the AWS SDK start for good the first time they are needed, by their names.
# Names that Java makes up (Thread-3, Timer-0, pool-1-thread-1) are not among them: those may be a script's.
_LIBRARY_THREADS = re.compile(
    r"""
    main | Reference\ Handler | Finalizer | Signal\ Dispatcher | process\ reaper.* | Cleaner-\d+ | Common-Cleaner | Attach\ Listener |
    C[12]\ CompilerThread\d+ | Notification\ Thread | Sweeper\ thread | Service\ Thread | Monitor\ Deflation\ Thread | DestroyJavaVM |
    Timer\ for\ '.*'\ metrics\ system | ForkJoinPool.*worker.* | Keep-Alive-Timer | Log4j2-.* |
    (Result|Shuffle|Broadcast|TableCache)?Query(Stage|Execution|StageExecution|StageCreator)-?.*-\d+ |
    (Shuffle|Broadcast|TableCache)QueryStage(Execution|Creator)-\d+ |
    broadcast-exchange-\d+ | subquery-\d+ | shuffle-exchange-\d+ | \w+-exchange-\d+ |
    netty-.* | globalEventExecutor-.* | rpc-(boss|client|server)-.* | (shuffle|files)-(boss|client|server)-.* | dispatcher-.* |
    Executor\ task\ launch\ worker.* | Idle\ Worker\ Monitor.* | Worker\ Monitor.* | stdout\ writer\ for.* | stderr\ reader\ for.* |
    serve-.* | spark-.* | Spark.* | driver-.* | context-cleaner-.* | map-output-.* | task-result-.* | task-starvation-.* | element-tracking-.* |
    (delta|Delta|snapshot|state-store|streaming|stream\ execution|checkpoint|commit|async-commit|tahoe|parquet|readParquetFooters)[-\ ].* |
    org\.apache\.hadoop\..* | (s3a?|S3A)[-\ ].* | bounded-.* | unbounded-.* | sdk-.* | aws-.* | idle-connection-reaper | java-sdk-.* |
    metastore-.* | derby\..* | HikariPool.* | MutableQuantiles-\d+ | unity.*
    """,
    re.VERBOSE,
)
# Set by libraries when they are first loaded, which may be in any run.
_LIBRARY_PROPERTIES = re.compile(r"jetty\.git\.hash=.*")
_THREAD = re.compile(r'"(?P<name>[^"]*)"(?P<daemon> daemon)? ')


class JvmState:
    """The worker's own view into one JVM; one run at a time, so no locking."""

    def __init__(self, gateway: JavaGateway, pid: int) -> None:
        self._gateway = gateway
        self._pid = pid
        self._jvm = gateway.jvm
        self._system = self._jvm.java.lang.System
        self._run_properties: dict[str, str | None] = {}
        self._bindings = JavaObject("GATEWAY_SERVER", gateway._gateway_client).getGateway().getBindings()  # noqa: SLF001 - py4j offers no other way to the server
        self._threads = self._jvm.java.lang.management.ManagementFactory.getThreadMXBean()

    def hand_over(self, properties: Mapping[str, str]) -> None:
        """Set system properties for the run that comes; Spark's own configuration is among them (spark.…)."""
        for name, value in properties.items():
            self._run_properties[name] = self._system.setProperty(name, value)

    def take_back(self) -> None:
        """End what Spark keeps of a run, and remove its properties."""
        self._stop_spark()
        for name, before in self._run_properties.items():
            if before is None:
                self._system.clearProperty(name)
            else:
                self._system.setProperty(name, before)
        self._run_properties.clear()
        self._drop_references()

    def fingerprint(self) -> Fingerprint:
        """Return everything of the JVM that a run could have changed for the next one."""
        hadoop = self._jvm.org.apache.hadoop
        user = hadoop.security.UserGroupInformation.getCurrentUser()
        credentials = user.getCredentials()
        return {
            "system properties": _entries(self._jvm.java.util.TreeMap(self._system.getProperties()), without=_LIBRARY_PROPERTIES),
            "environment": _entries(self._system.getenv()),
            "Hadoop configuration": frozenset([self._hadoop_configuration()]),
            "Hadoop user": frozenset([user.toString(), f"{credentials.numberOfTokens()} tokens", f"{credentials.numberOfSecretKeys()} secrets"]),
            _THREADS: self._foreign_threads(),
            "jars": self._jars(),
            "log levels": frozenset([self._jvm.org.apache.logging.log4j.LogManager.getContext(False).getConfiguration().getLoggers().toString()]),
            "locale and time zone": frozenset(
                [self._jvm.java.util.Locale.getDefault().toString(), self._jvm.java.util.TimeZone.getDefault().getID()],
            ),
            "child processes": frozenset(f"{child.pid} {child.name()}" for child in psutil.Process(self._pid).children(recursive=True)),
        }

    def mark_output(self, mark: str) -> None:
        """Write `mark` to both outputs: whoever reads them knows then that nothing older is under way."""
        self._system.out.println(mark)
        self._system.err.println(mark)

    def collect_garbage(self) -> None:
        self._system.gc()

    def _stop_spark(self) -> None:
        spark = self._jvm.org.apache.spark
        # Private to Spark in Scala, public in the JVM; a companion object's methods are reached through its only instance.
        active = getattr(getattr(spark, "SparkContext$"), "MODULE$").getActive()
        if active.isDefined():
            active.get().stop()
        spark.sql.classic.SparkSession.clearDefaultSession()
        spark.sql.classic.SparkSession.clearActiveSession()
        spark.sql.delta.DeltaLog.clearCache()
        self._jvm.org.apache.hadoop.fs.FileSystem.closeAll()
        # SparkContext.setLogLevel, which many scripts call, changes the level of the whole JVM.
        self._jvm.org.apache.logging.log4j.core.config.Configurator.setRootLevel(self._jvm.org.apache.logging.log4j.Level.WARN)

    def _drop_references(self) -> None:
        """Let go of every Java object that the run's Python held; py4j keeps them after its connection is gone."""
        names = self._bindings.keySet().toString().strip("[]").split(", ")
        mine = {self._bindings._target_id, self._threads._target_id}  # noqa: SLF001 - py4j has no public name for it
        for name in names:
            if name.startswith("o") and name not in mine:
                self._bindings.remove(name)

    def _hadoop_configuration(self) -> str:
        writer = self._jvm.java.io.StringWriter()
        self._jvm.org.apache.hadoop.conf.Configuration().writeXml(writer)
        return writer.toString()

    def _foreign_threads(self) -> frozenset[str]:
        """Return the threads that no library of ours starts, with the numbers of their names."""
        found = set()
        for info in self._threads.dumpAllThreads(False, False, 0):
            thread = _THREAD.match(info.toString())
            if thread and not _LIBRARY_THREADS.fullmatch(thread["name"]) and not self._is_of_gateway(info.getThreadId()):
                found.add(f"{thread['name']}{'' if thread['daemon'] else ', not a daemon'}")
        return frozenset(found)

    def _is_of_gateway(self, thread_id: int) -> bool:
        """Whether py4j runs the thread; it leaves the naming to Java."""
        info = self._threads.getThreadInfo(thread_id, 100)
        return info is not None and any(frame.getClassName().startswith("py4j.") for frame in info.getStackTrace())

    def _jars(self) -> frozenset[str]:
        loader = self._jvm.java.lang.Thread.currentThread().getContextClassLoader()
        name = loader.getClass().getName()
        return frozenset([name, *(url.toString() for url in (loader.getURLs() if "MutableURLClassLoader" in name else ()))])


def _entries(java_map: JavaObject, without: re.Pattern[str] | None = None) -> frozenset[str]:
    # One string in one call: asking entry by entry takes longer than a run.
    entries = java_map.toString().strip("{}").split(", ")
    return frozenset(entry for entry in entries if not (without and without.fullmatch(entry)))


def differences(before: Fingerprint, after: Fingerprint) -> list[str]:
    """Return in words what differs, with up to three examples each; empty if a run left nothing."""
    found = []
    for part, was in before.items():
        # A thread that ended is no harm; anything else that is gone is.
        changed = sorted(after[part] - was if part == _THREADS else after[part] ^ was)
        if changed:
            shown = ", ".join(text if len(text) <= 80 else f"{text[:77]}..." for text in changed[:3])
            found.append(f"{part} ({shown}{', ...' if len(changed) > 3 else ''})")
    return found
