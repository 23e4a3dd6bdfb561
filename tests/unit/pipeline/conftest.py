"""A lake in a folder, workbooks made cell by cell, and one Spark session for all tests of the jobs."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import openpyxl
import pytest
from lakehouse import leases
from lakehouse.s3 import Bucket

from lakestack.install.components import spark_jars
from lakestack.project import ROOT
from tests.unit.pipeline.fakes import FolderS3
from tests.unit.pipeline.lakes import ME, Lake, open_lake
from tests.unit.pipeline.local_spark import local_spark

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def s3(tmp_path) -> FolderS3:
    return FolderS3(tmp_path / "lake")


@pytest.fixture
def bucket(s3) -> Bucket:
    return Bucket("lake", s3)


@pytest.fixture
def leased(bucket) -> Bucket:
    """The lake's bucket, with the load lease held by ME."""
    leases.take(bucket, ME, 600, lambda _execution: False)
    return bucket


@pytest.fixture
def function(bucket, monkeypatch):
    """Return the handler of check_marker_lambda on the fake bucket; executions in `function.over` have ended."""
    spec = importlib.util.spec_from_file_location("check_marker_handler", ROOT / "lambdas/check_marker_lambda/handler.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "Bucket", lambda _name: bucket)
    monkeypatch.setenv("LAKE_BUCKET", "lake")
    over = set()
    monkeypatch.setattr(module, "_is_over", lambda execution: execution in over)
    handler = lambda event: module.handler(event, None)  # noqa: E731
    handler.over = over
    return handler


@pytest.fixture
def workbook(tmp_path):
    """Return a function that writes {sheet name: rows} to a workbook and returns its path."""

    def write(sheets: dict[str, list[list]], name: str = "book.xlsx", **states) -> Path:
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            sheet.sheet_state = states.get(title, "visible")
            for row in rows:
                sheet.append(row)
        path = tmp_path / name
        book.save(path)
        return path

    return write


@pytest.fixture(scope="session")
def spark():
    jars = spark_jars()
    if not jars.exists():
        pytest.skip("the jars of Delta for Spark are not installed: make install")
    with local_spark(jars) as session:
        yield session


@pytest.fixture
def lake(spark, tmp_path) -> Lake:
    return open_lake(spark, tmp_path / "lake")
