"""The events that S3 sends to EventBridge.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html (as at 2026-11-23)
"""
# ruff: noqa: SLF001 - LocalStack's own parts are mended in place

import dataclasses
import json
import time
from typing import Any
from urllib.parse import unquote

from localstack.services.s3.notifications import EventBridgeNotifier, S3EventNotificationContext

_CREATED = "s3:ObjectCreated:"


def apply() -> None:
    """Send the raw key, the requester, a sequencer that grows, and the reason of a multipart upload.

    LocalStack 4.14.0 (read 2026-11-23) sends the key percent-encoded, which is right for SQS, SNS and Lambda alone.
    """
    delivered = EventBridgeNotifier._get_event_payload

    def get_event_payload(ctx: S3EventNotificationContext, config_id: str | None = None) -> Any:
        entry = delivered(dataclasses.replace(ctx, key_name=unquote(ctx.key_name)), config_id)
        detail = json.loads(entry["Detail"])
        detail["requester"] = ctx.account_id
        if "sequencer" in detail["object"]:
            detail["object"]["sequencer"] = f"{time.time_ns():018X}"
        if detail.get("reason", "").startswith(_CREATED):
            detail["reason"] = detail["reason"].removeprefix(_CREATED)
        return entry | {"Detail": json.dumps(detail)}

    EventBridgeNotifier._get_event_payload = staticmethod(get_event_payload)
