"""The types of resources that lakestack itself makes, changes and removes; LocalStack's own providers do the others."""

from lakestack_aws.cloudformation.resource import Resource
from lakestack_aws.cloudformation.resource_types import dynamodb
from lakestack_aws.cloudformation.resource_types.athena import PreparedStatement, WorkGroup
from lakestack_aws.cloudformation.resource_types.events import Rule
from lakestack_aws.cloudformation.resource_types.glue import Database, Job, Table
from lakestack_aws.cloudformation.resource_types.iam import Role
from lakestack_aws.cloudformation.resource_types.lambda_ import Function, Permission
from lakestack_aws.cloudformation.resource_types.logs import LogGroup
from lakestack_aws.cloudformation.resource_types.s3 import Bucket, BucketPolicy
from lakestack_aws.cloudformation.resource_types.sns import Topic, TopicPolicy
from lakestack_aws.cloudformation.resource_types.sqs import Queue, QueuePolicy
from lakestack_aws.cloudformation.resource_types.step_functions import StateMachine

RESOURCES: dict[str, type[Resource]] = {
    resource.type_name: resource
    for resource in (
        Bucket,
        BucketPolicy,
        Database,
        Function,
        Job,
        LogGroup,
        Permission,
        PreparedStatement,
        Queue,
        QueuePolicy,
        Role,
        Rule,
        StateMachine,
        Table,
        Topic,
        TopicPolicy,
        WorkGroup,
        dynamodb.Table,
    )
}
