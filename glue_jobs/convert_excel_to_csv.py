"""Write one CSV per sheet of a workbook or CSV: as a Glue Python shell job for large uploads, and on a laptop without any AWS.

As a job. Reads: the claim and its upload. Writes: lakehouse/raw/<dataset>/<upload-id>/<sheet>.csv, state/uploads/<upload-id>/manifest.json.
Arguments: --bucket, --claim (key of the claim), --coordination (where claims lie: s3, or dynamodb:<table>).

On a laptop:

    python glue_jobs/convert_excel_to_csv.py FILE.xlsx OUT_DIR

writes OUT_DIR/<sheet>.csv for every sheet that holds rows of a dataset, and OUT_DIR/manifest.json, which says what was read.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from lakehouse import converter
from lakehouse.rules import QUARANTINE

_USAGE = """usage: python glue_jobs/convert_excel_to_csv.py FILE.xlsx OUT_DIR

Writes one CSV per sheet of FILE.xlsx (or .csv) to OUT_DIR, and a manifest.json that says what was read.
The header of each sheet must be that of products, orders or order_items."""
_WRONG_USE = 2


def convert_on_laptop(file: Path, folder: Path) -> int:
    """Convert a local file; return the exit code."""
    if not file.is_file():
        print(f"{file}: there is no such file.", file=sys.stderr)
        return _WRONG_USE
    folder.mkdir(parents=True, exist_ok=True)
    conversion = converter.convert(file, file.name, folder)
    (folder / "manifest.json").write_text(json.dumps(conversion.as_dict(), indent=1, ensure_ascii=False), encoding="utf-8")
    if conversion.outcome == QUARANTINE:
        print(f"{file}: {conversion.text}", file=sys.stderr)
        return 1
    for sheet in conversion.sheets:
        print(f"{sheet.sheet}: {sheet.reason or f'{sheet.rows_read} rows of {sheet.dataset} in {folder / sheet.csv}'}")
    return 0


def convert_as_job() -> None:
    from awsglue.utils import getResolvedOptions  # noqa: PLC0415 - it is there in a job, not on a laptop

    from lakehouse import logs  # noqa: PLC0415 - on a laptop a person reads
    from lakehouse.conversions import convert_claimed  # noqa: PLC0415 - boto3 is not needed on a laptop
    from lakehouse.s3 import Bucket  # noqa: PLC0415

    arguments = getResolvedOptions(sys.argv, ["bucket", "claim", "coordination"])
    logs.begin(job="convert_excel_to_csv", job_run=arguments.get("JOB_RUN_ID"))
    convert_claimed(Bucket(arguments["bucket"], coordination_setting=arguments["coordination"]), arguments["claim"])


def main(words: list[str]) -> int:
    if any(word.split("=")[0] == "--claim" for word in words):
        convert_as_job()
        return 0
    if len(words) != 2 or words[0].startswith("-"):
        print(_USAGE, file=sys.stderr if words and words[0] not in {"-h", "--help"} else sys.stdout)
        return 0 if not words or words[0] in {"-h", "--help"} else _WRONG_USE
    return convert_on_laptop(Path(words[0]), Path(words[1]))


if __name__ == "__main__":
    code = main(sys.argv[1:])
    if code:
        sys.exit(code)
