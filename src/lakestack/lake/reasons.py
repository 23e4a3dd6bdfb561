"""What the pipeline's reason codes mean: the one table of glue_jobs/lakehouse/rules.py, imported from the project as it lies there."""

import importlib
import sys
from functools import cache

from lakestack.project import ROOT

_JOBS = str(ROOT / "glue_jobs")


@cache
def texts() -> dict[str, str]:
    """Return code -> what it means and what to do."""
    sys.path.insert(0, _JOBS)
    try:
        rules = importlib.import_module("lakehouse.rules").RULES
    finally:
        sys.path.remove(_JOBS)
    return {code: str(rule.text) for code, rule in rules.items()}


def text_of(code: str) -> str:
    return texts().get(code, "This project's rules.py does not know the code; what is deployed is another version of it.")
