"""Device files: bytes in, samples out. One module per format; the registry decides by content, then by suffix."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from transforms.errors import InputError
from transforms.parameters.reading import LENIENT_READING, ReadingParameters
from transforms.readers.archive import looks_like as is_archive
from transforms.readers.archive import open_archive
from transforms.readers.axivity_cwa import AxivityReader
from transforms.readers.axivity_cwa import looks_like as is_axivity
from transforms.readers.geneactiv_bin import GeneactivReader
from transforms.readers.geneactiv_bin import looks_like as is_geneactiv
from transforms.recording import Reader

HEAD_BYTES = 4096


@dataclass(frozen=True, kw_only=True)
class Format:
    """One device format: how it is recognised and read."""

    name: str
    suffixes: tuple[str, ...]
    looks_like: Callable[[bytes], bool]
    open: Callable[[BinaryIO, str, int, ReadingParameters], Reader]


FORMATS: tuple[Format, ...] = (
    Format(
        name="axivity_cwa",
        suffixes=(".cwa",),
        looks_like=is_axivity,
        open=AxivityReader,
    ),
    Format(
        name="archive",
        suffixes=(".gt3x", ".zip"),
        looks_like=is_archive,
        open=open_archive,
    ),
    Format(
        name="geneactiv_bin",
        suffixes=(".bin",),
        looks_like=is_geneactiv,
        open=GeneactivReader,
    ),
)


def recognise(head: bytes, file_name: str) -> Format:
    """Return the format of a file by its first bytes.

    Raises InputError (empty_file, unknown_format) that tells what the first bytes look like.
    """
    if not head:
        raise InputError(
            f"{file_name}: the file is empty; copy it from the device again", reason_code="empty_file"
        )
    for candidate in FORMATS:
        if candidate.looks_like(head):
            return candidate
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
) -> Reader:
    """Open a device file for reading.

    Args:
        stream: seekable; stays open while the reader is used.
        file_name: for the suffix and for messages; relative to the study folder.
        size_bytes: size of the content.
        parameters: when clocks jump and files are refused.

    Raises:
        InputError: with reason_code empty_file, unknown_format, no_readable_block or one of the format's own.

    """
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    return recognise(head, file_name).open(stream, file_name, size_bytes, parameters)
