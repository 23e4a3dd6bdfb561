"""Python shell jobs run Python 3.9: the converter reads there what it reads here, byte for byte."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
from lakehouse import converter, sources

from tests.support.raw_workbooks import PRODUCT_HEADER

ROOT = Path(__file__).parents[3]
CONVERT = """
import json, sys
from dataclasses import asdict
from pathlib import Path
from lakehouse import converter
for name in json.loads(sys.argv[3]):
    folder = Path(sys.argv[2]) / name
    folder.mkdir(parents=True)
    done = converter.convert(Path(sys.argv[1]) / name, name, folder, "u", (sys.argv[4],))
    (folder / "manifest.json").write_text(json.dumps(asdict(done)))
"""
IMPORT = "import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]"


def _python_3_9():
    candidates = [*(Path.home() / ".pyenv" / "versions").glob("3.9.*/bin/python3.9"), shutil.which("python3.9")]
    return next((str(found) for found in candidates if found and _runs(found)), None)


def _runs(python):
    """Say whether it is there in fact: pyenv has a shim for every Python that it knows of."""
    return subprocess.run([python, "-c", ""], capture_output=True, timeout=60, check=False).returncode == 0


@pytest.fixture(scope="module")
def python():
    found = _python_3_9()
    if found is None:
        pytest.skip("there is no python3.9 on this machine: pyenv install 3.9")
    return found


@pytest.fixture
def run(python, tmp_path):
    """Run code on Python 3.9 with the shared library and the two pure wheels that the job gets, and nothing else."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    for package in ("openpyxl", "et_xmlfile"):
        shutil.copytree(Path(openpyxl.__file__).parents[1] / package, wheels / package, ignore=shutil.ignore_patterns("__pycache__"))
    path = os.pathsep.join([str(ROOT / "glue_jobs"), str(wheels)])

    def run(code, *arguments):
        command = [python, "-B", "-W", "error::SyntaxWarning", "-c", code, *map(str, arguments)]
        done = subprocess.run(command, env={"PYTHONPATH": path}, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        return done

    return run


@pytest.fixture
def files(tmp_path, workbook):
    """Write files that the two Pythons could read differently."""
    cells = ["a\rb", "a\nb", 'q"q', 19.99, 1e-7, 10**14, True, "Ünï文", "=1+1", None, "2025-04-01T10:00:00", "\u00a07"]
    rows = [[cell, number, "Toys", cell] for number, cell in enumerate(cells)]
    workbook({"s": [PRODUCT_HEADER, *rows], "t": [["x"], PRODUCT_HEADER], "hidden": [[1]]}, "products.xlsx", hidden="hidden")
    text = ",".join(PRODUCT_HEADER) + '\n"a\rb",1,Toys,"x\r\ny"\r\n2,2\n 3 ,1,"T""s",Caf\u00e9\n'
    (tmp_path / "products.csv").write_bytes(text.encode("cp1252"))
    (tmp_path / "utf16.csv").write_bytes(text.encode("utf-16"))
    (tmp_path / "nul.csv").write_bytes(text.encode() + b"1,2,Toys,a\n" * 500 + b"1,\0,b,c\n")
    (tmp_path / "cut.xlsx").write_bytes((tmp_path / "products.xlsx").read_bytes()[:2000])
    (tmp_path / "field.csv").write_bytes(text.encode() + b"x" * 5_000_000)
    return ["products.xlsx", "products.csv", "utf16.csv", "nul.csv", "cut.xlsx", "field.csv"]


@pytest.mark.parametrize("reader", sources.READERS)
def test_the_converter_writes_the_same_on_python_3_9(run, tmp_path, files, reader):
    run(CONVERT, tmp_path, tmp_path / "there", json.dumps(files), reader)

    for name in files:
        here = tmp_path / "here" / name
        here.mkdir(parents=True)
        (here / "manifest.json").write_text(json.dumps(converter.convert(tmp_path / name, name, here, "u", (reader,)).as_dict()))
        written = {path.name: path.read_bytes() for path in here.iterdir()}
        assert {path.name: path.read_bytes() for path in (tmp_path / "there" / name).iterdir()} == written, name


# What import boto3 or pyspark cannot be imported here, and is compiled instead.
def test_all_that_python_shell_jobs_reach_is_python_3_9(run):
    needs_pyspark = {"row_rules", "frames", "transforms", "etl"}
    compiled = sorted((ROOT / "glue_jobs").rglob("*.py"))
    run("import sys; [compile(open(name, encoding='utf-8').read(), name, 'exec') for name in sys.argv[1:]]", *compiled)

    plain = [path for path in (ROOT / "glue_jobs" / "lakehouse").glob("*.py") if path.stem not in needs_pyspark]
    importable = [f"lakehouse.{path.stem}" for path in plain if not {"import boto3", "from pyspark", "lakehouse.s3", "botocore"} & _imports(path)]
    assert {"lakehouse.converter", "lakehouse.workbooks", "lakehouse.rules"} <= set(importable)
    run(IMPORT, *importable)


def _imports(path):
    text = path.read_text(encoding="utf-8")
    return {words for words in ("import boto3", "from pyspark", "lakehouse.s3", "botocore") if words in text}
