"""EventBridge: S3 events as AWS sends them, patterns as AWS matches them, targets that are retried and have dead-letter queues."""

from lakestack_aws.events.delivery import apply as _apply_delivery
from lakestack_aws.events.patterns import apply as _apply_patterns
from lakestack_aws.events.s3_events import apply as _apply_s3_events
from lakestack_aws.events.transformers import apply as _apply_transformers


def apply() -> None:
    _apply_s3_events()
    _apply_patterns()
    _apply_transformers()
    _apply_delivery()
