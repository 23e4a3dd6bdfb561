"""Event patterns: wildcards that match nothing too, and PutRule that refuses what is not a pattern.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html (as at 2026-11-23)
"""
# ruff: noqa: SLF001 - LocalStack's own parts are mended in place

from localstack.aws.api.events import InvalidEventPatternException
from localstack.services.events.event_rule_engine import EventPatternCompiler, EventRuleEngine
from localstack.services.events.rule import RuleService

from lakestack_aws.events.wildcards import matches_wildcard


def apply() -> None:
    EventRuleEngine._evaluate_wildcard = staticmethod(matches_wildcard)
    delivered = RuleService._validate_input.__func__

    def validate_input(cls: type, event_pattern: str | None, schedule_expression: str | None, event_bus_name: str | None = "default") -> None:
        delivered(cls, event_pattern, schedule_expression, event_bus_name)
        if event_pattern:
            _check(event_pattern)

    RuleService._validate_input = classmethod(validate_input)


def _check(event_pattern: str) -> None:
    try:
        EventPatternCompiler().compile_event_pattern(event_pattern)
    except InvalidEventPatternException:
        raise
    except Exception as error:
        raise InvalidEventPatternException(f"Event pattern is not valid. Reason: {error}") from error
