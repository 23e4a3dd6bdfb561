"""Hive's statements, run on the Glue catalog: nothing here reaches Trino but what only Iceberg's own writer can do."""
