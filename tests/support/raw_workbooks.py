"""Workbooks written part by part, as no library would write them."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PRODUCT_HEADER = ["product_id", "department_id", "department", "product_name"]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT_TYPES = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def inline(text: str, reference: str = "") -> str:
    place = f' r="{reference}"' if reference else ""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return f'<c{place} t="inlineStr"><is><t xml:space="preserve">{escaped}</t></is></c>'


def header_row(number: int | None = None) -> str:
    place = f' r="{number}"' if number else ""
    return f"<row{place}>{''.join(inline(name) for name in PRODUCT_HEADER)}</row>"


def sheet(rows: str, before: str = "", namespace: str = MAIN) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{namespace}">{before}<sheetData>{rows}</sheetData></worksheet>'


def parts(
    sheet_xml: str | bytes,
    *,
    strings: str | None = None,
    styles: str | None = None,
    book: str = "",
    strict: bool = False,
    target: str = "worksheets/sheet1.xml",
) -> dict[str, str | bytes]:
    """Return {member: content} of a workbook with one sheet `s`.

    strings and styles are what stands inside <sst> and <styleSheet>; book goes before <sheets>.
    """
    types, namespace = (_STRICT_TYPES, STRICT) if strict else (_TYPES, MAIN)
    related = [("worksheet", target)]
    made: dict[str, str | bytes] = {
        "[Content_Types].xml": _content_types(strings, styles),
        "_rels/.rels": _relationships(types, [("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'<workbook xmlns="{namespace}" xmlns:r="{types}">{book}<sheets><sheet name="s" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": sheet_xml,
    }
    if strings is not None:
        made["xl/sharedStrings.xml"] = f'<sst xmlns="{namespace}">{strings}</sst>'
        related.append(("sharedStrings", "sharedStrings.xml"))
    if styles is not None:
        made["xl/styles.xml"] = f'<styleSheet xmlns="{namespace}">{styles}</styleSheet>'
        related.append(("styles", "styles.xml"))
    made["xl/_rels/workbook.xml.rels"] = _relationships(types, related)
    return made


def _content_types(strings: str | None, styles: str | None) -> str:
    names = [("/xl/workbook.xml", "sheet.main"), ("/xl/worksheets/sheet1.xml", "worksheet")]
    names += [("/xl/sharedStrings.xml", "sharedStrings")] * (strings is not None) + [("/xl/styles.xml", "styles")] * (styles is not None)
    overrides = "".join(f'<Override PartName="{name}" ContentType="{_CONTENT}.{kind}+xml"/>' for name, kind in names)
    defaults = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    defaults += '<Default Extension="xml" ContentType="application/xml"/>'
    return f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{defaults}{overrides}</Types>'


def _relationships(types: str, targets: Iterable[tuple[str, str]]) -> str:
    listed = "".join(f'<Relationship Id="rId{n}" Type="{types}/{kind}" Target="{target}"/>' for n, (kind, target) in enumerate(targets, start=1))
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{listed}</Relationships>'


def write(path: Path, members: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def write_rows(path: Path, rows: Iterable[str], before: str = "") -> Path:
    """Write a workbook whose one sheet is as long as rows; nothing of it is held."""
    members = parts("")
    members.pop("xl/worksheets/sheet1.xml")
    beginning, end = sheet("\n", before).split("\n")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as stream:
            stream.write(beginning.encode())
            for row in rows:
                stream.write(row.encode())
            stream.write(end.encode())
    return path
