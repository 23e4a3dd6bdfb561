"""What one run does to its process and its JVM is not there for the next one."""

import pytest

from tests.support.glue_jobs import GlueJobs

MARKS = """
    import json, os, sys, threading, time
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.getOrCreate()
    jvm = spark._jvm
    user = jvm.org.apache.hadoop.security.UserGroupInformation.getCurrentUser()

    def threads():
        return sorted(thread.getName() for thread in jvm.java.lang.Thread.getAllStackTraces().keySet() if thread.getName().startswith("mark"))

    def found():
        return {
            "spark conf": spark.conf.get("spark.mark", None),
            "spark context conf": spark.sparkContext.getConf().get("spark.mark.static", None),
            "temp view": spark.catalog.tableExists("mark_view"),
            "global temp view": "mark_view" in [table.name for table in spark.catalog.listTables("global_temp")],
            "udf": spark.catalog.functionExists("mark_function"),
            "environment": os.environ.get("MARK"),
            "environment of the JVM": jvm.java.lang.System.getenv("MARK"),
            "sys.modules": "mark_module" in sys.modules,
            "working directory": os.path.basename(os.getcwd()) == "marked",
            "system property": jvm.java.lang.System.getProperty("mark.property"),
            "credential": user.getCredentials().getSecretKey(jvm.org.apache.hadoop.io.Text("mark")) is not None,
            "hadoop configuration": spark.sparkContext._jsc.hadoopConfiguration().get("mark.hadoop"),
            "default hadoop configuration": jvm.org.apache.hadoop.conf.Configuration().get("mark.default"),
            "threads of the JVM": threads(),
            "threads of Python": [thread.name for thread in threading.enumerate() if thread.name.startswith("mark")],
        }
"""
LEAVES = (
    MARKS
    + """
    spark.conf.set("spark.mark", "x")
    jvm.java.lang.System.setProperty("spark.mark.static", "x")
    spark.range(1).createOrReplaceTempView("mark_view")
    spark.range(1).createOrReplaceGlobalTempView("mark_view")
    spark.udf.register("mark_function", lambda: 1, "int")
    os.environ["MARK"] = "x"
    sys.modules["mark_module"] = sys
    os.makedirs("marked"); os.chdir("marked")
    spark.sparkContext._jsc.hadoopConfiguration().set("mark.hadoop", "x")
    open("mark-site.xml", "w").write("<configuration><property><name>mark.default</name><value>x</value></property></configuration>")
    jvm.org.apache.hadoop.conf.Configuration.addDefaultResource("mark-site.xml")
    threading.Thread(target=lambda: (time.sleep(1), print(json.dumps(found_while_there))), name="mark-python").start()
"""
)
CASES = {
    "a system property": 'jvm.java.lang.System.setProperty("mark.property", "x")',
    "a Hadoop credential": (
        'held = user.getCredentials(); held.addSecretKey(jvm.org.apache.hadoop.io.Text("mark"), bytearray(b"x")); user.addCredentials(held)'
    ),
    "a thread that is no daemon": 'jvm.java.util.Timer("mark-timer")',
}
LOOKS = MARKS + "\n    print(json.dumps(found()))\n"
NOTHING = {
    "spark conf": None,
    "spark context conf": None,
    "temp view": False,
    "global temp view": False,
    "udf": False,
    "environment": None,
    "environment of the JVM": None,
    "sys.modules": False,
    "working directory": False,
    "system property": None,
    "credential": False,
    "hadoop configuration": None,
    "default hadoop configuration": None,
    "threads of the JVM": [],
    "threads of Python": [],
}


@pytest.fixture
def jobs(stack, bucket):
    jobs = GlueJobs(stack, bucket)
    yield jobs
    jobs.clean_up()


@pytest.mark.local_only
def test_the_next_run_finds_nothing_of_what_a_run_left_in_its_session_and_its_process(jobs):
    left = jobs.run(LEAVES.replace("threading.Thread(", "found_while_there = found()\n    threading.Thread("))
    looked = jobs.run(LOOKS)

    assert {name for name, value in left.said.items() if value} >= {
        "spark conf",
        "temp view",
        "udf",
        "environment",
        "sys.modules",
        "working directory",
    }
    assert looked.said == NOTHING


@pytest.mark.local_only
@pytest.mark.parametrize("case", CASES)
def test_a_jvm_that_a_run_changed_is_not_given_to_the_next(jobs, case):
    same_jvm = "\n    print(jvm.java.lang.ProcessHandle.current().pid())\n"

    left = jobs.run(MARKS + f"\n    {CASES[case]}\n    assert found() != {NOTHING!r}" + same_jvm)
    looked = jobs.run(MARKS + same_jvm + "\n    print(json.dumps(found()))\n")

    assert left.state == "SUCCEEDED", left.why
    assert looked.said == NOTHING
    assert looked.output[0] != left.output[-1]


@pytest.mark.local_only
def test_a_jvm_that_a_run_left_as_it_was_is_given_to_the_next(jobs):
    script = """
        from pyspark.sql import SparkSession, functions as F
        spark = SparkSession.builder.getOrCreate()
        spark.sparkContext.setLogLevel("ERROR")
        spark.range(100).groupBy((F.col("id") % 3).alias("k")).agg(F.sum("id")).select(F.udf(lambda v: v)("k")).collect()
        print(spark._jvm.java.lang.ProcessHandle.current().pid())
    """

    first, second = jobs.run(script), jobs.run(script)

    assert first.output[-1] == second.output[-1]


@pytest.mark.local_only
def test_a_run_with_another_heap_has_a_jvm_of_its_own(jobs):
    script = """
        from pyspark.sql import SparkSession
        print(SparkSession.builder.getOrCreate()._jvm.java.lang.Runtime.getRuntime().maxMemory() >> 20)
    """

    run = jobs.run(script, arguments={"--conf": "spark.driver.memory=700m"})

    assert 600 < run.said <= 700
