"""What Athena answers, beside what was expected."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lakestack.lake.queries import ask

if TYPE_CHECKING:
    from lakestack.demo.expected import Expected

_LOADED = "select distinct content_hash, upload_id from ingestion_log where outcome in ('OK', 'WARN')"
_QUESTIONS = {
    "rows": """
        select 'products', count(*) from products
        union all select 'orders', count(*) from orders
        union all select 'order_items', count(*) from order_items""",
    "orders by day": "select cast(date as varchar), count(*) from orders group by 1",
    "cents of total_amount by day": "select cast(date as varchar), cast(sum(total_amount) * 100 as bigint) from orders group by 1",
    "items by day": "select cast(date as varchar), count(*) from order_items group by 1",
    "items by department": "select department, count(*) from order_items join products using (product_id) group by 1",
    "rows read": "select dataset, sum(rows_read) from ingestion_log where outcome in ('OK', 'WARN') group by 1",
    "rows that lost to another of their key": "select dataset, sum(duplicates) from ingestion_log where outcome in ('OK', 'WARN') group by 1",
    "rows rejected": "select dataset, count(*) from rejected_records where outcome = 'REJECT' group by 1",
    "items held": "select 'order_items', count(*) from held_order_items",
}


@dataclass(frozen=True)
class Compared:
    """One question.

    Attributes:
        question: In words.
        expected, found: By whatever the question groups by; zeros are left out.

    """

    question: str
    expected: Mapping[str, int]
    found: Mapping[str, int]

    @property
    def is_right(self) -> bool:
        return dict(self.expected) == dict(self.found)

    @property
    def total(self) -> int:
        return sum(self.found.values())

    @property
    def differences(self) -> list[str]:
        keys = sorted(set(self.expected) | set(self.found))
        pairs = {key: (self.expected.get(key, 0), self.found.get(key, 0)) for key in keys}
        return [f"{key}: expected {expected:,}, found {found:,}" for key, (expected, found) in pairs.items() if expected != found]


def nothing_else_was_loaded(athena: Any, files: Iterable[Path]) -> bool:
    """Tell whether the tables hold each file's rows once and no others, as the numbers expect."""
    loaded = sorted(str(content_hash) for content_hash, _ in ask(athena, _LOADED).rows)
    return loaded == sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in files)


def compare(athena: Any, expected: "Expected") -> Iterator[Compared]:
    """Ask each question and yield its answer beside the expected one."""
    accounts = expected.accounts
    wanted = {
        "rows": {dataset: account.kept for dataset, account in accounts.items()},
        "orders by day": expected.orders_by_day,
        "cents of total_amount by day": expected.cents_by_day,
        "items by day": expected.items_by_day,
        "items by department": expected.items_by_department,
        "rows read": {dataset: account.rows_read for dataset, account in accounts.items()},
        "rows that lost to another of their key": {dataset: account.duplicates for dataset, account in accounts.items()},
        "rows rejected": {dataset: account.rejected for dataset, account in accounts.items()},
        "items held": {"order_items": accounts["order_items"].held},
    }
    for question, sql in _QUESTIONS.items():
        found = {str(key): int(count or 0) for key, count in ask(athena, sql).rows}
        yield Compared(question, _without_zeros(wanted[question]), _without_zeros(found))


def _without_zeros(counts: Mapping[str, int]) -> dict[str, int]:
    return {key: count for key, count in counts.items() if count}
