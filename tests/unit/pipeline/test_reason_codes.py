"""The page of the reason codes says what the one table of rules.py says."""

import re
from pathlib import Path

from lakehouse import row_rules, rules

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "reason-codes.md").read_text(encoding="utf-8")
LINE = re.compile(r"^\| `(?P<code>[A-Z0-9_]+)` \| (?P<outcome>[A-Z]+) \| (?P<text>.+?) \| (?P<example>.+) \|$", re.MULTILINE)


def test_the_page_lists_exactly_the_table_in_its_order_and_words():
    listed = [(line["code"], line["outcome"], line["text"]) for line in LINE.finditer(PAGE)]

    assert listed == [(rule.code, rule.outcome, rule.text.replace("|", "\\|")) for rule in rules.RULES.values()]


def test_every_code_has_an_example():
    assert [line["code"] for line in LINE.finditer(PAGE) if line["example"].strip() in {"", "TODO"}] == []


def test_every_code_that_a_rule_gives_is_in_the_table():
    given = {code for table in (rules.FILE_RULES, rules.SHEET_RULES) for code, _ in table}
    written = set(re.findall(r'"([A-Z]+(?:_[A-Z0-9]+)+)"', Path(row_rules.__file__).read_text(encoding="utf-8")))

    assert given | written <= set(rules.RULES), (given | written) - set(rules.RULES)
