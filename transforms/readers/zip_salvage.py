"""Zip archives, whole or cut: lists what is there and inflates as much of it as can be inflated.

Nothing is ever written under a member's name, so names cannot reach outside any folder.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from transforms.errors import InputError

LOCAL_MAGIC = b"PK\x03\x04"
STORED, DEFLATED = 0, 8
PIECE_BYTES = 8 << 20
READ_BYTES = 1 << 20
SLICE_BYTES = 1 << 10
MOST_MEMBERS = 10_000
LARGEST_RATIO = 200
"""Recordings of a sensor that lies still shrink to a fortieth; what shrinks more is made to fill memory."""
ALWAYS_ALLOWED_BYTES = 64 << 20


@dataclass(frozen=True, kw_only=True)
class ZipMember:
    """One file of an archive; sizes and checksum are None where only the lost directory knew them."""

    name: str
    method: int
    data_start: int
    compressed_bytes: int | None
    size_bytes: int | None
    crc32: int | None

    @property
    def base_name(self) -> str:
        """The last part of the name, in lower case."""
        return self.name.replace("\\", "/").rpartition("/")[2].lower()


def list_members(stream: BinaryIO, size_bytes: int) -> tuple[list[ZipMember], bool]:
    """Return the members of an archive and whether its directory is there.

    Where the directory is missing (a download that stopped), the members are found one after the other.
    """
    try:
        members = _from_directory(stream)
    except (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError, UnicodeDecodeError):
        return list(_from_local_headers(stream, size_bytes)), False
    return members, True


def _from_directory(stream: BinaryIO) -> list[ZipMember]:
    stream.seek(0)
    with zipfile.ZipFile(stream) as archive:
        entries = archive.infolist()[:MOST_MEMBERS]
    members = []
    for entry in entries:
        stream.seek(entry.header_offset)
        local = stream.read(30)
        if len(local) < 30 or local[:4] != LOCAL_MAGIC:
            continue
        name_length, extra_length = struct.unpack_from("<HH", local, 26)
        if entry.is_dir() or entry.flag_bits & 1:  # encrypted: nothing to be read
            continue
        members.append(
            ZipMember(
                name=entry.filename,
                method=entry.compress_type,
                data_start=entry.header_offset + 30 + name_length + extra_length,
                compressed_bytes=entry.compress_size,
                size_bytes=entry.file_size,
                crc32=entry.CRC,
            )
        )
    return members


def _from_local_headers(stream: BinaryIO, size_bytes: int) -> Iterator[ZipMember]:
    position = 0
    for _ in range(MOST_MEMBERS):
        stream.seek(position)
        local = stream.read(30)
        if len(local) < 30 or local[:4] != LOCAL_MAGIC:
            return
        flags, method = struct.unpack_from("<HH", local, 6)
        crc32, compressed, size, name_length, extra_length = struct.unpack_from("<IIIHH", local, 14)
        name = stream.read(name_length).decode("utf-8", "replace")
        is_sized = not flags & 8 and compressed != 0xFFFFFFFF
        member = ZipMember(
            name=name,
            method=method,
            data_start=position + 30 + name_length + extra_length,
            compressed_bytes=compressed if is_sized else None,
            size_bytes=size if is_sized else None,
            crc32=crc32 if is_sized else None,
        )
        if not flags & 1:
            yield member
        if is_sized:
            position = member.data_start + compressed
            continue
        inflater = Inflater(stream, member, size_bytes)
        for _piece in inflater:
            pass
        if inflater.end is None:
            return
        # behind the data stands its description: 12 bytes, with or without a magic number before them
        stream.seek(inflater.end)
        position = inflater.end + (16 if stream.read(4) == b"PK\x07\x08" else 12)


def before_damage(inflate: "zlib._Decompress", compressed: bytes) -> Iterator[bytes]:
    """Yield what comes before the damage, found slice by slice: one call that comes upon it gives nothing at all."""
    for start in range(0, len(compressed), SLICE_BYTES):
        try:
            piece = inflate.decompress(compressed[start : start + SLICE_BYTES])
        except zlib.error:
            return
        if piece:
            yield piece


class Inflater:
    """Iterates over the content of a member in pieces of at most 8 MB.

    ``damage`` tells afterwards what was wrong with it, ``end`` where its data ended in the archive.
    """

    def __init__(self, stream: BinaryIO, member: ZipMember, size_bytes: int) -> None:
        self.damage: str | None = None
        self.end: int | None = None
        self._stream = stream
        self._member = member
        self._archive_bytes = size_bytes

    def __iter__(self) -> Iterator[bytes]:
        member = self._member
        if member.method not in {STORED, DEFLATED}:
            self.damage = f"compressed by method {member.method}, which is not known here"
            return
        total = crc32 = 0
        for piece in self._stored() if member.method == STORED else self._deflated():
            total += len(piece)
            crc32 = zlib.crc32(piece, crc32)
            taken = self._archive_bytes if member.compressed_bytes is None else member.compressed_bytes
            if total > max(ALWAYS_ALLOWED_BYTES, LARGEST_RATIO * min(taken, self._archive_bytes)):
                raise InputError(
                    f"the archive's member {member.base_name!r} grows more than {LARGEST_RATIO} times when it is "
                    "unpacked; no recording does",
                    reason_code="implausible_archive",
                )
            yield piece
        if self.damage is None and member.size_bytes is not None and total != member.size_bytes:
            self.damage = f"{total} of {member.size_bytes} bytes are there"
        if self.damage is None and member.crc32 is not None and crc32 != member.crc32:
            self.damage = "the checksum of the archive does not hold"

    def _stored(self) -> Iterator[bytes]:
        left = self._member.compressed_bytes
        if left is None:
            self.damage = "stored without its length"
            return
        position = self._member.data_start
        while left > 0:
            self._stream.seek(position)
            piece = self._stream.read(min(PIECE_BYTES, left))
            if not piece:
                return
            position += len(piece)
            left -= len(piece)
            yield piece
        self.end = position

    def _deflated(self) -> Iterator[bytes]:
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        position = self._member.data_start
        limit = self._archive_bytes
        if self._member.compressed_bytes is not None:
            limit = min(limit, position + self._member.compressed_bytes)
        waiting = b""
        while not inflate.eof:
            if not waiting:
                self._stream.seek(position)
                waiting = self._stream.read(min(READ_BYTES, max(limit - position, 0)))
                position += len(waiting)
                if not waiting:
                    self.damage = "the compressed data stop before their end"
                    return
            before = inflate.copy()
            try:
                piece = inflate.decompress(waiting, PIECE_BYTES)
            except zlib.error:
                self.damage = "the compressed data are damaged"
                yield from before_damage(before, waiting)
                return
            waiting = inflate.unconsumed_tail
            if piece:
                yield piece
        self.end = position - len(inflate.unused_data) - len(waiting)
