"""The demo's input: three files, made by examples/ecommerce or taken from a folder."""

import subprocess
import sys
from pathlib import Path

from lakestack.errors import PipelineError
from lakestack.project import ROOT

FILES = {"products": "products.csv", "orders": "orders_apr_2025.xlsx", "order_items": "order_items_apr_2025.xlsx"}
_GENERATE = ROOT / "examples/ecommerce/generate.py"


def find_files(folder: Path) -> dict[str, Path]:
    """Return the file of each dataset.

    Raises:
        PipelineError: One is missing.

    """
    found = {dataset: folder / name for dataset, name in FILES.items()}
    if missing := [path.name for path in found.values() if not path.is_file()]:
        raise PipelineError(f"{folder} has no {' and no '.join(missing)}. Expected the three files {', '.join(FILES.values())}.")
    return found


def sample_files(folder: Path) -> dict[str, Path]:
    """Make the seeded sample files in `folder` and return them by dataset; they are the same each time.

    Raises:
        PipelineError: They could not be made.

    """
    made = subprocess.run([sys.executable, str(_GENERATE), str(folder)], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise PipelineError(f"The sample files could not be made:\n{made.stderr.strip()}")
    return find_files(folder)
