"""What a job's arguments mean: those that Glue keeps for itself, and those that it hands to the script.

Source: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html (as at 2026-11-23)
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lakestack_worker.assignment import Assignment

# Kept from the script, and without a meaning here; the run's log says so.
_WITHOUT_MEANING = {
    "--class": "scripts are Python",
    "--continuous-log-conversionPattern": "the log's pattern is fixed",
    "--continuous-log-logGroup": "logs go to the default groups",
    "--continuous-log-logStreamPrefix": "the stream's name is the run's id",
    "--disable-proxy": "there is no proxy",
    "--enable-auto-scaling": "a run has one machine",
    "--enable-continuous-cloudwatch-log": "logs always go out while the run goes on",
    "--enable-continuous-log-filter": "logs always go out while the run goes on",
    "--enable-job-insights": "there are no insights",
    "--enable-lakeformation-fine-grained-access": "there is no Lake Formation",
    "--enable-metrics": "there are no metrics",
    "--enable-observability-metrics": "there are no metrics",
    "--enable-rename-algorithm-v2": "it is always on",
    "--enable-s3-parquet-optimized-committer": "files are committed by Hadoop's algorithm 2",
    "--enable-spark-ui": "there is no Spark UI",
    "--executor-cores": "a run has one machine",
    "--job-language": None,
    "--python-modules-installer-option": "nothing is downloaded at run time",
    "--scriptLocation": None,
    "--spark-event-logs-path": "there is no Spark UI",
    "--use-postgres-driver": "there is no such driver",
    "--user-jars-first": "a job's jars always come first",
    "--write-shuffle-files-to-s3": "a run has one machine",
    "--write-shuffle-spills-to-s3": "a run has one machine",
}
_INTERPRETED = {
    "--additional-python-modules",
    "--conf",
    "--customer-driver-env-vars",
    "--datalake-formats",
    "--enable-glue-datacatalog",
    "--extra-files",
    "--extra-jars",
    "--extra-py-files",
}
# Interpreted and handed on: scripts ask for them with getResolvedOptions.
_HANDED_ON_FIRST = ("--job-bookmark-option", "--TempDir")
_FORMATS = ("delta", "hudi", "iceberg")
_CONF_SEPARATOR = re.compile(r"\s+--conf\s+")


class ArgumentError(Exception):
    """A job's argument cannot be honoured; the run fails with this text."""


@dataclass(frozen=True)
class JobArguments:
    """A job's arguments, understood.

    Attributes:
        script_argv: sys.argv[1:] of the script.
        spark_conf: What --conf sets.
        py_files: S3 locations for the script's module path; likewise extra_jars, extra_files and modules.
        environment: Variables of --customer-driver-env-vars.
        notes: What the run's log says about arguments that do nothing here.
    """

    script_argv: tuple[str, ...]
    spark_conf: Mapping[str, str]
    py_files: tuple[str, ...]
    extra_jars: tuple[str, ...]
    extra_files: tuple[str, ...]
    modules: tuple[str, ...]
    datalake_formats: frozenset[str]
    uses_data_catalog: bool
    environment: Mapping[str, str]
    notes: tuple[str, ...]


def understood(run: Assignment) -> JobArguments:
    """Return what the arguments of `run` mean.

    Raises:
        ArgumentError: One of them asks for what cannot be done here.
    """
    arguments = run.arguments
    if arguments.get("--job-language", "python").lower() != "python":
        raise ArgumentError(f"--job-language is {arguments['--job-language']}; lakestack runs Python.")
    formats = frozenset(_names(arguments.get("--datalake-formats", "")))
    if unknown := formats - {"delta"}:
        known = "which Glue does not know" if not unknown & set(_FORMATS) else "which is not there yet"
        raise ArgumentError(f"--datalake-formats names {', '.join(sorted(unknown))}, {known}; lakestack has delta.")
    return JobArguments(
        script_argv=_script_argv(run),
        spark_conf=parsed_conf(arguments.get("--conf", "")) if run.is_spark else {},
        py_files=_names(arguments.get("--extra-py-files", "")),
        extra_jars=_names(arguments.get("--extra-jars", "")) if run.is_spark else (),
        extra_files=_names(arguments.get("--extra-files", "")) if run.is_spark else (),
        modules=_names(arguments.get("--additional-python-modules", "")),
        datalake_formats=formats,
        uses_data_catalog="--enable-glue-datacatalog" in arguments and arguments["--enable-glue-datacatalog"].lower() != "false",
        environment=_environment(arguments.get("--customer-driver-env-vars", "")),
        notes=tuple(_notes(run)),
    )


def parsed_conf(text: str) -> dict[str, str]:
    """Return the Spark conf of Glue's one --conf: ``k=v --conf k2=v2 --conf ...``.

    Raises:
        ArgumentError: A part of it is not KEY=VALUE.
    """
    conf = {}
    for part in _CONF_SEPARATOR.split(text.strip().removeprefix("--conf ")):
        name, equals, value = part.strip().partition("=")
        if not part.strip():
            continue
        if not equals:
            raise ArgumentError(f"--conf has {part.strip()!r}; expected KEY=VALUE, further ones as: KEY=VALUE --conf KEY2=VALUE2")
        conf[name.strip()] = value.strip()
    return conf


def _script_argv(run: Assignment) -> tuple[str, ...]:
    """Return what Glue puts behind the script's name; a Python shell job is told neither its name nor its run."""
    argv = ["--JOB_NAME", run.job_name, "--JOB_ID", f"j_{run.run_id.removeprefix('jr_')}", "--JOB_RUN_ID", run.run_id] if run.is_spark else []
    given = {"--job-bookmark-option": "job-bookmark-disable", **run.arguments} if run.is_spark else dict(run.arguments)
    for name in _HANDED_ON_FIRST:
        if name in given:
            argv += [name, given.pop(name)]
    for name, value in given.items():
        if name not in _INTERPRETED and name not in _WITHOUT_MEANING:
            argv += [name, value]
    return tuple(argv)


def _notes(run: Assignment) -> list[str]:
    notes = [f"{name} has no effect here: {why}." for name, why in _WITHOUT_MEANING.items() if why and name in run.arguments]
    notes += [f"{name} of the job has no effect here." for name in run.unused]
    if not run.is_spark:
        spark_only = ("--conf", "--extra-jars", "--extra-files", "--datalake-formats", "--enable-glue-datacatalog")
        notes += [f"{name} has no effect on a Python shell job, nor has it on AWS." for name in spark_only if name in run.arguments]
    if run.arguments.get("--job-bookmark-option", "job-bookmark-disable") != "job-bookmark-disable":
        notes.append("Job bookmarks track the sources of DynamicFrames, which are not there yet: nothing is tracked.")
    return notes


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _environment(text: str) -> dict[str, str]:
    """--customer-driver-env-vars is ``CUSTOMER_A=x,CUSTOMER_B="y,z"``; the prefix is required, as on AWS."""
    variables = {}
    for name, quoted, plain in re.findall(r'([^=,\s]+)=(?:"([^"]*)"|([^,]*))', text):
        if not name.startswith("CUSTOMER_"):
            raise ArgumentError(f"--customer-driver-env-vars sets {name}; the name must begin with CUSTOMER_.")
        variables[name] = quoted or plain
    return variables
