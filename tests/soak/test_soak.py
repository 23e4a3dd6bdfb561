"""What is too long for every change: ten rounds of kills, forty uploads at once, a sheet as large as a sheet can be. Run it with: make soak"""

import random
import threading
import time
import uuid
from contextlib import contextmanager

import openpyxl
import pytest

from lakestack.engine.embedded import EmbeddedEngine
from tests.support import shop
from tests.support.executions import attempt_of, put
from tests.support.killing import Killing
from tests.support.pipeline import LAKE
from tests.support.rounds import Round

pytestmark = [pytest.mark.soak, pytest.mark.timeout(7200)]

_MIB = 1 << 20


@contextmanager
def watched(stack):
    """Measure a block: yields a dictionary that gets `seconds`, and `peak_mb` of each part."""
    measured, over = {"seconds": 0.0, "peak_mb": {}}, threading.Event()

    def look():
        while not over.wait(1):
            for part, used in EmbeddedEngine().memory_bytes(stack.embedded).items():
                measured["peak_mb"][part] = max(measured["peak_mb"].get(part, 0), used // _MIB)

    watcher, started = threading.Thread(target=look, daemon=True), time.monotonic()
    watcher.start()
    try:
        yield measured
    finally:
        measured["seconds"] = time.monotonic() - started
        over.set()
        watcher.join()


def cost(measured):
    return f"{measured['seconds']:.0f} s; peak MB: {', '.join(f'{part} {used}' for part, used in sorted(measured['peak_mb'].items()))}"


def free_base():
    """Return where the keys of uploads may begin, far from those of an earlier run on the same stack."""
    return 1_000_000_000 + uuid.uuid4().int % 1000 * 100 * shop.SPAN


def test_rounds_of_kills(stack, pipeline, note, pytestconfig):
    dice, base = random.Random(pytestconfig.getoption("--seed")), free_base()
    rounds = pytestconfig.getoption("--rounds")
    one_round = Round(stack, pipeline, Killing(stack), delay_s=lambda: dice.uniform(0, 0.9))
    expected = one_round.undisturbed(base)

    tries = 0
    with watched(stack) as measured:
        for number in range(1, rounds + 1):
            found, tried = one_round.killed_at_every_stage(*(base + (3 * number + n) * shop.SPAN for n in range(3)))
            assert found == expected, f"round {number}"
            tries += tried

    again = f" ({tries - rounds} rounds made again, for a kill came too late)" if tries > rounds else ""
    note(f"{rounds} x 7 kills{again}", "every table equal to the undisturbed load's, row by row", cost(measured))


def test_uploads_at_once(stack, pipeline, note, pytestconfig):
    base, folder, uploads = free_base(), f"uploads/{uuid.uuid4().hex[:8]}", pytestconfig.getoption("--uploads")
    bodies = {f"{folder}/{n}.xlsx": shop.workbook(base + n * shop.SPAN, orders=100) for n in range(uploads)}

    with watched(stack) as measured:
        versions = {key: put(stack, key, body) for key, body in bodies.items()}
        ended = [attempt_of(stack, key, version, latest=2 * uploads).ended(1800) for key, version in versions.items()]

    assert {execution.status for execution in ended} == {"SUCCEEDED"}, ended
    within = f"between {base} and {base + uploads * shop.SPAN - 1}"
    tables = {"products": ("product_id", 50), "orders": ("order_id", 100), "order_items": ("id", 300), "held_order_items": ("id", 1)}
    for table, (key, rows) in tables.items():
        assert pipeline.query(f"select count(*), count(distinct {key}) from {table} where {key} {within}") == [(str(rows * uploads),) * 2], table
    loads = {row[0] for row in pipeline.query(f"select distinct load_id from ingestion_log where source_key like '{folder}/%'")}
    assert pipeline.keys("state/queue/") == []
    note(f"{uploads} uploads at once, {454 * uploads:,} rows", f"each row once, in {len(loads)} loads", cost(measured))


def test_a_sheet_as_large_as_a_sheet_can_be(stack, pipeline, note, pytestconfig, tmp_path):
    base, rows = free_base(), pytestconfig.getoption("--rows")
    path, key = tmp_path / "large.xlsx", f"uploads/{uuid.uuid4().hex[:8]}/orders.xlsx"
    write_orders(path, base, rows)
    size_mb = path.stat().st_size / _MIB

    with watched(stack) as measured:
        stack.client("s3").upload_file(str(path), LAKE, key)
        version = stack.client("s3").head_object(Bucket=LAKE, Key=key)["VersionId"]
        ended = attempt_of(stack, key, version).ended(3600)

    assert ended.status == "SUCCEEDED", ended
    expected = (str(rows), str(rows), f"{rows * 5 + rows // 2}.{'00' if rows % 2 == 0 else '50'}")
    within = f"between {base} and {base + rows}"
    assert pipeline.query(f"select count(*), count(distinct order_id), sum(total_amount) from orders where order_id {within}") == [expected]
    upload = ended.output["upload_id"]
    assert pipeline.query(f"select rows_read, inserted from ingestion_log where upload_id = '{upload}'") == [(str(rows),) * 2]
    note(f"one sheet of {rows + 1:,} lines, {size_mb:.0f} MB", "every row in the table, and their sum", cost(measured))


def write_orders(path, base, rows):
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("2032-04")
    sheet.append(shop.ORDERS)
    for n in range(rows):
        day = f"2032-04-{n % 30 + 1:02d}"
        sheet.append([n % 100 + 1, base + n, n % 5000, f"{day}T{n % 24:02d}:15:00", 5.5, day])
    book.save(path)
