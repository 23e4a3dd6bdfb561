"""DynamoDB, answered by moto's tables in memory; LocalStack's own provider would start a Java virtual machine.

moto decides on a condition and writes in two steps, so one request is answered at a time: of writers that race, one wins. What moto
holds to be PartiQL is not AWS's, so those operations answer 501 and name themselves.
"""

import threading

from localstack.aws.api import RequestContext
from localstack.aws.spec import load_service
from localstack.services.moto import call_moto

from lakestack_aws.dispatch import Operation, Request, Response

_PARTIQL = {"ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"}
_one_at_a_time = threading.Lock()


def _answer(context: RequestContext, _request: Request) -> Response:
    with _one_at_a_time:
        return call_moto(context)


OPERATIONS: dict[str, Operation] = {name: _answer for name in load_service("dynamodb").operation_names if name not in _PARTIQL}
