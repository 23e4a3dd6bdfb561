"""A deploy needs boto3 alone: it also runs where nothing of the emulation is installed."""

import ast
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[3] / "scripts"
FILES = [SCRIPTS / "deploy.py", SCRIPTS / "redrive.py", *sorted((SCRIPTS / "deploying").glob("*.py"))]
ALLOWED = {*sys.stdlib_module_names, "boto3", "botocore", "deploying"}


def imported(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_of_the_deploy_imports_nothing_but_boto3(path):
    watching = {"watchfiles"} if path.name == "watching.py" else set()

    assert imported(path) <= ALLOWED | watching
