"""A run's log for a person: our JSON shortly, everything else as it is."""

import json

import pytest

from lakestack.cli.log_lines import shortly

OURS = {"time": "2026-04-01T12:00:00.123Z", "level": "INFO", "message": "sheet loaded"}


def test_a_line_of_ours_is_its_message_and_its_fields():
    line = {**OURS, "job": "etl_orders", "job_run": "jr_1", "load_id": "l", "upload_id": "u1", "rows_read": 7500, "seconds": 7.2}

    assert shortly(json.dumps(line))[8:] == " sheet loaded  upload_id=u1 rows_read=7,500 seconds=7.2"


def test_what_is_meant_for_cloudwatch_is_left_out_and_many_uploads_are_counted():
    line = {**OURS, "_aws": {"Timestamp": 1}, "upload_ids": ["u1", "u2"], "RowsRead": 3}

    assert shortly(json.dumps(line))[8:] == " sheet loaded  upload_ids=[2] RowsRead=3"


def test_an_error_has_its_level_and_its_traceback_below():
    line = {**OURS, "level": "ERROR", "message": "load failed: boom", "traceback": "Traceback …\nValueError: boom"}

    assert shortly(json.dumps(line))[8:] == " ERROR load failed: boom\nTraceback …\nValueError: boom"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        '{"message": "of another"}',
        "{broken",
        '{"time": "2026-04-01T12:00:00Z"}',
        '{"time": 3, "level": "x", "message": "y"}',
        "{'a': 1}",
    ],
)
def test_a_line_of_others_is_as_it_is(text):
    assert shortly(text) == text
