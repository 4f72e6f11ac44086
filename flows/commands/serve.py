"""Scheduled ingestion: the study's flow at each due time until stopped, one run at a time, times in UTC.

A local 02:30 does not exist one night a year and exists twice on another. A due time that passed while a run was under
way, or while the machine slept, is caught up once. What a run leaves undone is done by the next, because every run does whatever
is not yet done; so no failure ends the serving.
"""

import asyncio
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flows.front_door.page import tell_front_door
from flows.orchestration import TemporaryServer
from flows.progress import say
from flows.settings import StudySettings
from flows.store.layout import PREFECT
from transforms.errors import SettingsError, StudyError

_UNITS_S = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
_LONGEST_NAP_S = 30.0


@dataclass(frozen=True)
class Every:
    """Due again so long after the last due time."""

    interval: timedelta

    def after(self, due_at: datetime) -> datetime:
        """Return the due time that follows ``due_at``."""
        return due_at + self.interval

    def __str__(self) -> str:
        """Say it as it was given."""
        return f"every {self.interval}"


@dataclass(frozen=True)
class Cron:
    """Due when a cron line says so, in UTC."""

    line: str

    def after(self, due_at: datetime) -> datetime:
        """Return the due time that follows ``due_at``."""
        from prefect.server.schemas.schedules import CronSchedule

        dates = asyncio.run(CronSchedule(cron=self.line, timezone="UTC").get_dates(2, start=due_at))
        return next(date for date in dates if date > due_at)

    def __str__(self) -> str:
        """Say it as it was given."""
        return f"at {self.line!r} UTC"


def read_cadence(every: str | None, cron: str | None) -> Every | Cron:
    """Read --every and --cron; raises SettingsError where both are given or one makes no sense."""
    if every is not None and cron is not None:
        raise SettingsError("give --every or --cron, not both")
    if every is not None:
        said = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|m|min|h|d)", every.strip())
        if said is None or float(said[1]) == 0:
            raise SettingsError(
                f"--every {every!r}: wanted a number and a unit, such as 90s, 30min, 1h or 1d"
            )
        return Every(timedelta(seconds=float(said[1]) * _UNITS_S[said[2]]))
    cadence = Cron(cron or "0 3 * * *")
    try:
        cadence.after(datetime.now(UTC))
    except ValueError as error:
        raise SettingsError(
            f"--cron {cron!r}: {error}; five fields are wanted, such as '0 3 * * *'"
        ) from None
    return cadence


def serve_study(
    settings: StudySettings, cadence: Every | Cron, *, settle_s: float, run_count: int | None = None
) -> None:
    """Run the study now and at each due time, until stopped or ``run_count`` runs are done."""
    server = TemporaryServer(settings.store / PREFECT, is_scheduler=True)
    due_at = datetime.now(UTC)
    done_count = 0
    while True:
        _run_once(settings, server, settle_s)
        done_count += 1
        if run_count is not None and done_count >= run_count:
            return
        due_at = next_due(cadence, due_at, datetime.now(UTC))
        tell_front_door(settings, next_run=f"{due_at:%-d %b, %H:%M}")
        say(
            f"legjumps serves {settings.study_id} {cadence}: next at {due_at:%Y-%m-%d %H:%M:%S} UTC. Ctrl-C stops it."
        )
        while (left_s := (due_at - datetime.now(UTC)).total_seconds()) > 0:
            time.sleep(
                min(left_s, _LONGEST_NAP_S)
            )  # short: a machine that slept has another clock than it thinks


def next_due(cadence: Every | Cron, due_at: datetime, at: datetime) -> datetime:
    """Return when to run next, after a run that was due at ``due_at`` ended ``at``: at once where one was missed."""
    due_at = min(due_at, at)  # the clock may have been set back
    return max(cadence.after(due_at), at)


def _run_once(settings: StudySettings, server: TemporaryServer, settle_s: float) -> None:
    try:
        server.wait()

        from flows.scheduled import scheduled_study

        scheduled_study(
            folder=str(settings.folder),
            store=settings.address or str(settings.store),
            worker_count=settings.worker_count,
            settle_s=settle_s,
        )
    except StudyError as error:
        say(f"legjumps: this run failed, the next may not: {error}")
    except Exception as error:  # noqa: BLE001 - a run that fails does not end the serving; it is on record
        say(f"legjumps: this run failed by our fault, report it: {type(error).__name__}: {error}")
