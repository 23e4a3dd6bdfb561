"""The job on two small deliveries, and the template that deploys it."""

from decimal import Decimal
from pathlib import Path

JOB = Path(__file__).with_name("merge_readings.py")
TEMPLATE = Path(__file__).with_name("template.yaml")
FIRST = b"meter_id,taken_at,kwh\n1,2026-01-01 08:00:00,5.00\n2,2026-01-01 08:00:00,7.50\n"
LATER = b"meter_id,taken_at,kwh\n1,2026-01-02 08:00:00,6.25\n2,2025-12-31 08:00:00,1.00\n"


def test_the_newest_reading_of_a_meter_stays(lakestack):
    table = f"s3://{lakestack.bucket}/readings"

    for delivery in FIRST, LATER:
        lakestack.run_job(JOB, {"delivery": lakestack.upload(delivery, "delivery.csv"), "table": table})
    lakestack.query(f"CREATE EXTERNAL TABLE readings LOCATION '{table}/' TBLPROPERTIES ('table_type' = 'DELTA')")

    rows = lakestack.query("SELECT meter_id, kwh FROM readings ORDER BY meter_id")
    assert rows == [{"meter_id": 1, "kwh": Decimal("6.25")}, {"meter_id": 2, "kwh": Decimal("7.50")}]


def test_the_template_deploys_a_job_that_runs(lakestack):
    script = lakestack.upload(JOB, "scripts/merge_readings.py")
    resources = lakestack.deploy_template(TEMPLATE, Script=script)

    run = lakestack.run_deployed_job(
        resources["MergeReadings"],
        {"delivery": lakestack.upload(FIRST, "delivery.csv"), "table": f"s3://{lakestack.bucket}/readings"},
    )

    assert run.lines == ["2 meters read"]
