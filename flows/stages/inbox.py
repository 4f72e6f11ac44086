"""Device files that are delivered as objects: ``inbox = "s3://bucket/prefix"`` holds what ``devices/`` would.

Whoever needs one downloads it for as long as it is read. An object is known by its version, as a file by size and time of
change. An archive of several recordings, or a folder that is one, must be delivered in ``devices/``.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flows.settings import StudySettings
from flows.store.storage import open_storage

COLUMNS_SUFFIX = ".columns.toml"


@dataclass(frozen=True)
class Delivered:
    """One object of an inbox, as it was listed."""

    inbox: str
    key: str
    size_bytes: int
    version: str


def delivered_files(settings: StudySettings) -> dict[str, Delivered]:
    """Return what lies in the inbox, by the name that it would have in the study folder; nothing where there is none."""
    if settings.inbox is None:
        return {}
    found = open_storage(settings.inbox).list("")
    return {
        f"devices/{key}": Delivered(settings.inbox, key, one.size_bytes, one.version)
        for key, one in sorted(found.items())
    }


def version_now(source: Delivered) -> str | None:
    """Return the version that the inbox holds now, None where the object is gone."""
    found = open_storage(source.inbox).list(source.key).get(source.key)
    return None if found is None else found.version


@contextmanager
def at_hand(path: Path, source: Delivered | None, declared_columns: str = "") -> Iterator[Path]:
    """Yield where a device file can be read: its own path, or a download that lasts as long as the block."""
    if source is None:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="legjumps_inbox_") as place:
        own = Path(place) / path.name
        open_storage(source.inbox).get(source.key, own)
        if declared_columns:
            own.with_name(path.name + COLUMNS_SUFFIX).write_text(declared_columns, encoding="utf-8")
        yield own
