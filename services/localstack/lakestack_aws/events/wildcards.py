"""The wildcard operator of event patterns.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html (as at 2026-11-23)
"""

import re
from typing import Any

_TOKENS = re.compile(r"(\\\*|\\\\|\*)")
_MEANINGS = {"*": ".*", r"\*": r"\*", r"\\": r"\\"}


def matches_wildcard(pattern: str, value: Any) -> bool:
    r"""Return whether `value` matches `pattern`, in which ``*`` is any number of characters, ``\*`` a star and ``\\`` a backslash."""
    if not isinstance(value, str):
        return False
    expression = "".join(_MEANINGS.get(token) or re.escape(token) for token in _TOKENS.split(pattern))
    return re.fullmatch(expression, value, re.DOTALL) is not None
