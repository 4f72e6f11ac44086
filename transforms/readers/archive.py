"""Zip archives of device files: which recording an archive holds."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from transforms.errors import InputError
from transforms.parameters.reading import ReadingParameters
from transforms.readers.actigraph_gt3x import ActigraphReader
from transforms.readers.empatica_e4 import EmpaticaReader
from transforms.readers.not_samples import WORKBOOK, no_samples
from transforms.readers.pieces import member_of
from transforms.readers.unisens import UnisensReader
from transforms.readers.unpacked import members_below, named, recordings_of, spooled
from transforms.readers.zip_salvage import LOCAL_MAGIC, Inflater, list_members
from transforms.recording import Bundle, Reader

OpenFile = Callable[[BinaryIO, str, int, str | None], Reader]


def looks_like(head: bytes) -> bool:
    """Tell whether the first bytes are those of a zip archive."""
    return head.startswith(LOCAL_MAGIC)


def recordings_in(stream: BinaryIO, size_bytes: int) -> list[str]:
    """Return the recordings of an archive that holds several, as ``recordings_of`` names them; else nothing."""
    if stream.read(len(LOCAL_MAGIC)) != LOCAL_MAGIC:
        return []
    members, _ = list_members(stream, size_bytes)
    found = recordings_of(members)
    return found if len(found) > 1 else []


def pieces_of_recording(stream: BinaryIO, size_bytes: int, wanted: str) -> Iterator[bytes]:
    """Yield the content of one recording of an archive: of a file its bytes, of a folder its files by their names."""
    members, _ = list_members(stream, size_bytes)
    if not wanted.endswith("/"):
        member = named(members, wanted)
        if member is not None:
            yield from Inflater(stream, member, size_bytes)
        return
    for name, member in sorted(members_below(members, wanted).items()):
        yield name.encode()
        yield from Inflater(stream, member, size_bytes)


def open_known_bundle(bundle: Bundle, file_name: str, parameters: ReadingParameters) -> Reader | None:
    """Open a recording that consists of several files; None where they are none that is known."""
    if "unisens.xml" in bundle:
        return UnisensReader(bundle, file_name, parameters)
    if "acc.csv" in bundle:
        return EmpaticaReader(bundle, file_name, parameters)
    return None


def open_bundle(bundle: Bundle, file_name: str, parameters: ReadingParameters) -> Reader:
    """Open the recording in a folder; raises InputError when it holds none that is known."""
    reader = open_known_bundle(bundle, file_name, parameters)
    if reader is None:
        raise InputError(
            f"{file_name}: a folder that holds no recording that is known here", reason_code="unknown_format"
        )
    return reader


def open_archive(
    stream: BinaryIO,
    file_name: str,
    size_bytes: int,
    parameters: ReadingParameters,
    *,
    open_file: OpenFile,
    wanted: str | None = None,
) -> Reader:
    """Open a recording in a zip archive.

    Args:
        stream: the archive.
        file_name: for messages.
        size_bytes: of the archive.
        parameters: for readers.
        open_file: opens a device file of any kind: stream, name, size, and what is wrong with its packing.
        wanted: which of several recordings, as ``recordings_of`` names it; None for the only one.

    Raises InputError when there is none that is known, or several and none is asked for.
    """
    members, is_whole = list_members(stream, size_bytes)
    found = recordings_of(members)
    if wanted is None and len(found) > 1:
        raise InputError(
            f"{file_name}: a zip archive with {len(found)} recordings ({', '.join(found[:3])}, ...); name each as "
            f"{file_name}/{found[0]} in recordings.csv, or put it into the devices folder by itself",
            reason_code="several_recordings",
        )
    name = wanted if wanted is not None else next(iter(found), "")
    if name and not name.endswith("/"):
        member = named(members, name)
        if member is None:
            raise InputError(
                f"{file_name}: the archive holds no {name} any more", reason_code="unknown_format"
            )
        inflater = Inflater(stream, member, size_bytes)
        content, content_bytes = spooled(iter(inflater))
        shown = file_name if wanted is not None else f"{file_name}/{name}"
        return open_file(content, shown, content_bytes, inflater.damage)
    by_name = members_below(members, name)
    if by_name.keys() & {"log.bin", "activity.bin"}:
        return ActigraphReader(stream, file_name, size_bytes, parameters, by_name, is_whole=is_whole)
    bundle = {name: member_of(stream, member, size_bytes) for name, member in by_name.items()}
    if (reader := open_known_bundle(bundle, file_name, parameters)) is not None:
        return reader
    if {"workbook.xml", "[content_types].xml"} <= by_name.keys() or {
        "content.xml",
        "mimetype",
    } <= by_name.keys():
        raise no_samples(WORKBOOK, file_name)
    shown = (
        ", ".join(sorted({name.rpartition(".")[2] or "?" for name in by_name})[:5])
        or "no file that can be read"
    )
    raise InputError(
        f"{file_name}: a zip archive that holds no recording that is known here (kinds of file in it: {shown}); put "
        "the device file itself into the devices folder",
        reason_code="unknown_format",
    )
