"""How scripts end, and what GetJobRun and CloudWatch Logs say of it."""

import pytest

from lakestack.testing.jobs import DELTA
from tests.support.glue_jobs import GlueJobs

STATUSES = "https://docs.aws.amazon.com/glue/latest/dg/job-run-statuses.html"
ARGUMENTS = "https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html"


@pytest.fixture
def jobs(stack, bucket):
    jobs = GlueJobs(stack, bucket)
    yield jobs
    jobs.clean_up()


@pytest.mark.aws_documented(STATUSES)
@pytest.mark.parametrize(
    ("script", "kind", "reason"),
    [
        ("raise SystemExit('must FAIL')", "glueetl", "SystemExit: must FAIL"),
        ("import os; os._exit(3)", "glueetl", "exit code 3"),
        ("def f(:", "glueetl", "SyntaxError: invalid syntax"),
        ("def f():\n    raise ValueError('bad')\nf()", "glueetl", "Failed Line Number: 2; ValueError: bad"),
        ("import os; os.kill(os.getpid(), 9)", "pythonshell", "SIGKILL"),
        ("import sys; sys.exit(4)", "pythonshell", "SystemExit: 4"),
    ],
)
def test_a_script_that_does_not_end_well_is_failed_with_its_reason(jobs, script, kind, reason):
    run = jobs.run(script, kind)

    assert run.state == "FAILED"
    assert reason in run.why


@pytest.mark.aws_documented(STATUSES)
def test_a_script_that_exits_with_zero_has_succeeded(jobs):
    run = jobs.run("import sys; sys.exit(0)", "pythonshell")

    assert (run.state, run.why) == ("SUCCEEDED", "")
    assert run.job_run["CompletedOn"] >= run.job_run["StartedOn"]


@pytest.mark.local_only
def test_errors_of_spark_are_readable(jobs):
    script = """
        from pyspark.sql import SparkSession
        spark = SparkSession.builder.getOrCreate()
        spark.sql("select nope from range(3)")
    """

    run = jobs.run(script)

    assert run.why.startswith("Error Category: QUERY_ERROR; Spark Error Class: UNRESOLVED_COLUMN; Failed Line Number: 4; AnalysisException:")
    assert "\n" not in run.why


@pytest.mark.aws_documented(ARGUMENTS)
def test_a_spark_script_gets_what_glue_gives_it(jobs):
    """One run shows arguments, conf, modules, files, role and Delta: each alone would cost a run."""
    library = jobs.put("lib/helper.py", b"def word():\n    return 'from the library'\n")
    rules = jobs.put("conf/rules.json", b'{"strict": true}')
    script = """
        import json, os, sys
        import boto3, helper
        from awsglue.context import GlueContext
        from awsglue.job import Job
        from awsglue.utils import getResolvedOptions
        from delta.tables import DeltaTable
        from pyspark.context import SparkContext
        from pyspark.sql import functions as F

        args = getResolvedOptions(sys.argv, ["JOB_NAME", "day", "table"])
        context = GlueContext(SparkContext.getOrCreate())
        spark = context.spark_session
        job = Job(context)
        job.init(args["JOB_NAME"], args)
        context.get_logger().info("said to the logger")
        spark.range(10).write.format("delta").save(args["table"])
        rows = spark.range(5, 15)
        DeltaTable.forPath(spark, args["table"]).alias("t").merge(rows.alias("s"), "t.id = s.id").whenNotMatchedInsertAll().execute()
        doubled = F.udf(lambda value: value * 2 if helper.word() else None, "long")
        said = {
            "args": args,
            "count": spark.read.format("delta").load(args["table"]).count(),
            "udf": [row[0] for row in spark.range(3).select(doubled("id")).collect()],
            "time_zone": spark.conf.get("spark.sql.session.timeZone"),
            "conf": spark.conf.get("spark.sql.shuffle.partitions"),
            "helper": helper.word(),
            "rules": json.load(open("rules.json")),
            "role": boto3.client("sts").get_caller_identity()["Arn"],
        }
        job.commit()
        print(json.dumps(said))
    """
    table = jobs.put("table-root", b"").removesuffix("table-root") + "table/"
    arguments = {
        **DELTA,
        "--conf": DELTA["--conf"] + " --conf spark.sql.shuffle.partitions=3",
        "--extra-py-files": library,
        "--extra-files": rules,
        "--day": "monday",
        "--table": table,
        "--enable-metrics": "true",
    }

    run = jobs.run(script, arguments=arguments)

    said = run.said
    assert (said["count"], said["udf"], said["time_zone"], said["conf"]) == (15, [0, 2, 4], "UTC", "3")
    assert (said["helper"], said["rules"], said["args"]["day"]) == ("from the library", {"strict": True}, "monday")
    assert said["args"]["JOB_RUN_ID"] == run.id
    assert f":assumed-role/{jobs.role.rpartition('/')[2]}/GlueJobRunnerSession" in said["role"]
    assert any("said to the logger" in line for line in run.errors)
    assert "lakestack: --enable-metrics has no effect here: there are no metrics." in run.errors


@pytest.mark.aws_documented(ARGUMENTS)
def test_delta_is_there_only_for_those_who_ask_for_it(jobs):
    run = jobs.run("from delta.tables import DeltaTable")

    assert (run.state, "No module named 'delta'" in run.why) == ("FAILED", True)


@pytest.mark.aws_documented("https://docs.aws.amazon.com/glue/latest/dg/add-job-python.html")
def test_a_python_shell_job_runs_without_spark_and_its_log_says_in_which_python(jobs):
    script = """
        import json, os, sys
        from awsglue.utils import getResolvedOptions
        print(json.dumps({"args": getResolvedOptions(sys.argv, ["day"]), "argv": sys.argv[1:], "spark": "PYSPARK_GATEWAY_PORT" in os.environ}))
    """

    run = jobs.run(script, "pythonshell", arguments={"--day": "monday"})

    assert run.said == {"args": {"day": "monday"}, "argv": ["--day", "monday"], "spark": False}
    assert run.job_run["LogGroupName"] == "/aws-glue/python-jobs"
    assert run.job_run["MaxCapacity"] == 0.0625
    assert any("stands for the Python 3.9" in line for line in run.errors)


@pytest.mark.local_only
def test_a_module_that_would_have_to_be_downloaded_is_refused_with_what_to_do(jobs):
    run = jobs.run("pass", "pythonshell", arguments={"--additional-python-modules": "nowhere-to-be-found==1.0"})

    assert run.state == "FAILED"
    assert "Upload its wheel and name that" in run.why


@pytest.mark.local_only
def test_a_script_that_is_not_there_is_named(stack, jobs):
    name = jobs.job("pass", "pythonshell")
    command = {"Name": "pythonshell", "ScriptLocation": "s3://bucket-nowhere/none.py"}
    jobs.glue.update_job(JobName=name, JobUpdate={"Role": jobs.role, "Command": command})

    run = jobs.ended(name, jobs.start(name))

    assert "s3://bucket-nowhere/none.py" in run.why
