"""After every other upload to the stack of the suite: not a row of any of them is unaccounted for. By its name, it runs last."""

import pytest

from tests.support.pipeline import Pipeline

pytestmark = pytest.mark.timeout(600)


def test_every_row_that_the_suite_ever_uploaded_is_accounted_for(stack):
    pipeline = Pipeline(stack)
    pipeline.deploy()
    good, bad = "980001,1,Toys,Kite\n980002,1,Toys,Drum\n", ",1,Toys,Nobody\n"

    (execution,) = pipeline.upload(products__csv="product_id,department_id,department,product_name\n" + good + bad)

    assert execution.status == "SUCCEEDED", execution.why
    of_this = f"select rows_read, merged, rejected from ingestion_log where upload_id = '{execution.output['upload_id']}'"
    assert pipeline.query(of_this) == [("3", "2", "1")]
    assert pipeline.query("execute accounting") == []
    assert [row for row in pipeline.query("execute validate_orders") if row[1] == "error"] == []
