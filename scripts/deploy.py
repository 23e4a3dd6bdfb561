"""Put the pipeline where it runs: the stack on this machine, or AWS.

    python scripts/deploy.py [--target local] [--endpoint-url URL] [--coordination s3|dynamodb]

Fills the artifact bucket, deploys infra/bootstrap.yaml and infra/template.yaml by change sets, puts the job scripts beside the data, and has the
tables made. Prints what changed; a second run changes nothing.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError
from deploying.errors import DeployError
from deploying.package import ROOT, Package, build_package
from deploying.stacks import ChangeSet, Stacks
from deploying.store import put_changed, put_missing
from deploying.tables import create_tables, tables_without_log
from deploying.target import Target, local_target
from deploying.watching import Watched, watch
from deploying.wheels import Wheels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploying.watching import Report

BOOTSTRAP_STACK = "lakestack-bootstrap"
LAKE_STACK = "lakestack-lakehouse"
SCRIPTS_PREFIX = "scripts/"
_SIGNS = {"Add": "+", "Modify": "~", "Remove": "-"}


def _report(place: str, lines: Sequence[str]) -> None:
    print("\n".join([place, *lines]) if lines else f"{place}: no change", flush=True)


def deploy(target: Target, package: Package, report: Report = _report) -> int:
    """Make the target what the package says; `report` is told place by place what changed there.

    Returns:
        How many things changed.
    """
    stacks = Stacks(target.client("cloudformation"), target.poll_interval_s)
    s3 = target.client("s3")
    changed = _apply(
        stacks.propose(BOOTSTRAP_STACK, {"TemplateBody": package.bootstrap.body.decode()}, _bootstrap_parameters(target)), stacks, report
    )
    put = put_missing(s3, target.artifact_bucket, [*package.artifacts, package.bootstrap, package.template])
    report(f"s3://{target.artifact_bucket}", [f"  + {key}" for key in put])
    changed += len(put) + _apply(
        stacks.propose(LAKE_STACK, {"TemplateURL": _url(target, package.template.key)}, _parameters(target, package, stacks)), stacks, report
    )
    scripts = put_changed(s3, target.lake_bucket, SCRIPTS_PREFIX, package.scripts)
    report(f"s3://{target.lake_bucket}/{SCRIPTS_PREFIX}", [f"  + {name}" for name in scripts])
    changed += len(scripts)
    if empty := tables_without_log(target):
        seconds = create_tables(target)
        report(f"job create_tables ({seconds:.0f} s)", [f"  + {name}" for name in empty])
        changed += len(empty)
    return changed


def _bootstrap_parameters(target: Target) -> dict[str, str]:
    return {"ArtifactBucketName": target.artifact_bucket}


def _parameters(target: Target, package: Package, stacks: Stacks) -> dict[str, str]:
    architecture = "arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64"
    return {
        "LakeBucketName": target.lake_bucket,
        "ArtifactBucketName": target.artifact_bucket,
        "FunctionArchitecture": architecture,
        # A deploy that does not speak of it must not leave the claims behind: everything would be loaded twice.
        "CoordinationStore": target.coordination or stacks.parameters(LAKE_STACK).get("CoordinationStore", "s3"),
        **package.parameters,
    }


def _url(target: Target, key: str) -> str:
    return f"https://{target.artifact_bucket}.s3.{target.region}.amazonaws.com/{key}"


def _apply(change_set: ChangeSet, stacks: Stacks, report: Report) -> int:
    lines = []
    for change in change_set.changes:
        replaced = " (replaced)" if change.replacement == "True" else ""
        properties = f": {', '.join(change.properties)}" if change.properties else ""
        lines.append(f"  {_SIGNS.get(change.action, '?')} {change.logical_id}  {change.resource_type}{replaced}{properties}")
    report(f"stack {change_set.stack_name}", lines)
    if change_set.changes:
        stacks.execute(change_set)
    return len(change_set.changes)


def _say_where(target: Target) -> None:
    print(f"""
uploads         s3://{target.lake_bucket}/uploads/
state machine   lakehouse-orchestration; lakehouse-maintenance, by the clock
tables          Glue database ecom_catalog, Delta below s3://{target.lake_bucket}/lakehouse/processed/
questions       Athena work group lakehouse: validate_orders, top_customers, rejected_records_analysis, accounting
alerts          SNS topic lakehouse-alerts
undelivered     SQS queue lakehouse-uploads-dlq""")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Deploy the pipeline; a second run changes nothing.")
    parser.add_argument("--target", choices=["local", "aws"], default="local", help="the stack on this machine, or AWS (default: local)")
    parser.add_argument("--endpoint-url", help="the local stack (default: AWS_ENDPOINT_URL, else http://localhost:4566)")
    parser.add_argument("--lake-bucket", default="ecom-lakehouse", help="bucket of the data (default: %(default)s)")
    parser.add_argument("--artifact-bucket", default="ecom-lakehouse-artifacts", help="bucket of what a deploy is made of (default: %(default)s)")
    parser.add_argument("--coordination", choices=["s3", "dynamodb"], help="where claims and the load lease lie (default: as deployed, s3 at first)")
    parser.add_argument("--watch", action="store_true", help="then stay, and deploy what changes; the local stack only")
    return parser.parse_args(arguments)


def target_of(options: argparse.Namespace) -> Target:
    """Return the target that the options name.

    Raises:
        DeployError: It cannot be deployed to.
    """
    if options.target == "aws":
        raise DeployError("--target aws comes with promotion, which is not built yet. Nothing was touched. Deploy here with: --target local")
    return local_target(options.endpoint_url, options.lake_bucket, options.artifact_bucket, coordination=options.coordination)


def main(arguments: Sequence[str] = tuple(sys.argv[1:])) -> int:
    options = parse(arguments)
    try:
        target = target_of(options)
        if not options.watch:
            _deploy_once(target)
            return 0
        deploy_and_watch(target)
    except EndpointConnectionError as error:
        print(f"error: {error} Start the stack with: lakestack up --detach", file=sys.stderr)
        return 1
    except (DeployError, ClientError, BotoCoreError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _deploy_once(target: Target) -> None:
    started = time.monotonic()
    changed = deploy(target, build_package(Wheels.of_environment()))
    _say_where(target)
    print(f"\n{f'{changed} changes' if changed else 'no change'}, {time.monotonic() - started:.1f} s", flush=True)


def deploy_and_watch(target: Target) -> None:
    """Deploy, and again whatever changes, until Ctrl-C; a first deploy that fails is waited out too, but for a target that does not answer.

    Raises:
        EndpointConnectionError: Nothing answers there.
        DeployError: The target is not a stack on this machine.
    """
    if target.name != "local":
        raise DeployError(f"--watch puts every save where it runs; that is for a stack on this machine, not for {target.name}.")

    def first() -> bool:
        try:
            _deploy_once(target)
        except EndpointConnectionError:
            raise
        except (DeployError, ClientError, BotoCoreError, OSError) as error:
            print(f"error: {error}", file=sys.stderr, flush=True)
            return False
        return True

    def everything(report: Report) -> int:
        return deploy(target, build_package(Wheels.of_environment()), report)

    watch(Watched(ROOT, target, SCRIPTS_PREFIX, everything), ROOT, first)


if __name__ == "__main__":
    sys.exit(main())
