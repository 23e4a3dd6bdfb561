"""EventBridge: S3 events as AWS sends them, patterns as AWS matches them, targets that are retried and have dead-letter queues."""

from lakestack_aws.events import delivery, patterns, rules, s3_events, schedules, transformers


def apply() -> None:
    for mends in (s3_events, patterns, rules, schedules, transformers, delivery):
        mends.apply()
