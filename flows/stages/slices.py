"""One slice of a study, for one of several jobs: which participants are its own, and what of the store it knows.

The slice of a participant is told by a hash of the name, so that it stays when others come. Everybody's diaries and marks of
scorers are read by each slice, because standards are applied to all of a scorer's nights; what is written of them is the
slice's alone. Device files without a participant are left to the run that joins the slices.
"""

import hashlib
from dataclasses import replace

from flows.addresses import Slice
from flows.stages.discovery import DeviceFile, StudyContents
from flows.store.ledger import Book
from flows.store.recordings_on_record import INGEST


def is_of(part: Slice | None, participant_id: str | None) -> bool:
    """Tell whether a participant belongs to a slice; to no slice at all belongs everybody."""
    if part is None:
        return True
    if participant_id is None:
        return False
    digest = hashlib.sha256(participant_id.encode()).digest()
    return int.from_bytes(digest[:8]) % part.count == part.number - 1


def own_contents(contents: StudyContents, part: Slice | None) -> StudyContents:
    """Return what a slice is to read of a study."""
    if part is None:
        return contents

    def own(files: list[DeviceFile]) -> list[DeviceFile]:
        return [file for file in files if is_of(part, file.participant_id)]

    return replace(
        contents, device_files=own(contents.device_files), missing_files=own(contents.missing_files)
    )


def keep_own(book: Book, part: Slice | None) -> None:
    """Leave in a slice's copy of the ledger what is its own: the rest is neither missing nor archived, but not its business."""
    if part is None:
        return
    for recording_id in [
        one for one, known in book.recordings.items() if not is_of(part, known.participant_id)
    ]:
        book.put_recordings([], gone=[recording_id])
        if recording_id in book.units.get(INGEST, {}):
            book.forget(INGEST, recording_id)
