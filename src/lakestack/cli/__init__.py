"""The lakestack command; one module a group of verbs."""
