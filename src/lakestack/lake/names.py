"""The pipeline's fixed names; infra/template.yaml gives them."""

from lakestack.engine.stack import ACCOUNT

BUCKET = "ecom-lakehouse"
ARTIFACT_BUCKET = "ecom-lakehouse-artifacts"
UPLOADS = "uploads/"
DATABASE = "ecom_catalog"
WORK_GROUP = "lakehouse"
STATE_MACHINE = "lakehouse-orchestration"


def state_machine_arn(region: str) -> str:
    return f"arn:aws:states:{region}:{ACCOUNT}:stateMachine:{STATE_MACHINE}"
