"""The whole way from device files to cohort tables: ingest, detect, warehouse, validate, release.

Each stage is a plain function over the store; a flow is some of them in order, and ``study`` all of them. The stages of
``study`` are not sub-flows: one of those costs more than a second, a task costs milliseconds. The ledger is asked first:
where nothing is new there is no task, and so no flow of Prefect and no server.
"""

import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import polars as pl

from flows.crew import crew_at
from flows.front_door.page import tell_front_door
from flows.orchestration import TemporaryServer, as_server_error, run_unit
from flows.progress import say
from flows.release.publish import publish_release
from flows.settings import StudySettings
from flows.stages.agreement import compare
from flows.stages.contents import with_hashes
from flows.stages.detect import SCORE, detect
from flows.stages.diaries import read_exposures
from flows.stages.discovery import discover
from flows.stages.ingest import ingest
from flows.stages.polysomnography import score_polysomnography
from flows.stages.private_names import stored_ids, with_private_names
from flows.stages.slices import keep_own, own_contents
from flows.stages.withdrawn import drop_recordings, read_withdrawn, without_withdrawn
from flows.store.code_version import code_version
from flows.store.journal import has_marks
from flows.store.ledger import Book, open_book
from flows.store.machine import as_machine_error
from flows.store.opening import opened_store
from flows.store.recordings_on_record import read_recordings_on_record
from flows.store.storage import open_storage
from flows.summary import StudyReport
from flows.task_flow import TaskFlow
from flows.warehouse.publish import check_published, publish_warehouse

Stage = Callable[[StudyReport], None]


def _ingest(report: StudyReport) -> None:
    settings = report.settings
    withdrawn = read_withdrawn(settings.store)
    keep_own(open_book(settings.store), settings.part)
    delivered = own_contents(with_private_names(discover(settings), stored_ids(settings)), settings.part)
    found, left_out = without_withdrawn(delivered, withdrawn)
    contents, known_content = without_withdrawn(
        with_hashes(settings, found, settle_s=settings.settle_s), withdrawn
    )
    # not even a name of theirs, or the hash of a file, stays on record
    open_book(settings.store).put_files([], gone=known_content)
    drop_recordings(open_book(settings.store), withdrawn)
    ingested = ingest(settings, contents)
    scored = score_polysomnography(settings, contents.participants)
    if left_out or known_content:
        report.counts["withdrawn_files"] = len(left_out) + len(known_content)
    wearers = pl.concat([ingested.recordings.select("participant_id"), scored.participants])
    rejected_entries = read_exposures(settings, contents, wearers)
    report.waiting = ingested.waiting
    report.rejected_recordings = pl.concat([ingested.rejected, scored.rejected_recordings])
    report.rejected_entries = pl.concat([rejected_entries, scored.rejected_entries])
    report.counts |= {
        "device_files": len(contents.device_files) + len(contents.missing_files),
        "recordings": ingested.recordings.height,
        "recordings_read": ingested.new_count,
    }


def _detect(report: StudyReport) -> None:
    detected = detect(report.settings, read_recordings_on_record(report.settings.store))
    if report.settings.part is None:
        compare(report.settings, SCORE)
        # of every unit that a mark told of, there is an entry now that is as it should be
        open_book(report.settings.store).has_taken_over = True
    report.counts |= {
        "participants": detected.participant_count,
        "participants_scored": detected.scored_count,
    }


def _warehouse(report: StudyReport) -> None:
    published = publish_warehouse(report.settings)
    report.warehouse, report.quality = published.warehouse, published.quality
    report.counts["warehouses_built"] = int(published.is_new)


def _validate(report: StudyReport) -> None:
    report.quality = run_unit(check_published, report.settings, label="validate")


def _release(report: StudyReport) -> None:
    report.release = publish_release(report.settings)


def run_stages(
    settings: StudySettings, stages: Sequence[Stage], tell: Callable[[float, str], object] | None = None
) -> StudyReport:
    """Hold the store, do the stages, and write down how they ended; ``tell`` hears how far it is [%]."""
    report = StudyReport(settings=settings)
    names = [stage.__name__.removeprefix("_") for stage in stages]
    with opened_store(
        settings.store, is_waiting=settings.is_waiting, address=settings.address, part=settings.part
    ) as book:
        number = book.begin_run(" ".join(names), code_version())
        try:
            for done, (name, stage) in enumerate(zip(names, stages, strict=True)):
                if tell is not None:
                    tell(100 * done / len(stages), name)
                started = time.perf_counter()
                stage(report)
                report.seconds[name] = time.perf_counter() - started
        except Exception as error:
            told = as_machine_error(error) or as_server_error(error) or error
            with suppress(sqlite3.Error):  # a full disk may have no room for its own obituary
                book.end_run(
                    number, "failed", report.counts, report.seconds, f"{type(told).__name__}: {told}"
                )
                _tell_front_door(settings, book)
            if told is error:
                raise
            raise told from error
        book.end_run(number, "completed", report.told_counts, report.seconds, None)
        _tell_front_door(settings, book)
    return report


def _tell_front_door(settings: StudySettings, book: Book) -> None:
    if settings.part is None:  # a slice does not see the study
        tell_front_door(settings, book)


FLOWS: dict[str, Sequence[Stage]] = {
    "study": (_ingest, _detect, _warehouse, _release),
    "ingest": (_ingest,),
    "detect": (_detect,),
    "warehouse": (_warehouse,),
    "validate": (_validate,),
    "release": (_release,),
    "slice": (_ingest, _detect),
}
"""The stages of each flow, in order."""


def stages_of(name: str, settings: StudySettings) -> Sequence[Stage]:
    """Return the stages of a flow; where slices have left their marks, the warehouse takes over what they did first."""
    if name == "warehouse" and has_marks(open_storage(settings.address or str(settings.store))):
        return _ingest, _detect, _warehouse
    return FLOWS[name]


def run(name: str, settings: StudySettings, server: TemporaryServer) -> StudyReport:
    """Run one of FLOWS over a study; its flow, and the server, begin with the first task."""
    with crew_at(settings.cluster) as crew:
        at_a_time = settings.worker_count if crew is None else max(settings.worker_count, crew.size())
        with TaskFlow(name, server, at_a_time):
            report = run_stages(settings, stages_of(name, settings))
    say("done in " + ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in report.seconds.items()))
    return report
