"""Running a script as a job: what is asked for, how the end is told."""

import pytest

from lakestack.testing import jobs
from lakestack.testing.errors import JobRunError
from lakestack.testing.removals import Removals
from tests.unit.testing.fakes import FakeGlue, FakeLogs, FakeStack

SAID = FakeLogs(output=[(1, "hello\n"), (3, "done\n")], error=[(2, "ValueError: bad\n")])


def run(glue, arguments=None, timeout_s=5.0):
    return jobs.Jobs(FakeStack(glue=glue, logs=SAID), Removals()).run("etl", arguments, timeout_s)


def test_arguments_are_texts_with_two_dashes_however_they_were_given():
    glue = FakeGlue("SUCCEEDED")

    run(glue, {"day": 3, "--bucket": "b"})

    assert glue.arguments == {"--day": "3", "--bucket": "b"}


def test_a_run_has_its_own_lines_by_stream_and_in_order():
    ended = run(FakeGlue("RUNNING", "SUCCEEDED"))

    assert jobs.check(ended) is ended
    assert (ended.lines, ended.error_lines) == (["hello", "done"], ["ValueError: bad"])
    assert [line.text for line in ended.log] == ["hello", "ValueError: bad", "done"]


def test_a_failed_run_is_an_error_with_glues_reason_and_the_end_of_the_log():
    with pytest.raises(JobRunError) as caught:
        jobs.check(run(FakeGlue("FAILED", reason="ValueError: bad")))

    assert str(caught.value) == (
        "The run jr_1 of etl is FAILED: ValueError: bad\nThe end of its log:\n  out  hello\n  err  ValueError: bad\n  out  done"
    )
    assert caught.value.run.error_message == "ValueError: bad"


def test_a_run_that_does_not_end_is_stopped_and_told():
    glue = FakeGlue("RUNNING")

    with pytest.raises(JobRunError, match=r"The run jr_1 of etl was still RUNNING after 0 s, so it was stopped\.\nThe end"):
        run(glue, timeout_s=0.01)

    assert glue.stopped == ["jr_1"]


def test_a_text_with_line_breaks_is_the_script_itself():
    _, source = jobs.script_source("""
        print(1)
    """)

    assert source == b"\nprint(1)\n"


def test_a_file_is_named_after_itself(tmp_path):
    (tmp_path / "merge.py").write_text("print(1)")

    name, source = jobs.script_source(tmp_path / "merge.py")

    assert (name.rpartition("-")[0], source) == ("merge", b"print(1)")


def test_a_script_that_is_not_there_is_named():
    with pytest.raises(FileNotFoundError, match=r"There is no script /.*/nowhere\.py\. Expected a file's path, or"):
        jobs.script_source("nowhere.py")


def test_another_kind_of_job_is_refused():
    with pytest.raises(ValueError, match=r"no kind of job 'gluestreaming' here\. Expected one of glueetl, pythonshell"):
        jobs.Jobs(FakeStack(glue=FakeGlue("RUNNING"), logs=SAID), Removals()).make("j", "s3://b/k", "role", "gluestreaming", {})
