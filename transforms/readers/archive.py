"""Zip archives of device files: which recording an archive holds."""

from typing import BinaryIO

from transforms.errors import InputError
from transforms.parameters.reading import ReadingParameters
from transforms.readers.actigraph_gt3x import ActigraphReader
from transforms.readers.empatica_e4 import EmpaticaReader
from transforms.readers.not_samples import WORKBOOK, no_samples
from transforms.readers.pieces import member_of
from transforms.readers.unisens import UnisensReader
from transforms.readers.zip_salvage import LOCAL_MAGIC, list_members
from transforms.recording import Bundle, Reader


def looks_like(head: bytes) -> bool:
    """Tell whether the first bytes are those of a zip archive."""
    return head.startswith(LOCAL_MAGIC)


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


def open_archive(stream: BinaryIO, file_name: str, size_bytes: int, parameters: ReadingParameters) -> Reader:
    """Open the recording in a zip archive; raises InputError when it holds none that is known."""
    members, is_whole = list_members(stream, size_bytes)
    by_name = {member.base_name: member for member in members}
    for name in ("log.bin", "acc.csv", "unisens.xml"):
        if sum(member.base_name == name for member in members) > 1:
            raise InputError(
                f"{file_name}: a zip archive with several recordings ({name} occurs more than once); put each into the "
                "devices folder by itself",
                reason_code="several_recordings",
            )
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
