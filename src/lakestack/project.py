"""Where the project's own files are: the command works on the checkout that it was installed from."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVICES = ROOT / "services"
GUARD = SERVICES / "common/lakestack_common/guard.py"
