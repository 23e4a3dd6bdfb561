"""A script in a fresh process: what it finds, and what is told of its end."""

import json
import os
import sys
from pathlib import Path

import pytest
from lakestack_common import guard
from lakestack_worker.config import Settings
from lakestack_worker.driver_process import DriverProcess, Order


@pytest.fixture
def settings():
    unused = Path("/nowhere")
    return Settings(
        endpoint_url="", token="", name="", state=None, slots=1, region="us-east-1", guard=Path(guard.__file__), java=unused, pyspark_home=unused, extra_jars=None,
        spark_memory="1g", spark_cores=1, idle_jvms=0, shell_python=Path(sys.executable), is_shell_python_39=False, class_archive=None, metastore_uri=None,
        cluster=None, executor_python=sys.executable, ui_port=None,
    )  # fmt: skip


@pytest.fixture
def run(settings, tmp_path):
    """Run a script and return its error message, its output and what it wrote to standard error."""

    def run(source, *argv, hidden=None, python_path=(), **environment):
        script = tmp_path / "script" / "job.py"
        script.parent.mkdir(exist_ok=True)
        script.write_text(source)
        work = tmp_path / "work"
        work.mkdir(exist_ok=True)
        output, errors = [], []
        order = Order(str(script), [str(script), *argv], environment, str(work), list(python_path), hidden or {})
        message = DriverProcess(settings, Path(sys.executable), is_spark=False).run(order, output.append, errors.append)
        return message, output, errors

    return run


def test_a_script_is_main_and_finds_its_arguments_variables_and_folder(run, tmp_path):
    source = "import json, os, sys\nprint(json.dumps([__name__, sys.argv[1:], os.environ['DAY'], os.getcwd(), sys.path[0]]))"

    message, output, _ = run(source, "--a", "b", DAY="monday")

    assert message is None
    assert json.loads(output[0]) == ["__main__", ["--a", "b"], "monday", str(tmp_path / "work"), str(tmp_path / "script")]


def test_a_script_sees_nothing_of_the_workers_own_environment(run, monkeypatch):
    monkeypatch.setenv("LAKESTACK_WORKER_TOKEN", "secret")

    _, output, _ = run("import os\nprint(sorted(name for name in os.environ if 'LAKESTACK' in name))")

    assert output == ["[]"]


@pytest.mark.parametrize("source", ["", "import sys\nsys.exit(0)", "import sys\nsys.exit()", "raise SystemExit"])
def test_these_ends_are_successes(run, source):
    assert run(source)[0] is None


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("raise ValueError('bad')", "ValueError: bad"),
        ("raise SystemExit('must FAIL')", "SystemExit: must FAIL"),
        ("import os\nos._exit(3)", "exit code 3"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "Out of Memory"),
        ("import sys\nsys.exit(256)", "SystemExit: 256"),
        ("def f(:", "SyntaxError"),
        ("import threading\nthreading.Thread(target=lambda: None).start()\n1 / 0", "division by zero"),
    ],
)
def test_these_ends_are_failures_with_their_reason(run, source, words):
    assert words in run(source)[0]


def test_the_trace_of_an_exception_shows_the_script_and_not_the_driver(run):
    _, _, errors = run("def f():\n    raise ValueError('bad')\nf()")

    assert errors[0] == "Traceback (most recent call last):"
    assert not any("driver.py" in line for line in errors)
    assert errors[-1] == "ValueError: bad"


def test_a_thread_that_is_no_daemon_is_waited_for(run):
    source = "import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.3), print('late'))).start()\nprint('main is over')"

    assert run(source)[:2] == (None, ["main is over", "late"])


def test_what_a_script_left_running_ends_with_it(run):
    source = "import subprocess, sys\nprint(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True).pid)"

    _, output, _ = run(source)

    with pytest.raises(ProcessLookupError):
        os.kill(int(output[0]), 0)


def test_a_hidden_module_is_missing_with_the_reason_unless_the_run_brings_its_own(run, tmp_path):
    own = tmp_path / "own"
    (own / "delta").mkdir(parents=True)
    (own / "delta" / "__init__.py").write_text("whose = 'mine'")
    hidden = {"delta": "the job has no --datalake-formats delta"}

    without, _, _ = run("import delta", hidden=hidden)
    _, output, _ = run("import delta\nprint(delta.whose)", hidden=hidden, python_path=[str(own)])

    assert "ModuleNotFoundError: No module named 'delta' (the job has no --datalake-formats delta)" in without
    assert output == ["mine"]


def test_output_that_is_not_text_does_not_end_the_run(run):
    message, output, _ = run("import sys\nsys.stdout.buffer.write(b'\\xff\\n')\nprint('after')")

    assert (message, output[-1]) == (None, "after")
