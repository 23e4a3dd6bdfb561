"""What the pipeline's reason codes mean: the one table of glue_jobs/lakehouse/rules.py, read from the project as it lies there."""

import runpy
from functools import cache

from lakestack.project import ROOT

_TABLE = ROOT / "glue_jobs/lakehouse/rules.py"


@cache
def texts() -> dict[str, str]:
    """Return code -> what it means and what to do."""
    rules = runpy.run_path(str(_TABLE))["RULES"]
    return {code: str(rule.text) for code, rule in rules.items()}


def text_of(code: str) -> str:
    return texts().get(code, "This project's rules.py does not know the code; what is deployed is another version of it.")
