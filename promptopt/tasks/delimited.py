"""Loader of CSV and TSV: a line of column names, then one example a row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from promptopt.errors import InputError
from promptopt.tasks.table import Row, Table
from promptopt.tasks.text_file import read_text

_NAMES = {",": "commas", "\t": "tabs", ";": "semicolons"}


def read_delimited(path: Path, delimiter: str) -> Table:
    """Read a file with `delimiter` (a comma or a tab) between its columns.

    Cells may be quoted with `"` and then hold delimiters and line ends. Blank rows are
    skipped. If the line of names lacks the delimiter but has another one, that one is taken,
    with a note. A tab-separated file that cannot be read with quotes is read without.

    Raises:
        InputError: what `read_text` raises; a quote that is not closed, a row with another
            number of cells than there are names, two columns of one name, no row.
    """
    return parse_delimited(read_text(path), str(path), delimiter)


def parse_delimited(text: str, source: str, delimiter: str) -> Table:
    """`read_delimited` on a text that was read from `source`."""
    notes = []
    expected = delimiter
    first_line = text.lstrip("\r\n").splitlines()[0]
    if expected not in first_line:
        delimiter = next((each for each in _NAMES if each in first_line), expected)
        if delimiter != expected:
            notes.append(f"The columns are separated by {_NAMES[delimiter]}.")
    try:
        names, rows = _rows(text, source, delimiter, True)
    except InputError:
        if delimiter != "\t":
            raise
        try:
            names, rows = _rows(text, source, delimiter, False)
        except InputError:
            pass
        else:
            notes.append("Quotation marks are taken as text, since they do not pair up.")
            return _table(source, delimiter, names, rows, notes)
        raise
    return _table(source, delimiter, names, rows, notes)


def parse_headless(text: str, source: str, names: tuple[str, ...]) -> Table:
    """A CSV text without a line of names, whose columns are these.

    Raises:
        InputError: as `read_delimited`.
    """
    rows = _cells_of(_records(text, source, ",", True), names, source, ",")
    return Table(source, "CSV", names, rows, headless=True)


def _table(
    source: str, delimiter: str, names: tuple[str, ...], rows: tuple[Row, ...], notes: list[str]
) -> Table:
    kind = "TSV" if delimiter == "\t" else "CSV"
    return Table(source, kind, names, rows, notes=tuple(notes))


def _rows(
    text: str, source: str, delimiter: str, quoted: bool
) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    records = _records(text, source, delimiter, quoted)
    first = next(records, None)
    if first is None:
        raise InputError(f"{source} is empty")
    header_line, header = first
    names = tuple(name.strip() for name in header)
    for index, name in enumerate(names):
        if name and name in names[:index]:
            raise InputError(f"{source}:{header_line}: two columns are named {name!r}; rename one")
    rows = _cells_of(records, names, source, delimiter)
    if not rows:
        raise InputError(f"{source} has a line of column names, but no examples below it")
    return tuple(name for name in names if name), rows


def _cells_of(
    records: Iterator[tuple[int, list[str]]], names: tuple[str, ...], source: str, delimiter: str
) -> tuple[Row, ...]:
    rows = []
    for line, cells in records:
        if len(cells) != len(names):
            raise InputError(
                f"{source}:{line}: the row has {_counted(len(cells), 'field')}, but there are "
                f"{_counted(len(names), 'column')}; quote cells that hold a "
                f"{'tab' if delimiter == chr(9) else repr(delimiter)}"
            )
        # A column without a name (an index, or a delimiter at the end of each line) has no role.
        rows.append(
            Row(
                f"{source}:{line}",
                {name: cell for name, cell in zip(names, cells, strict=True) if name},
            )
        )
    return tuple(rows)


def _records(
    text: str, source: str, delimiter: str, quoted: bool
) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, each with the number of the line that it begins on."""
    # Cells of any length; Python's own limit is 128 KiB. 2**31 - 1 is the most that a C long
    # holds everywhere.
    csv.field_size_limit(2**31 - 1)
    # csv handles line ends itself when they are left as they stand.
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
        strict=True,
    )
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InputError(f"{source}:{line}: {_explain(error)}") from error
        cells = [cell.replace("\r\n", "\n") for cell in cells]
        if any(cell.strip() for cell in cells):
            yield line, cells


def _explain(error: csv.Error) -> str:
    text = str(error)
    if "unexpected end of data" in text:
        return 'a quoted cell that begins in this row is never closed; add the missing "'
    if "expected after" in text:
        return (
            'a quoted cell goes on after its closing quotation mark; write a " within a cell as ""'
        )
    return f"the row cannot be read ({text})"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
