"""Why a script failed, in the words of Glue's ErrorMessage.

    Error Category: QUERY_ERROR; Spark Error Class: TABLE_OR_VIEW_NOT_FOUND; Failed Line Number: 12; AnalysisException: ...
    Error Category: UNCLASSIFIED_ERROR; Failed Line Number: 7; ValueError: bad
    Error Category: UNCLASSIFIED_ERROR; An error occurred while calling o163.save. <what Java said>

Source: ErrorMessages of Glue 4.0 and 5.0 that users published, and the list of categories in
https://docs.aws.amazon.com/glue/latest/dg/monitor-observability.html (both as at 2026-11-23).

Standard library and Python 3.9 code: it runs inside the driver, also that of a Python shell job.
"""

from __future__ import annotations

import re
import traceback
from typing import Any

_LONGEST = 2048
_CATEGORIES = (
    (("SyntaxError", "IndentationError", "TabError"), "SYNTAX_ERROR"),
    (("ImportError", "ModuleNotFoundError"), "IMPORT_ERROR"),
    (("GlueArgumentError",), "INVALID_ARGUMENT_ERROR"),
    (("MemoryError",), "OUT_OF_MEMORY_ERROR"),
    (("PermissionError",), "PERMISSION_ERROR"),
    (("FileNotFoundError", "NoSuchKey", "NoSuchBucket", "EntityNotFoundException"), "RESOURCE_NOT_FOUND_ERROR"),
    (("ConnectionError", "ConnectionRefusedError", "ConnectionResetError", "EndpointConnectionError"), "CONNECTION_ERROR"),
    (("AnalysisException", "ParseException"), "QUERY_ERROR"),
    (("SystemExit",), "SYSTEM_EXIT_ERROR"),
)
_NO_SPACE = "No space left on device"
_JAVA_CATEGORIES = (
    ("java.lang.OutOfMemoryError", "OUT_OF_MEMORY_ERROR"),
    ("org.apache.spark.sql.AnalysisException", "QUERY_ERROR"),
    ("com.amazonaws.services.s3", "S3_ERROR"),
    ("AccessDenied", "PERMISSION_ERROR"),
    (_NO_SPACE, "DISK_NO_SPACE_ERROR"),
)
_ERROR_CLASS = re.compile(r"^\[(?P<name>[A-Z0-9_]+)(\.[A-Z0-9_]+)*\]\s*")
_JAVA_CLASS = re.compile(r"^(?:[a-z][\w$]*\.)+[\w$]+(?:Exception|Error)?:\s*")


def error_message(error: BaseException, script: str) -> str:
    """Return Glue's ErrorMessage for an exception that ended a script.

    Args:
        error: The exception.
        script: Path of the script, whose line is reported.
    """
    name = type(error).__name__
    if name == "Py4JJavaError":
        category, text = _of_java(error)
        error_class = None
    else:
        message, error_class = _of_python(error)
        category = category_of(name, message)
        text = f"{name}: {message}" if message else name
    parts = [f"Error Category: {category}"]
    if error_class:
        parts.append(f"Spark Error Class: {error_class}")
    line = _failed_line(error, script)
    if line:
        parts.append(f"Failed Line Number: {line}")
    return _shortened("; ".join([*parts, text]))


def category_of(name: str, message: str) -> str:
    """Return Glue's category of an exception of Python, by its class and its text."""
    if _NO_SPACE in message:
        return "DISK_NO_SPACE_ERROR"
    return next((category for names, category in _CATEGORIES if name in names), "UNCLASSIFIED_ERROR")


def exit_message(code: int) -> str:
    """Return the ErrorMessage of a process that ended without a word; `code` is as a shell gives it."""
    if code == 128 + 9:
        return "Command Failed due to Out of Memory, or it was killed (exit code 137, SIGKILL)"
    if code > 128:
        return f"Command failed with exit code {code} (signal {code - 128})"
    return f"Command failed with exit code {code}"


def _of_python(error: BaseException) -> tuple[str, str | None]:
    if isinstance(error, SyntaxError):
        return f"{error.msg} ({error.filename}, line {error.lineno})", None
    text = str(error).strip()
    match = _ERROR_CLASS.match(text)
    # Spark appends its logical plan, which fills the message and tells nothing.
    return text.split(";\n", 1)[0].strip(), match["name"] if match else None


def _of_java(error: Any) -> tuple[str, str]:
    """Return category and text of a Py4JJavaError: the innermost words, without the stack."""
    called = str(error).partition("\n")[0].rstrip(":.")
    java = error.java_exception
    while java.getCause() is not None:
        java = java.getCause()
    found = java.toString()
    category = next((category for word, category in _JAVA_CATEGORIES if word in found), "UNCLASSIFIED_ERROR")
    first = found.strip().partition("\n")[0]
    return category, f"{called}. {_JAVA_CLASS.sub('', first) or first}"


def _failed_line(error: BaseException, script: str) -> int | None:
    if isinstance(error, SyntaxError) and error.filename == script:
        return error.lineno
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == script]
    return lines[-1] if lines else None


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
