"""The demo's input: made by examples/ecommerce, or taken from a folder."""

import subprocess
import sys
from pathlib import Path

from lakestack.demo.expected import find_files
from lakestack.errors import PipelineError
from lakestack.project import ROOT

_GENERATE = ROOT / "examples/ecommerce/generate.py"


def sample_files(folder: Path) -> dict[str, Path]:
    """Make the seeded sample files in `folder` and return them by dataset; they are the same each time.

    Raises:
        PipelineError: They could not be made.

    """
    made = subprocess.run([sys.executable, str(_GENERATE), str(folder)], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise PipelineError(f"The sample files could not be made:\n{made.stderr.strip()}")
    return find_files(folder)
