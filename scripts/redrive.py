"""Send events again that could not start their state machine: what lies in the rules' dead-letter queue, lakehouse-uploads-dlq.

    python scripts/redrive.py --list            says what waits and why; nothing changes
    python scripts/redrive.py                   starts each again with the same event, and only then takes it out of the queue
    python scripts/redrive.py --target aws      the same on AWS, with the credentials and the region of the environment

Needs boto3 alone. Ends with 1 when an event could not be started; it stays in the queue.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import boto3
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError
from deploying.errors import DeployError
from deploying.target import local_target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

QUEUE = "lakehouse-uploads-dlq"
# For as long as a message is worked on, nobody else receives it.
_HIDDEN_S = 300
_ABSENT = {"404", "NoSuchKey", "NoSuchVersion", "NotFound"}


@dataclass(frozen=True)
class Undelivered:
    """One message of the queue.

    Attributes:
        body: The event as JSON, which is the execution's input.
        attributes: EventBridge's own: TARGET_ARN, ERROR_CODE, ERROR_MESSAGE, RETRY_ATTEMPTS, …
    """

    receipt: str
    body: str
    attributes: dict[str, str]

    @property
    def event(self) -> dict[str, Any]:
        event = json.loads(self.body)
        return event if isinstance(event, dict) else {}

    @property
    def uploaded(self) -> dict[str, Any] | None:
        """Bucket, key and version of the upload that the event is about; None for another event."""
        detail = self.event.get("detail") or {}
        if "object" not in detail:
            return None
        version = detail["object"].get("version-id")
        return {"Bucket": detail["bucket"]["name"], "Key": detail["object"]["key"], **({"VersionId": version} if version else {})}

    @property
    def title(self) -> str:
        return str(self.uploaded["Key"] if self.uploaded else self.event.get("detail-type", "an event without a type"))

    @property
    def why(self) -> str:
        found = {"ERROR_CODE": "no error code", "ERROR_MESSAGE": "no message", "RETRY_ATTEMPTS": "0", **self.attributes}
        return f"{found['ERROR_CODE']}: {found['ERROR_MESSAGE']} (tried again {found['RETRY_ATTEMPTS']} times)"


class Redrive:
    """The queue of one target, and where its events go.

    Args:
        client: Returns the boto3 client of a service.
    """

    def __init__(self, client: Callable[[str], Any], queue: str = QUEUE) -> None:
        self._sqs, self._s3, self._machines = client("sqs"), client("s3"), client("stepfunctions")
        self._url = self._sqs.get_queue_url(QueueName=queue)["QueueUrl"]

    def show(self) -> int:
        """Print what waits; return how many."""
        waiting = list(self._receive())
        for message in waiting:
            print(f"{message.event.get('time', '')}  {message.title}\n    {message.why}{self._note(message)}")
        self._put_back(waiting)
        return len(waiting)

    def send_again(self) -> tuple[int, int]:
        """Start what waits; return how many were taken out of the queue, and how many stay in it."""
        sent, stay = 0, []
        for message in self._receive():
            print(f"{message.title}\n    {message.why}{self._note(message)}")
            try:
                print(f"    {self._start(message)}")
            except (DeployError, ClientError) as error:
                print(f"    not started, and left in the queue: {error}")
                stay.append(message)
                continue
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message.receipt)
            sent += 1
        self._put_back(stay)
        return sent, len(stay)

    def _receive(self) -> Iterator[Undelivered]:
        seen: set[str] = set()
        while True:
            answer = self._sqs.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=1, VisibilityTimeout=_HIDDEN_S, MessageAttributeNames=["All"]
            )
            # A queue may deliver a message twice; each is worked on once.
            new = [message for message in answer.get("Messages", []) if message["MessageId"] not in seen]
            if not new:
                return
            for message in new:
                seen.add(message["MessageId"])
                attributes = {name: value["StringValue"] for name, value in message.get("MessageAttributes", {}).items()}
                yield Undelivered(message["ReceiptHandle"], message["Body"], attributes)

    def _put_back(self, messages: list[Undelivered]) -> None:
        # Only at the end: what is put back before would be received again, and hidden from the next who asks.
        for message in messages:
            self._sqs.change_message_visibility(QueueUrl=self._url, ReceiptHandle=message.receipt, VisibilityTimeout=0)

    def _start(self, message: Undelivered) -> str:
        if "TARGET_ARN" not in message.attributes or "id" not in message.event:
            raise DeployError("it is no event that EventBridge put there: it has no TARGET_ARN, or no id.")
        try:
            # Named by the event: however often it is sent again, it starts once.
            started = self._machines.start_execution(
                stateMachineArn=message.attributes["TARGET_ARN"], name=f"redrive-{message.event['id']}"[:80], input=message.body
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
                raise
            return "was sent again before, and had its execution; taken out of the queue"
        return f"started {started['executionArn']}"

    def _note(self, message: Undelivered) -> str:
        if message.uploaded is None:
            return ""
        try:
            self._s3.head_object(**message.uploaded)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _ABSENT:
                return f"\n    whether the object is still there cannot be told: {error}"
            return (
                "\n    the object is gone: it was archived because another event loaded it, or deleted; its execution will record that it was skipped"
            )
        return ""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Send events again that could not start their state machine.")
    parser.add_argument("--target", choices=["local", "aws"], default="local", help="the stack on this machine, or AWS (default: local)")
    parser.add_argument("--endpoint-url", help="the local stack (default: AWS_ENDPOINT_URL, else http://localhost:4566)")
    parser.add_argument("--queue", default=QUEUE, help="the dead-letter queue's name (default: %(default)s)")
    parser.add_argument("--list", action="store_true", help="say what waits and why, and change nothing")
    return parser.parse_args(arguments)


def _client_of(options: argparse.Namespace) -> Callable[[str], Any]:
    if options.target == "aws":
        session: Any = boto3.Session()
        return cast("Callable[[str], Any]", session.client)
    return local_target(options.endpoint_url, "", "").client


def main(arguments: Sequence[str] = tuple(sys.argv[1:])) -> int:
    options = parse(arguments)
    try:
        redrive = Redrive(_client_of(options), options.queue)
        if options.list:
            print(f"{redrive.show()} events wait in {options.queue}.")
            return 0
        sent, stay = redrive.send_again()
    except EndpointConnectionError as error:
        print(f"error: {error} Start the stack with: lakestack up --detach", file=sys.stderr)
        return 1
    except (DeployError, ClientError, BotoCoreError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{sent} events sent again, {stay} left in {options.queue}.")
    return 1 if stay else 0


if __name__ == "__main__":
    sys.exit(main())
