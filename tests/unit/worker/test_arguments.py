"""What job arguments mean to Glue, and which of them reach the script."""

import pytest
from lakestack_worker.arguments import ArgumentError, parsed_conf, understood
from lakestack_worker.assignment import Assignment


def run(kind="glueetl", capacity=None, **arguments):
    return Assignment(
        run_id="jr_1",
        job_name="etl",
        kind=kind,
        attempt=0,
        script_location="s3://b/etl.py",
        python_version="3",
        arguments={"--" + name.replace("__", "-"): value for name, value in arguments.items()},
        account_id="000000000000",
        region="us-east-1",
        log_group="/aws-glue/jobs",
        credentials={},
        capacity=capacity or {},
        unused=(),
        notes=(),
    )


def test_a_script_gets_its_own_arguments_behind_those_of_glue():
    argv = understood(run(day="2025-04-01", TempDir="s3://b/tmp/", conf="spark.a=b", enable__metrics="true")).script_argv

    assert argv == (
        "--JOB_NAME", "etl", "--JOB_ID", "j_1", "--JOB_RUN_ID", "jr_1",
        "--job-bookmark-option", "job-bookmark-disable", "--TempDir", "s3://b/tmp/", "--day", "2025-04-01",
    )  # fmt: skip


def test_a_python_shell_script_is_told_neither_its_job_nor_its_run():
    assert understood(run("pythonshell", day="1")).script_argv == ("--day", "1")


@pytest.mark.parametrize(
    ("text", "conf"),
    [
        ("", {}),
        ("spark.a=b", {"spark.a": "b"}),
        ("spark.a=b --conf spark.c=d", {"spark.a": "b", "spark.c": "d"}),
        ("--conf spark.a=b  --conf  spark.c=d", {"spark.a": "b", "spark.c": "d"}),
        # near-misses: an equals sign, spaces and commas belong to the value
        ("spark.opts=-Dx=y -Dz=1 --conf spark.c=d,e", {"spark.opts": "-Dx=y -Dz=1", "spark.c": "d,e"}),
    ],
)
def test_one_conf_argument_holds_many(text, conf):
    assert parsed_conf(text) == conf


def test_a_conf_that_is_no_pair_is_refused_with_what_was_expected():
    with pytest.raises(ArgumentError, match=r"'spark\.c'; expected KEY=VALUE"):
        parsed_conf("spark.a=b --conf spark.c")


def test_lists_of_files_are_split_at_commas():
    arguments = understood(run(extra__py__files="s3://b/a.zip, s3://b/b.whl", datalake__formats="delta"))

    assert (arguments.py_files, arguments.datalake_formats) == (("s3://b/a.zip", "s3://b/b.whl"), {"delta"})


@pytest.mark.parametrize(("formats", "why"), [("iceberg", "which is not there yet"), ("delta,parquet", "which Glue does not know")])
def test_formats_that_are_not_there_are_refused_by_name(formats, why):
    with pytest.raises(ArgumentError, match=why):
        understood(run(datalake__formats=formats))


def test_what_has_no_meaning_here_is_said():
    notes = understood(run(enable__metrics="true", job__bookmark__option="job-bookmark-enable")).notes

    assert "--enable-metrics has no effect here: there are no metrics." in notes
    assert any("bookmarks" in note for note in notes)


@pytest.mark.parametrize(("value", "used"), [("", True), ("true", True), ("false", False)])
def test_the_data_catalog_is_switched_on_by_the_argument_alone(value, used):
    assert understood(run(enable__glue__datacatalog=value)).uses_data_catalog is used


def test_variables_of_the_driver_need_the_prefix_of_the_customer():
    variables = understood(run(customer__driver__env__vars='CUSTOMER_A=1,CUSTOMER_B="x,y"')).environment

    assert variables == {"CUSTOMER_A": "1", "CUSTOMER_B": "x,y"}
    with pytest.raises(ArgumentError, match="PATH"):
        understood(run(customer__driver__env__vars="PATH=/tmp"))


def test_scala_is_refused():
    with pytest.raises(ArgumentError, match="scala"):
        understood(run(job__language="scala"))
