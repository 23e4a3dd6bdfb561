"""What the jobs and the functions of the pipeline share.

    datasets   the three datasets: columns, keys, how a header tells them
    rules      every reason code with its outcome and text; the rules about files and sheets
    row_rules  the rules about rows, as predicates on Spark columns
    package, xml_stream, worksheets, workbooks   reading workbooks: zip -> XML -> sheets -> rows of raw cells
    cells, delimited, sources   reading: file -> sheets -> rows of raw cells; reading never judges
    limits      how much a file may ask of its reader; sizes: how much it will, before it is opened
    converter  one CSV per sheet and a manifest that says what was read
    s3, claims, leases, loads, accounting   who may load what, once, and where every row went
    alerts, notices                         what a person is told, and when
    logs, metrics                           what every part says while it works
    tables, frames, transforms, etl         the Delta tables and what the Spark jobs do with them
    maintenance  what compact_tables does to the tables

Everything but row_rules, frames, transforms, etl and maintenance is plain Python 3.9 with boto3 and openpyxl: Python shell jobs run it.
"""
