"""The facts of a front door, made up: so many people, so many nights, everything that can be missing."""

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from flows.front_door.facts import Facts
from flows.settings import StudySettings
from flows.store.health import Health, Silent, Wait
from flows.store.ledger import PastRun
from transforms.parameters import DEFAULT
from transforms.schema.words import EXCLUSION_REASONS

AT = datetime(2026, 4, 2, 6, 0, tzinfo=UTC)
FIRST = date(2026, 3, 1)


def settings(folder: Path) -> StudySettings:
    return StudySettings(
        folder=folder, store=folder, study_id="made_up", time_zone="UTC", parameters=DEFAULT, worker_count=1
    )


def made_up(participant_count: int, night_count: int, seed: int = 1) -> Facts:
    rng = random.Random(seed)
    people = [f"P{number:04d}" for number in range(1, participant_count + 1)]
    nights = []
    for person in people[:-1]:  # the last has delivered nothing
        for number in range(night_count):
            reason = "in" if rng.random() < 0.85 else rng.choice(EXCLUSION_REASONS)
            has_diary = rng.random() < 0.95
            nights.append(
                {
                    "participant_id": person,
                    "night_date": FIRST + timedelta(days=number),
                    "is_in": reason == "in",
                    "reason": reason,
                    "is_sleep_known": rng.random() < 0.95,
                    "has_sleep_diary": has_diary,
                    "has_diary": has_diary,
                    "jerk_rate_per_h": rng.lognormvariate(1.8, 0.7) if reason == "in" else None,
                }
            )
    end = datetime(2026, 3, 1, 8, tzinfo=UTC) + timedelta(days=night_count)
    recordings = [
        {
            "participant_id": person,
            "body_site": site,
            "file_name": f"devices/{person}/{site}.cwa",
            "ended_at": end,
            "is_truncated": (person, site) == ("P0001", "left_ankle"),
            "faulty_block_count": 0,
            "is_calibrated": True,
            "has_plausible_gravity": True,
        }
        for person in people[:-1]
        for site in ("left_ankle", "right_ankle")
    ]
    clock = {
        "participant_id": "P0002",
        "body_site": "left_ankle",
        "night_date": FIRST + timedelta(days=night_count - 1),
        "offset_s": -4.2,
        "is_left_out": False,
    }
    tables = {
        "nights": pl.DataFrame(nights),
        "people": pl.DataFrame(
            {"participant_id": people, "recording_count": [2] * (participant_count - 1) + [0]}
        ),
        "last_recordings": pl.DataFrame(recordings),
        "last_clocks": pl.DataFrame([clock]),
        "refused_files": pl.DataFrame(
            [
                {
                    "file_name": "devices/P0001/x.cwa",
                    "participant_id": "P0001",
                    "reason": "devices/P0001/x.cwa: begins with text <b>",
                }
            ]
        ),
        "refused_entries": pl.DataFrame(
            [
                {
                    "file_name": "diary/sleep.csv",
                    "line_number": 5,
                    "column_name": "lights_off",
                    "value": "11:30</script>",
                    "reason": "am or pm?",
                }
            ]
        ),
        "attrition": pl.DataFrame(
            [
                {
                    "stage": "recorded",
                    "reason": "in",
                    "is_in": True,
                    "participant_count": participant_count,
                    "night_count": 9,
                }
            ]
        ),
    }
    run = PastRun(
        1,
        "ingest",
        "2026-04-02T05:00:00+00:00",
        "2026-04-02T05:01:00+00:00",
        "failed",
        {},
        {"ingest": 9.0},
        "MachineError: full",
        "x",
    )
    health = Health(
        is_well=False,
        why_not=["the last run failed: MachineError: full"],
        runs=[run],
        running=None,
        waiting=[Wait("devices/P0003/left_ankle.cwa", "2026-04-01T05:00:00+00:00", "still being written")],
        rejected_count=1,
        recording_states={},
        silent=[
            Silent("P0004", "2026-03-20T05:00:00+00:00", 13),
            Silent("P0005", "2025-03-20T05:00:00+00:00", 378),
        ],
        disk_free_gb=12.0,
        stage_seconds={},
    )
    return Facts(health, tables)
