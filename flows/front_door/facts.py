"""What the front door tells, read from the ledger and from the published warehouse."""

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from flows.store.health import Health
from flows.warehouse.published import open_warehouse, warehouse_path

_QUERIES = {
    "nights": """
        select
            inclusion.participant_id, inclusion.night_date, inclusion.is_in, inclusion.reason,
            coalesce(night.is_sleep_known, false) as is_sleep_known,
            sleep_diary.participant_id is not null as has_sleep_diary,
            sleep_diary.participant_id is not null
            or coalesce(exposure_night.is_caffeine_logged, false)
            or coalesce(exposure_night.is_exercise_logged, false)
            or coalesce(exposure_night.is_nutrients_logged, false)
            or exposure_night.stress_score is not null as has_diary,
            analysis_night.jerk_rate_per_h
        from inclusion
        left join analysis_night using (participant_id, night_date)
        left join night using (participant_id, night_date)
        left join exposure_night using (participant_id, night_date)
        left join (select distinct participant_id, night_date from sleep_diary) as sleep_diary
            using (participant_id, night_date)
        where inclusion.night_date is not null
    """,
    "people": """
        select
            participant.participant_id,
            count(recording.recording_id) as recording_count
        from participant left join recording using (participant_id)
        group by participant.participant_id order by participant.participant_id
    """,
    "last_recordings": """
        select participant_id, body_site, file_name, ended_at, is_truncated, faulty_block_count, is_calibrated,
            has_plausible_gravity
        from recording
        qualify row_number() over (partition by participant_id, body_site order by ended_at desc) = 1
        order by participant_id, body_site
    """,
    "last_clocks": """
        select clock_alignment.participant_id, recording.body_site, clock_alignment.night_date, clock_alignment.offset_s,
            clock_alignment.is_left_out
        from clock_alignment inner join recording using (recording_id)
        where clock_alignment.recording_id <> clock_alignment.reference_recording_id or clock_alignment.is_left_out
        qualify row_number() over (
            partition by clock_alignment.participant_id, recording.body_site order by clock_alignment.night_date desc
        ) = 1
        order by clock_alignment.participant_id, recording.body_site
    """,
    "refused_files": "select file_name, participant_id, reason from rejected_recording order by file_name",
    "refused_entries": """
        select file_name, line_number, column_name, value, reason from rejected_entry
        order by file_name, line_number, column_name
    """,
    "attrition": "select stage, reason, is_in, participant_count, night_count from attrition order by stage_number, is_in desc, reason",
}


@dataclass(frozen=True)
class Facts:
    """The tables of the front door by name, none where no warehouse is published, and the health of the store."""

    health: Health
    tables: dict[str, pl.DataFrame] = field(default_factory=dict)

    @property
    def refused(self) -> set[str]:
        """Participants of whom a device file was refused."""
        return set(self.tables["refused_files"]["participant_id"].drop_nulls())

    @property
    def waiting(self) -> set[str]:
        """Participants of whom a device file waits, as their folders tell."""
        people = set(self.tables["people"]["participant_id"])
        return {part for one in self.health.waiting for part in Path(one.file_name).parts if part in people}


def read_facts(store: Path, health: Health) -> Facts:
    """Read what the published warehouse of a store tells."""
    if not warehouse_path(store).is_file():
        return Facts(health)
    with open_warehouse(store) as connection:
        return Facts(health, {name: connection.sql(query).pl() for name, query in _QUERIES.items()})
