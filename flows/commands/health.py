"""``legjumps health``: what ran, what failed, what waits and since when, who is silent, and whether the disk lasts."""

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from flows.settings import StudySettings
from flows.store.health import Health, read_health
from flows.store.ledger import FILE_NAME as LEDGER
from flows.store.ledger import PastRun, close_book
from flows.store.lock import Holder
from flows.store.storage import open_storage
from flows.store.storage.lease import holder_of_lease
from flows.store.storage.objects import ObjectStorage
from transforms.errors import SettingsError


def show_health(
    settings: StudySettings, *, is_json: bool, silent_days: int | None, run_count: int = 5
) -> bool:
    """Print the health of a study; return whether it is well."""
    with _ledger_at_hand(settings) as (own, running):
        health = read_health(own, silent_days=silent_days, run_count=run_count)
    if settings.address is not None:
        health = replace(health, running=running)
    text = json.dumps(asdict(health), indent=1) if is_json else "\n".join(_lines(health))
    sys.stdout.write(f"{text}\n")
    return health.is_well


@contextmanager
def _ledger_at_hand(settings: StudySettings) -> Iterator[tuple[StudySettings, Holder | None]]:
    """Yield settings whose store holds the ledger; of a store elsewhere a copy, beside whoever works on it, and who that is."""
    if settings.address is None:
        yield settings, None
        return
    storage = open_storage(settings.address)
    with tempfile.TemporaryDirectory(prefix="legjumps_health_") as place:
        own = replace(settings, store=Path(place))
        if storage.read(LEDGER) is None:
            raise SettingsError(
                f"{settings.address} holds no ledger yet; run `{settings.command('run')}` first"
            )
        storage.get(LEDGER, own.store / LEDGER)
        yield own, holder_of_lease(storage) if isinstance(storage, ObjectStorage) else None
        close_book(own.store)


def _lines(health: Health) -> Sequence[str]:
    lines = ["well" if health.is_well else f"not well: {'; '.join(health.why_not)}"]
    if health.running is not None:
        lines.append(f"running now: {health.running}")
    lines.append("runs, the newest first:")
    lines += [
        f"  {run.started_at}  {run.state:<10}{sum(run.seconds.values()):7.1f} s  {run.error or _counts(run)}"
        for run in health.runs
    ]
    lines.append("recordings: " + ", ".join(f"{n} {state}" for state, n in health.recording_states.items()))
    if health.waiting:
        lines.append("waiting:")
        lines += [f"  since {entry.since_at}: {entry.reason}" for entry in health.waiting]
    if health.silent:
        lines.append("no new file from:")
        lines += [
            f"  {one.participant_id} for {one.silent_d} days, since {one.last_file_at}"
            for one in health.silent
        ]
    stages = ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in health.stage_seconds.items())
    return [*lines, f"time of the last completed run: {stages}", f"disk left: {health.disk_free_gb} GB"]


def _counts(run: PastRun) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in run.counts.items())
