"""Which of the files of a study stands for each content, and whom it belongs to."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flows.stages.discovery import DeviceFile, StudyContents
from flows.store.ledger import KnownRecording
from flows.store.recordings_on_record import IN_USE

_COPY = re.compile(r"\b(copy|kopie|copie|copia)\b|\(\d+\)")
"""How operating systems name the copies of a file."""


@dataclass(frozen=True)
class Linked:
    """The files that are used, one for each content, and why the others are not."""

    files: list[DeviceFile]
    rejects: list[dict[str, Any]]
    """Rows of REJECTED_RECORDING."""
    standing: frozenset[str]
    """recording_id of contents whose names disagree: what was known of them stays."""


def link_files(contents: StudyContents, known: Mapping[str, KnownRecording]) -> Linked:
    """Choose one file for each content.

    A file that recordings.csv names beats one that it does not; among equals the name that is on record stays, otherwise
    the plainest name: never a copy before its original. Names that disagree on the participant are refused, and the link on record stands.
    """
    by_name = {one.file_name: one for one in known.values() if one.state in IN_USE}
    rejects = []
    for file in contents.missing_files:
        if file.file_name not in by_name:  # otherwise it was read, and has gone to cold storage since
            reason = f"{file.file_name}: named in recordings.csv, but there is no such file"
            rejects.append(reject(file, "missing_file", reason))
    same: dict[str, list[DeviceFile]] = {}
    for file in contents.device_files:
        same.setdefault(file.sha256, []).append(file)
    files: list[DeviceFile] = []
    standing: set[str] = set()
    for copies in same.values():
        old = known.get(copies[0].recording_id)
        candidates = _candidates(copies)
        people = {file.participant_id for file in candidates}
        if len(people) > 1:
            chosen = _on_record(candidates, old)
            rejects += [_conflict(file, candidates, chosen) for file in candidates if file is not chosen]
            if chosen is not None:
                files.append(chosen)
            elif old is not None and old.state in IN_USE:
                standing.add(old.recording_id)
            continue
        chosen = _on_record(candidates, old) or min(candidates, key=_plainness)
        rejects += [_copy(file, chosen) for file in copies if file is not chosen]
        if chosen.participant_id is None:
            reason = (
                f"{chosen.file_name}: belongs to no participant; move it to devices/<participant_id>/ or name it in "
                "recordings.csv"
            )
            rejects.append(reject(chosen, "no_participant", reason))
        else:
            files.append(chosen)
    return Linked(files, rejects, frozenset(standing))


def _plainness(file: DeviceFile) -> tuple[bool, int, str]:
    name = file.file_name.rpartition("/")[2].lower()
    return _COPY.search(name) is not None, len(name), file.file_name


def _candidates(copies: Sequence[DeviceFile]) -> list[DeviceFile]:
    """Return the copies that have the best reason to speak for their content."""
    named = [file for file in copies if file.is_named]
    owned = [file for file in copies if file.participant_id is not None]
    return named or owned or list(copies)


def _on_record(candidates: Sequence[DeviceFile], old: KnownRecording | None) -> DeviceFile | None:
    if old is None:
        return None
    same_name = [
        f for f in candidates if f.file_name == old.file_name and f.participant_id == old.participant_id
    ]
    return same_name[0] if same_name else None


def _conflict(
    file: DeviceFile, candidates: Sequence[DeviceFile], chosen: DeviceFile | None
) -> dict[str, Any]:
    others = ", ".join(
        f"{other.file_name} of {other.participant_id}" for other in candidates if other is not file
    )
    stands = f"{chosen.file_name} stands, as before" if chosen is not None else "none of them is taken"
    reason = (
        f"{file.file_name}: says that participant {file.participant_id} wore what is also {others}; {stands}. "
        "Name the right one in recordings.csv"
    )
    return reject(file, "conflicting_link", reason)


def _copy(file: DeviceFile, chosen: DeviceFile) -> dict[str, Any]:
    reason = f"{file.file_name}: the same content as {chosen.file_name}, which is used; remove one of the two"
    return reject(file, "duplicate_content", reason)


def reject(file: DeviceFile, reason_code: str, reason: str) -> dict[str, Any]:
    """Return a row of REJECTED_RECORDING."""
    return {
        "file_name": file.file_name,
        "participant_id": file.participant_id,
        "sha256": file.sha256 or None,
        "reason_code": reason_code,
        "reason": reason,
    }
