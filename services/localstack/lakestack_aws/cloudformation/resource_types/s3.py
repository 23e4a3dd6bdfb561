"""AWS::S3::Bucket and AWS::S3::BucketPolicy.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html (as at 2026-11-23)
"""

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from lakestack_aws.cloudformation.resource import Call, Properties, Resource, already_exists, chosen, is_error
from lakestack_aws.cloudformation.resource_types.s3_lifecycle import lifecycle_rule


class Bucket(Resource):
    """A bucket; one that is not empty is not deleted, as on AWS."""

    type_name = "AWS::S3::Bucket"
    identifier = "BucketName"
    properties = frozenset(
        {
            "BucketEncryption",
            "BucketName",
            "CorsConfiguration",
            "LifecycleConfiguration",
            "NotificationConfiguration",
            "OwnershipControls",
            "PublicAccessBlockConfiguration",
            "Tags",
            "VersioningConfiguration",
        }
    )
    create_only = frozenset({"BucketName"})
    attributes = frozenset({"Arn", "DomainName", "DualStackDomainName", "RegionalDomainName"})

    def create(self, call: Call, wanted: Properties) -> Properties:
        name = wanted.get("BucketName") or call.generated_name(max_length=63).lower()
        s3 = call.client("s3")
        if _is_there(s3, name):
            raise already_exists(self, name)
        region = {} if call.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": call.region}}
        s3.create_bucket(Bucket=name, **region)
        try:
            _configure(s3, name, wanted, {})
        except Exception:
            s3.delete_bucket(Bucket=name)
            raise
        return _attributes(name, call.region)

    def update(self, call: Call, wanted: Properties, had: Properties) -> Properties:
        _configure(call.client("s3"), had["BucketName"], wanted, had)
        return {}

    def delete(self, call: Call, had: Properties) -> None:
        try:
            call.client("s3").delete_bucket(Bucket=had["BucketName"])
        except ClientError as error:
            if not is_error(error, "NoSuchBucket"):
                raise

    def read(self, call: Call, had: Properties) -> Properties:
        call.client("s3").head_bucket(Bucket=had["BucketName"])
        return had


class BucketPolicy(Resource):
    type_name = "AWS::S3::BucketPolicy"
    identifier = "Bucket"
    properties = frozenset({"Bucket", "PolicyDocument"})
    create_only = frozenset({"Bucket"})

    def create(self, call: Call, wanted: Properties) -> Properties:
        call.client("s3").put_bucket_policy(Bucket=wanted["Bucket"], Policy=json.dumps(wanted["PolicyDocument"]))
        return {}

    def update(self, call: Call, wanted: Properties, had: Properties) -> Properties:  # noqa: ARG002 - the whole policy is put again
        return self.create(call, wanted)

    def delete(self, call: Call, had: Properties) -> None:
        try:
            call.client("s3").delete_bucket_policy(Bucket=had["Bucket"])
        except ClientError as error:
            if not is_error(error, "NoSuchBucket", "NoSuchBucketPolicy"):
                raise

    def read(self, call: Call, had: Properties) -> Properties:
        policy = call.client("s3").get_bucket_policy(Bucket=had["Bucket"])["Policy"]
        return {"Bucket": had["Bucket"], "PolicyDocument": json.loads(policy)}


type _Setter = Callable[[Any, str, Any], None]


def _configure(s3: Any, name: str, wanted: Properties, had: Properties) -> None:
    for name_of_property, (put, remove) in _SETTERS.items():
        new, old = wanted.get(name_of_property), had.get(name_of_property)
        if new == old:
            continue
        if new:
            put(s3, name, new)
        else:
            remove(s3, name, old)


def _put_encryption(s3: Any, bucket: str, value: Any) -> None:
    rules = [
        {"ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"], **chosen(rule, "BucketKeyEnabled")}
        for rule in value["ServerSideEncryptionConfiguration"]
    ]
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})


def _put_lifecycle(s3: Any, bucket: str, value: Any) -> None:
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [lifecycle_rule(rule) for rule in value["Rules"]]})


def _put_cors(s3: Any, bucket: str, value: Any) -> None:
    names = {"ExposedHeaders": "ExposeHeaders", "Id": "ID", "MaxAge": "MaxAgeSeconds"}
    rules = [{names.get(key, key): entry for key, entry in rule.items()} for rule in value["CorsRules"]]
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": rules})


def _put_notification(s3: Any, bucket: str, value: Any) -> None:
    configuration: Properties = {}
    for kind, target, arn, service in (
        ("LambdaConfigurations", "Function", "LambdaFunctionArn", "LambdaFunctionConfigurations"),
        ("QueueConfigurations", "Queue", "QueueArn", "QueueConfigurations"),
        ("TopicConfigurations", "Topic", "TopicArn", "TopicConfigurations"),
    ):
        entries = [_notification(entry, target, arn) for entry in value.get(kind) or []]
        if entries:
            configuration[service] = entries
    # EventBridgeEnabled is true unless it says otherwise.
    if "EventBridgeConfiguration" in value and str(value["EventBridgeConfiguration"].get("EventBridgeEnabled", True)).lower() == "true":
        configuration["EventBridgeConfiguration"] = {}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)


def _notification(entry: Any, target: str, arn: str) -> Properties:
    rules = entry.get("Filter", {}).get("S3Key", {}).get("Rules")
    return {arn: entry[target], "Events": [entry["Event"]], **({"Filter": {"Key": {"FilterRules": rules}}} if rules else {})}


_SETTERS: dict[str, tuple[_Setter, _Setter]] = {
    "VersioningConfiguration": (
        lambda s3, bucket, value: s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=value),
        lambda s3, bucket, _: s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"}),
    ),
    "BucketEncryption": (_put_encryption, lambda s3, bucket, _: s3.delete_bucket_encryption(Bucket=bucket)),
    "PublicAccessBlockConfiguration": (
        lambda s3, bucket, value: s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=value),
        lambda s3, bucket, _: s3.delete_public_access_block(Bucket=bucket),
    ),
    "OwnershipControls": (
        lambda s3, bucket, value: s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=value),
        lambda s3, bucket, _: s3.delete_bucket_ownership_controls(Bucket=bucket),
    ),
    "LifecycleConfiguration": (_put_lifecycle, lambda s3, bucket, _: s3.delete_bucket_lifecycle(Bucket=bucket)),
    "CorsConfiguration": (_put_cors, lambda s3, bucket, _: s3.delete_bucket_cors(Bucket=bucket)),
    "Tags": (
        lambda s3, bucket, value: s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": value}),
        lambda s3, bucket, _: s3.delete_bucket_tagging(Bucket=bucket),
    ),
    # The last one: its targets may be checked.
    "NotificationConfiguration": (_put_notification, lambda s3, bucket, _: _put_notification(s3, bucket, {})),
}


def _is_there(s3: Any, name: str) -> bool:
    try:
        s3.head_bucket(Bucket=name)
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"] != 404
    return True


def _attributes(name: str, region: str) -> Properties:
    return {
        "BucketName": name,
        "Arn": f"arn:aws:s3:::{name}",
        "DomainName": f"{name}.s3.amazonaws.com",
        "DualStackDomainName": f"{name}.s3.dualstack.{region}.amazonaws.com",
        "RegionalDomainName": f"{name}.s3.{region}.amazonaws.com",
    }
