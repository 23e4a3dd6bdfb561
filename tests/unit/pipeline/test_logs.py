"""What every part says while it works: lines of JSON about an upload or a load, and metrics in CloudWatch's embedded format."""

import json

import pytest
from lakehouse import logs, metrics
from lakehouse.accounting import LogRow

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html (as at 2026-11-25): Unit
UNITS = {"Seconds", "Count", "Percent", "Bytes", "Milliseconds", "Count/Second", "None"}


@pytest.fixture
def lines(capsys):
    """Return a function that takes the lines written since, parsed."""
    logs.begin()
    yield lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    logs.begin()


def test_a_line_has_its_moment_its_level_its_message_and_the_context_of_the_invocation(lines):
    logs.begin(request_id="r1", execution="arn", dataset=None)
    logs.bind(upload_id="u1")

    logs.info("claimed", outcome="CLAIMED")

    (line,) = lines()
    assert line.pop("time").endswith("Z")
    assert line == {"level": "INFO", "message": "claimed", "request_id": "r1", "execution": "arn", "upload_id": "u1", "outcome": "CLAIMED"}


def test_a_line_about_one_upload_of_a_load_names_that_one_and_the_others_name_all(lines):
    logs.begin(load_id="l", upload_ids=["u1", "u2"])

    logs.info("of one", upload_id="u2")
    logs.info("of all")

    assert [(line.get("upload_id"), line.get("upload_ids"), line["load_id"]) for line in lines()] == [("u2", None, "l"), (None, ["u1", "u2"], "l")]


def test_the_next_invocation_of_a_warm_function_carries_nothing_of_the_last(lines):
    logs.begin(request_id="r1")
    logs.bind(upload_id="u1")

    logs.begin(request_id="r2")
    logs.info("hello")

    (line,) = lines()
    assert (line["request_id"], "upload_id" in line) == ("r2", False)


def test_a_text_of_two_lines_and_of_any_script_is_one_line(lines, capsys):
    logs.info("two\nlines, “文”", name="üñí\u2028")

    out = capsys.readouterr().out
    assert len(out.splitlines()) == 1
    assert json.loads(out)["message"] == "two\nlines, “文”"


def test_what_was_done_is_told_with_its_seconds_and_a_failure_with_its_traceback(lines):
    with logs.telling("claim") as told:
        told["outcome"] = "CLAIMED"
    with pytest.raises(ValueError, match="boom"), logs.telling("load"):
        raise ValueError("boom")

    done, failed = lines()
    assert (done["message"], done["outcome"], done["seconds"] >= 0) == ("claim", "CLAIMED", True)
    assert (failed["level"], failed["message"], failed["error"]) == ("ERROR", "load failed: boom", "ValueError")
    assert "Traceback" in failed["traceback"]


def demand_embedded_metric_format(document):
    """Hold a line to the specification's rules.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html (as at 2026-11-25)
    """
    assert set(document["_aws"]) == {"Timestamp", "CloudWatchMetrics"}
    assert type(document["_aws"]["Timestamp"]) is int
    assert 1_600_000_000_000 < document["_aws"]["Timestamp"] < 4_000_000_000_000  # milliseconds
    for directive in document["_aws"]["CloudWatchMetrics"]:
        assert set(directive) == {"Namespace", "Dimensions", "Metrics"}
        assert 1 <= len(directive["Namespace"]) <= 1024
        assert 1 <= len(directive["Metrics"]) <= 100
        for keys in directive["Dimensions"]:
            assert len(keys) <= 30
            assert all(isinstance(document[key], str) and 1 <= len(document[key]) <= 1024 and document[key].isascii() for key in keys)
        for metric in directive["Metrics"]:
            assert set(metric) <= {"Name", "Unit", "StorageResolution"}
            assert metric["Unit"] in UNITS
            assert type(document[metric["Name"]]) in {int, float}


def test_the_metrics_of_a_load_are_a_document_of_the_embedded_metric_format(lines):
    logs.begin(load_id="l", upload_ids=["u1", "u2"])
    rows = [
        LogRow("u1", "orders", "a", rows_read=10, inserted=6, updated=1, rejected=3),
        LogRow("u2", "orders", "b", rows_read=4, held=1, duplicates=3),
    ]

    metrics.loaded("orders", rows, 7.25)

    (line,) = lines()
    demand_embedded_metric_format(line)
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Lakehouse"
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["dataset"]]
    counts = {name: line[name] for name in ("RowsRead", "RowsMerged", "RowsUnchanged", "RowsRejected", "RowsHeld", "RowsDuplicate", "LoadSeconds")}
    assert counts == {
        "RowsRead": 14,
        "RowsMerged": 7,
        "RowsUnchanged": 0,
        "RowsRejected": 3,
        "RowsHeld": 1,
        "RowsDuplicate": 3,
        "LoadSeconds": 7.25,
    }
    assert (line["dataset"], line["upload_ids"]) == ("orders", ["u1", "u2"])


@pytest.mark.parametrize(("name", "dataset"), [("order_items_may.xlsx", "order_items"), ("holiday.xlsx", "unknown")])
def test_a_quarantine_is_counted_under_the_dataset_that_the_file_claims_to_be(lines, name, dataset):
    metrics.quarantined(name)

    (line,) = lines()
    demand_embedded_metric_format(line)
    assert (line["dataset"], line["FilesQuarantined"]) == (dataset, 1)
