"""The Expression of GetTables: AWS calls it a regular expression, clients send globs (`t*`), and both must do.

A `*` means "anything" unless it follows something that reads as a class of characters: `.`, `[…]`, `(…)` or an escape.
Source: awswrangler 3.17.1 (`t*`, `*t`, `*t*`); https://docs.aws.amazon.com/glue/latest/webapi/API_GetTables.html (as at 2026-11-23)
"""

import re

from lakestack_aws.glue.errors import InvalidInputException

_ATOM = re.compile(r"\\.|.", re.DOTALL)
_QUANTIFIABLE = (".", "]", ")")


def name_pattern(expression: str) -> re.Pattern[str]:
    """Return a pattern to be used with fullmatch; InvalidInputException if `expression` is none."""
    translated = ""
    previous = ""
    for atom in _ATOM.findall(expression):
        is_glob = atom == "*" and previous not in _QUANTIFIABLE and not previous.startswith("\\")
        translated += ".*" if is_glob else atom
        previous = atom
    try:
        return re.compile(translated, re.IGNORECASE)
    except re.error as error:
        raise InvalidInputException(f"Invalid expression '{expression}': {error}.") from error
