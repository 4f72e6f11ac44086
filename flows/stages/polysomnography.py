"""Polysomnography into the store: marks of scorers, and what the standards make of them.

    read       psg/<participant_id>/*, scored_events.csv -> scored_event        per participant; the list at once
    score      scored_event -> leg movements, reports, nights of scorers        whole study: who scored what is told by
                                                                                all nights of a scorer

The nights of scorers are read by detection: polysomnography is the first source of a night's sleep window, and stands
in for the movements of nights without a leg sensor. Names of delivered files may be names of patients: what is stored
and said names a file by its participant and its place in the folder.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from flows.crew import Outcome
from flows.orchestration import results
from flows.settings import StudySettings
from flows.stages.private_names import stored_ids, with_private_scorers
from flows.stages.psg_files import (
    LIST,
    Sleeper,
    event_lists,
    file_stamp,
    find_sleepers,
    loose_files,
    named_by_path,
    read_files,
    starts_without_file,
)
from flows.stages.psg_scores import READ, score_if_new, scored_events
from flows.stages.units import map_stage
from flows.stages.withdrawn import read_withdrawn
from flows.store.at_hand import bring_datasets
from flows.store.code_version import made_by
from flows.store.datasets import write_frame, write_if_changed
from flows.store.fingerprint import fingerprint
from flows.store.layout import core_file, core_table
from flows.store.ledger import Ledger
from flows.store.secret import FILE_NAME as SECRET
from flows.store.secret import store_secret
from transforms.diaries.identity import People
from transforms.psg.scored_events_csv import read_scored_events
from transforms.schema import (
    REJECTED_ENTRY,
    REJECTED_RECORDING,
)

PART = "polysomnography"
"""Name of this stage's own file in datasets that other stages write, too."""


@dataclass(frozen=True, kw_only=True)
class Scored:
    """What was read and refused of polysomnography."""

    participants: pl.DataFrame
    """participant_id of everybody with a mark or a file."""
    rejected_recordings: pl.DataFrame
    """REJECTED_RECORDING."""
    rejected_entries: pl.DataFrame
    """REJECTED_ENTRY."""


def score_polysomnography(settings: StudySettings, participants: pl.DataFrame) -> Scored:
    """Bring marks, scored leg movements and the nights of scorers in line with ``psg/``.

    ``participants`` are the rows of participants.csv (PARTICIPANT). Files that did not change are not read again.
    """
    withdrawn = read_withdrawn(settings.store)
    found = find_sleepers(settings, participants)
    stored = stored_ids(settings)
    sleepers = [
        replace(one, participant_id=stored.of(one.participant_id))
        for one in found
        if not withdrawn.names(one.participant_id)
    ]
    sleepers = [one for one in sleepers if not withdrawn.names(one.participant_id)]
    _read(settings, sleepers)
    _read_list(settings, participants)
    rejected = {
        "rejected_recording": pl.concat(
            [_loose_files(settings), _on_record(settings, "rejected_recording", REJECTED_RECORDING)]
        ),
        "rejected_entry": pl.concat(
            [starts_without_file(settings, sleepers), _on_record(settings, "rejected_entry", REJECTED_ENTRY)]
        ),
    }
    for name, frame in rejected.items():
        write_if_changed(settings.store, _own_part(settings, name), frame)
    bring_datasets(settings.store, ("scored_event", "emg_break", "emg_span"))
    events = scored_events(settings)
    told = pl.concat(
        [
            events.select("participant_id"),
            pl.DataFrame({"participant_id": [sleeper.participant_id for sleeper in sleepers]}, schema={"participant_id": pl.String}),
        ]
    )  # fmt: skip
    everybody = told.unique().sort("participant_id")
    score_if_new(settings, events, _time_zones(settings, everybody, stored.frame(participants)))
    return Scored(
        participants=everybody,
        rejected_recordings=rejected["rejected_recording"],
        rejected_entries=rejected["rejected_entry"],
    )


def read_one(sleeper: Sleeper, *, settings: StudySettings) -> dict[str, Any]:
    """Read the files of one participant; a file that cannot be used becomes a row with its reason."""
    files, read = read_files(sleeper, settings)
    hashes = {file.file_name: hashlib.sha256(file.content).hexdigest() for file in files}
    refused = [
        {
            "file_name": name,
            "participant_id": sleeper.participant_id,
            "sha256": hashes[name],
            "reason_code": error.reason_code,
            "reason": str(error),
        }
        for name, error in sorted(read.refused.items())
    ]
    outputs = []
    for dataset, frame in {
        "scored_event": with_private_scorers(read.events, store_secret(settings.store)),
        "emg_span": read.spans,
        "emg_break": read.breaks,
        "rejected_candidate": read.rejected_candidates,
    }.items():
        file = core_file(settings.store, dataset, sleeper.participant_id, PART)
        write_frame(file, frame)
        outputs.append(file)
    return {
        "outputs": outputs,
        "rejected_recording": refused,
        "rejected_entry": read.rejected_entries.to_dicts(),
    }


def _read(settings: StudySettings, sleepers: Sequence[Sleeper]) -> None:
    ledger = Ledger(settings.store, READ)
    made = made_by(read_one, settings.parameters)
    wanted = {
        sleeper.unit: fingerprint(
            made,
            sleeper.time_zone,
            sorted(settings.psg.labels.items()),
            sorted(settings.psg.starts_of(named_by_path(settings, sleeper), sleeper.time_zone).items()),
            sorted(settings.psg.scorers_of(named_by_path(settings, sleeper)).items()),
            [(path.name, file_stamp(path)) for path in sleeper.paths],
        )
        for sleeper in sleepers
    }
    for gone in set(ledger.units()) - wanted.keys() - {LIST}:
        ledger.remove(gone)
    pending = [sleeper for sleeper in sleepers if not ledger.is_current(sleeper.unit, wanted[sleeper.unit])]

    def record(outcome: Outcome[Sleeper]) -> None:
        if outcome.error is None:
            unit = outcome.unit.unit
            ledger.record(unit, wanted[unit], seconds=outcome.seconds, **outcome.result)

    results(
        map_stage(
            read_one,
            pending,
            stage=READ,
            settings=settings,
            name_of=lambda sleeper: sleeper.unit,
            wanted=wanted,
            made_from=lambda sleeper: (SECRET,),
            record=record,
            is_here=True,
        )
    )


def _read_list(settings: StudySettings, participants: pl.DataFrame) -> None:
    """Read the study's own lists of marks, psg/scored_events.csv and those in the folders of participants."""
    ledger = Ledger(settings.store, READ)
    withdrawn = read_withdrawn(settings.store)
    paths = event_lists(settings)
    if not paths:
        ledger.remove(LIST)
        return
    contents = {path.relative_to(settings.folder).as_posix(): path.read_bytes() for path in paths}
    wanted = fingerprint(
        made_by(read_scored_events, settings.parameters),
        {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()},
        participants.select("participant_id", "time_zone"),
        settings.participant_ids_are_codes,
        settings.time_zone,
        sorted(withdrawn.tombstones),
    )
    if ledger.is_current(LIST, wanted):
        return
    people = People(participants=participants, default_time_zone=settings.time_zone)
    read = [read_scored_events(content, name, people) for name, content in contents.items()]
    table = core_table(settings.store, "scored_event")
    events = with_private_scorers(pl.concat([marks.events for marks in read]), store_secret(settings.store))
    write_frame(table, withdrawn.drop_people(stored_ids(settings).frame(events)))
    rejected = withdrawn.drop_people(pl.concat([marks.rejected for marks in read]))
    ledger.record(LIST, wanted, [table], rejected_recording=[], rejected_entry=rejected.to_dicts())


def _loose_files(settings: StudySettings) -> pl.DataFrame:
    """Return REJECTED_RECORDING of these files."""
    rows = [
        {
            "file_name": name,
            "reason_code": "no_participant",
            "reason": f"{name} (file {number} of psg/ by name): belongs to no participant; move it to psg/<participant_id>/",
        }
        for number, (_, name) in enumerate(loose_files(settings), start=1)
    ]
    return pl.DataFrame(rows, schema=REJECTED_RECORDING)


def _on_record(settings: StudySettings, name: str, schema: pl.Schema) -> pl.DataFrame:
    ledger = Ledger(settings.store, READ)
    rows = [row for unit in ledger.units() for row in (ledger.read(unit) or {}).get(name, [])]
    return pl.DataFrame(rows, schema=schema)


def _time_zones(settings: StudySettings, everybody: pl.DataFrame, participants: pl.DataFrame) -> pl.DataFrame:
    return (
        everybody.join(
            participants.select("participant_id", "time_zone"),
            on="participant_id",
            how="left",
            validate="1:1",
        )
        .with_columns(pl.col("time_zone").fill_null(settings.time_zone))
        .sort("participant_id")
    )


def _own_part(settings: StudySettings, dataset: str) -> Path:
    return settings.store / "core" / dataset / f"{PART}.parquet"
