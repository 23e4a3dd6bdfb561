"""The patterns of SHOW: `*` for any characters, `|` for a choice, and regular expressions' own dots and classes.

Source: https://docs.aws.amazon.com/athena/latest/ug/show-tables.html (as at 2026-11-22).
"""

import re

from lakestack_aws.athena.errors import QueryFailed

_BARE_STAR = re.compile(r"(?<![.\])])\*")


def hive_pattern(pattern: str | None) -> re.Pattern[str]:
    """Return the regular expression for a pattern; None matches all.

    Raises:
        QueryFailed: It is no regular expression.
    """
    if pattern is None:
        return re.compile(".*")
    try:
        return re.compile(_BARE_STAR.sub(".*", pattern), re.IGNORECASE)
    except re.error as error:
        raise QueryFailed.in_hive(f"SemanticException The pattern '{pattern}' is not a regular expression: {error}") from error
