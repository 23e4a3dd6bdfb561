"""A run's lines as CloudWatch Logs takes them."""

import threading

from botocore.exceptions import ClientError
from lakestack_worker.logs import ERROR, OUTPUT, LogShipper, batches

LARGEST_MESSAGE = 262_144 - 26


class FakeLogs:
    """The logs client's three calls, with groups and streams that are not there until they are made."""

    def __init__(self) -> None:
        self.groups: set[str] = set()
        self.streams: dict[tuple[str, str], list[str]] = {}
        self.calls = 0
        self.arrived = threading.Event()

    def create_log_group(self, logGroupName):
        if logGroupName in self.groups:
            raise ClientError({"Error": {"Code": "ResourceAlreadyExistsException"}}, "CreateLogGroup")
        self.groups.add(logGroupName)

    def create_log_stream(self, logGroupName, logStreamName):
        if logGroupName not in self.groups:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "CreateLogStream")
        self.streams[logGroupName, logStreamName] = []

    def put_log_events(self, logGroupName, logStreamName, logEvents):
        self.calls += 1
        self.streams[logGroupName, logStreamName] += [event["message"] for event in logEvents]
        self.arrived.set()


def test_output_and_errors_go_to_groups_of_their_own():
    logs = FakeLogs()
    shipper = LogShipper(logs, "/aws-glue/jobs", "jr_1")

    shipper.write(OUTPUT, "said")
    shipper.write(ERROR, "complained")
    shipper.close()

    assert logs.streams == {("/aws-glue/jobs/output", "jr_1"): ["said"], ("/aws-glue/jobs/error", "jr_1"): ["complained"]}


def test_lines_arrive_while_the_run_goes_on():
    logs = FakeLogs()
    shipper = LogShipper(logs, "/aws-glue/jobs", "jr_1")

    shipper.write(OUTPUT, "early")

    assert logs.arrived.wait(timeout=5)
    shipper.close()


def test_lines_in_quick_succession_are_sent_together():
    logs = FakeLogs()
    shipper = LogShipper(logs, "/aws-glue/jobs", "jr_1")

    for number in range(1000):
        shipper.write(OUTPUT, str(number))
    shipper.flush()

    assert logs.calls <= 2
    assert logs.streams["/aws-glue/jobs/output", "jr_1"] == [str(number) for number in range(1000)]


def test_a_line_that_is_too_long_is_cut_between_characters_and_says_so():
    ((event,),) = batches([(1, "é" * LARGEST_MESSAGE)])

    assert len(event["message"].encode()) <= LARGEST_MESSAGE
    assert event["message"].startswith("ééé")
    assert event["message"].endswith(f"[{2 * LARGEST_MESSAGE} bytes, cut by lakestack at CloudWatch's limit]")


def test_an_empty_line_is_kept_as_the_shortest_that_cloudwatch_takes():
    ((event,),) = batches([(1, "")])

    assert event == {"timestamp": 1, "message": " "}


def test_batches_stay_within_a_megabyte_and_ten_thousand_events():
    by_size = list(batches([(1, "x" * 200_000)] * 7))
    by_count = list(batches([(1, "x")] * 10_001))

    assert [len(batch) for batch in by_size] == [5, 2]
    assert [len(batch) for batch in by_count] == [10_000, 1]
