"""Step Functions: the Athena integration, and `.sync` tasks that end what they started."""

from lakestack_aws.step_functions.integrations import apply as _apply_integrations
from lakestack_aws.step_functions.interruption import apply as _apply_interruption


def apply() -> None:
    _apply_integrations()
    _apply_interruption()
