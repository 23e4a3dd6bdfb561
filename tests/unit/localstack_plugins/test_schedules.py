"""Rules by the clock: at their time and once."""

import json
import subprocess
import threading
from datetime import UTC, datetime, timedelta

import pytest
from lakestack_aws.events.schedule import Schedule

from lakestack.install.environments import LOCALSTACK
from lakestack.project import ROOT

WEDNESDAY = datetime(2026, 11, 25, 18, 5, 30, tzinfo=UTC)
TIMES = [
    ("rate(1 minute)", "2026-11-25T18:06:30+00:00"),
    ("rate(12 hours)", "2026-11-26T06:05:30+00:00"),
    ("cron(* * * * ? *)", "2026-11-25T18:06:00+00:00"),
    ("cron(0 3 * * ? *)", "2026-11-26T03:00:00+00:00"),
    ("cron(0 3 ? * 2 *)", "2026-11-30T03:00:00+00:00"),
    ("cron(0 3 ? * MON *)", "2026-11-30T03:00:00+00:00"),
    ("cron(0 3 ? * 2-6 *)", "2026-11-26T03:00:00+00:00"),
    ("cron(0 3 L * ? *)", "2026-11-30T03:00:00+00:00"),
]


class Rule:
    """A rule of every minute that counts how often it fired."""

    def __init__(self):
        self.is_current = self.is_enabled = True
        self.fired = threading.Semaphore(0)
        minutely = lambda after: after.replace(second=0) + timedelta(minutes=1)  # noqa: E731
        self.schedule = Schedule(minutely, WEDNESDAY, lambda: self.is_current, lambda: self.is_enabled, self.fired.release)

    def times_fired(self):
        count = 0
        while self.fired.acquire(timeout=0.2):
            count += 1
        return count


@pytest.fixture
def rule():
    return Rule()


def test_a_rule_fires_at_its_time_and_once(rule):
    for second in (0, 29, 30, 31, 59, 89):
        assert rule.schedule.run(WEDNESDAY + timedelta(seconds=second))

    assert rule.times_fired() == 1
    rule.schedule.run(WEDNESDAY + timedelta(seconds=90))
    assert rule.times_fired() == 1


def test_a_disabled_rule_lets_its_time_pass(rule):
    rule.is_enabled = False
    assert rule.schedule.run(WEDNESDAY + timedelta(seconds=30))
    rule.is_enabled = True
    rule.schedule.run(WEDNESDAY + timedelta(seconds=31))

    assert rule.times_fired() == 0


def test_a_rule_that_was_changed_or_deleted_fires_no_more(rule):
    rule.is_current = False

    assert not rule.schedule.run(WEDNESDAY + timedelta(seconds=30))
    assert rule.times_fired() == 0


def test_an_expression_comes_when_aws_says_so():
    program = (
        "import json, sys; from datetime import datetime; from lakestack_aws.events.schedule_times import next_time; "
        "after, *given = json.loads(sys.argv[1]); print(json.dumps([next_time(one, datetime.fromisoformat(after)).isoformat() for one in given]))"
    )
    given = json.dumps([WEDNESDAY.isoformat(), *(expression for expression, _ in TIMES)])

    asked = subprocess.run(
        [LOCALSTACK.python, "-c", program, given],
        env={"PYTHONPATH": f"{ROOT / 'services/localstack'}:{ROOT / 'services/common'}", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert json.loads(asked.stdout) == [expected for _, expected in TIMES]
