"""What the README tells a user to type exists."""

import re

import pytest
import typer.main

from lakestack.cli import main as _every_verb  # noqa: F401 - importing it adds the verbs
from lakestack.cli.app import app
from lakestack.project import ROOT

# Without the fences, a backtick always begins or ends a piece of code in a sentence.
README = (ROOT / "README.md").read_text().replace("```", "")
VERBS = typer.main.get_command(app).commands


def test_every_make_target_it_names_is_there():
    named = set(re.findall(r"\bmake ([a-z]+)\b", " ".join(re.findall(r"`[^`]+`|^make .*$", README, re.MULTILINE))))
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert named
    assert named <= targets


def test_every_verb_it_names_is_there():
    named = set(re.findall(r"\blakestack ([a-z]+)\b", " ".join(re.findall(r"`[^`]+`|^.*lakestack .*$", README, re.MULTILINE))))

    assert {"deploy", "upload", "env", "down"} <= named & set(VERBS)
    assert [verb for verb in named if verb not in VERBS and verb not in {"is", "and"}] == []


def test_its_table_lists_every_verb():
    listed = set(re.findall(r"\b[a-z]+\b", " ".join(re.findall(r"^\| (`.*?) \|", README, re.MULTILINE))))

    assert set(VERBS) - {"demo"} <= listed


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(((?!http)[^)#]+)", README))))
def test_every_page_it_links_to_is_there(path):
    assert (ROOT / path).exists()
