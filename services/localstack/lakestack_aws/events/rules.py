"""Rules that are disabled do not fire.

Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DisableRule.html (as at 2026-11-23)
"""
# ruff: noqa: SLF001 - LocalStack's own parts are mended in place

from collections.abc import Callable
from typing import Any

from localstack.aws.api.events import RuleState
from localstack.services.events.provider import EventsProvider
from localstack.utils.patch import patch


def apply() -> None:
    @patch(EventsProvider._process_rules)
    def process_rules(original: Callable[..., None], self: EventsProvider, rule: Any, *arguments: Any, **keywords: Any) -> None:
        if rule.state != RuleState.DISABLED:
            original(self, rule, *arguments, **keywords)
