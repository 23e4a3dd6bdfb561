"""The `.metadata` file beside a result: a protobuf message without a published schema, read by the JDBC driver.

    1 query id, 2 update type, 3 update count, 4 repeated column
    column: 1 catalog, 4 name, 5 label, 6 type, 7 precision, 8 scale, 9 nullable (3: unknown), 10 case sensitive

Source: files that AWS wrote, as decoded and published (2026-10).
"""

from collections.abc import Sequence

from lakestack_aws.athena.column_info import Column

_VARINT, _BYTES = 0, 2
_NULLABLE_UNKNOWN = 3


def metadata_body(query_id: str, columns: Sequence[Column], *, update_type: str = "", update_count: int | None = None) -> bytes:
    """Return the file's bytes."""
    body = _text(1, query_id)
    if update_type:
        body += _text(2, update_type)
    if update_count is not None:
        body += _number(3, update_count)
    return body + b"".join(_bytes(4, _column(column)) for column in columns)


def _column(column: Column) -> bytes:
    return b"".join(
        (
            _text(1, "hive"),
            _text(4, column.name),
            _text(5, column.name),
            _text(6, column.type),
            _number(7, column.precision),
            _number(8, column.scale),
            _number(9, _NULLABLE_UNKNOWN),
            _number(10, int(column.is_case_sensitive)),
        )
    )


def _text(field: int, value: str) -> bytes:
    return _bytes(field, value.encode())


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | _BYTES) + _varint(len(value)) + value


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3 | _VARINT) + _varint(value)


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
