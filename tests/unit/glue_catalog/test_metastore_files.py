"""Which objects go with a managed table."""

import pytest
from lakestack_aws.glue.metastore.files import S3Files


class FakeS3:
    """Buckets of keys, listed in pages of two."""

    def __init__(self, **buckets):
        self.buckets = buckets

    def get_paginator(self, _operation):
        return self

    def paginate(self, Bucket, Prefix):
        keys = [key for key in self.buckets[Bucket] if key.startswith(Prefix)]
        pages = [keys[start : start + 2] for start in range(0, len(keys), 2)]
        return [{"Contents": [{"Key": key} for key in page]} for page in pages] or [{}]

    def delete_objects(self, Bucket, Delete):
        for entry in Delete["Objects"]:
            self.buckets[Bucket].remove(entry["Key"])


@pytest.mark.parametrize("location", ["s3://lake/shop/sales", "s3://lake/shop/sales/", "s3a://lake/shop/sales"])
def test_everything_below_the_location_goes_and_nothing_beside_it(location):
    s3 = FakeS3(lake=["shop/sales/1", "shop/sales/a/2", "shop/sales/3", "shop/sales_old/1", "shop/sales"])

    S3Files(s3).delete_tree(location)

    assert s3.buckets == {"lake": ["shop/sales_old/1", "shop/sales"]}


@pytest.mark.parametrize("location", ["s3://lake", "s3://lake/", "file:///home/me/sales", "/home/me/sales"])
def test_a_whole_bucket_or_a_folder_of_the_machine_is_left_alone(location, caplog):
    s3 = FakeS3(lake=["a"])

    S3Files(s3).delete_tree(location)

    assert s3.buckets == {"lake": ["a"]}
    assert f"The files at {location} are left as they are" in caplog.text
