"""The converter on a laptop, without any AWS."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
HEADER = ["product_id", "department_id", "department", "product_name"]


def run(*arguments):
    command = [sys.executable, "glue_jobs/convert_excel_to_csv.py", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_without_arguments_it_prints_its_usage():
    done = run()

    assert done.returncode == 0
    assert done.stdout.startswith("usage: python glue_jobs/convert_excel_to_csv.py FILE.xlsx OUT_DIR")


def test_it_writes_one_csv_per_sheet_and_a_manifest(workbook, tmp_path):
    path = workbook({"toys": [HEADER, [1, 2, "Toys", "a"]], "books": [HEADER, [2, 3, "Books", "b"], [3, 3, "Books", "c"]]})

    done = run(path, tmp_path / "out")

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "toys.csv").read_text().splitlines()[1].startswith("1,2,Toys,a,")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert [(sheet["sheet"], sheet["rows_read"]) for sheet in manifest["sheets"]] == [("toys", 1), ("books", 2)]


def test_what_it_cannot_convert_it_says_and_fails(workbook, tmp_path):
    refused = run(workbook({"s": [["a"], [1]]}), tmp_path / "out")
    missing = run(tmp_path / "nowhere.xlsx", tmp_path / "out")

    assert (refused.returncode, missing.returncode) == (1, 2)
    assert "NO_HEADER" in refused.stderr
    assert "there is no such file" in missing.stderr
