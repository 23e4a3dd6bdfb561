"""The process in which one script runs; started before it is needed, used once.

    python driver.py SOCKET [--spark]

It connects to the worker's SOCKET, imports what every Spark script imports, and waits for one line of JSON:

    {"script", "argv", "environment", "working_directory", "python_path", "hidden": {module: why}}

It then runs the script as __main__. If an exception ends it, one line of JSON goes back: {"error_message"}; the exit code says the
rest. Standard library and Python 3.9 code: Python shell jobs run in an interpreter of their own.
"""

# os.path is imported already when this starts, pathlib is not; and what only some runs need is imported by them.
# ruff: noqa: PTH100, PTH120, PTH123, PLC0415
from __future__ import annotations

import importlib.abc
import importlib.machinery
import json
import os
import socket
import sys
import traceback
import types
from typing import Any


def main() -> int:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(sys.argv[1])
    if "--spark" in sys.argv[2:]:
        _import_what_scripts_import()
    order = json.loads(connection.makefile("r", encoding="utf-8").readline() or "null")
    if order is None:  # the worker ends, and the guard will end us
        return 0
    _prepare(order)
    return _run(order["script"], connection)


def _import_what_scripts_import() -> None:
    import pyspark.sql
    import pyspark.sql.functions
    import pyspark.sql.types  # noqa: F401 - so that the script need not wait for it


def _prepare(order: dict[str, Any]) -> None:
    os.environ.update(order["environment"])
    os.chdir(order["working_directory"])
    sys.argv = order["argv"]
    # Where Python put driver.py's own folder, a script finds the folder that it lies in.
    sys.path[0:1] = [os.path.dirname(order["script"]), *order["python_path"]]
    sys.meta_path.insert(0, _Hidden(order["hidden"], order["python_path"]))
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")


class _Hidden(importlib.abc.MetaPathFinder):
    """Modules that are installed but not meant for this run: only what the run itself brings may have their names."""

    def __init__(self, reasons: dict[str, str], python_path: list[str]) -> None:
        self._reasons = reasons
        self._python_path = python_path

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:  # noqa: ARG002 - importlib's signature
        if name not in self._reasons:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, self._python_path)
        if spec is None:
            raise ModuleNotFoundError(f"No module named {name!r} ({self._reasons[name]})", name=name)
        return spec


def _run(script: str, connection: socket.socket) -> int:
    module = types.ModuleType("__main__")
    module.__file__ = script
    module.__dict__["__builtins__"] = __builtins__
    sys.modules["__main__"] = module
    try:
        with open(script, "rb") as source:
            code = compile(source.read(), script, "exec", dont_inherit=True)
        exec(code, module.__dict__)  # noqa: S102 - running the user's script is what we are for
    except BaseException as error:  # noqa: BLE001 - whatever ends a script is a failure of the run
        return _report(error, script, connection)
    return 0


def _report(error: BaseException, script: str, connection: socket.socket) -> int:
    """Say on stderr what Python would, tell the worker Glue's words, and return the exit code."""
    if isinstance(error, SystemExit) and error.code in (None, 0):
        return 0
    if isinstance(error, SystemExit):
        if not isinstance(error.code, int):
            print(error.code, file=sys.stderr)
    else:
        trace = error.__traceback__.tb_next  # without the frame of _run
        traceback.print_exception(type(error), error, trace)
    sys.path.append(os.path.dirname(os.path.abspath(__file__)))
    import failure

    try:
        message = failure.error_message(error, script)
    except Exception:  # noqa: BLE001 - Java may be gone by now; the name of the error is better than silence
        message = f"{type(error).__name__}: {error}"
    connection.sendall(json.dumps({"error_message": message}).encode() + b"\n")
    return error.code if isinstance(error, SystemExit) and isinstance(error.code, int) else 1


if __name__ == "__main__":
    sys.exit(main())
