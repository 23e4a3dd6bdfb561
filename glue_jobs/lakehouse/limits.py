"""How much a file may ask of its reader, and the two ways in which reading ends early.

Every number here bounds memory, time or disk whatever the file claims about itself: readers count what really comes.
"""

from __future__ import annotations

# Source: https://support.microsoft.com/en-us/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3 (as at 2026-11-25)
MOST_ROWS_OF_A_SHEET = 1_048_576
MOST_COLUMNS_OF_A_SHEET = 16_384

# A file's own bytes, and what a workbook may unpack to. A full sheet of orders is 0.3 GiB of XML.
MOST_FILE_BYTES = 4 * 1024**3
MOST_UNPACKED_BYTES = 4 * 1024**3
# Text is written out again with about 70 more bytes a row, and the job that does it has 20 GB of disk.
MOST_TEXT_BYTES = 2 * 1024**3
MOST_RATIO = 250.0  # the densest real workbook reaches 69
MOST_MEMBERS = 10_000

# Excel stops at 32,767 characters a cell.
MOST_CHARACTERS_OF_A_CELL = 1024**2
# Of a line of text with all its fields. An endless one has to end somewhere.
MOST_CHARACTERS_OF_A_ROW = 4 * 1024**2
# Shared strings are the one part of a workbook that has to be in memory; these make at most about 3 GB of it.
MOST_SHARED_STRING_BYTES = 512 * 1024**2
# A shared string can stand in every cell, so a small file could fill a disk with one long string: so many times its own sheet's bytes may come out.
MOST_CHARACTERS_PER_SHEET_BYTE = 10
# A part that lists things: sheets, relationships, styles; and the zip's own list of its members.
MOST_LIST_BYTES = 16 * 1024**2
MOST_DIRECTORY_BYTES = 16 * 1024**2
MOST_SHEETS = 1000
MOST_CHARACTERS_OF_A_SHEET_NAME = 255  # Excel's is 31
MOST_CHARACTERS_OF_A_FORMAT = 255

# A tag with all its attributes: expat holds one as a whole.
MOST_BYTES_OF_A_TAG = 4 * 1024**2
MOST_NESTED_TAGS = 256
MOST_BYTES_BEFORE_A_ROOT = 1024**2


class LimitError(Exception):
    """The file asks for more than any file may."""


class UnreadableError(Exception):
    """The file starts as a workbook but cannot be read to its end."""
