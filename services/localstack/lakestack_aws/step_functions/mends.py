"""Step Functions: the Athena integration, `.sync` tasks that end what they started, and JSONata without Java."""

import logging

from lakestack_aws.step_functions import integrations, interruption, jsonata_engine

# Each failed state is dumped there with its whole definition; the execution's history says it in a line.
_NOISE = "localstack.services.stepfunctions.asl.component.eval_component"


def apply() -> None:
    logging.getLogger(_NOISE).setLevel(logging.CRITICAL)
    integrations.apply()
    interruption.apply()
    jsonata_engine.apply()
