"""Device files inside a .zip or .gz: unpacked beside memory, read as what they are, and told where the packing is damaged."""

import tempfile
from collections.abc import Collection, Iterator
from typing import BinaryIO

from transforms.readers.zip_salvage import ZipMember

IN_MEMORY_BYTES = 32 << 20
DEVICE_SUFFIXES = (".cwa", ".bin", ".gt3x", ".wav", ".csv", ".csv.gz", ".cwa.gz", ".bin.gz", ".parquet")
"""How device files are called; what else lies in an archive is no recording."""


FOLDER_RECORDINGS = {"acc.csv", "unisens.xml", "log.bin", "activity.bin"}
"""A folder that holds one of these files is one recording."""


_WITH_GRAVITY = "totalacceleration.csv"
_COMPANIONS = frozenset(
    f"{name}.csv"
    for name in (
        *("accelerometer", "accelerometeruncalibrated", "gyroscope", "gyroscopeuncalibrated", "gravity", "orientation"),
        *("magnetometer", "magnetometeruncalibrated", "compass", "barometer", "location", "locationgps", "locationnetwork"),
        *("pedometer", "activity", "annotation", "metadata", "studymetadata", "microphone", "light", "heartrate", "battery"),
        *("brightness", "network", "headphone", "camera", "wristmotion", "watchbarometer", "watchlocation", "bluetooth"),
    )
)  # fmt: skip


def is_companion(name: str, beside: Collection[str]) -> bool:
    """Tell what Sensor Logger writes beside its acceleration with gravity: other sensors in the same columns, notes.

    Args:
        name: of a file, in lower case.
        beside: names of the files in the same folder, in lower case.
    """
    return name in _COMPANIONS and _WITH_GRAVITY in beside


def spooled(pieces: Iterator[bytes]) -> tuple[BinaryIO, int]:
    """Write pieces into a nameless file, in memory while it is small; return it at its beginning, and its size.

    The file is gone with the last one who holds it.
    """
    size_bytes = 0
    target = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115 - lives as long as its reader
    for piece in pieces:
        target.write(piece)
        size_bytes += len(piece)
    target.seek(0)
    return target, size_bytes  # type: ignore[return-value]


def recordings_of(members: list[ZipMember]) -> list[str]:
    """Return what an archive holds as recordings by themselves, sorted: names of files, and of folders ending in a slash.

    A folder with an ACC.csv (E4), a unisens.xml or a log.bin (ActiGraph) is one; so is every device file outside of such
    folders. An archive that is itself a recording (a .gt3x, or a folder that was packed as it is) is the only one, "".
    """
    beside: dict[str, set[str]] = {}
    for member in members:
        beside.setdefault(_folder(member.name), set()).add(member.base_name)
    folders = {_folder(member.name) for member in members if member.base_name in FOLDER_RECORDINGS}
    if "" in folders:
        return [""]
    files = [
        _plain(member.name)
        for member in members
        if member.base_name.endswith(DEVICE_SUFFIXES)
        and not member.base_name.startswith((".", "~$"))
        and "__macosx" not in member.name.lower()
        and not any(_plain(member.name).startswith(folder) for folder in folders)
        and not is_companion(member.base_name, beside[_folder(member.name)])
    ]
    found = sorted([*folders, *files])
    return [""] if len(folders) == 1 and not files else found


def members_below(members: list[ZipMember], folder: str) -> dict[str, ZipMember]:
    """Return the files directly or further below a folder of an archive, by their names in lower case."""
    return {member.base_name: member for member in members if _plain(member.name).startswith(folder)}


def named(members: list[ZipMember], name: str) -> ZipMember | None:
    """Return the member of that name."""
    return next((member for member in members if _plain(member.name) == name), None)


def _plain(name: str) -> str:
    return name.replace("\\", "/").lstrip("/")


def _folder(name: str) -> str:
    return _plain(name).rpartition("/")[0] + "/" if "/" in _plain(name) else ""
