"""Code that is run as `python` runs it, in a process that has something prepared."""

import os
import subprocess
import sys

import pytest

from lakestack.project import SERVICES

PROGRAM = """
import sys
from pathlib import Path
from lakestack_worker.interpreter import Code, run
name, folder, interrupted, source = sys.argv[1:]
sys.exit(run(Code(source, name, (name, "more"), Path(folder)), {"spark": "the session"}, lambda: interrupted == "yes"))
"""


def python(source, folder, interrupted="no"):
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, "given.py", folder, interrupted, source],
        env={**os.environ, "PYTHONPATH": str(SERVICES / "spark")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_is_main_and_has_what_was_prepared_and_its_arguments(tmp_path):
    done = python("import sys; print(__name__, spark, sys.argv)", tmp_path)

    assert (done.stdout, done.returncode) == ("__main__ the session ['given.py', 'more']\n", 0)


def test_it_finds_the_modules_beside_it(tmp_path):
    (tmp_path / "beside.py").write_text("HERE = 'beside'\n")

    assert python("import beside; print(beside.HERE)", tmp_path).stdout == "beside\n"


@pytest.mark.parametrize(
    ("source", "code"), [("pass", 0), ("1/0", 1), ("def x(:", 1), ("raise SystemExit(7)", 7), ("raise SystemExit", 0), ("raise SystemExit('no')", 1)]
)
def test_the_exit_code_is_what_python_itself_gives(tmp_path, source, code):
    assert python(source, tmp_path).returncode == code


def test_a_traceback_shows_the_users_lines_and_none_of_ours(tmp_path):
    done = python("def half(x):\n    return 1 / x\n\nhalf(0)\n", tmp_path)

    assert done.stderr.splitlines()[:3] == ["Traceback (most recent call last):", '  File "given.py", line 4, in <module>', "    half(0)"]
    assert "interpreter.py" not in done.stderr


def test_what_fails_because_of_ctrl_c_is_an_interrupt(tmp_path):
    done = python("raise RuntimeError('Job 0 cancelled')", tmp_path, interrupted="yes")

    assert done.returncode == -2
    assert done.stderr.splitlines()[-1] == "KeyboardInterrupt"
