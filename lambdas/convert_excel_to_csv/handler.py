"""Write one CSV per sheet of a claimed upload, and its manifest: {"bucket": ..., "claim": KEY} -> {outcome, reason, manifest}.

Uploads that unpack to more than 64 MiB go to the Glue Python shell job of the same name instead; the state machine chooses.
"""

from __future__ import annotations

from typing import Any

from lakehouse import logs
from lakehouse.conversions import convert_claimed
from lakehouse.s3 import Bucket


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    logs.begin(request_id=getattr(context, "aws_request_id", None))
    return convert_claimed(Bucket(event["bucket"]), event["claim"])
