"""Shows a person what the pipeline logs as JSON."""

import json
from datetime import datetime
from typing import Any

_OURS = {"time", "level", "message"}
# What is the same in every line of a run, or is meant for CloudWatch alone.
_LEFT_OUT = _OURS | {"_aws", "execution", "request_id", "job", "job_run", "load_id", "traceback"}


def shortly(text: str) -> str:
    """Return a line of the pipeline's own as moment, message and fields; any other line as it is."""
    line = _parsed(text)
    if line is None:
        return text
    level = "" if line["level"] == "INFO" else f"{line['level']} "
    moment = datetime.fromisoformat(line["time"]).astimezone()
    fields = " ".join(f"{name}={_value(value)}" for name, value in line.items() if name not in _LEFT_OUT)
    return f"{moment:%H:%M:%S} {level}{line['message']}  {fields}".rstrip() + (f"\n{line['traceback']}" if "traceback" in line else "")


def _parsed(text: str) -> dict[str, Any] | None:
    if not text.startswith("{"):
        return None
    try:
        line = json.loads(text)
        datetime.fromisoformat(line["time"])
    except (ValueError, KeyError, TypeError):
        return None
    return line if line.keys() >= _OURS else None


def _value(value: Any) -> str:
    if isinstance(value, list):
        return str(value[0]) if len(value) == 1 else f"[{len(value)}]"
    return f"{value:,}" if type(value) is int else str(value)
