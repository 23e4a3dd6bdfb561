"""When a schedule expression comes next.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html (as at 2026-11-25)
"""

import re
from datetime import datetime, timedelta

from crontab import CronTab

_RATE = re.compile(r"^rate\((\d+) (minute|hour|day)s?\)$")
_DAY_OF_WEEK = 4


def next_time(expression: str, after: datetime) -> datetime:
    """Return when a rate(…) or cron(…) expression comes next; a rate counts from `after`.

    Raises:
        NotImplementedError: The cron expression has `#` or `W`.
    """
    if rate := _RATE.match(expression):
        return after + timedelta(**{f"{rate[2]}s": int(rate[1])})
    fields = expression.removeprefix("cron(").removesuffix(")").split()
    # AWS counts the days of the week from 1, which is Sunday; the library from 0.
    fields[_DAY_OF_WEEK] = re.sub(r"(?<![/\d#])\d", lambda day: str(int(day[0]) - 1), fields[_DAY_OF_WEEK])
    try:
        times = CronTab(" ".join(fields))
    except ValueError as error:
        raise NotImplementedError(f"lakestack does not keep the schedule {expression}: {error}") from error
    return after + timedelta(seconds=times.next(now=after, default_utc=True))
