"""Keep out who has withdrawn, whatever of theirs is delivered once more."""

from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from flows.stages.discovery import DeviceFile, StudyContents
from flows.store.ledger import Book
from flows.store.recordings_on_record import INGEST
from flows.store.secret import store_secret
from flows.store.tombstones import read_tombstones, tombstone


@dataclass(frozen=True)
class Withdrawn:
    """The tombstones of a store, to be asked."""

    key: bytes
    tombstones: frozenset[str]

    def names(self, identifier: str | None) -> bool:
        """Tell whether a participant_id, or the SHA-256 of a file, belongs to somebody who has withdrawn."""
        return (
            bool(self.tombstones)
            and identifier is not None
            and tombstone(self.key, identifier) in self.tombstones
        )

    def drop_people(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return a frame without their rows; a rejected cell that holds their name goes, too."""
        for column in ("participant_id", "value"):
            if self.tombstones and column in frame.columns:
                theirs = [one for one in frame[column].unique().drop_nulls() if self.names(one)]
                if theirs:
                    frame = frame.filter(pl.col(column).is_null() | ~pl.col(column).is_in(theirs))
        return frame


def read_withdrawn(store: Path) -> Withdrawn:
    """Return the tombstones of a store."""
    tombstones = read_tombstones(store)
    return Withdrawn(store_secret(store) if tombstones else b"", tombstones)


def without_withdrawn(contents: StudyContents, withdrawn: Withdrawn) -> tuple[StudyContents, list[str]]:
    """Return the contents without their device files, and the names of these."""

    def is_theirs(file: DeviceFile) -> bool:
        return withdrawn.names(file.participant_id) or withdrawn.names(file.sha256 or None)

    kept = [file for file in contents.device_files if not is_theirs(file)]
    missing = [file for file in contents.missing_files if not is_theirs(file)]
    theirs = [file.file_name for file in contents.device_files if is_theirs(file)]
    return replace(contents, device_files=kept, missing_files=missing), theirs


def drop_recordings(book: Book, withdrawn: Withdrawn) -> None:
    """Drop what is still on record of them, where erasing them was killed before its end."""
    for recording_id, one in list(book.recordings.items()):
        if withdrawn.names(one.participant_id) or withdrawn.names(one.sha256):
            book.remove(INGEST, recording_id)
            book.put_recordings([], gone=[recording_id])
            book.put_files([], gone=[one.file_name])
