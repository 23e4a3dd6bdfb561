"""The part of Glue's own library that lakestack has, written from its public documentation: utils, job, context.

What is not there yet (DynamicFrame, transforms) says so when it is imported or called, and never pretends.

Source: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-python.html (as at 2026-11-23)
"""
