"""The Data Catalog as a Hive metastore, for Spark: what `--enable-glue-datacatalog` gives a job on AWS."""
