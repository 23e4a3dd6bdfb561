"""The command `lakestack`, pointed at the stack of the tests."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

LAKESTACK = Path(sys.executable).with_name("lakestack")
ROOT = Path(__file__).parents[2]


def environment_for(stack, folder: Path) -> dict[str, str]:
    """Return the variables by which the command finds the stack; `folder` is for what it notes of one that it did not start."""
    if stack.embedded:
        return {"LAKESTACK_STACK": str(stack.embedded.folder)}
    if project := getattr(stack.engine, "name", None):
        return {"LAKESTACK_STACK": str(folder), "COMPOSE_PROJECT_NAME": project, "LAKESTACK_PORT": str(stack.engine.port)}
    if "LAKESTACK_STACK" not in os.environ:
        pytest.skip("of this stack only an endpoint is known; set LAKESTACK_STACK to its folder")
    return {}


def run(stack, folder: Path, *arguments: str, within_s: float = 280, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, whatever that is."""
    environment = {**os.environ, **environment_for(stack, folder), "COLUMNS": "200", **variables}
    return subprocess.run([LAKESTACK, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=within_s, check=False)
