"""Device files: bytes in, samples out. One module per format; the registry decides by content, then by suffix."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import BinaryIO

from transforms.errors import InputError
from transforms.parameters.reading import LENIENT_READING, ReadingParameters
from transforms.readers.archive import OpenFile, open_archive, pieces_of_recording, recordings_in
from transforms.readers.archive import looks_like as is_archive
from transforms.readers.archive import open_bundle as open_folder
from transforms.readers.axivity_cwa import AxivityReader
from transforms.readers.axivity_cwa import looks_like as is_axivity
from transforms.readers.column_map import ColumnMap, parse_column_map
from transforms.readers.genea_bin import GeneaReader
from transforms.readers.genea_bin import looks_like as is_genea
from transforms.readers.geneactiv_bin import GeneactivReader
from transforms.readers.geneactiv_bin import looks_like as is_geneactiv
from transforms.readers.measured import MeasuredReader
from transforms.readers.not_samples import COUNTS, kind_of, no_samples
from transforms.readers.omgui_wav import WavReader
from transforms.readers.omgui_wav import looks_like as is_wav
from transforms.readers.parmay_matrix import MatrixReader
from transforms.readers.parmay_matrix import looks_like as is_matrix
from transforms.readers.parquet_table import ParquetReader
from transforms.readers.parquet_table import looks_like as is_parquet
from transforms.readers.pieces import (
    GZIP_MAGIC,
    Gunzipped,
    head_of,
    plain,
    tail_of,
    tail_of_gzip,
    unzipped_bytes,
)
from transforms.readers.text_layout import looks_like_table
from transforms.readers.text_table import TextTableReader
from transforms.readers.unpacked import is_companion, spooled
from transforms.recording import Bundle, Reader

__all__ = [
    "FORMATS",
    "ColumnMap",
    "describe",
    "is_companion",
    "open_bundle",
    "open_reader",
    "parse_column_map",
    "pieces_of_recording",
    "recognise",
    "recordings_in",
]

HEAD_BYTES = 1 << 16
LOOKED_THROUGH_BYTES = 64 << 20
"""The largest gzip file that is unpacked to see its last row: about two seconds."""
PACKINGS = ("archive", "gzip")


@dataclass(frozen=True, kw_only=True)
class DeviceFile:
    """An open device file and what the study says about it."""

    stream: BinaryIO
    name: str
    size_bytes: int
    parameters: ReadingParameters
    columns: ColumnMap | None
    zone: str | None
    """In which the clock of the device was set; where a table tells wall time, its changes of time are known by it."""
    member: str | None = None
    """Which recording of an archive that holds several."""


@dataclass(frozen=True, kw_only=True)
class Format:
    """One device format: how it is recognised and read."""

    name: str
    suffixes: tuple[str, ...]
    looks_like: Callable[[bytes], bool]
    open: Callable[[DeviceFile], Reader]


def _open_table(file: DeviceFile) -> Reader:
    return TextTableReader(
        plain(file.stream),
        file.name,
        file.parameters,
        declared=file.columns,
        size_bytes=file.size_bytes,
        zone=file.zone,
        tail=tail_of(file.stream, file.size_bytes),
    )


def _open_gzip(file: DeviceFile) -> Reader:
    content = Gunzipped(plain(file.stream))
    if looks_like_table(head_of(content, HEAD_BYTES)):
        size_bytes = unzipped_bytes(file.stream, file.size_bytes)
        is_small = file.size_bytes <= LOOKED_THROUGH_BYTES
        table = TextTableReader(
            content,
            file.name,
            file.parameters,
            declared=file.columns,
            size_bytes=size_bytes,
            zone=file.zone,
            tail=tail_of_gzip(content) if is_small else None,
        )
        return MeasuredReader(table, file.parameters, packing_damage=lambda: content.damage)
    unpacked, size_bytes = spooled(content())
    return _open_unpacked(file)(unpacked, file.name.removesuffix(".gz"), size_bytes, content.damage)


def _open_archive(file: DeviceFile) -> Reader:
    return open_archive(
        file.stream,
        file.name,
        file.size_bytes,
        file.parameters,
        open_file=_open_unpacked(file),
        wanted=file.member,
    )


def _open_unpacked(packed: DeviceFile) -> OpenFile:
    """Return what opens a device file that was taken out of ``packed``."""

    def opened(stream: BinaryIO, name: str, size_bytes: int, damage: str | None) -> Reader:
        head = stream.read(HEAD_BYTES)
        if not head:
            raise InputError(
                f"{packed.name}: nothing in it can be unpacked ({damage or 'it holds an empty file'}); copy it again",
                reason_code="no_readable_block",
            )
        found = recognise(head, name)
        if found.name in PACKINGS and not name.lower().endswith((".gt3x", ".csv.gz")):
            raise InputError(f"{name}: packed more than once; unpack it", reason_code="unknown_format")
        file = replace(packed, stream=stream, name=name, size_bytes=size_bytes, member=None)
        return MeasuredReader(found.open(file), packed.parameters, packing_damage=lambda: damage)

    return opened


FORMATS: tuple[Format, ...] = (
    Format(
        name="axivity_cwa",
        suffixes=(".cwa",),
        looks_like=is_axivity,
        open=lambda file: AxivityReader(file.stream, file.name, file.size_bytes, file.parameters),
    ),
    Format(
        name="archive",
        suffixes=(".gt3x", ".zip"),
        looks_like=is_archive,
        open=_open_archive,
    ),
    Format(
        name="geneactiv_bin",
        suffixes=(".bin",),
        looks_like=is_geneactiv,
        open=lambda file: GeneactivReader(file.stream, file.name, file.size_bytes, file.parameters),
    ),
    Format(
        name="parmay_matrix",
        suffixes=(".bin",),
        looks_like=is_matrix,
        open=lambda file: MatrixReader(file.stream, file.name, file.size_bytes, file.parameters),
    ),
    Format(
        name="genea_bin",
        suffixes=(".bin",),
        looks_like=is_genea,
        open=lambda file: GeneaReader(file.stream, file.name, file.size_bytes, file.parameters),
    ),
    Format(
        name="omgui_wav",
        suffixes=(".wav",),
        looks_like=is_wav,
        open=lambda file: WavReader(file.stream, file.name, file.size_bytes, file.parameters),
    ),
    Format(
        name="parquet",
        suffixes=(".parquet",),
        looks_like=is_parquet,
        open=lambda file: ParquetReader(
            file.stream, file.name, file.parameters, file.columns, zone=file.zone
        ),
    ),
    Format(name="gzip", suffixes=(".gz",), looks_like=lambda head: head[:2] == GZIP_MAGIC, open=_open_gzip),
    Format(name="table", suffixes=(".csv", ".txt", ".tsv"), looks_like=looks_like_table, open=_open_table),
)


def recognise(head: bytes, file_name: str) -> Format:
    """Return the format of a file by its first bytes.

    Raises InputError (empty_file, not_raw_samples, unknown_format) that tells what the first bytes look like.
    """
    if not head:
        raise InputError(
            f"{file_name}: the file is empty; copy it from the device again", reason_code="empty_file"
        )
    kind = kind_of(head, file_name)
    if kind is not None:
        raise no_samples(kind, file_name)
    for candidate in FORMATS:
        if candidate.looks_like(head):
            return candidate
    if b"\0" not in head and COUNTS.is_it(head, ""):
        raise no_samples(COUNTS, file_name)
    suffix = file_name[file_name.rfind(".") :].lower() if "." in file_name else ""
    claimed = [candidate.name for candidate in FORMATS if suffix in candidate.suffixes]
    wanted = f"what a {suffix} file begins with" if claimed else "a device format that is known here"
    raise InputError(
        f"{file_name}: begins with {describe(head)}, which is not {wanted}; export it from the device again or "
        "remove it from the devices folder",
        reason_code="unknown_format",
    )


def describe(head: bytes) -> str:
    """Say in a few words what the first bytes of a file look like."""
    for magic, kind in (
        (b"PK\x03\x04", "a zip archive"),
        (b"\x1f\x8b", "gzip-compressed data"),
        (b"PAR1", "a Parquet file"),
        (b"RIFF", "a RIFF file"),
        (b"%PDF", "a PDF document"),
        (b"\xd0\xcf\x11\xe0", "an old Office document"),
        (b"\x89PNG", "a PNG picture"),
        (b"SQLite format 3", "an SQLite database"),
    ):
        if head.startswith(magic):
            return kind
    sample = head[:64]
    if not any(sample):
        return "zero bytes"
    if all(byte == 0xFF for byte in sample):
        return "erased memory (0xFF)"
    text = sample.decode("utf-8", "ignore")
    is_whole = len(text.encode()) > len(sample) - 4  # a letter may be cut in two at the end
    if is_whole and text.strip() and all(letter.isprintable() or letter in "\t\r\n\ufeff" for letter in text):
        # only its kind is told, not its words: they may hold a name
        return f"text ({len(text.splitlines()[0])} characters in the first line)"
    return f"the bytes {sample[:8].hex(' ')}"


def open_reader(
    stream: BinaryIO,
    file_name: str,
    size_bytes: int,
    *,
    parameters: ReadingParameters = LENIENT_READING,
    columns: ColumnMap | None = None,
    zone: str | None = None,
    member: str | None = None,
) -> Reader:
    """Open a device file for reading; what it holds as samples and did not measure is not given (MeasuredReader).

    Args:
        stream: seekable; stays open while the reader is used.
        file_name: for the suffix and for messages; relative to the study folder.
        size_bytes: size of the content.
        parameters: when clocks jump and files are refused.
        columns: what the study declares about a table of samples (CSV, Parquet).
        zone: IANA zone in which the clock of the device was set, for tables of wall time.
        member: which recording of an archive that holds several (``recordings_in``).

    Raises:
        InputError: with reason_code empty_file, unknown_format, no_readable_block or one of the format's own.

    """
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    found = recognise(head, file_name)
    reader = found.open(
        DeviceFile(
            stream=stream,
            name=file_name,
            size_bytes=size_bytes,
            parameters=parameters,
            columns=columns,
            zone=zone,
            member=member,
        )
    )
    if isinstance(reader, MeasuredReader):  # of a packed file
        return reader
    return MeasuredReader(reader, parameters)


def open_bundle(bundle: Bundle, file_name: str, parameters: ReadingParameters = LENIENT_READING) -> Reader:
    """Open the recording in a folder; raises InputError when it holds none that is known."""
    return MeasuredReader(open_folder(bundle, file_name, parameters), parameters)
