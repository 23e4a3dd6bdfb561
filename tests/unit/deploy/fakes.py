"""Small stand-ins for the AWS clients of a deploy."""
# ruff: noqa: N801 - the names and the number of arguments are AWS's

from botocore.exceptions import ClientError


class FakeCloudFormation:
    """One stack that answers as it was told to."""

    def __init__(self, status=None, changes=(), change_set_status="CREATE_COMPLETE", reason="", ends_as="UPDATE_COMPLETE", events=(), parameters=()):
        self.status = status
        self.changes = list(changes)
        self.change_set_status = change_set_status
        self.reason = reason
        self.ends_as = ends_as
        self.events = list(events)
        self.parameters = dict(parameters)
        self.calls = []

    def describe_stacks(self, StackName):
        if self.status is None:
            raise ClientError({"Error": {"Code": "ValidationError", "Message": f"Stack with id {StackName} does not exist"}}, "DescribeStacks")
        parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in self.parameters.items()]
        return {"Stacks": [{"StackStatus": self.status, "StackId": StackName, "Outputs": [], "Parameters": parameters}]}

    def create_change_set(self, **request):
        self.calls.append(("create_change_set", request["ChangeSetType"]))
        return {"Id": "change-set"}

    def describe_change_set(self, ChangeSetName, NextToken=None):
        page = int(NextToken or 0)
        last = page + 1 >= len(self.changes)
        answer = {
            "Status": self.change_set_status,
            "StatusReason": self.reason,
            "ChangeSetId": ChangeSetName,
            "Changes": self.changes[page : page + 1],
        }
        return answer if last else {**answer, "NextToken": str(page + 1)}

    def delete_change_set(self, ChangeSetName):
        self.calls.append(("delete_change_set", ChangeSetName))

    def execute_change_set(self, ChangeSetName, ClientRequestToken):
        self.calls.append(("execute_change_set", ChangeSetName))
        self.status = self.ends_as

    def delete_stack(self, StackName):
        self.calls.append(("delete_stack", StackName))
        self.status = None

    def get_paginator(self, operation):
        assert operation == "describe_stack_events"
        return self

    def paginate(self, StackName):
        executed = ("execute_change_set", "change-set") in self.calls
        return [{"StackEvents": self.events if executed else []}]


class FakeS3:
    """Buckets as dictionaries."""

    class exceptions:
        class NoSuchKey(Exception):
            pass

    def __init__(self):
        self.objects = {}
        self.puts = []

    def head_object(self, Bucket, Key):
        if (Bucket, Key) not in self.objects:
            raise ClientError({"Error": {"Code": "404"}, "ResponseMetadata": {"HTTPStatusCode": 404}}, "HeadObject")

    def put_object(self, Bucket, Key, Body):
        self.objects[Bucket, Key] = Body
        self.puts.append(Key)

    def get_object(self, Bucket, Key):
        if (Bucket, Key) not in self.objects:
            raise self.exceptions.NoSuchKey
        return {"Body": FakeBody(self.objects[Bucket, Key])}


class FakeBody:
    def __init__(self, content):
        self._content = content

    def read(self):
        return self._content
