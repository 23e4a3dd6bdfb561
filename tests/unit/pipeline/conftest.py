"""A lake in a folder, workbooks made cell by cell, and one Spark session for all tests of the jobs."""

from __future__ import annotations

import os
from pathlib import Path

import openpyxl
import pytest
from lakehouse import leases
from lakehouse.s3 import Bucket

from tests.unit.pipeline.fakes import FolderS3
from tests.unit.pipeline.local_spark import local_spark

ME = "arn:aws:states:us-east-1:000000000000:execution:lakehouse-orchestration:me"


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
    jars = os.environ.get("LAKESTACK_SPARK_JARS")
    if not jars:
        pytest.skip("LAKESTACK_SPARK_JARS is not set: the jars of Delta for Spark are not here")
    with local_spark(Path(jars)) as session:
        yield session
