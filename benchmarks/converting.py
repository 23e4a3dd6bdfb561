"""What reading costs: rows a second and memory of the converter, by how many rows a file has.

    python -m benchmarks.converting        alone, without a stack

Each file is converted in a process of its own, whose peak memory is stated.
"""

import csv
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measures import Measure
from lakestack.project import ROOT

SIZES = (10_000, 100_000, 1_000_000)
_HEADER = ("order_num", "order_id", "user_id", "order_timestamp", "total_amount", "date")
_ROWS_A_WRITE = 5_000
_WITHIN_S = 600
_CONVERT = """
import json, pathlib, resource, sys, time
from pathlib import Path
from lakehouse import converter
began = time.monotonic()
done = converter.convert(Path(sys.argv[1]), "orders", Path(sys.argv[2]), "20260401T000000Z-bench")
took = time.monotonic() - began
status = pathlib.Path("/proc/self/status")
if status.exists():  # ru_maxrss is the parent's there, where that is more
    peak = next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) * 1024 / 1e6
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
print(json.dumps({"rows": sum(sheet.rows_read for sheet in done.sheets), "seconds": took, "peak_mb": peak, "text": done.text}))
"""
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def convert(*, quick: bool) -> list[Measure]:
    """Converting workbooks and CSVs of orders: rows a second, and memory at its peak."""
    found = []
    with tempfile.TemporaryDirectory(prefix="lakestack-bench-") as name:
        for rows in SIZES[:2] if quick else SIZES:
            for kind, write in (("xlsx", write_workbook), ("csv", write_text)):
                path = Path(name) / f"orders_{rows}.{kind}"
                write(path, rows)
                runs = [_converted(path, rows) for _ in range(1 if rows > SIZES[1] else 3)]
                path.unlink()
                found.append(Measure(f"convert .{kind}, {rows:,} rows", "rows/s", [rows / run["seconds"] for run in runs]))
                found.append(Measure("  memory at its peak", "MB", [run["peak_mb"] for run in runs]))
        if not quick:
            found += _gigabyte(Path(name) / "orders.csv")
    return found


def _gigabyte(path: Path) -> list[Measure]:
    """Convert a CSV of 1 GB."""
    rows = 0
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(_HEADER)
        while stream.tell() < 1e9:
            writer.writerows(orders(_ROWS_A_WRITE))
            rows += _ROWS_A_WRITE
    run = _converted(path, rows)
    return [
        Measure(f"convert .csv of 1 GB, {rows:,} rows", "s", [run["seconds"]]),
        Measure("  memory at its peak", "MB", [run["peak_mb"]]),
    ]


def _converted(path: Path, rows: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        done = subprocess.run(
            [sys.executable, "-c", _CONVERT, str(path), folder],
            env={**os.environ, "PYTHONPATH": str(ROOT / "glue_jobs")},
            check=True,
            capture_output=True,
            text=True,
            timeout=_WITHIN_S,
        )
    answer: dict[str, float] = json.loads(done.stdout)
    if answer["rows"] != rows:
        raise RuntimeError(f"{path.name}: {answer['rows']:,} rows were read of {rows:,}: {answer['text']}")
    return answer


def orders(count: int) -> Iterator[tuple[int | str, ...]]:
    for number in range(count):
        day = f"2025-{number % 12 + 1:02}-{number % 28 + 1:02}"
        yield number % 100 + 1, 10_000 + number, number * 7 % 5000, f"{day}T10:{number % 60:02}:00", f"{number * 37 % 90_000 / 100}", day


def write_text(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(_HEADER)
        writer.writerows(orders(count))


def write_workbook(path: Path, count: int) -> None:
    """Write a workbook of one sheet, row by row: shared by nothing, as a database exports it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in _parts().items():
            archive.writestr(name, content)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as stream:
            stream.write(f'<worksheet xmlns="{_MAIN}"><sheetData><row r="1">{"".join(map(_text, _HEADER))}</row>'.encode())
            waiting = []
            for number, (num, order, user, moment, amount, day) in enumerate(orders(count), start=2):
                cells = f'<c r="A{number}"><v>{num}</v></c><c r="B{number}"><v>{order}</v></c><c r="C{number}"><v>{user}</v></c>'
                waiting.append(f'<row r="{number}">{cells}{_text(moment)}<c r="E{number}"><v>{amount}</v></c>{_text(day)}</row>')
                if len(waiting) == _ROWS_A_WRITE:
                    stream.write("".join(waiting).encode())
                    waiting.clear()
            stream.write(("".join(waiting) + "</sheetData></worksheet>").encode())


def _text(value: object) -> str:
    return f'<c t="inlineStr"><is><t>{value}</t></is></c>'


def _parts() -> dict[str, str]:
    def relationship(kind: str, target: str) -> str:
        return f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" Type="{_RELATIONS}/{kind}" Target="{target}"/></Relationships>'

    sheets = '<sheets><sheet name="orders" sheetId="1" r:id="r1"/></sheets>'
    return {
        "_rels/.rels": relationship("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">{sheets}</workbook>',
        "xl/_rels/workbook.xml.rels": relationship("worksheet", "worksheets/sheet1.xml"),
    }


if __name__ == "__main__":
    for measure in convert(quick="--quick" in sys.argv):
        print(f"{measure.name:40} {measure.median:12,.0f} {measure.unit}")
