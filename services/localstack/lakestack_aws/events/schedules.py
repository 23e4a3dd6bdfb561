"""Rules with a ScheduleExpression: each fires at its time and once, as it is now; a rule that is disabled, changed or gone does not.

LocalStack 4.14.0 (read 2026-11-25) looks once a minute, fires up to a minute early and at times twice; every PutTargets adds a further
schedule, and neither a change nor DisableRule nor DeleteRule ends an earlier one.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html (as at 2026-11-25)
"""
# ruff: noqa: SLF001 - LocalStack's own parts are mended in place

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from localstack.aws.api.events import RuleState
from localstack.services.events.provider import EventsProvider
from localstack.services.events.rule import RuleService
from localstack.services.events.scheduler import JobScheduler
from localstack.utils.patch import patch

from lakestack_aws.events.schedule import Schedule
from lakestack_aws.events.schedule_times import next_time

LOG = logging.getLogger(__name__)

_TICK_S = 0.5


def apply() -> None:
    schedules: dict[str, Schedule] = {}

    @patch(EventsProvider.create_rule_service)
    def create_rule_service(original: Callable[..., RuleService], self: EventsProvider, *arguments: Any, **keywords: Any) -> RuleService:
        service = original(self, *arguments, **keywords)
        if service.schedule_cron:
            schedules[service.arn] = _schedule(self, service)
        return service

    @patch(RuleService.create_schedule_job)
    def create_schedule_job(_original: Callable[..., None], _self: RuleService, _send: Callable[..., None]) -> None:
        """Do nothing: the schedule was made with the rule, and takes the targets as they are."""

    @patch(JobScheduler.loop)
    def loop(_original: Callable[..., None], self: JobScheduler, *_arguments: Any) -> None:
        while not self._stop_event.wait(_TICK_S):
            for arn, schedule in list(schedules.items()):
                try:
                    if not schedule.run(datetime.now(UTC)) and schedules.get(arn) is schedule:
                        del schedules[arn]
                except Exception:
                    LOG.exception("The schedule of %s could not be kept", arn)


def _schedule(provider: EventsProvider, service: RuleService) -> Schedule:
    rule = service.rule
    return Schedule(
        next_time=lambda after: next_time(rule.schedule_expression, after),
        made_at=datetime.now(UTC),
        is_current=lambda: provider._rule_services_store.get(rule.arn) is service,
        is_enabled=lambda: rule.state != RuleState.DISABLED,
        fire=provider._get_scheduled_rule_job_function(rule.account_id, rule.region, rule),
    )
