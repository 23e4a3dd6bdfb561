"""lakehouse-maintenance shares the load lease with the loads: it waits for them, they wait for it, and neither waits for the dead."""

from datetime import UTC, datetime, timedelta

from lakehouse import leases, loads, notices
from lakehouse.alerts import ReasonCount


def take(function, execution="night", started_at=None, **state):
    moment = (started_at or datetime.now(UTC)).isoformat()
    return function({"action": "take_maintenance_lease", "execution": execution, "started_at": moment, "state": state})


def test_it_holds_the_lease_until_it_ends_and_passes_on_what_was_asked_for(function, bucket):
    taken = take(function, retention_hours=0)

    assert (taken["outcome"], taken["load"]) == ("HOLDER", None)
    assert taken["arguments"] == {"--bucket": "lake", "--execution": "night", "--retention_hours": "0"}
    assert "--retention_hours" not in take(function)["arguments"]
    assert leases.holder_of(bucket) == "night"
    assert function({"action": "end_maintenance", "state": {}, "execution": "night"})["outcome"] == "DONE"
    assert leases.holder_of(bucket) is None


def test_items_that_the_maintenance_rejected_are_told_of_once_and_a_second_try_of_its_end_says_the_same(function, bucket):
    notices.keep_rejects(bucket, "night", "order_items", [], [ReasonCount("u0", "uploads/items.csv", "s", "NO_SUCH_PRODUCT", 2, (4, 5))])
    take(function)

    first, again = (function({"action": "end_maintenance", "state": {}, "execution": "night"}) for _ in range(2))
    the_next_night = function({"action": "end_maintenance", "state": {}, "execution": "next"})

    assert first["notice"]["subject"] == "Rejected 2 items whose product never came"
    assert "2 x NO_SUCH_PRODUCT in uploads/items.csv" in first["notice"]["message"]
    assert again == first
    assert (the_next_night["has_notice"], the_next_night["notice"]) == (False, None)


def test_it_waits_for_a_load_and_gives_up_for_this_night_when_loads_go_on(function, bucket):
    leases.take(bucket, "load", 600, lambda _execution: False)

    assert take(function)["outcome"] == "WAIT"
    assert take(function, started_at=datetime.now(UTC) - timedelta(minutes=61))["outcome"] == "BUSY"
    function.over.add("load")
    assert take(function)["outcome"] == "HOLDER"


def test_held_rows_over_their_limit_are_loaded_first_and_once_but_not_where_uploads_wait(function, bucket):
    def hold(reject_in, rows=1):
        bucket.write("state/held.json", {"rows": rows, "reject_at": (datetime.now(UTC) + reject_in).isoformat()})

    for reject_in, rows in ((timedelta(minutes=1), 1), (timedelta(minutes=-1), 0)):
        hold(reject_in, rows)
        assert take(function)["load"] is None

    hold(timedelta(minutes=-1))
    load = take(function)["load"]
    assert loads.read_plan(bucket, load)["uploads"] == []
    assert loads.read_plan(bucket, load)["datasets"] == {"order_items": {"sheets": []}}
    assert take(function, job={"JobRunState": "SUCCEEDED"})["load"] is None
    bucket.write("state/queue/u.json", {})
    assert take(function)["load"] is None


def test_a_failure_gives_the_lease_back_and_is_worded_for_a_person(function, bucket):
    take(function)
    error = {"Error": "States.TaskFailed", "Cause": '{"JobName": "compact_tables", "Id": "jr_1", "ErrorMessage": "1 of the tables"}'}

    alert = function({"action": "report_maintenance_failure", "state": {"error": error}, "execution": "night"})

    assert leases.holder_of(bucket) is None
    assert alert["subject"] == "Maintenance of the tables failed: States.TaskFailed"
    assert "Job compact_tables, run jr_1: 1 of the tables" in alert["message"]
    assert "start an execution of lakehouse-maintenance" in alert["message"]
