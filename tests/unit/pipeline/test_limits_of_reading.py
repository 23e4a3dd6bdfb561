"""What would hurt its reader is refused before it does: in a child process that has 200 MB of address space and 20 seconds of CPU time."""

import json
import os
import random
import resource
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from lakehouse.limits import MOST_CHARACTERS_OF_A_CELL, MOST_CHARACTERS_OF_A_ROW, MOST_MEMBERS

from tests.support import raw_workbooks as raw
from tests.support.raw_workbooks import PRODUCT_HEADER, header_row, inline, sheet

ROOT = Path(__file__).parents[3]
MB = 1024**2
ADDRESS_SPACE_MB = 200
CPU_SECONDS = 20
HEADER = ",".join(PRODUCT_HEADER) + "\n"
CONVERT = """
import json, sys
from pathlib import Path
from lakehouse import converter
done = converter.convert(Path(sys.argv[1]), "products.data", Path(sys.argv[2]))
# Not ru_maxrss, which a process has from its parent.
peak_kb = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps({"outcome": done.outcome, "reason": done.reason, "text": done.text, "rows": [s.rows_read for s in done.sheets], "peak_kb": peak_kb}))
"""


def _limit():
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_MB * MB, ADDRESS_SPACE_MB * MB))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))


@pytest.fixture
def convert(tmp_path):
    """Convert a file in a child of little memory and time."""
    (tmp_path / "out").mkdir()

    def run(path):
        done = subprocess.run(
            [sys.executable, "-c", CONVERT, str(path), str(tmp_path / "out")],
            env={**os.environ, "PYTHONPATH": str(ROOT / "glue_jobs")},
            preexec_fn=_limit,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout)

    return run


def stored(path, members):
    """Write members as they are: no ratio gives them away."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def plain():
    return raw.parts(sheet(header_row() + "<row><c><v>1</v></c></row>"))


def patched(path, name, at_offsets, value):
    """Overwrite a 32-bit field of a member, in the central directory and its own header: {signature: offset of the field}."""
    content = bytearray(path.read_bytes())
    for signature, offset, name_offset in at_offsets:
        at = content.find(signature)
        while at >= 0 and content[at + name_offset : at + name_offset + len(name)] != name.encode():
            at = content.find(signature, at + 4)
        content[at + offset : at + offset + 4] = struct.pack("<L", value)
    path.write_bytes(content)
    return path


CENTRAL_SIZE, LOCAL_SIZE, CENTRAL_PLACE = (b"PK\x01\x02", 24, 46), (b"PK\x03\x04", 22, 30), (b"PK\x01\x02", 42, 46)


# zips


def a_ratio(path):
    return raw.write(path, {**plain(), "xl/media/image.bin": b"\0" * 16 * MB})


def more_than_declared(path):
    big = sheet(header_row() + " " * 30 * MB)
    return patched(raw.write(path, raw.parts(big)), "xl/worksheets/sheet1.xml", (CENTRAL_SIZE, LOCAL_SIZE), 5000)


def sizes_of_gigabytes(path):
    made = raw.write(path, {**plain(), "xl/a.bin": b"1", "xl/b.bin": b"2"})
    for name in ("xl/a.bin", "xl/b.bin"):
        patched(made, name, (CENTRAL_SIZE,), 2**32 - 2)
    return made


def overlapping_members(path):
    made = raw.write(path, {**plain(), "xl/copy.bin": b"x"})
    return patched(made, "xl/copy.bin", (CENTRAL_PLACE,), 0)


def members_without_end(path):
    return raw.write(path, {**plain(), **{f"xl/m{n}.bin": b"" for n in range(MOST_MEMBERS)}})


def a_directory_without_end(path):
    return raw.write(path, {**plain(), **{f"xl/{'long' * 500}{n}.bin": b"" for n in range(9000)}})


def names_that_leave(path):
    return raw.write(path, {**plain(), "xl/../../etc/passwd": b"x"})


def names_that_leave_by_backslash(path):
    return raw.write(path, {**plain(), "xl\\..\\..\\x": b"x"})


def another_compression(path):
    made = raw.write(path, plain())
    with zipfile.ZipFile(made, "a", zipfile.ZIP_LZMA) as archive:
        archive.writestr("xl/x.xml", "<x/>")
    return made


# XML

LAUGHS = "<!DOCTYPE x [<!ENTITY a0 'ha'>" + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10)) + "]>"


def entities_in(member):
    def make(path):
        members = {**raw.parts(sheet(header_row()), strings="<si><t>a</t></si>", styles="<cellXfs/>")}
        content = members[member].removeprefix('<?xml version="1.0" encoding="UTF-8"?>')
        return raw.write(path, {**members, member: LAUGHS + content})

    return make


def a_late_document_type(path):
    return stored(path, raw.parts(f"<!--{'x' * 2 * MB}-->{LAUGHS}{sheet(header_row()).partition('?>')[2]}"))


def deep_nesting(path):
    return stored(path, raw.parts(sheet(header_row() + "<row>" + "<a>" * 3 * MB)))


def nested_cells(path):
    return stored(path, raw.parts(sheet(header_row() + "<row>" + "<c>" * 3 * MB)))


def a_giant_attribute(path):
    return stored(path, raw.parts(sheet(f'{header_row()}<row x="{"y" * 60 * MB}"/>')))


def a_giant_comment(path):
    return stored(path, raw.parts(sheet(f"{header_row()}<!--{'y' * 60 * MB}-->")))


def a_giant_cell(path):
    return stored(path, raw.parts(sheet(f"{header_row()}<row>{inline('y' * 60 * MB)}</row>")))


def a_giant_shared_string(path):
    return stored(path, raw.parts(sheet(header_row()), strings=f"<si><t>{'y' * 60 * MB}</t></si>"))


def one_string_everywhere(path):
    rows = ("<row>" + '<c t="s"><v>0</v></c>' * 4 + "</row>") * 5000
    return stored(path, raw.parts(sheet(header_row() + rows), strings=f"<si><t>{'y' * 30000}</t></si>"))


def sheets_without_end(path):
    return stored(path, raw.parts(sheet(header_row()), book=f"<x>{'<sheet name="a"/>' * 5000}</x>"))


def one_sheet_many_times(path):
    return stored(path, raw.parts(sheet(header_row()), book='<sheet name="x" xmlns:q="q" q:id="rId1"/>'))


def a_format_that_takes_for_ever(path):
    styles = f'<numFmts><numFmt numFmtId="164" formatCode="{"[" * 3 * MB}"/></numFmts><cellXfs><xf numFmtId="164"/></cellXfs>'
    return stored(path, raw.parts(sheet(header_row() + '<row><c s="0"><v>1</v></c></row>'), styles=styles))


def a_column_too_far(path):
    return raw.write(path, raw.parts(sheet(f'{header_row()}<row r="2"><c r="XFE2"><v>1</v></c></row>')))


def a_column_of_a_long_name(path):
    return raw.write(path, raw.parts(sheet(f'{header_row()}<row r="2"><c r="{"Z" * 1000}2"><v>1</v></c></row>')))


def cells_without_end(path):
    return raw.write(path, raw.parts(sheet(f"{header_row()}<row>{'<c><v>1</v></c>' * 16385}</row>")))


def a_row_too_far(path):
    return raw.write(path, raw.parts(sheet(f'{header_row()}<row r="1048577"><c><v>1</v></c></row>')))


def rows_without_end(path):
    return raw.write_rows(path, [header_row(), '<row r="1048576"><c><v>1</v></c></row>', "<row><c><v>1</v></c></row>"])


# text


def an_endless_line(path):
    path.write_bytes(HEADER.encode() + b"x" * 60 * MB)
    return path


def endless_fields(path):
    path.write_bytes(HEADER.encode() + b"," * 60 * MB)
    return path


def an_endless_quoted_field(path):
    path.write_bytes(HEADER.encode() + b'1,1,a,"' + b"x\n" * 30 * MB)
    return path


def endless_quoted_fields(path):
    path.write_bytes(HEADER.encode() + b'"x\n",' * 12 * MB)
    return path


def an_endless_header(path):
    path.write_bytes(b"x" * 60 * MB)
    return path


REFUSED = [
    a_ratio, more_than_declared, sizes_of_gigabytes, overlapping_members, members_without_end, a_directory_without_end, names_that_leave,
    names_that_leave_by_backslash, another_compression, a_late_document_type, deep_nesting, nested_cells, a_giant_attribute, a_giant_comment,
    a_giant_cell, a_giant_shared_string, one_string_everywhere, sheets_without_end, one_sheet_many_times, a_column_too_far, a_column_of_a_long_name,
    cells_without_end, a_row_too_far, rows_without_end, an_endless_line, endless_fields, an_endless_quoted_field, endless_quoted_fields,
    an_endless_header,
]  # fmt: skip
PARTS = ["_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"]


@pytest.mark.parametrize("make", REFUSED, ids=lambda make: make.__name__)
def test_case_20_and_21_a_bomb_is_refused_before_it_hurts(convert, tmp_path, make):
    converted = convert(make(tmp_path / "bomb"))

    assert (converted["outcome"], converted["reason"]) == ("QUARANTINE", "LIMIT"), converted
    assert len(converted["text"]) < 500


@pytest.mark.parametrize("member", PARTS)
def test_case_20_entities_are_refused_in_every_part(convert, tmp_path, member):
    assert convert(entities_in(member)(tmp_path / "bomb"))["reason"] == "LIMIT"


def blanks_inside_a_cell(path):
    half = " " * (MOST_CHARACTERS_OF_A_CELL // 2 - 10)
    return stored(path, raw.parts(sheet(f"{header_row()}<row>{inline(f'a{half}b{half}')}</row>")))


def a_nested_zip(path):
    inner = raw.write(path.with_name("inner"), {"x": b"\0" * 8 * MB}).read_bytes()
    return stored(path, {**plain(), "xl/embeddings/inner.zip": inner})


def a_blank_in_the_last_cell(path):
    cell = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t> </t></is></c></row>'
    return raw.write(path, raw.parts(sheet(f"{header_row()}<row><c><v>1</v></c></row>{cell}")))


def a_line_of_the_most_characters(path):
    path.write_text(HEADER + "x" * (MOST_CHARACTERS_OF_A_ROW - 1) + "\n", encoding="utf-8")
    return path


READ = [a_nested_zip, a_blank_in_the_last_cell, a_format_that_takes_for_ever, blanks_inside_a_cell, a_line_of_the_most_characters]


@pytest.mark.parametrize("make", READ, ids=lambda make: make.__name__)
def test_what_only_looks_like_a_bomb_is_read(convert, tmp_path, make):
    converted = convert(make(tmp_path / "file"))

    assert (converted["outcome"], converted["rows"]) == ("OK", [1]), converted


def test_case_21_rows_that_all_end_in_the_last_column_are_read_in_bounded_memory(convert, tmp_path):
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c><c r="XFD{n}"><v>1</v></c></row>' for n in range(2, 3002))

    converted = convert(raw.write(tmp_path / "wide", raw.parts(sheet(header_row(1) + rows))))

    assert converted["rows"] == [3000]


@pytest.mark.parametrize(
    "cell", ["<c><v>{}</v></c>", "<c><f>A1</f></c>", '<c t="e"><v>#N/A</v></c>'], ids=["numbers", "formulas without values", "errors"]
)
def test_case_21_memory_does_not_grow_with_the_rows(convert, tmp_path, cell):
    def rows(count):
        yield header_row()
        for number in range(count):
            yield f"<row>{cell.format(number) * 4}</row>"

    few = convert(raw.write_rows(tmp_path / "few", rows(2_000)))
    many = convert(raw.write_rows(tmp_path / "many", rows(30_000)))

    assert (few["rows"], many["rows"]) == ([2_000], [30_000])
    assert many["peak_kb"] - few["peak_kb"] < 8 * 1024, (few, many)


@pytest.mark.slow
def test_case_21_a_sheet_of_as_many_rows_as_there_can_be_is_read_in_bounded_memory(convert, tmp_path):
    chance = random.Random(21)

    def rows():
        yield header_row()
        for number in range(1, 1_048_576):
            yield f'<row r="{number + 1}"><c><v>{number}</v></c><c><v>{chance.randint(1, 9)}</v></c>{inline("Toys")}{inline(f"Product {number}")}</row>'

    path = raw.write_rows(tmp_path / "full", rows(), '<dimension ref="A1:B2"/>')
    done = subprocess.run(
        [sys.executable, "-c", CONVERT, str(path), str(tmp_path / "out")],
        env={**os.environ, "PYTHONPATH": str(ROOT / "glue_jobs")}, capture_output=True, text=True, timeout=250, check=False,
    )  # fmt: skip

    converted = json.loads(done.stdout)
    assert converted["rows"] == [1_048_575]
    assert converted["peak_kb"] < 100 * 1024
