"""What `lakestack uploads` says came, and what became of it."""

import csv
import hashlib
import io

import pytest
from rich.console import Console

from lakestack.cli import uploads as verb
from lakestack.lake.ingestions import Counts, moment_of
from tests.unit.cli.lake_fakes import LakeAthena, LakeClients, LakeDynamoDB, LakeS3, LakeStepFunctions, ingestions, logged

LOG = "array_join(warnings"
LOADED = logged("20260401T120000Z-v1", rows_read=500, inserted=490, updated=7, rejected=3, seconds=8.5)
OF_TWO_SHEETS = [
    logged("20260401T120000Z-v1", sheet="a", rows_read=5, inserted=5, seconds=8.5),
    logged("20260401T120000Z-v1", sheet="b", rows_read=4, unchanged=4, seconds=8.5, outcome="WARN", warnings="NOT_UTF8"),
    logged("20260401T120000Z-v1", dataset=None, sheet="empty", outcome="SKIP", reason="EMPTY_SHEET"),
]
QUARANTINE = logged("20260401T120100Z-v2", "uploads/notes.csv", None, None, "QUARANTINE", reason="NO_HEADER")
SKIP = logged("20260401T120200Z-v3", "uploads/copy.csv", None, None, "SKIP", reason="DUPLICATE_UPLOAD")
FAILED = {"error": "LoadFailed", "cause": "uploads/orders.csv: VerificationFailed: boom"}


def newest(*rows, executions=(), clients=None, limit=20, file=None):
    return ingestions(LakeAthena((LOG, rows)), LakeStepFunctions(*executions), clients).newest(limit, file)


def test_an_upload_is_one_line_whatever_its_sheets_and_newer_ones_come_first():
    found = newest(*OF_TWO_SHEETS, QUARANTINE, SKIP)

    assert [(one.file, one.outcome, one.reason) for one in found] == [
        ("copy.csv", "SKIPPED", "DUPLICATE_UPLOAD"),
        ("notes.csv", "QUARANTINED", "NO_HEADER"),
        ("orders.csv", "LOADED", ""),
    ]
    assert found[2].counts == Counts(read=9, inserted=5, unchanged=4)
    assert (found[2].seconds, found[2].warnings) == (8.5, ("NOT_UTF8",))


def test_what_is_on_its_way_is_there_with_its_state_before_anything_is_logged():
    found = newest(executions=[("uploads/new.csv", "v9", "RUNNING")])

    assert [(one.file, one.outcome, one.state) for one in found] == [("new.csv", "RUNNING", "Load orders")]


def test_a_load_that_failed_after_its_rows_were_logged_is_failed():
    (one,) = newest(LOADED, executions=[("uploads/orders.csv", "v1", "FAILED", FAILED)])

    assert (one.outcome, one.reason, one.text) == ("FAILED", "LoadFailed", FAILED["cause"])


CLAIM = "state/claims/hash.json"
AGAIN = f"state/claims/hash-again-{hashlib.sha256(b'v1').hexdigest()[:16]}.json"


@pytest.mark.parametrize(
    "clients",
    [
        LakeClients(LakeS3(**{CLAIM: {"upload_id": "20260401T120000Z-v1", "status": "LOADED"}})),
        LakeClients(
            LakeS3(**{CLAIM: {"upload_id": "an earlier one", "status": "FAILED"}, AGAIN: {"upload_id": "20260401T120000Z-v1", "status": "LOADED"}})
        ),
        LakeClients(dynamodb=LakeDynamoDB(**{CLAIM: {"upload_id": "20260401T120000Z-v1", "status": "LOADED"}}), coordination="dynamodb:claims"),
    ],
)
def test_an_upload_that_another_execution_loaded_is_loaded_whatever_became_of_its_own(clients):
    (one,) = newest(LOADED, executions=[("uploads/orders.csv", "v1", "ABORTED")], clients=clients)

    assert one.outcome == "LOADED"


def test_an_upload_whose_claim_is_not_loaded_is_failed_if_its_execution_was_stopped():
    clients = LakeClients(LakeS3(**{CLAIM: {"upload_id": "20260401T120000Z-v1", "status": "LOADING"}}))

    (one,) = newest(LOADED, executions=[("uploads/orders.csv", "v1", "ABORTED")], clients=clients)

    assert (one.outcome, one.reason) == ("FAILED", "ABORTED")


def test_of_several_executions_of_one_upload_the_newest_counts():
    (one,) = newest(LOADED, executions=[("uploads/orders.csv", "v1", "FAILED", FAILED), ("uploads/orders.csv", "v1", "SUCCEEDED")])

    assert one.outcome == "LOADED"


def test_one_file_is_asked_for_by_its_name_which_is_a_literal_of_sql():
    athena = LakeAthena((LOG, []))

    ingestions(athena).newest(5, "o'rders.csv")

    assert "'uploads/o''rders.csv'" in athena.asked[0]
    assert "limit 5" in athena.asked[0]


def printed(found, width, **options):
    console = Console(width=width, file=io.StringIO(), color_system=None)
    console.print(verb.table(found, width, **options))
    return console.file.getvalue()


def test_a_wide_terminal_has_a_column_a_number():
    shown = printed(newest(LOADED, QUARANTINE), 200)

    assert "497 (490 + 7)" in shown
    assert "merged (new + changed)" in shown
    assert max(map(len, shown.splitlines())) <= 200
    assert all("…" not in line for line in shown.splitlines())


@pytest.mark.parametrize("width", [80, 100])
def test_a_narrow_one_has_the_numbers_that_are_not_zero_in_words(width):
    long = logged("20260401T115900Z-v0", "uploads/deep/er/" + "x" * 60 + ".csv", rows_read=1234567, inserted=1234567)

    shown = printed(newest(LOADED, QUARANTINE, SKIP, long), width)

    assert max(map(len, shown.splitlines())) <= width
    assert "500 read, 497" in shown
    assert "NO_HEADER" in shown
    assert shown.count("x") >= 60
    assert "held" not in shown


def test_each_sheet_is_a_line_when_asked_for():
    shown = printed(newest(*OF_TWO_SHEETS), 200, sheets=True)

    assert [line.split("│")[5].strip() for line in shown.splitlines() if "orders.csv" in line] == ["LOADED", "LOADED", "SKIPPED"]


def test_csv_has_every_number_and_the_ids(capsys):
    verb._write_csv(newest(LOADED), sheets=False)

    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (row["upload_id"], row["rows_read"], row["rows_updated"], row["seconds"]) == ("20260401T120000Z-v1", "500", "7", "8.5")
    assert row["uploaded_at"] == moment_of("20260401T120000Z-v1").isoformat()


def test_an_empty_lake_and_an_unknown_name_say_what_to_do():
    assert verb._nothing(None) == "Nothing was uploaded yet. Load a file with: lakestack upload FILE --follow"
    assert verb._nothing("a.csv") == "No upload is called a.csv. See which there are: lakestack uploads"
