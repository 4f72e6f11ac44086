"""How a study's store fares: what ran, what failed, what waits and since when, who is silent, and whether the disk lasts."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime

from flows.settings import StudySettings
from flows.store.ledger import FILE_NAME, Book, PastRun, close_book, open_book
from flows.store.lock import Holder, holder_of
from transforms.errors import SettingsError

LEAST_FREE_GB = 5.0
"""A participant-week at 100 Hz takes 0.1 GB: with less, some fifty more fit."""


@dataclass(frozen=True)
class Silent:
    """A participant of whom no new file has come for long."""

    participant_id: str
    last_file_at: str
    silent_d: int


@dataclass(frozen=True)
class Wait:
    """A file that could not be taken, since when, and why."""

    file_name: str
    since_at: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Health:
    """The state of a study's store."""

    is_well: bool
    why_not: list[str]
    runs: list[PastRun]
    running: Holder | None
    waiting: list[Wait]
    rejected_count: int
    recording_states: dict[str, int]
    silent: list[Silent]
    disk_free_gb: float
    stage_seconds: dict[str, float]
    """Wall time of each stage in the last run that was completed [s]."""


def read_health(settings: StudySettings, *, silent_days: int | None, run_count: int = 5) -> Health:
    """Read the ledger; raises SettingsError where there is none.

    A last run that failed, a file that waits and a disk that runs full are against it; silence only where ``silent_days`` is given, for a
    study that is over is silent and well. Rejected files are told by the run that met them.
    """
    if not (settings.store / FILE_NAME).exists():
        raise SettingsError(f"{settings.store} holds no ledger yet; run `{settings.command('run')}` first")
    close_book(settings.store)
    return health_of(open_book(settings.store), silent_days=silent_days, run_count=run_count)


def health_of(book: Book, *, silent_days: int | None, run_count: int = 5) -> Health:
    """Tell how the store of an open ledger fares."""
    runs = book.runs(run_count)
    ended = [run for run in runs if run.state != "running"]
    waiting = [
        Wait(file.file_name, file.waits_since_at, file.waits_for or "")
        for file in sorted(book.files.values(), key=lambda file: file.file_name)
        if file.waits_since_at is not None
    ]
    states: dict[str, int] = {}
    for recording in book.recordings.values():
        states[recording.state] = states.get(recording.state, 0) + 1
    silent = _silent(book, silent_days or 14)
    free_gb = shutil.disk_usage(book.store).free / 1e9
    why_not = []
    if not runs:
        why_not.append("nothing has run yet")
    if ended and ended[0].state != "completed":
        why_not.append(f"the last run {ended[0].state}: {ended[0].error}")
    if waiting:
        why_not.append("1 file waits" if len(waiting) == 1 else f"{len(waiting)} files wait")
    if free_gb < LEAST_FREE_GB:
        why_not.append(f"{free_gb:.1f} GB are left on the disk of the store")
    if silent_days is not None and silent:
        why_not.append(f"{len(silent)} participants delivered nothing for {silent_days} days")
    completed = [run for run in runs if run.state == "completed"]
    return Health(
        is_well=not why_not,
        why_not=why_not,
        runs=runs,
        running=holder_of(book.store),
        waiting=waiting,
        rejected_count=states.get("rejected", 0),
        recording_states=dict(sorted(states.items())),
        silent=silent,
        disk_free_gb=round(free_gb, 1),
        stage_seconds=completed[0].seconds if completed else {},
    )


def _silent(book: Book, least_d: int) -> list[Silent]:
    last: dict[str, str] = {}
    for recording in book.recordings.values():
        file = book.files.get(recording.file_name)
        if recording.participant_id is not None:
            came_at = file.first_seen_at if file is not None else recording.since_at
            last[recording.participant_id] = max(last.get(recording.participant_id, ""), came_at)
    now = datetime.now(UTC)
    days = {person: (now - datetime.fromisoformat(at)).days for person, at in last.items()}
    return [
        Silent(person, at, days[person]) for person, at in sorted(last.items()) if days[person] >= least_d
    ]
