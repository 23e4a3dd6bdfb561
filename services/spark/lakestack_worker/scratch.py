"""Temporary folders of a worker, named so that the next worker finds what a killed one left.

Their names carry the id of the process that made them: ``lakestack-run-7-x3fq1z``. In a container the id of every worker is the same
one, and a folder that is there before a worker made any is its predecessor's.
"""

import os
import re
import shutil
import tempfile
from pathlib import Path

import psutil

_NAME = re.compile(r"lakestack-(run|driver|jvm|warm-up|shell)-(?P<pid>\d+)-\w+")


def prefix(kind: str) -> str:
    """Return the beginning of the names of this process' folders of one kind: run, driver, jvm, warm-up or shell."""
    return f"lakestack-{kind}-{os.getpid()}-"


def clean_up(folder: Path | None = None) -> list[str]:
    """Remove what workers left that are gone; called before this process makes any of its own.

    Returns:
        The names of what was removed.
    """
    removed = []
    for path in (folder or Path(tempfile.gettempdir())).glob("lakestack-*"):
        matched = _NAME.fullmatch(path.name)
        if matched and path.lstat().st_uid == os.getuid() and not _is_of_another(int(matched["pid"])):
            shutil.rmtree(path, ignore_errors=True)
            removed.append(path.name)
    return removed


def _is_of_another(pid: int) -> bool:
    return pid != os.getpid() and psutil.pid_exists(pid)
