"""The jobs half of Glue's operations, wired into LocalStack: its contexts, its router, its STS."""

import json
import threading
import time
from collections.abc import Callable

from botocore.exceptions import ClientError
from localstack.aws.api import RequestContext
from localstack.aws.connect import connect_to
from localstack.http import Request as HttpRequest
from localstack.http import Response as HttpResponse
from localstack.services.edge import ROUTER

from lakestack_aws.dispatch import Operation, Request, Response
from lakestack_aws.glue.jobs.api import Caller, JobApi
from lakestack_aws.glue.jobs.config import Settings
from lakestack_aws.glue.jobs.scheduler import Scheduler
from lakestack_aws.glue.jobs.store import MemoryJobStore
from lakestack_aws.glue.jobs.worker_protocol import Answer, RoleError, RoleSession, WorkerProtocol
from lakestack_aws.glue.validation import validate

# What Glue calls the session in which a job runs.
_ROLE_SESSION_NAME = "GlueJobRunnerSession"
_SESSION_LIFETIME_S = 900

_settings = Settings.from_environment()
_scheduler = Scheduler(MemoryJobStore(), _settings)
_api = JobApi(_scheduler, _settings)
_sessions: dict[tuple[str, str], tuple[float, RoleSession]] = {}
_sessions_lock = threading.Lock()


def assume_role(role_arn: str, region: str) -> RoleSession:
    """Return a session of the role, by STS; one is shared by runs of a quarter of an hour."""
    with _sessions_lock:
        made_at, session = _sessions.get((role_arn, region), (0.0, None))
        if session is None or time.monotonic() - made_at > _SESSION_LIFETIME_S:
            session = _new_session(role_arn, region)
            _sessions[role_arn, region] = (time.monotonic(), session)
        return session


def _new_session(role_arn: str, region: str) -> RoleSession:
    try:
        answer = connect_to(region_name=region).sts.assume_role(RoleArn=role_arn, RoleSessionName=_ROLE_SESSION_NAME)
    except ClientError as error:
        raise RoleError(f"The role {role_arn} could not be assumed: {error.response['Error']['Message']}") from error
    credentials = answer["Credentials"]
    return RoleSession(
        {
            "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
            "AWS_SESSION_TOKEN": credentials["SessionToken"],
        },
        note=_missing_role_note(role_arn, region, credentials),
    )


def _missing_role_note(role_arn: str, region: str, credentials: dict[str, str]) -> str | None:
    """LocalStack's STS assumes roles that do not exist; AWS would fail the run, so the run's log says it."""
    client = connect_to(
        region_name=region,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    ).iam
    try:
        client.get_role(RoleName=role_arn.rpartition("/")[2])
    except ClientError:
        return f"The role {role_arn} does not exist; on AWS this run would fail. Create it, or name one that exists in the job's Role."
    return None


def _operation(method: Callable[[Caller, Request], Response]) -> Operation:
    def handler(context: RequestContext, request: Request) -> Response:
        validate(context.operation.input_shape, request)
        return method(Caller(context.account_id, context.region), request)

    return handler


def _route(protocol: WorkerProtocol, answer: Callable[..., Answer]) -> Callable[..., HttpResponse]:
    def handler(request: HttpRequest, **path: str) -> HttpResponse:
        refused = protocol.refusal(request.headers.get("Authorization"))
        if refused:
            status, body = refused
        elif request.method == "GET":
            status, body = answer(**path)
        else:
            try:
                status, body = answer(**path, body=request.get_json(force=True))
            except (KeyError, ValueError, TypeError) as error:
                status, body = 400, {"message": f"The body is not what lakestack's workers send: {error!r}"}
        return HttpResponse(json.dumps(body), status=status, mimetype="application/json")

    return handler


def add_worker_routes() -> None:
    """Have the endpoint answer the workers; called once, when Glue is loaded."""
    protocol = WorkerProtocol(_scheduler, _settings, assume_role)
    for method, path, answer in (
        ("POST", "/_lakestack/workers", protocol.register),
        ("GET", "/_lakestack/workers", protocol.list_workers),
        ("POST", "/_lakestack/workers/<worker_id>/next", protocol.next_run),
        ("POST", "/_lakestack/runs/<run_id>/confirm", protocol.confirm),
        ("POST", "/_lakestack/runs/<run_id>/heartbeat", protocol.heartbeat),
        ("POST", "/_lakestack/runs/<run_id>/finish", protocol.finish),
    ):
        ROUTER.add(path, endpoint=_route(protocol, answer), methods=[method])


JOB_OPERATIONS: dict[str, Operation] = {
    "CreateJob": _operation(_api.create_job),
    "GetJob": _operation(_api.get_job),
    "GetJobs": _operation(_api.get_jobs),
    "ListJobs": _operation(_api.list_jobs),
    "BatchGetJobs": _operation(_api.batch_get_jobs),
    "UpdateJob": _operation(_api.update_job),
    "DeleteJob": _operation(_api.delete_job),
    "StartJobRun": _operation(_api.start_job_run),
    "GetJobRun": _operation(_api.get_job_run),
    "GetJobRuns": _operation(_api.get_job_runs),
    "BatchStopJobRun": _operation(_api.batch_stop_job_run),
}

add_worker_routes()
