"""A script's end in the words of Glue."""

import pytest
from lakestack_worker.failure import error_message, exit_message


class AnalysisException(Exception):
    pass


class GlueArgumentError(Exception):
    pass


class JavaThrowable:
    def __init__(self, text, cause=None):
        self._text, self._cause = text, cause

    def getCause(self):
        return self._cause

    def toString(self):
        return self._text


class Py4JJavaError(Exception):
    def __init__(self, java_exception):
        self.java_exception = java_exception

    def __str__(self):
        return "An error occurred while calling o12.save.\n: org.apache.spark.SparkException: Job aborted\n\tat ..."


def raised(source, script="script.py"):
    try:
        exec(compile(source, script, "exec"), {"AnalysisException": AnalysisException, "GlueArgumentError": GlueArgumentError})
    except BaseException as error:  # noqa: BLE001 - whatever a script raises
        return error


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("raise ValueError('bad')", "Error Category: UNCLASSIFIED_ERROR; Failed Line Number: 1; ValueError: bad"),
        ("x = 1\ndef f():\n    return 1 / 0\nf()", "Error Category: UNCLASSIFIED_ERROR; Failed Line Number: 3; ZeroDivisionError: division by zero"),
        ("raise KeyError", "Error Category: UNCLASSIFIED_ERROR; Failed Line Number: 1; KeyError"),
        ("raise SystemExit('must FAIL')", "Error Category: SYSTEM_EXIT_ERROR; Failed Line Number: 1; SystemExit: must FAIL"),
        ("import sys\nsys.exit(4)", "Error Category: SYSTEM_EXIT_ERROR; Failed Line Number: 2; SystemExit: 4"),
        ("import nowhere", "Error Category: IMPORT_ERROR; Failed Line Number: 1; ModuleNotFoundError: No module named 'nowhere'"),
        ("a = 1\ndef f(:", "Error Category: SYNTAX_ERROR; Failed Line Number: 2; SyntaxError: invalid syntax (script.py, line 2)"),
        ("raise GlueArgumentError('no --x')", "Error Category: INVALID_ARGUMENT_ERROR; Failed Line Number: 1; GlueArgumentError: no --x"),
        (
            "raise AnalysisException('[TABLE_OR_VIEW_NOT_FOUND] The table `t` is not there. SQLSTATE: 42P01;\\n\\'Project [*]')",
            (
                "Error Category: QUERY_ERROR; Spark Error Class: TABLE_OR_VIEW_NOT_FOUND; Failed Line Number: 1; "
                "AnalysisException: [TABLE_OR_VIEW_NOT_FOUND] The table `t` is not there. SQLSTATE: 42P01"
            ),
        ),
    ],
)
def test_an_exception_is_worded_as_glue_words_it(source, message):
    assert error_message(raised(source), "script.py") == message


def test_an_error_of_java_is_told_by_its_innermost_cause_without_the_stack():
    error = Py4JJavaError(
        JavaThrowable("org.apache.spark.SparkException: Job aborted", JavaThrowable("java.lang.IllegalStateException: disk is gone\n\tat x"))
    )

    assert error_message(error, "script.py") == "Error Category: UNCLASSIFIED_ERROR; An error occurred while calling o12.save. disk is gone"


def test_a_java_heap_that_ran_out_is_out_of_memory():
    error = Py4JJavaError(JavaThrowable("java.lang.OutOfMemoryError: Java heap space"))

    assert error_message(error, "script.py").startswith("Error Category: OUT_OF_MEMORY_ERROR;")


def test_a_very_long_message_is_cut():
    assert len(error_message(ValueError("x" * 100_000), "script.py")) == 2048


@pytest.mark.parametrize(("code", "words"), [(3, "exit code 3"), (137, "Out of Memory"), (143, "signal 15")])
def test_a_process_that_ends_without_a_word_is_told_by_its_exit_code(code, words):
    assert words in exit_message(code)
