"""Lambda functions, roles and state machines for a test, made in a line each and removed afterwards."""

import io
import json
import uuid
import zipfile

ACCOUNT = "000000000000"


def role_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def zipped(source: str, name: str = "handler.py") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, source)
    return buffer.getvalue()


class Made:
    """What a test makes; `remove` removes it again."""

    def __init__(self, stack) -> None:
        self.stack = stack
        self._removals = []

    def role(self, service: str) -> str:
        """Return the ARN of a new role that `service`.amazonaws.com may take."""
        iam, name = self.stack.client("iam"), f"test-{uuid.uuid4().hex[:10]}"
        trust = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}],
        }
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
        self._removals.append(lambda: iam.delete_role(RoleName=name))
        return role_arn(name)

    def function(self, source: str, **settings) -> str:
        """Return the name of a new function whose handler.handler is in `source`."""
        functions, name = self.stack.client("lambda"), f"test-{uuid.uuid4().hex[:10]}"
        role = settings.pop("Role", None) or self.role("lambda")
        defaults = {"Runtime": "python3.13", "Handler": "handler.handler", "Timeout": 10}
        functions.create_function(FunctionName=name, Role=role, Code={"ZipFile": zipped(source)}, **defaults | settings)
        functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
        self._removals.append(lambda: functions.delete_function(FunctionName=name))
        return name

    def state_machine(self, states: dict, role: str | None = None, **definition) -> str:
        """Return the ARN of a new state machine that starts at the first of `states`."""
        machines, name = self.stack.client("stepfunctions"), f"test-{uuid.uuid4().hex[:10]}"
        whole = {"StartAt": next(iter(states)), "States": states} | definition
        arn = machines.create_state_machine(name=name, definition=json.dumps(whole), roleArn=role or self.role("states"))["stateMachineArn"]
        self._removals.append(lambda: machines.delete_state_machine(stateMachineArn=arn))
        return arn

    def queue(self) -> tuple[str, str]:
        """Return URL and ARN of a new queue."""
        sqs, name = self.stack.client("sqs"), f"test-{uuid.uuid4().hex[:10]}"
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        self._removals.append(lambda: sqs.delete_queue(QueueUrl=url))
        return url, f"arn:aws:sqs:{self.stack.region}:{ACCOUNT}:{name}"

    def rule(self, pattern: dict, *targets: dict, **settings) -> str:
        """Return the name of a new rule with `targets`."""
        events, name = self.stack.client("events"), f"test-{uuid.uuid4().hex[:10]}"
        events.put_rule(Name=name, EventPattern=json.dumps(pattern), **settings)
        events.put_targets(Rule=name, Targets=[{"Id": str(number), **target} for number, target in enumerate(targets)])

        def remove():
            events.remove_targets(Rule=name, Ids=[str(number) for number in range(len(targets))])
            events.delete_rule(Name=name)

        self._removals.append(remove)
        return name

    def remove(self) -> None:
        for removal in reversed(self._removals):
            removal()
