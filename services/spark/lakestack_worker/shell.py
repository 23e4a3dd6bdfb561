"""A PySpark prompt on the stack's catalog: what a job with Delta and --enable-glue-datacatalog has, by hand.

    python -m lakestack_worker.shell              a prompt
    python -m lakestack_worker.shell -c CODE      runs CODE
    python -m lakestack_worker.shell FILE ...     runs a file with its arguments; without a terminal, what comes on standard input

It reads the environment of a worker (config.py), and starts a JVM of its own that ends with it.
"""

import argparse
import contextlib
import logging
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from lakestack_worker import class_archive, scratch
from lakestack_worker.arguments import understood
from lakestack_worker.assignment import Assignment
from lakestack_worker.config import Settings, SettingsError
from lakestack_worker.interpreter import Code, interact, run
from lakestack_worker.interrupts import Interrupts
from lakestack_worker.jvm import JvmError, SparkJvm
from lakestack_worker.logs import ERROR
from lakestack_worker.spark_conf import environment, jvm_spec, run_properties
from lakestack_worker.warm_up_script import DELTA_CONF

_SUPPORT = str(Path(__file__).resolve().parents[1])
_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_SESSION_TOKEN": "test"}
_ARGUMENTS = {
    "--enable-glue-datacatalog": "true",
    "--datalake-formats": "delta",
    "--conf": " --conf ".join(f"{name}={value}" for name, value in DELTA_CONF.items()),
}
_EXAMPLE = '    spark.sql("select count(*) from ecom_catalog.orders").show()'
_JVM_ENDS_WITHIN_S = 10


@contextlib.contextmanager
def session(settings: Settings) -> Iterator[Any]:
    """Yield a SparkSession as a job has it, in this process; its JVM and its files go with the block.

    Raises:
        JvmError: The JVM did not start.
    """
    shell = Assignment.of_this_machine("shell", settings.region, _CREDENTIALS, _ARGUMENTS)
    arguments = understood(shell)
    folder = Path(tempfile.mkdtemp(prefix=scratch.prefix("shell")))
    try:
        for part in ("tmp", "spark"):
            (folder / part).mkdir()
        jvm = SparkJvm(settings, jvm_spec(settings, arguments, ()), sys.executable, class_archive.options(settings))
        try:
            properties = run_properties(settings, shell, arguments, folder, (_SUPPORT,))
            # Relative paths mean the folder that the shell was called in.
            jvm.hand_over({**properties, "user.dir": str(Path.cwd())}, _print)
            os.environ.update(environment(settings, shell, arguments, folder))
            os.environ.update(PYSPARK_GATEWAY_PORT=str(jvm.port), PYSPARK_GATEWAY_SECRET=jvm.secret, PYSPARK_PYTHON=sys.executable)
            yield _spark()
        finally:
            logging.disable()  # py4j reports that a JVM which was told to end does not answer
            with contextlib.suppress(KeyboardInterrupt):
                jvm.exit(_JVM_ENDS_WITHIN_S)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def banner(settings: Settings) -> str:
    versions = f"Spark {metadata.version('pyspark')} with Delta {metadata.version('delta-spark')}, Python {sys.version.split()[0]}"
    return f"{versions}, on the stack at {settings.endpoint_url}. `spark` is the session; Ctrl-D ends it.\n\n{_EXAMPLE}\n"


def main(argv: Sequence[str] = tuple(sys.argv[1:])) -> int:
    try:
        code = _code(argv)
        settings = Settings.from_environment()
    except (SettingsError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    # A prompt is no worker: what is typed there is nothing that the endpoint should take for one.
    os.environ.pop("LAKESTACK_WORKER_TOKEN", None)
    # As Ctrl-C does it, so that the JVM and the shell's files go first.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    try:
        with session(settings) as spark:
            interrupts = Interrupts(spark)
            if code:
                return run(code, {"spark": spark}, interrupts.take)
            return interact(banner(settings), settings.state / "shell_history" if settings.state else None, {"spark": spark}, interrupts.take)
    except (JvmError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _code(argv: Sequence[str]) -> Code | None:
    """Return what is to be run, None for a prompt."""
    parser = argparse.ArgumentParser(prog="lakestack shell", description="A PySpark prompt on the stack's catalog.")
    parser.add_argument("-c", dest="code", metavar="CODE", help="run CODE and end")
    parser.add_argument("file", nargs=argparse.REMAINDER, metavar="FILE", help="run FILE with the arguments that follow it, and end")
    options = parser.parse_args(argv)
    if options.code is not None:
        return Code(options.code, "<string>", ("-c", *options.file))
    if options.file:
        path = Path(options.file[0])
        return Code(path.read_text(encoding="utf-8"), str(path), tuple(options.file), folder=path.absolute().parent)
    return None if sys.stdin.isatty() else Code(sys.stdin.read(), "<stdin>", ("",))


def _spark() -> Any:
    from pyspark.sql import SparkSession  # noqa: PLC0415 - reads the variables that were just set

    return SparkSession.builder.getOrCreate()


def _print(kind: str, line: str) -> None:
    print(line, file=sys.stderr if kind == ERROR else sys.stdout, flush=True)


if __name__ == "__main__":
    sys.exit(main())
