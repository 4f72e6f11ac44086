"""What a scheduled run tells Prefect: its state in words, artifacts, and an event when it fails."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from prefect.artifacts import create_progress_artifact, create_table_artifact, update_progress_artifact
from prefect.client.schemas.objects import State
from prefect.events import emit_event
from prefect.states import Completed

from flows.summary import StudyReport

FAILED = "legjumps.run.failed"
"""Event to which an automation can be attached; its resource is legjumps.study.<name of the study's folder>."""


class Told:
    """The artifacts of one run."""

    def __init__(self, name: str) -> None:
        self._key = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "study"
        self._progress: UUID | None = None

    def progress(self, done_pct: float, stage: str) -> None:
        """Tell how far the run is."""
        if self._progress is None:
            created: Any = create_progress_artifact(done_pct, key=f"{self._key}-progress", description=stage)
            self._progress = created
        else:
            update_progress_artifact(self._progress, done_pct, description=stage)

    def completed(self, report: StudyReport) -> State[None]:
        """Tell what was not taken; return the state in which the run ends."""
        rows = [
            {"file": row["file_name"], "state": row["reason_code"], "reason": row["reason"]}
            for row in report.rejected_recordings.iter_rows(named=True)
        ]
        rows += [
            {"file": entry.file_name, "state": "waiting", "reason": entry.reason} for entry in report.waiting
        ]
        create_table_artifact(
            rows, key=f"{self._key}-not-taken", description="what was not taken, and what waits"
        )
        self.progress(100.0, "done")
        counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in report.told_counts.items())
        return Completed(message=counts)

    def failed(self, error: BaseException) -> None:
        """Emit the event to which an automation can be attached."""
        emit_event(
            FAILED,
            resource={"prefect.resource.id": f"legjumps.study.{self._key}"},
            payload={"error": f"{type(error).__name__}: {error}"[:2000]},
        )


@contextmanager
def told_to_prefect(name: str) -> Iterator[Told]:
    """Yield what a run tells its artifacts through; an error leaves an event behind and is raised."""
    told = Told(name)
    try:
        yield told
    except Exception as error:
        told.failed(error)
        raise
