"""Values as Athena prints them, from what Trino's client protocol carries.

Source: as measured on AWS and published (2026-10), and as the suites of PyAthena and awswrangler assert.
"""

import base64
import math
from decimal import Decimal
from typing import Any

from lakestack_aws.athena.column_info import TrinoType


def printed(value: Any, trino_type: TrinoType) -> str | None:  # noqa: PLR0911 - a table of cases
    """Return how Athena prints `value`; None is NULL."""
    if value is None:
        return None
    match trino_type.raw:
        case "boolean":
            return "true" if value else "false"
        case "double" | "real":
            return java_double(value)
        case "varbinary":
            return base64.b64decode(value).hex(" ")
        case "array":
            (element,) = trino_type.arguments
            return "[" + ", ".join(_nested(item, element) for item in value) + "]"
        case "map":
            key_type, value_type = trino_type.arguments
            return "{" + ", ".join(f"{_key(key, key_type)}={_nested(value[key], value_type)}" for key in sorted(value)) + "}"
        case "row":
            return "{" + ", ".join(_field(item, field) for item, field in zip(value, trino_type.arguments, strict=True)) + "}"
    return str(value)


def _nested(value: Any, trino_type: Any) -> str:
    text = printed(value, trino_type)
    return "null" if text is None else text


def _key(key: str, trino_type: Any) -> str:
    # A map's keys come as JSON's: strings, whatever their type.
    return java_double(float(key)) if trino_type.raw in ("double", "real") else key


def _field(value: Any, field: Any) -> str:
    name, trino_type = field
    text = _nested(value, trino_type)
    return text if name is None else f"{name}={text}"


def java_double(value: float | str) -> str:
    """Return a floating point number as Java prints it: `1.0`, `1.0E20`, `1.0E-5`, `NaN`, `Infinity`.

    Java changes to the exponent below 10^-3 and from 10^7 on; Python much later.
    """
    number = float(value)
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == 0:
        return "-0.0" if math.copysign(1, number) < 0 else "0.0"
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    figures = "".join(map(str, digits))
    magnitude = len(figures) + int(exponent) - 1
    minus = "-" if sign else ""
    if not -3 <= magnitude < 7:
        return f"{minus}{figures[0]}.{figures[1:] or '0'}E{magnitude}"
    if magnitude < 0:
        return f"{minus}0.{'0' * (-magnitude - 1)}{figures}"
    whole = figures[: magnitude + 1].ljust(magnitude + 1, "0")
    return f"{minus}{whole}.{figures[magnitude + 1 :] or '0'}"
