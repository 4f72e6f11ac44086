"""Content as pieces of bytes: of a plain file, a gzip file or a member of an archive."""

import codecs
import re
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO

from transforms.errors import InputError
from transforms.readers.zip_salvage import (
    ALWAYS_ALLOWED_BYTES,
    LARGEST_RATIO,
    Inflater,
    ZipMember,
)

Pieces = Callable[[], Iterator[bytes]]
"""Starts over at every call."""

PIECE_BYTES = 4 << 20
HEAD_BYTES = 1 << 16
LINE_END = re.compile(rb"\r+\n|\r")
GZIP_MAGIC = b"\x1f\x8b"
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def plain(stream: BinaryIO) -> Pieces:
    """Content of a seekable stream."""

    def pieces() -> Iterator[bytes]:
        position = 0
        while True:
            stream.seek(position)
            piece = stream.read(PIECE_BYTES)
            if not piece:
                return
            position += len(piece)
            yield piece

    return pieces


def read_ahead(stream: BinaryIO, size_bytes: int) -> Iterator[bytes]:
    """Yield pieces of ``size_bytes`` up to the first shorter one, which may be empty.

    While one piece is being used the next is read in a second thread.
    """
    with ThreadPoolExecutor(1) as second_thread:
        reading = second_thread.submit(stream.read, size_bytes)
        while len(piece := reading.result()) == size_bytes:
            reading = second_thread.submit(stream.read, size_bytes)
            yield piece
        yield piece


def member_of(stream: BinaryIO, member: ZipMember, size_bytes: int) -> Pieces:
    """Content of a member of an archive."""
    return lambda: iter(Inflater(stream, member, size_bytes))


def as_text(pieces: Pieces) -> Pieces:
    """Text as UTF-8, whatever its byte order mark says it is; damaged letters become question marks.

    Where the first lines show a lone carriage return, every line ends in a line feed alone.
    """
    head = head_of(pieces, HEAD_BYTES)
    is_wide = head.startswith(UTF16_MARKS)
    if is_wide:
        head = head[: len(head) // 2 * 2].decode("utf-16", "replace").encode("utf-8", "replace")
    has_lone_returns = re.search(rb"\r[^\n]", head) is not None
    if not is_wide and not has_lone_returns:
        return pieces

    def decoded() -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder("utf-16")("replace")
        for piece in pieces():
            yield decoder.decode(piece).encode("utf-8", "replace")
        yield decoder.decode(b"", True).encode("utf-8", "replace")

    def with_line_feeds() -> Iterator[bytes]:
        held = b""
        for piece in decoded() if is_wide else pieces():
            text = held + piece
            held = text[len(text.rstrip(b"\r")) :]
            yield LINE_END.sub(b"\n", text[: len(text) - len(held)])
        yield LINE_END.sub(b"\n", held)

    return with_line_feeds if has_lone_returns else decoded


class Gunzipped:
    """Content of gzip, of one part or several; what comes before a cut is given out; of the piece in which damage shows, nothing.

    Starts over at every call. ``damage`` tells what was wrong with it, once it was gone through to its end.
    """

    def __init__(self, pieces: Pieces) -> None:
        self.damage: str | None = None
        self._pieces = pieces

    def __call__(self) -> Iterator[bytes]:
        """Yield the content in pieces."""
        taken = given = 0
        inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
        is_begun = False
        for compressed in self._pieces():
            taken += len(compressed)
            # parts may be followed by zeros
            waiting = compressed if is_begun else compressed.lstrip(b"\0")
            while waiting:
                is_begun = True
                try:
                    piece = inflate.decompress(waiting, PIECE_BYTES)
                except zlib.error:
                    # what is unpacked between the damage and the place where it shows may be anything
                    self.damage = "the compressed data are damaged"
                    return
                given += len(piece)
                if given > max(ALWAYS_ALLOWED_BYTES, LARGEST_RATIO * taken):
                    raise InputError(
                        f"the file grows more than {LARGEST_RATIO} times when it is unpacked; no recording does",
                        reason_code="implausible_archive",
                    )
                if piece:
                    yield piece
                waiting = inflate.unconsumed_tail
                if inflate.eof:
                    waiting = inflate.unused_data.lstrip(b"\0")
                    inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
                    is_begun = False
        while tail := inflate.decompress(inflate.unconsumed_tail, PIECE_BYTES):
            yield tail
        if is_begun:
            self.damage = "the compressed data stop before their end"


def unzipped_bytes(stream: BinaryIO, size_bytes: int) -> int:
    """Return about how large the content of a gzip file is.

    Its last four bytes tell the size of its last part, without what is above 4 GiB; how much the beginning shrank tells
    whether that can be all.
    """
    stream.seek(max(size_bytes - 4, 0))
    told = int.from_bytes(stream.read(4), "little")
    stream.seek(0)
    head = stream.read(PIECE_BYTES // 4)
    inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        unpacked = len(inflate.decompress(head, PIECE_BYTES * 4))
    except zlib.error:
        return max(told, size_bytes)
    taken = len(head) - len(inflate.unconsumed_tail) - len(inflate.unused_data)
    expected = round(unpacked / max(taken, 1) * size_bytes)
    told += max(round((expected - told) / (1 << 32)), 0) << 32
    return told if expected / 2 < told < expected * 2 else expected


def tail_of_gzip(content: Gunzipped) -> Callable[[int], bytes]:
    """Return a function that unpacks gzip and returns the last bytes of its content."""

    def tail(length: int) -> bytes:
        last = b""
        for piece in content():
            last = piece[-length:] if len(piece) >= length else (last + piece)[-length:]
        return last

    return tail


def tail_of(stream: BinaryIO, size_bytes: int) -> Callable[[int], bytes]:
    """Return a function that returns the last bytes of a seekable stream."""

    def tail(length: int) -> bytes:
        stream.seek(max(size_bytes - length, 0))
        return stream.read(length)

    return tail


def head_of(pieces: Pieces, length: int) -> bytes:
    """Return the first bytes of the content."""
    head = b""
    for piece in pieces():
        head += piece
        if len(head) >= length:
            break
    return head[:length]


def whole_lines(pieces: Pieces, block_bytes: int) -> Iterator[bytes]:
    """Yield blocks of about ``block_bytes`` that end with a line; a line longer than that is cut."""
    rest = b""
    for piece in pieces():
        rest = rest + piece if rest else piece
        while len(rest) >= block_bytes:
            end = rest.rfind(b"\n", 0, block_bytes * 2) + 1 or block_bytes
            yield rest[:end]
            rest = rest[end:]
    if rest:
        yield rest
