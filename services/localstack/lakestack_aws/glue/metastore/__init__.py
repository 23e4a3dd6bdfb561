"""The Data Catalog as a Hive metastore, for Spark: what `--enable-glue-datacatalog` gives a job on AWS."""

from lakestack_aws.glue.metastore.server import start_metastore_front

__all__ = ["start_metastore_front"]
