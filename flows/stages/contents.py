"""The content of each device file, hashed once; and whether somebody is still writing it.

A file is known by the times of change and sizes that were seen with its hash. One that is new or changed is looked at twice, at
least ``settle_s`` apart, where the caller cannot know that nobody is writing (scheduled runs); what changed between
the two looks, or while it was hashed, waits for the next run.
"""

import hashlib
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from flows.settings import StudySettings
from flows.stages.discovery import DeviceFile, StudyContents
from flows.stages.inbox import at_hand, version_now
from flows.store.ledger import SeenFile, now, open_book
from flows.store.machine import as_machine_error
from flows.store.waiting import Waiting
from flows.task_flow import expect_tasks
from transforms.readers import pieces_of_recording


def with_hashes(settings: StudySettings, contents: StudyContents, *, settle_s: float = 0.0) -> StudyContents:
    """Add each device file's SHA-256 and stamp; files that did not change since the last run are not read.

    What cannot be read now, or is still being written, moves to ``waiting``.
    """
    book = open_book(settings.store)
    looked = {file.file_name: _look(file, is_again=False) for file in contents.device_files}
    at = now()
    fresh = [
        file
        for file in contents.device_files
        if not isinstance(found := looked[file.file_name], Waiting)
        and not _is_hashed(book.files.get(file.file_name), found[0])
    ]
    unsettled = _unsettled(fresh, looked, book.files, at, settle_s)
    if unsettled:
        time.sleep(settle_s)
        for file in unsettled:
            again = _look(file)
            if again != looked[file.file_name] and not isinstance(again, Waiting):
                again = Waiting(
                    file.file_name, f"{file.file_name}: still being written; it is taken when it rests"
                )
            looked[file.file_name] = again
        fresh = [file for file in fresh if not isinstance(looked[file.file_name], Waiting)]
    if fresh:
        expect_tasks()
    with ThreadPoolExecutor(settings.worker_count) as pool:
        hashes = dict(zip([file.file_name for file in fresh], pool.map(_hashed, fresh), strict=True))

    files, waiting, seen = [], list(contents.waiting), []
    for file in contents.device_files:
        name = file.file_name
        found, known = looked[name], book.files.get(name)
        hashed = hashes.get(name)
        if isinstance(hashed, Waiting):
            found = hashed
        if not isinstance(found, Waiting) and hashed is not None and _stamp_of(file) != found[0]:
            found = Waiting(name, f"{name}: changed while it was read; it is read again at the next run")
        if isinstance(found, Waiting):
            waiting.append(found)
            seen.append(_seen_waiting(name, known, found, at))
            continue
        stamp, size = found
        sha256 = hashed if isinstance(hashed, str) else (known.sha256 if known is not None else None) or ""
        files.append(replace(file, sha256=sha256, stamp=stamp))
        if known is None or known.stamp != stamp or known.sha256 != sha256 or known.waits_for:
            first_seen_at = known.first_seen_at if known is not None else at
            seen.append(SeenFile(name, stamp, size, first_seen_at, at, now(), sha256))
    present = {file.file_name for file in contents.device_files}
    for entry in contents.waiting:
        seen.append(_seen_waiting(entry.file_name, book.files.get(entry.file_name), entry, at))
        present.add(entry.file_name)
    book.put_files(seen, gone=[name for name in book.files if name not in present])
    return replace(contents, device_files=files, waiting=tuple(waiting))


def _is_hashed(known: SeenFile | None, stamp: str) -> bool:
    return known is not None and known.stamp == stamp and bool(known.sha256)


def _unsettled(
    fresh: Sequence[DeviceFile],
    looked: dict[str, tuple[str, int] | Waiting],
    known: dict[str, SeenFile],
    at: str,
    settle_s: float,
) -> list[DeviceFile]:
    """List what nobody has yet seen with the same size and time of change, long enough ago."""

    def has_rested(file: DeviceFile) -> bool:
        before = known.get(file.file_name)
        found = looked[file.file_name]
        if before is None or isinstance(found, Waiting) or before.stamp != found[0]:
            return False
        age_s = (datetime.fromisoformat(at) - datetime.fromisoformat(before.looked_at)).total_seconds()
        return age_s >= settle_s

    return [] if settle_s <= 0 else [file for file in fresh if not has_rested(file)]


def _seen_waiting(name: str, known: SeenFile | None, entry: Waiting, at: str) -> SeenFile:
    if known is None:
        return SeenFile(name, "", 0, at, at, waits_since_at=at, waits_for=entry.reason)
    return replace(known, waits_since_at=known.waits_since_at or at, waits_for=entry.reason)


def _look(file: DeviceFile, *, is_again: bool = True) -> tuple[str, int] | Waiting:
    if file.source is not None:
        version = version_now(file.source) if is_again else file.source.version
        if version is None:
            return Waiting(file.file_name, f"{file.file_name}: went away; it is tried at each run")
        return version, file.source.size_bytes
    try:
        facts = [member.stat() for member in _members(file.path)]
    except OSError as error:
        return _waits(file, error)
    stamp = ";".join(f"{fact.st_size},{fact.st_mtime_ns}" for fact in facts)
    return stamp, sum(fact.st_size for fact in facts)


def _stamp_of(file: DeviceFile) -> str:
    found = _look(file)
    return "" if isinstance(found, Waiting) else found[0]


def is_as_it_was(file: DeviceFile) -> bool:
    """Tell whether a file still is what was hashed, as far as size and time of change tell."""
    return _stamp_of(file) == file.stamp


def _waits(file: DeviceFile, error: OSError) -> Waiting:
    if (fault := as_machine_error(error)) is not None:
        raise fault from error
    return Waiting(
        file.file_name,
        f"{file.file_name}: cannot be read now ({error.strerror or error}); it is tried at each run",
    )


def _hashed(file: DeviceFile) -> str | Waiting:
    try:
        if file.member is not None:
            return _sha256_of_member(file.path, file.member)
        with at_hand(file.path, file.source) as path:
            return _sha256(path)
    except OSError as error:
        return _waits(file, error)


def _members(path: Path) -> list[Path]:
    return sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]


def _sha256(path: Path) -> str:
    """Hash a file's content; of a folder, the names and hashes of its files."""
    if path.is_file():
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    listing = [f"{member.relative_to(path).as_posix()} {_sha256(member)}" for member in _members(path)]
    return hashlib.sha256("\n".join(listing).encode()).hexdigest()


def _sha256_of_member(path: Path, member: str) -> str:
    """Hash what an archive holds of one of its recordings, so that it is the same recording in another archive."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for piece in pieces_of_recording(stream, path.stat().st_size, member):
            digest.update(piece)
    return digest.hexdigest()
