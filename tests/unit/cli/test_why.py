"""What `lakestack why` tells of a file: what became of it, of its rows, and what to do."""

import pytest

from lakestack.errors import PipelineError
from lakestack.lake.explanations import Explanations
from lakestack.lake.reasons import text_of
from tests.unit.cli.lake_fakes import LakeAthena, LakeGlue, LakeS3, LakeStepFunctions, ingestions, logged

LOG, REJECTS, HELD, NAMES = "array_join(warnings", "rejected_records", "held_order_items", "select distinct source_key"
UPLOAD = "20260401T120102Z-v1"


def why(file, *rows, executions=(), objects=None, rejects=(), held=(), names=(), same=()):
    same_content = [("content_hash = 'hash'", same)] if same else []
    known = any(file.rpartition("/")[2] in (row[3] or "").rpartition("/")[2] or file == row[0] for row in rows)
    answers = (*same_content, (NAMES, names), (REJECTS, rejects), (HELD, held), (LOG, rows if known else []))
    athena, s3 = LakeAthena(*answers), LakeS3(**(objects or {}))
    lines = Explanations(athena, s3, LakeGlue(), ingestions(athena, LakeStepFunctions(*executions))).explain(file)
    return "\n".join(lines)


def test_a_loaded_file_has_its_numbers_its_rejects_with_an_example_and_what_to_do():
    row = logged(UPLOAD, rows_read=500, inserted=490, updated=7, rejected=3)
    rejects = [("BAD_TIMESTAMP", "REJECT", 2, 0, "2025-04-01", 17, '{"order_timestamp":"10:30"}'), ("BAD_KEY", "REJECT", 1, 0, "s", 3, "x" * 999)]

    said = why("orders.csv", row, rejects=rejects)

    assert "was LOADED: 500 rows read, 497 merged (490 new, 7 changed), 3 rejected." in said
    assert f'2 x BAD_TIMESTAMP: {text_of("BAD_TIMESTAMP")} First: row 17 of sheet 2025-04-01, as read: {{"order_timestamp":"10:30"}}' in said
    assert "Correct them and upload the file again under the same name: only those rows will change." in said
    assert f"upload_id = '{UPLOAD}'" in said
    assert "x" * 301 not in said


def test_a_file_without_a_fault_asks_for_nothing():
    assert len(why("orders.csv", logged(UPLOAD, rows_read=5, unchanged=5)).splitlines()) == 1


def test_rejects_that_were_corrected_since_are_said_and_ask_for_nothing():
    said = why("orders.csv", logged(UPLOAD, rows_read=2, rejected=2), rejects=[("BAD_KEY", "REJECT", 2, 2, "s", 3, "raw")])

    assert "2 x BAD_KEY (2 of them corrected since)" in said
    assert "Correct them" not in said


def test_held_items_name_the_missing_products_and_until_when_they_wait():
    row = logged(UPLOAD, "uploads/order_items.csv", "order_items", rows_read=3, held=3)

    said = why("order_items.csv", row, held=[("98", "1", "2026-04-02 10:00:00.000 UTC"), ("99", "2", "2026-04-01 10:00:00.000 UTC")])

    assert "3 x PRODUCT_NOT_YET" in said
    assert "Missing: products 98, 99." in said
    assert "Upload the products before 2026-04-08 (7 days of waiting)" in said


def test_rows_that_lost_and_warnings_and_left_out_sheets_are_told():
    rows = [
        logged(UPLOAD, rows_read=2, inserted=1, duplicates=1, outcome="WARN", warnings="NOT_UTF8"),
        logged(UPLOAD, dataset=None, sheet="chart", outcome="SKIP", reason="CHART_SHEET"),
    ]

    said = why("orders.csv", *rows, rejects=[("DUPLICATE", "DUPLICATE", 1, 0, "s", 2, "raw")])

    assert f"1 x DUPLICATE: {text_of('DUPLICATE')}" in said
    assert f"warning NOT_UTF8: {text_of('NOT_UTF8')}" in said
    assert "sheet chart was left out, CHART_SHEET" in said


def test_a_quarantined_file_says_why_where_the_original_is_and_what_to_do():
    row = logged(UPLOAD, "uploads/my notes.csv", None, None, "QUARANTINE", reason="NO_HEADER")
    failed = ("uploads/my notes.csv", "v1", "FAILED", {"error": "Quarantined", "cause": "NO_HEADER: Sheet 's': first row ['a']. Add it."})

    said = why("my notes.csv", row, executions=[failed], objects={f"rejected/files/{UPLOAD}/my notes.csv": {}})

    assert "was QUARANTINED and not loaded: NO_HEADER: Sheet 's': first row ['a']. Add it." in said
    assert f"kept at s3://ecom-lakehouse/rejected/files/{UPLOAD}/my notes.csv" in said
    assert "lakestack upload 'my notes.csv' --follow" in said


def test_a_file_of_too_many_rejects_has_their_reasons_as_well():
    row = logged(UPLOAD, rows_read=4, rejected=4, outcome="QUARANTINE", reason="TOO_MANY_REJECTS")

    said = why("orders.csv", row, rejects=[("BAD_KEY", "REJECT", 4, 0, "s", 2, "raw")])

    assert "was QUARANTINED and not loaded: TOO_MANY_REJECTS" in said
    assert "4 x BAD_KEY" in said
    assert "only those rows will change" not in said


def test_a_quarantine_whose_execution_is_forgotten_says_what_its_code_means():
    assert text_of("NO_HEADER") in why("notes.csv", logged(UPLOAD, "uploads/notes.csv", None, None, "QUARANTINE", reason="NO_HEADER"))


def test_a_skipped_copy_names_the_upload_that_brought_its_content():
    copy = logged("20260401T130000Z-v2", "uploads/copy.csv", None, None, "SKIP", reason="DUPLICATE_UPLOAD")

    said = why("copy.csv", copy, same=[logged(UPLOAD, rows_read=1, inserted=1), copy])

    assert "was SKIPPED, DUPLICATE_UPLOAD" in said
    assert "The same content came as orders.csv (uploaded " in said
    assert f"and was LOADED: lakestack why {UPLOAD}" in said
    assert "lakestack upload copy.csv --again" in said


def test_a_failed_load_names_the_error_its_log_and_how_to_go_on():
    cause = "uploads/orders.csv: States.TaskFailed: Job etl_orders, run jr_0a1b2c: boom"

    said = why("orders.csv", executions=[("uploads/orders.csv", "v1", "FAILED", {"error": "LoadFailed", "cause": cause})])

    assert f"FAILED with LoadFailed: {cause}" in said
    assert "lakestack logs jr_0a1b2c" in said
    assert "lakestack upload orders.csv --follow" in said


def test_what_is_on_its_way_says_in_which_state_of_which_execution_it_is():
    said = why("orders.csv", executions=[("uploads/orders.csv", "v1", "RUNNING")])

    assert "is on its way: its execution is in the state 'Load orders'. See: lakestack logs 0" in said


@pytest.mark.parametrize(
    ("file", "asked"),
    [
        ("orders.csv", "element_at(split(source_key, '/'), -1) = 'orders.csv'"),
        ("uploads/orders.csv", "source_key in ('uploads/orders.csv'"),
        ("deep/orders.csv", "'uploads/deep/orders.csv'"),
        ("/home/me/orders.csv", "element_at(split(source_key, '/'), -1) = 'orders.csv'"),
        (UPLOAD, f"upload_id = '{UPLOAD}'"),
    ],
)
def test_a_file_is_meant_by_its_name_its_key_its_local_path_or_its_upload_s_id(file, asked):
    athena = LakeAthena((asked, [logged(UPLOAD, rows_read=1, inserted=1)]))

    said = Explanations(athena, LakeS3(), LakeGlue(), ingestions(athena)).explain(file)

    assert "was LOADED" in said[0]


def test_of_several_uploads_of_a_name_the_newest_is_told_and_the_others_counted():
    said = why("orders.csv", logged(UPLOAD, rows_read=1, inserted=1), logged("20260402T120102Z-v2", rows_read=7, unchanged=7))

    assert "7 rows read" in said
    assert "1 earlier upload of this name: lakestack uploads --file orders.csv" in said


def test_an_unknown_name_has_the_nearest_ones():
    with pytest.raises(PipelineError, match=r"No upload is called order\.csv\. Near to it: orders\.csv"):
        why("order.csv", names=[("uploads/orders.csv",), ("uploads/holiday.xlsx",)])


def test_an_unknown_name_in_an_empty_lake_says_how_to_load_a_file():
    with pytest.raises(PipelineError, match="Nothing was uploaded yet"):
        why("orders.csv")
