"""Measure a stack of its own, print a table, write results.json beside this file.

    python -m benchmarks [--quick]

Times on a shared machine are noisy: compare the ratios, which come from one run. Nothing here passes or fails.
"""

import argparse
import json
import platform
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks import converting, loading, measures
from benchmarks.measures import Bench, Measure
from lakestack.engine import control
from lakestack.engine.stack import Stack, free_port

RESULTS = Path(__file__).with_name("results.json")
console = Console(width=120)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure a stack of its own.")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory(prefix="lakestack-bench-") as folder:
        stack = Stack.at(Path(folder) / "stack")
        try:
            found = _measure(stack, quick=quick)
        finally:
            control.stop(stack)
    console.print("measuring: converting and loading by the number of rows, without a stack")
    found += converting.convert(quick=quick)
    found += loading.loads(most=loading.SIZES[1] if quick else loading.SIZES[-1])
    _show(found)
    machine = {
        "cpus": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "system": f"{platform.system()} {platform.machine()}",
    }
    RESULTS.write_text(json.dumps({"machine": machine, "measures": [asdict(measure) for measure in found]}, indent=2) + "\n")
    console.print(f"Written to {RESULTS}.")


def _measure(stack: Stack, *, quick: bool) -> list[Measure]:
    began = time.monotonic()
    control.start(stack, free_port())
    control.wait_until_healthy(stack, lambda _status: None)
    found = [Measure("lakestack up, installed, to healthy", "s", [time.monotonic() - began])]
    found.append(Measure("memory of the idle stack, all processes", "MB", [_memory_mb(stack)]))
    bench = Bench.of(stack, repetitions=3 if quick else 7)
    for measure in (
        measures.select_1,
        measures.get_table,
        measures.counting_job,
        measures.deploy,
        measures.orders_workbook,
        measures.daily_files,
        # The last one: it changes the job.
        measures.orders_job,
    ):
        console.print(f"measuring: {measure.__doc__.splitlines()[0]}")
        found += measure(bench)
    return found


def _memory_mb(stack: Stack) -> float:
    return sum(control.memory_bytes(stack).values()) / 1e6


def _show(found: list[Measure]) -> None:
    table = Table(title="lakestack, one run")
    for column in ("what", "median", "min", "max", "n"):
        table.add_column(column, justify="left" if column == "what" else "right", no_wrap=True)
    for measure in found:
        figures = [f"{figure:,.2f} {measure.unit}" for figure in (measure.median, min(measure.values), max(measure.values))]
        table.add_row(measure.name, *figures, str(len(measure.values)))
    console.print(table)


if __name__ == "__main__":
    main()
