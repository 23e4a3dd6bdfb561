"""How an event reaches a target: state machines by any input, retries as RetryPolicy says, then the dead-letter queue.

Sources (as at 2026-11-23):
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from localstack.aws.connect import connect_to
from localstack.services.events.target import StatesTargetSender, TargetSender
from localstack.services.events.utils import to_json_str
from localstack.utils.aws.arns import parse_arn, sqs_queue_url_for_arn
from localstack.utils.patch import patch

LOG = logging.getLogger(__name__)

_DEFAULT_ATTEMPTS = 185
_DEFAULT_AGE_S = 86_400
_LONGEST_DELAY_S = 60
_THROTTLED = {"ThrottlingException", "TooManyRequestsException", "Throttling", "RequestLimitExceeded", "ServiceUnavailable"}

_execution_name: ContextVar[str] = ContextVar("execution_name")


def apply() -> None:
    @patch(StatesTargetSender.send_event)
    def send_event(_original: Callable[..., None], self: StatesTargetSender, event: Any, _trace_header: Any) -> None:
        # The input may be any JSON: an execution's name cannot come from it.
        self.service = "stepfunctions"
        self.client.start_execution(stateMachineArn=self.target["Arn"], name=_execution_name.get(), input=to_json_str(event))

    @patch(TargetSender.process_event)
    def process_event(original: Callable[..., None], self: TargetSender, event: dict[str, Any], trace_header: Any) -> None:
        Delivery(self, event, lambda: original(self, dict(event), trace_header)).attempt()


@dataclass
class Delivery:
    """One event on its way to one target.

    All attempts name a state machine's execution alike, so that a retry of a start that did succeed starts nothing.
    """

    sender: TargetSender
    event: dict[str, Any]
    send: Callable[[], None]
    attempts: int = 0
    begun_at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        policy = self.sender.target.get("RetryPolicy") or {}
        self.max_retries = policy.get("MaximumRetryAttempts", _DEFAULT_ATTEMPTS)
        self.max_age_s = policy.get("MaximumEventAgeInSeconds", _DEFAULT_AGE_S)
        self.name = f"{self.event.get('id') or uuid.uuid4()}_{uuid.uuid4()}"

    def attempt(self) -> None:
        """Send it; after an error that may pass, again later.

        Raises:
            Exception: The target's error, when it is final.
        """
        _execution_name.set(self.name)
        try:
            self.send()
        except Exception as error:
            exhausted = self._exhausted_by() if is_retryable(error) else None
            if is_retryable(error) and exhausted is None:
                self._retry_later()
                return
            self._send_to_dead_letter_queue(error, exhausted)
            raise

    def _exhausted_by(self) -> str | None:
        if self.attempts >= self.max_retries:
            return "MaximumRetryAttempts"
        if time.monotonic() - self.begun_at >= self.max_age_s:
            return "MaximumEventAgeInSeconds"
        return None

    def _retry_later(self) -> None:
        delay = min(2**self.attempts, _LONGEST_DELAY_S)
        self.attempts += 1
        timer = threading.Timer(delay, self._attempt_again)
        timer.daemon = True
        timer.start()

    def _attempt_again(self) -> None:
        try:
            self.attempt()
        except Exception as error:  # noqa: BLE001 - nobody waits for a retry; the queue and the log are told
            LOG.warning("Event %s was not delivered to %s: %s", self.event.get("id"), self.sender.target["Arn"], error)

    def _send_to_dead_letter_queue(self, error: Exception, exhausted_by: str | None) -> None:
        queue = (self.sender.target.get("DeadLetterConfig") or {}).get("Arn")
        if not queue:
            return
        attributes = {
            "RULE_ARN": self.sender.rule_arn,
            "TARGET_ARN": self.sender.target["Arn"],
            "ERROR_CODE": _code_of(error),
            "ERROR_MESSAGE": str(error)[:1000] or _code_of(error),
        }
        if exhausted_by:
            attributes |= {"RETRY_ATTEMPTS": str(self.attempts), "EXHAUSTED_RETRY_CONDITION": exhausted_by}
        arn = parse_arn(queue)
        try:
            connect_to(aws_access_key_id=arn["account"], region_name=arn["region"]).sqs.send_message(
                QueueUrl=sqs_queue_url_for_arn(queue),
                MessageBody=to_json_str({name: value for name, value in self.event.items() if name != "event-bus-name"}),
                MessageAttributes={name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()},
            )
        except ClientError as queue_error:
            LOG.warning("Event %s could not be put into its dead-letter queue %s: %s", self.event.get("id"), queue, queue_error)


def is_retryable(error: Exception) -> bool:
    """Return whether the same event may well succeed later: the target was busy or not reached, not absent or refusing."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
        return status >= 500 or status == 429 or _code_of(error) in _THROTTLED
    return isinstance(error, BotoCoreError | ConnectionError)


def _code_of(error: Exception) -> str:
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
