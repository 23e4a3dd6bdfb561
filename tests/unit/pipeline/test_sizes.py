"""Who converts an upload is decided by what it will unpack to, before anything is unpacked."""

import json
import random
import struct
import zipfile
from pathlib import Path

import pytest
from lakehouse import claims, sizes

from tests.support import raw_workbooks as raw

ROOT = Path(__file__).parents[3]
STATES = json.loads((ROOT / "step_functions" / "lakehouse_etl_flow.json").read_text())["States"]
LIMIT = next(choice["NumericGreaterThan"] for choice in STATES["Was the upload claimed?"]["Choices"] if "NumericGreaterThan" in choice)


class CountingS3:
    """Passes on to another client and notes which bytes were asked for."""

    def __init__(self, client):
        self._client = client
        self.ranges = []

    def __getattr__(self, name):
        return getattr(self._client, name)

    def get_object(self, **arguments):
        if "Range" in arguments:
            self.ranges.append(arguments["Range"])
        return self._client.get_object(**arguments)


@pytest.fixture
def claim(bucket):
    """Upload a content and claim it."""

    def make(content, key="uploads/orders.xlsx"):
        bucket.write_bytes(key, content, "binary/octet-stream")
        return claims.make(bucket, key, bucket.head(key, None), "execution")

    return make


def a_workbook(tmp_path, rows):
    return raw.write(tmp_path / "book.xlsx", raw.parts(raw.sheet(raw.header_row() + "<row><c><v>1</v></c></row>" * rows))).read_bytes()


def test_a_workbook_counts_what_it_unpacks_to_and_only_its_end_is_read(bucket, claim, tmp_path):
    content = raw.write(
        tmp_path / "b", {**raw.parts(raw.sheet(raw.header_row())), "xl/media/a.bin": random.Random(1).randbytes(1024**2)}
    ).read_bytes()
    bucket.client = CountingS3(bucket.client)

    claimed = claim(content)

    with zipfile.ZipFile(tmp_path / "b") as archive:
        assert claimed.unpacked_size == max(len(content), sum(member.file_size for member in archive.infolist()))
    firsts = [int(asked.removeprefix("bytes=").split("-")[0]) for asked in bucket.client.ranges]
    assert firsts
    assert min(firsts) >= len(content) - 2 * 64 * 1024 - 100


def test_a_small_workbook_with_a_huge_sheet_is_large(claim, tmp_path):
    content = a_workbook(tmp_path, 3_000_000)

    claimed = claim(content)

    assert len(content) < 1024**2
    assert claimed.size == len(content)
    assert claimed.unpacked_size > LIMIT


OWN_BYTES = [
    ("text", b"a,b\n" * 1000),
    ("no bytes", b""),
    ("a zip that is cut off", b"PK\x03\x04" + b"x" * 5000),
    ("an end that points nowhere", b"PK\x03\x04" + b"x" * 100 + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, 2**31, 2**31, 0)),
    ("a directory of garbage", b"PK\x03\x04" + b"x" * 100 + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, 90, 4, 0)),
]


@pytest.mark.parametrize("content", [case[1] for case in OWN_BYTES], ids=[case[0] for case in OWN_BYTES])
def test_whatever_is_no_whole_zip_counts_its_own_bytes(claim, content):
    assert claim(content).unpacked_size == len(content)


def test_a_directory_without_end_is_not_read(bucket, claim, monkeypatch, tmp_path):
    monkeypatch.setattr(sizes, "_MOST_BYTES_READ", 100_000)
    members = {**raw.parts(raw.sheet("")), **{f"xl/{'x' * 200}{n}": b"" for n in range(2000)}}
    content = raw.write(tmp_path / "b", members).read_bytes()

    assert claim(content).unpacked_size == len(content)


def test_a_choice_by_what_comes_out_sends_the_large_to_the_job_and_no_failure_does():
    choices = STATES["Was the upload claimed?"]["Choices"]
    to_the_job = [choice for choice in choices if choice["Next"] == "Convert the large upload"]

    assert [choice["Variable"] for choice in to_the_job] == ["$.claimed.unpacked_size"]
    assert STATES["Was the upload claimed?"]["Default"] == "Convert the upload"
    assert all(catch["Next"] == "Report the failure" for catch in STATES["Convert the upload"]["Catch"])
