"""Each type that the template uses is really made, changed, replaced where AWS replaces, and removed."""

import contextlib
import json

import pytest
from botocore.exceptions import ClientError

from tests.support.deployments import Deployment, resource
from tests.support.functions import role_arn

TYPES_URL = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html"
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
ALL_OF_S3 = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"

pytestmark = pytest.mark.aws_documented(TYPES_URL)


@pytest.fixture
def deployment(stack):
    deployment = Deployment(stack)
    yield deployment
    with contextlib.suppress(ClientError):
        deployment.delete()


def done(described):
    assert described["StackStatus"] in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"}, described


def is_gone(operation, **key):
    with pytest.raises(ClientError):
        operation(**key)


def test_a_bucket(stack, deployment):
    s3, name = stack.client("s3"), deployment.name

    def bucket(version, **more):
        return resource("AWS::S3::Bucket", BucketName=name, VersioningConfiguration={"Status": version}, **more)

    locked = {"BlockPublicAcls": True, "BlockPublicPolicy": True, "IgnorePublicAcls": True, "RestrictPublicBuckets": True}
    encryption = {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": True}]}
    rule = {"Id": "old", "Status": "Enabled", "Prefix": "tmp/", "ExpirationInDays": 3}
    done(
        deployment.deploy(
            B=bucket(
                "Enabled",
                NotificationConfiguration={"EventBridgeConfiguration": {}},
                BucketEncryption=encryption,
                PublicAccessBlockConfiguration=locked,
                LifecycleConfiguration={"Rules": [rule]},
                Tags=[{"Key": "a", "Value": "1"}],
            )
        )
    )

    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert "EventBridgeConfiguration" in s3.get_bucket_notification_configuration(Bucket=name)
    assert s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"][0]["BucketKeyEnabled"] is True
    assert s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"] == locked
    assert s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"][0]["Expiration"] == {"Days": 3}
    assert s3.get_bucket_tagging(Bucket=name)["TagSet"] == [{"Key": "a", "Value": "1"}]

    s3.put_object(Bucket=name, Key="kept", Body=b"data")
    done(deployment.deploy(B=bucket("Suspended", LifecycleConfiguration={"Rules": [rule | {"ExpirationInDays": 9}]})))

    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Suspended"
    assert "EventBridgeConfiguration" not in s3.get_bucket_notification_configuration(Bucket=name)
    assert s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"][0]["Expiration"] == {"Days": 9}
    is_gone(s3.get_bucket_tagging, Bucket=name)
    assert s3.get_object(Bucket=name, Key="kept")["Body"].read() == b"data"

    not_empty = deployment.delete()
    assert not_empty["StackStatus"] == "DELETE_FAILED"
    assert "BucketNotEmpty" in deployment.reasons()["B"]

    stack.empty_bucket(name)
    done(deployment.delete())
    is_gone(s3.head_bucket, Bucket=name)


def test_a_bucket_policy(stack, deployment):
    s3, name = stack.client("s3"), deployment.name

    def policy(sid):
        statement = {"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{name}/*"}
        return resource("AWS::S3::BucketPolicy", Bucket={"Ref": "B"}, PolicyDocument={"Version": "2012-10-17", "Statement": [statement]})

    def sid():
        return json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"][0]["Sid"]

    done(deployment.deploy(B=resource("AWS::S3::Bucket", BucketName=name), P=policy("first")))
    assert sid() == "first"

    done(deployment.deploy(B=resource("AWS::S3::Bucket", BucketName=name, Tags=[{"Key": "a", "Value": "1"}]), P=policy("second")))
    assert sid() == "second"

    done(deployment.deploy(B=resource("AWS::S3::Bucket", BucketName=name)))
    is_gone(s3.get_bucket_policy, Bucket=name)


def test_a_role(stack, deployment):
    iam, name = stack.client("iam"), deployment.name
    both = json.loads(json.dumps(TRUST).replace('"lambda.amazonaws.com"', '["lambda.amazonaws.com", "states.amazonaws.com"]'))

    def state():
        role = iam.get_role(RoleName=name)["Role"]
        attached = [policy["PolicyArn"] for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]]
        return role["RoleId"], role["AssumeRolePolicyDocument"], iam.list_role_policies(RoleName=name)["PolicyNames"], attached, role.get("Tags", [])

    done(
        deployment.deploy(
            R=resource(
                "AWS::IAM::Role",
                RoleName=name,
                AssumeRolePolicyDocument=TRUST,
                Policies=[{"PolicyName": "one", "PolicyDocument": ALL_OF_S3}],
                Tags=[{"Key": "a", "Value": "1"}],
            )
        )
    )
    identity, trust, inline, attached, tags = state()
    assert (trust, inline, attached, tags) == (TRUST, ["one"], [], [{"Key": "a", "Value": "1"}])

    done(
        deployment.deploy(
            R=resource(
                "AWS::IAM::Role",
                RoleName=name,
                AssumeRolePolicyDocument=both,
                Policies=[{"PolicyName": "two", "PolicyDocument": ALL_OF_S3}],
                ManagedPolicyArns=[READ_ONLY],
            )
        )
    )
    assert state() == (identity, both, ["two"], [READ_ONLY], [])

    done(deployment.delete())
    is_gone(iam.get_role, RoleName=name)


def test_a_function_and_its_permission(stack, deployment):
    functions, name = stack.client("lambda"), deployment.name

    def resources(text, principal, **settings):
        function = resource(
            "AWS::Lambda::Function",
            FunctionName=name,
            Runtime="python3.13",
            Handler="index.handler",
            Role={"Fn::GetAtt": ["R", "Arn"]},
            Code={"ZipFile": f"import os\ndef handler(event, context): return ['{text}', os.environ.get('X')]"},
            **settings,
        )
        permission = resource("AWS::Lambda::Permission", FunctionName={"Ref": "F"}, Action="lambda:InvokeFunction", Principal=principal)
        return {"R": resource("AWS::IAM::Role", RoleName=name, AssumeRolePolicyDocument=TRUST), "F": function, "P": permission}

    def answer():
        return json.loads(functions.invoke(FunctionName=name)["Payload"].read())

    def principals():
        return [each["Principal"]["Service"] for each in json.loads(functions.get_policy(FunctionName=name)["Policy"])["Statement"]]

    done(deployment.deploy(**resources("old", "s3.amazonaws.com", Timeout=9, Environment={"Variables": {"X": "1"}})))
    assert answer() == ["old", "1"]
    assert functions.get_function_configuration(FunctionName=name)["Timeout"] == 9
    assert principals() == ["s3.amazonaws.com"]

    done(deployment.deploy(**resources("new", "events.amazonaws.com", MemorySize=256)))
    configuration = functions.get_function_configuration(FunctionName=name)
    assert answer() == ["new", None]
    assert (configuration["Timeout"], configuration["MemorySize"]) == (3, 256)
    assert principals() == ["events.amazonaws.com"]

    done(deployment.delete())
    is_gone(functions.get_function, FunctionName=name)


def test_a_rule_and_a_state_machine_with_its_log(stack, deployment):
    events, machines, logs, name = stack.client("events"), stack.client("stepfunctions"), stack.client("logs"), deployment.name

    def resources(comment, prefix, level, days, state):
        definition = {"Comment": comment, "StartAt": "S", "States": {"S": {"Type": "Pass", "Result": "${What}", "End": True}}}
        destination = {"CloudWatchLogsLogGroup": {"LogGroupArn": {"Fn::GetAtt": ["L", "Arn"]}}}
        return {
            "L": resource("AWS::Logs::LogGroup", LogGroupName=f"/{name}", RetentionInDays=days),
            "M": resource(
                "AWS::StepFunctions::StateMachine",
                StateMachineName=name,
                RoleArn=role_arn(f"of-{comment}"),
                DefinitionString=json.dumps(definition),
                DefinitionSubstitutions={"What": comment},
                LoggingConfiguration={"Level": level, "IncludeExecutionData": True, "Destinations": [destination]},
            ),
            "E": resource(
                "AWS::Events::Rule",
                Name=name,
                State=state,
                EventPattern={"source": ["aws.s3"], "detail": {"object": {"key": [{"prefix": prefix}]}}},
                Targets=[{"Id": prefix.strip("/"), "Arn": {"Ref": "M"}, "RoleArn": role_arn("events")}],
            ),
        }

    def state():
        machine = machines.describe_state_machine(stateMachineArn=f"arn:aws:states:us-east-1:000000000000:stateMachine:{name}")
        rule = events.describe_rule(Name=name)
        return {
            "result": json.loads(machine["definition"])["States"]["S"]["Result"],
            "role": machine["roleArn"],
            "level": machine["loggingConfiguration"]["level"],
            "prefix": json.loads(rule["EventPattern"])["detail"]["object"]["key"][0]["prefix"],
            "state": rule["State"],
            "targets": [target["Id"] for target in events.list_targets_by_rule(Rule=name)["Targets"]],
            "days": logs.describe_log_groups(logGroupNamePrefix=f"/{name}")["logGroups"][0]["retentionInDays"],
        }

    done(deployment.deploy(**resources("one", "up/", "ERROR", 7, "ENABLED")))
    assert state() == {
        "result": "one",
        "role": role_arn("of-one"),
        "level": "ERROR",
        "prefix": "up/",
        "state": "ENABLED",
        "targets": ["up"],
        "days": 7,
    }

    done(deployment.deploy(**resources("two", "down/", "ALL", 14, "DISABLED")))
    assert state() == {
        "result": "two",
        "role": role_arn("of-two"),
        "level": "ALL",
        "prefix": "down/",
        "state": "DISABLED",
        "targets": ["down"],
        "days": 14,
    }

    done(deployment.delete())
    is_gone(events.describe_rule, Name=name)
    is_gone(machines.describe_state_machine, stateMachineArn=f"arn:aws:states:us-east-1:000000000000:stateMachine:{name}")
    assert logs.describe_log_groups(logGroupNamePrefix=f"/{name}")["logGroups"] == []


def test_topics_queues_and_their_policies(stack, deployment):
    sns, sqs, name = stack.client("sns"), stack.client("sqs"), deployment.name

    def resources(sid, queue, seconds, display):
        def policy(action):
            statement = {"Sid": sid, "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": action, "Resource": "*"}
            return {"Version": "2012-10-17", "Statement": [statement]}

        return {
            "T": resource("AWS::SNS::Topic", TopicName=name, DisplayName=display),
            "TP": resource("AWS::SNS::TopicPolicy", Topics=[{"Ref": "T"}], PolicyDocument=policy("sns:Publish")),
            "Q": resource("AWS::SQS::Queue", QueueName=queue, VisibilityTimeout=seconds),
            "QP": resource("AWS::SQS::QueuePolicy", Queues=[{"Ref": "Q"}], PolicyDocument=policy("sqs:SendMessage")),
        }

    def state():
        topic = sns.get_topic_attributes(TopicArn=f"arn:aws:sns:us-east-1:000000000000:{name}")["Attributes"]
        (url,) = sqs.list_queues(QueueNamePrefix=name)["QueueUrls"]
        queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        sids = [json.loads(each["Policy"])["Statement"][0]["Sid"] for each in (topic, queue)]
        return topic["DisplayName"], queue["QueueArn"].rpartition(":")[2], queue["VisibilityTimeout"], *sids

    done(deployment.deploy(**resources("one", f"{name}-a", 30, "first")))
    assert state() == ("first", f"{name}-a", "30", "one", "one")

    done(deployment.deploy(**resources("two", f"{name}-a", 60, "second")))
    assert state() == ("second", f"{name}-a", "60", "two", "two")

    done(deployment.deploy(**resources("three", f"{name}-b", 60, "second")))
    assert state() == ("second", f"{name}-b", "60", "three", "three")

    done(deployment.delete())
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix=name)
    is_gone(sns.get_topic_attributes, TopicArn=f"arn:aws:sns:us-east-1:000000000000:{name}")


def test_glues_database_table_and_job(stack, deployment):
    glue, name = stack.client("glue"), deployment.name.replace("-", "_")

    def resources(text, database=name, table="orders", job=name, timeout=10):
        storage = {"Columns": [{"Name": "id", "Type": "bigint"}], "Location": "s3://b/t/"}
        command = {"Name": "pythonshell", "PythonVersion": "3.9", "ScriptLocation": "s3://b/s.py"}
        return {
            "D": resource("AWS::Glue::Database", CatalogId={"Ref": "AWS::AccountId"}, DatabaseInput={"Name": database, "Description": text}),
            "T": resource(
                "AWS::Glue::Table",
                CatalogId={"Ref": "AWS::AccountId"},
                DatabaseName={"Ref": "D"},
                TableInput={"Name": table, "Description": text, "StorageDescriptor": storage},
            ),
            "J": resource("AWS::Glue::Job", Name=job, Role=role_arn("glue"), Command=command, GlueVersion="3.0", Description=text, Timeout=timeout),
        }

    def tables():
        return {(each["Name"], each["Description"]) for each in glue.get_tables(DatabaseName=name)["TableList"]}

    done(deployment.deploy(**resources("one")))
    assert glue.get_database(Name=name)["Database"]["Description"] == "one"
    assert tables() == {("orders", "one")}
    assert (glue.get_job(JobName=name)["Job"]["Description"], glue.get_job(JobName=name)["Job"]["Timeout"]) == ("one", 10)

    done(deployment.deploy(**resources("two", timeout=20)))
    assert glue.get_database(Name=name)["Database"]["Description"] == "two"
    assert tables() == {("orders", "two")}
    assert (glue.get_job(JobName=name)["Job"]["Description"], glue.get_job(JobName=name)["Job"]["Timeout"]) == ("two", 20)

    done(deployment.deploy(**resources("two", table="orders2", job=f"{name}_2", timeout=20)))
    assert tables() == {("orders2", "two")}
    assert glue.get_job(JobName=f"{name}_2")["Job"]["Timeout"] == 20
    is_gone(glue.get_job, JobName=name)

    done(deployment.deploy(**resources("two", database=f"{name}_2", table="orders2", job=f"{name}_2", timeout=20)))
    assert glue.get_table(DatabaseName=f"{name}_2", Name="orders2")["Table"]["Description"] == "two"
    is_gone(glue.get_database, Name=name)

    done(deployment.delete())
    is_gone(glue.get_database, Name=f"{name}_2")
    is_gone(glue.get_job, JobName=f"{name}_2")


def test_athenas_work_group_and_prepared_statement(stack, deployment):
    athena, name = stack.client("athena"), deployment.name

    def resources(text, sql, location, statement="answers", state="ENABLED", group=name):
        configuration = {"EnforceWorkGroupConfiguration": True, "ResultConfiguration": {"OutputLocation": location}}
        return {
            "W": resource(
                "AWS::Athena::WorkGroup", Name=group, Description=text, State=state, RecursiveDeleteOption=True, WorkGroupConfiguration=configuration
            ),
            "S": resource("AWS::Athena::PreparedStatement", StatementName=statement, WorkGroup={"Ref": "W"}, QueryStatement=sql),
        }

    def state(group=name):
        described = athena.get_work_group(WorkGroup=group)["WorkGroup"]
        names = [each["StatementName"] for each in athena.list_prepared_statements(WorkGroup=group)["PreparedStatements"]]
        sql = athena.get_prepared_statement(StatementName=names[0], WorkGroup=group)["PreparedStatement"]["QueryStatement"]
        return described["Description"], described["State"], described["Configuration"]["ResultConfiguration"]["OutputLocation"], names, sql

    done(deployment.deploy(**resources("one", "SELECT 1", "s3://b/1/")))
    assert state() == ("one", "ENABLED", "s3://b/1/", ["answers"], "SELECT 1")

    done(deployment.deploy(**resources("two", "SELECT 2", "s3://b/2/")))
    assert state() == ("two", "ENABLED", "s3://b/2/", ["answers"], "SELECT 2")

    done(deployment.deploy(**resources("two", "SELECT 2", "s3://b/2/", state="DISABLED")))
    assert athena.get_work_group(WorkGroup=name)["WorkGroup"]["State"] == "DISABLED"

    done(deployment.deploy(**resources("two", "SELECT 2", "s3://b/2/", statement="answers2")))
    assert state() == ("two", "ENABLED", "s3://b/2/", ["answers2"], "SELECT 2")

    done(deployment.deploy(**resources("two", "SELECT 2", "s3://b/2/", statement="answers2", group=f"{name}-2")))
    assert state(f"{name}-2") == ("two", "ENABLED", "s3://b/2/", ["answers2"], "SELECT 2")
    is_gone(athena.get_work_group, WorkGroup=name)

    done(deployment.delete())
    is_gone(athena.get_work_group, WorkGroup=f"{name}-2")


def table_of(name, **more):
    key = {"AttributeDefinitions": [{"AttributeName": "key", "AttributeType": "S"}], "KeySchema": [{"AttributeName": "key", "KeyType": "HASH"}]}
    return resource("AWS::DynamoDB::Table", TableName=name, **key, BillingMode="PAY_PER_REQUEST", **more)


def test_a_dynamodb_table(stack, deployment):
    dynamodb, name = stack.client("dynamodb"), deployment.name
    recovery = {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}
    encryption = {"SSESpecification": {"SSEEnabled": True}}

    def recovers():
        answer = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        return answer["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]

    def tags():
        return dynamodb.list_tags_of_resource(ResourceArn=dynamodb.describe_table(TableName=name)["Table"]["TableArn"])["Tags"]

    done(deployment.deploy(T=table_of(name, **recovery, **encryption, Tags=[{"Key": "a", "Value": "1"}])))

    made = dynamodb.describe_table(TableName=name)["Table"]
    assert (made["TableStatus"], made["KeySchema"]) == ("ACTIVE", [{"AttributeName": "key", "KeyType": "HASH"}])
    assert made["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert (made["SSEDescription"]["Status"], recovers(), tags()) == ("ENABLED", "ENABLED", [{"Key": "a", "Value": "1"}])
    assert deployment.physical_id("T") == name

    dynamodb.put_item(TableName=name, Item={"key": {"S": "kept"}})
    done(deployment.deploy(T=table_of(name, **encryption, DeletionProtectionEnabled=True, Tags=[{"Key": "b", "Value": "2"}])))

    changed = dynamodb.describe_table(TableName=name)["Table"]
    assert (changed["CreationDateTime"], changed["DeletionProtectionEnabled"], recovers(), tags()) == (
        made["CreationDateTime"],
        True,
        "DISABLED",
        [{"Key": "b", "Value": "2"}],
    )
    assert "Item" in dynamodb.get_item(TableName=name, Key={"key": {"S": "kept"}})

    assert deployment.deploy(T=table_of(name))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "SSESpecification" in deployment.reasons()["T"]

    done(deployment.deploy(T=table_of(name, **encryption)))
    other = Deployment(stack)
    assert other.deploy(T=table_of(name))["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "already exists" in other.reasons()["T"]
    other.delete()

    done(deployment.deploy(T=table_of(f"{name}-b", **encryption)))
    assert deployment.physical_id("T") == f"{name}-b"
    is_gone(dynamodb.describe_table, TableName=name)

    done(deployment.delete())
    is_gone(dynamodb.describe_table, TableName=f"{name}-b")


def test_a_resource_and_a_statement_are_there_where_their_condition_holds(stack, deployment):
    iam, dynamodb, name = stack.client("iam"), stack.client("dynamodb"), deployment.name

    def template(region):
        grant = {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": {"Fn::GetAtt": ["T", "Arn"]}}
        only_if = {"Fn::If": ["Wanted", grant, {"Ref": "AWS::NoValue"}]}
        policy = {"Version": "2012-10-17", "Statement": [only_if, ALL_OF_S3["Statement"][0]]}
        described = {"Fn::If": ["Wanted", {"Fn::Sub": "dynamodb:${T}"}, "s3"]}
        role = resource(
            "AWS::IAM::Role",
            RoleName=name,
            AssumeRolePolicyDocument=TRUST,
            Description=described,
            Policies=[{"PolicyName": "p", "PolicyDocument": policy}],
        )
        conditions = {"Wanted": {"Fn::Equals": [{"Ref": "AWS::Region"}, region]}}
        return {"conditions": conditions, "T": table_of(name) | {"Condition": "Wanted"}, "R": role}

    def state():
        statements = iam.get_role_policy(RoleName=name, PolicyName="p")["PolicyDocument"]["Statement"]
        return iam.get_role(RoleName=name)["Role"]["Description"], [statement["Resource"] for statement in statements]

    done(deployment.deploy(**template("elsewhere")))
    assert state() == ("s3", ["*"])
    is_gone(dynamodb.describe_table, TableName=name)

    done(deployment.deploy(**template(stack.region)))
    assert state() == (f"dynamodb:{name}", [dynamodb.describe_table(TableName=name)["Table"]["TableArn"], "*"])

    done(deployment.deploy(**template("elsewhere")))
    assert state() == ("s3", ["*"])
    is_gone(dynamodb.describe_table, TableName=name)
