"""One delivered export: its name, its bytes, whose it is, and what reading it gave."""

import codecs
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import PurePosixPath
from typing import BinaryIO, cast

import polars as pl

from transforms.declared import Declared
from transforms.diaries.delivery import Delivery
from transforms.diaries.identity import People, is_code, match_ids
from transforms.diaries.sheet import Sheet, read_sheet, rejected_rows, with_names
from transforms.diaries.workbook import OLE_HEAD, ZIP_HEAD, is_workbook, worksheets_of
from transforms.errors import InputError
from transforms.parameters.exposures import ExposureParameters
from transforms.schema import REJECTED_ENTRY, empty

_OF_A_WORKBOOK = ("[Content_Types].xml", "content.xml")
_HEAD_BYTES = 65_536
_PACKED = frozenset((".xml", ".csv", ".json", ".tsv", ".xlsx", ".xpt"))
LARGEST_TABLE_BYTES = 1 << 29
"""A table or list that is larger is none: it is passed over."""
_PACKED_ALONE = ((b"\xfd7zXZ\x00", lzma.open), (b"\x1f\x8b", gzip.open))
"""How a single packed file begins (xz, gzip), and what opens it."""


@dataclass(frozen=True, kw_only=True)
class ImportFile:
    """A file below ``imports/``; ``open`` gives its bytes from the start, every time it is called."""

    name: str
    """Relative to the study folder, with forward slashes."""
    open: Callable[[], BinaryIO]
    delivery: Delivery = field(default_factory=Delivery, compare=False)
    """What it holds and what of that is read, once it was."""

    def head(self) -> bytes:
        """Return the first bytes; those of a text in UTF-16, as Qualtrics writes tabs, in UTF-8."""
        with self.open() as stream:
            first = stream.read(_HEAD_BYTES)
        if first[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
            return first.decode("utf-16", errors="ignore").encode()
        return first

    def content(self) -> bytes:
        """Return all bytes; for files that are small by nature."""
        with self.open() as stream:
            return stream.read()


@dataclass(frozen=True, kw_only=True)
class ImportContext:
    """What an importer must know of the study."""

    people: People
    parameters: ExposureParameters
    declared: Declared = field(default_factory=Declared)


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What reading gave: frames by dataset, and the cells that could not be used."""

    frames: Mapping[str, Sequence[pl.DataFrame]] = field(default_factory=dict)
    rejected: pl.DataFrame = field(default_factory=lambda: empty(REJECTED_ENTRY))

    @property
    def entry_count(self) -> int:
        """Count the rows of all datasets."""
        return sum(frame.height for frames in self.frames.values() for frame in frames)


def one_frame(dataset: str, read: tuple[pl.DataFrame, pl.DataFrame]) -> Imported:
    """Wrap the rows and rejected entries of one dataset."""
    return Imported(frames={dataset: [read[0]]}, rejected=read[1])


def together(parts: Sequence[Imported]) -> Imported:
    """Put the results of several files together."""
    frames: dict[str, list[pl.DataFrame]] = {}
    for part in parts:
        for dataset, added in part.frames.items():
            frames.setdefault(dataset, []).extend(added)
    return Imported(
        frames=frames, rejected=pl.concat([empty(REJECTED_ENTRY), *(part.rejected for part in parts)])
    )


def refused(file_name: str, reason: str, line_number: int | None = None) -> Imported:
    """Return that a whole file, or a part of it, is of no use."""
    row = pl.DataFrame(
        {"line_number": [line_number], "reason": [reason]},
        schema={"line_number": pl.Int64, "reason": pl.String},
    )
    return Imported(rejected=rejected_rows(row, file_name))


def unpacked(file: ImportFile) -> list[ImportFile]:
    """Return the files of a zip archive that may hold entries, or the file itself where it is none.

    A single file packed by xz or gzip is opened as what it packs, under its own name.

    Archives come as they are downloaded (Apple Health's export.zip, an account's data). Maps, pictures and documents
    in them are passed over, and so is a table or list that is too large to be one.
    """
    head = file.head()
    for begins, opened in _PACKED_ALONE:
        if head.startswith(begins):
            return [ImportFile(name=file.name, open=partial(_open_packed, file, opened))]
    if head[:4] == OLE_HEAD:
        return _worksheets_as_files(file)
    if head[:4] != ZIP_HEAD:
        return [file]
    try:
        with file.open() as stream, zipfile.ZipFile(stream) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
    except (zipfile.BadZipFile, OSError):
        return [file]
    if any(member.filename in _OF_A_WORKBOOK for member in members):
        return _worksheets_as_files(file)
    return [
        ImportFile(name=f"{file.name}/{member.filename}", open=partial(_open_member, file, member.filename))
        for member in members
        if (suffix := PurePosixPath(member.filename).suffix.lower()) in _PACKED
        and not PurePosixPath(member.filename).name.startswith((".", "export_cda"))
        and (suffix == ".xml" or member.file_size <= LARGEST_TABLE_BYTES)
    ]


def _open_packed(file: ImportFile, opened: Callable[[BinaryIO], object]) -> BinaryIO:
    return cast("BinaryIO", opened(file.open()))


def _worksheets_as_files(file: ImportFile) -> list[ImportFile]:
    """Return the sheets of a workbook, each as the table of text that it is; a single one keeps the file's name.

    A workbook that cannot be read is returned as it is, for its bytes to be refused.
    """
    try:
        sheets = worksheets_of(file.content(), file.name)
    except InputError:
        return [file]
    if len(sheets) == 1:
        return [ImportFile(name=file.name, open=partial(io.BytesIO, sheets[0][1]))]
    return [
        ImportFile(name=f"{file.name}/{name.strip().replace('/', '_')}", open=partial(io.BytesIO, content))
        for name, content in sheets
    ]


def _open_member(file: ImportFile, member: str) -> BinaryIO:
    archive = zipfile.ZipFile(file.open())
    return cast("BinaryIO", archive.open(member))


def person_of(file: ImportFile, people: People) -> str | None:
    """Return whose export it is: ``imports/<source>/<participant_id>/...`` or ``.../<participant_id>[_anything].<ext>``."""
    parts = PurePosixPath(file.name).parts
    below = (parts[2:] or parts[1:]) if parts and parts[0] == "imports" else parts
    stem = PurePosixPath(below[-1]).name.split(".")[0] if below else ""
    folders = [part.removesuffix(".zip") for part in below[:-1]]
    candidates = [*folders, stem, stem.split("__")[0], stem.split("_")[0], stem.split("-")[0]]
    known = people.participants["participant_id"]
    if known.is_empty():  # nothing vouches that a folder is not called after its owner
        told = pl.DataFrame({"id": candidates[:1]}).filter(is_code(pl.col("id")))
        return str(told["id"][0]) if told.height and told["id"][0] else None
    for found in match_ids(pl.Series(candidates, dtype=pl.String), known):
        if found is not None:
            return str(found)
    return None


NOBODYS = "whose export is this? list the participant, and name the folder or the file after the participant, as in imports/fitbit/P01/sleep.json"


def open_table(file: ImportFile, required: Sequence[str] = (), *, may_repeat: bool = False) -> Sheet:
    """Read a delimited text file into text cells, as an export."""
    sheet = read_sheet(file.content(), file.name, required, may_repeat=may_repeat)
    file.delivery.deliver(sheet.columns, sheet.delivery.row_count or 0)
    return replace(sheet, is_export=True, delivery=file.delivery)


def header_of(head: bytes) -> frozenset[str]:
    """Return the column names in the first line of a delimited text; none of what is no text."""
    if is_workbook(head):
        return frozenset()
    first = head.split(b"\n", 1)[0]
    return frozenset(read_sheet(first + b"\n", "", may_repeat=True).columns)


def of_person(sheet: Sheet, participant_id: str) -> Sheet:
    """Add the column ``participant_id``, the same in every row."""
    rows = sheet.rows.with_columns(pl.lit(participant_id).alias("participant_id"))
    return replace(
        sheet, rows=rows, columns=(*(c for c in sheet.columns if c != "participant_id"), "participant_id")
    )


def renamed(sheet: Sheet, names: Mapping[str, str]) -> Sheet:
    """Keep the columns of ``names`` under our names, of several for one the first; all others are forgotten."""
    theirs_by_ours: dict[str, str] = {}
    for theirs, ours in names.items():
        if sheet.has(theirs):
            theirs_by_ours.setdefault(ours, theirs)
    kept = {theirs: ours for ours, theirs in theirs_by_ours.items()}
    sheet.delivery.know(names)
    rows = sheet.rows.select("line_number", "is_refused", *kept)
    return with_names(replace(sheet, rows=rows, columns=tuple(kept)), kept)
