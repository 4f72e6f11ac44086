"""The survey's files: SAS transport files of version 5, or the same tables as CSV; only wanted columns are kept."""

import csv
import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO

import polars as pl

from transforms.imports.files import LARGEST_TABLE_BYTES, ImportFile
from transforms.imports.nhanes.drugs import DRUG_ITEM
from transforms.imports.nhanes.items import person_items
from transforms.imports.nhanes.recalls import is_recall_item

if TYPE_CHECKING:
    import pandas as pd

_XPT = b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!"
_RECORD = b"HEADER RECORD*******%s HEADER RECORD!!!!!!!"
_RECORD_BYTES = 80
_HEAD_BYTES = 1 << 20
"""More than the names of any table's columns take."""
_CUT = "it ends in the middle of a row, cut while it was copied? nothing of it is read; fetch it anew"
_CHUNK_ROWS = 20_000
_TINY = 1e-70
"""The transport format cannot write zero; it stands there as 5.4e-79."""
_LONGEST_NUMBER = 6
"""Figures of a respondent's number: those of 1999 to 2023 have up to six."""
_EMPTY = ("", "NA", ".")
"""What stands for no answer in tables that R, SAS or the survey's page wrote."""
_CYCLE_LETTER = re.compile(r"[_.]([a-j])\.(?:csv|xpt)\b", re.IGNORECASE)
_FIRST_YEAR = 1999


class SurveyFileError(ValueError):
    """A file that is none of the survey's, or no whole one; the message says why."""


@dataclass(frozen=True)
class SurveyTable:
    """One file: wanted columns as numbers, names of drugs as text, and what could not be read."""

    rows: pl.DataFrame
    """SEQN as text, never empty."""
    nobodys_count: int
    unread_count: int
    """Cells with a text where a number belongs."""


def recognises_nhanes(head: bytes) -> bool:
    """Tell a SAS transport file (version 5), or a CSV made of one."""
    return head.startswith(_XPT) or head.lstrip(b'\xef\xbb\xbf"').startswith((b"SEQN,", b'SEQN",'))


def cycle_of_name(file_name: str) -> str | None:
    """Return the cycle that the survey's own file names tell by their letter (``SLQ_D.xpt``); None without one."""
    found = _CYCLE_LETTER.search(PurePosixPath(file_name).name)
    if found is None:
        return None
    first = _FIRST_YEAR + 2 * (ord(found[1].lower()) - ord("a"))
    return f"{first}-{first + 1}"


def survey_table(file: ImportFile) -> SurveyTable:
    """Return the wanted columns of a file, whole: the foods of one respondent stand in many rows.

    Raises SurveyFileError where the file is larger than any table of the survey, was cut, or has no column SEQN.
    """
    names, rows = _transport_table(file) if file.head().startswith(_XPT) else _text_table(file)
    file.delivery.deliver(names, rows.height)
    file.delivery.ask(*rows.columns)
    return _typed(rows)


def _transport_table(file: ImportFile) -> tuple[Sequence[str], pl.DataFrame]:
    """Return the names of all columns, and the wanted columns."""
    with file.open() as stream:
        if _ends_within_a_row(stream):
            raise SurveyFileError(_CUT)
    import pandas as pd  # two seconds, for who has a transport file

    with (
        file.open() as stream,
        closing(pd.read_sas(stream, format="xport", chunksize=_CHUNK_ROWS, encoding="latin-1")) as parts,
    ):
        names: list[str] = []
        wanted = [pl.DataFrame()]
        # a chunk holds all columns as they are written, of which a tenth is wanted
        for part in parts:
            names = list(part.columns)
            wanted.append(pl.DataFrame({name: _column(part[name]) for name in names if _is_wanted(name)}))
        return names, pl.concat(wanted, how="diagonal")


def _ends_within_a_row(stream: BinaryIO) -> bool:
    """Tell a transport file that was cut: it ends in the middle of a record, or of a row.

    It says nowhere how many rows it has; after the last whole one stand blanks up to the end of a record.
    Source: SAS TS-140, the record layout of a data set in SAS transport format.
    """
    head = stream.read(_HEAD_BYTES)
    member, names, rows = (head.find(_RECORD % kind) for kind in (b"MEMBER ", b"NAMESTR", b"OBS    "))
    if min(member, names, rows) < 0:
        return True
    size_of_name, first = int(head[member + 75 : member + 78]), names + _RECORD_BYTES
    row_bytes = sum(
        int.from_bytes(head[place + 4 : place + 6], "big")
        for place in range(first, first + size_of_name * int(head[names + 54 : names + 58]), size_of_name)
    )
    begins, size = rows + _RECORD_BYTES, stream.seek(0, 2)
    stream.seek(begins + (size - begins) // row_bytes * row_bytes)
    return size % _RECORD_BYTES > 0 or bool(stream.read().strip(b" "))


def _text_table(file: ImportFile) -> tuple[Sequence[str], pl.DataFrame]:
    """Return the names of all columns, and the wanted columns."""
    with file.open() as stream:
        content = stream.read(LARGEST_TABLE_BYTES + 1)
    if len(content) > LARGEST_TABLE_BYTES:
        raise SurveyFileError("larger than any table of the survey")
    header = pl.read_csv(content[: content.find(b"\n") + 1] or content, infer_schema=False).columns
    last = content[content.rfind(b"\n") + 1 :].decode("latin-1")
    if last and len(next(csv.reader([last]))) < len(header):
        raise SurveyFileError(_CUT)
    # a table of foods has a hundred columns, of which twelve are wanted
    wanted = [name for name in header if _is_wanted(name)]
    rows = pl.read_csv(content, columns=wanted, infer_schema=False) if wanted else pl.DataFrame()
    return header, rows


def _column(part: "pd.Series[Any]") -> pl.Series:
    if part.dtype.kind == "f":
        return pl.Series(part.to_numpy())
    return pl.Series([str(cell).strip() for cell in part])


def _is_wanted(name: str) -> bool:
    return name in {"SEQN", DRUG_ITEM} or name in person_items() or is_recall_item(name)


def _typed(frame: pl.DataFrame) -> SurveyTable:
    if "SEQN" not in frame.columns:
        raise SurveyFileError("no column SEQN, the respondent's number")
    numbers = [name for name in frame.columns if name != DRUG_ITEM]
    written = pl.when(~pl.col(pl.String).str.strip_chars().is_in(_EMPTY)).then(pl.col(pl.String)).name.keep()
    texts = (
        frame.select(numbers).select(written)
        if frame.select(numbers).select(pl.col(pl.String)).width
        else None
    )
    exact = frame.select(pl.col(numbers).cast(pl.Float64, strict=False).fill_nan(None)).select(
        pl.when(pl.all().abs() < _TINY).then(0.0).otherwise(pl.all()).name.keep()
    )
    unread = 0
    if texts is not None:
        unread = sum(
            int((texts[name].is_not_null() & exact[name].is_null()).sum())
            for name in texts.columns
            if name != "SEQN"
        )
    seqn = pl.col("SEQN")
    is_number = (seqn == seqn.round(0)) & seqn.is_between(1, 10**_LONGEST_NUMBER - 1)
    rows = exact.with_columns(pl.when(is_number).then(seqn).cast(pl.Int64).cast(pl.String))
    if DRUG_ITEM in frame.columns:
        rows = rows.with_columns(frame[DRUG_ITEM].str.strip_chars().alias(DRUG_ITEM))
    nobodys = rows["SEQN"].null_count()
    return SurveyTable(rows.drop_nulls("SEQN"), nobodys, unread)
