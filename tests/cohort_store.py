"""A store of a simulated cohort in which no table is empty, and the warehouse that is built from it."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import polars as pl

from flows.store.layout import core_file, core_table
from flows.warehouse.build import build_warehouse
from flows.warehouse.core_views import DATASETS
from flows.warehouse.published import publish, warehouse_path
from tests.survey_rows import respondents
from transforms.diaries.reference import dietary_reference_intake
from transforms.parameters import DEFAULT, StudyParameters
from transforms.parameters.cohort_simulation import PLAIN_COHORT
from transforms.simulation.cohort import simulate_cohort

PERSON = "P000000"
FIRST_NIGHT = date(2026, 1, 5)


def write_dataset(store: Path, name: str, frame: pl.DataFrame) -> None:
    """Put a dataset into the store, whole."""
    file = core_table(store, name)
    file.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(file)


def write_cohort(store: Path, *, participant_count: int = 40, night_count: int = 9, seed: int = 1) -> None:
    """Write the datasets of a simulated cohort."""
    cohort = simulate_cohort(
        replace(PLAIN_COHORT, one_leg_frac=0.3),
        participant_count=participant_count,
        night_count=night_count,
        seed=seed,
    )
    for name, frame in cohort.items():
        write_dataset(store, name, frame)
    write_dataset(store, "dietary_reference_intake", dietary_reference_intake())


def write_literal_rows(store: Path) -> None:
    """Give every dataset that the simulation says nothing about a few rows."""
    night = (
        pl.read_parquet(core_table(store, "night"))
        .filter(pl.col("participant_id") == PERSON)
        .row(0, named=True)
    )
    asleep = night["sleep_onset_at"]
    person: dict[str, Any] = {"participant_id": PERSON}
    start: dict[str, Any] = {"started_at": asleep, "ended_at": asleep + timedelta(minutes=20)}
    recording = {
        "recording_id": "0123456789ab",
        "participant_id": PERSON,
        "body_site": "left_ankle",
        "file_name": "devices/P000000/left_ankle.cwa",
        "sha256": "0" * 64,
        "sampling_rate_hz": 50.0,
        "started_at": night["window_start_at"],
        "ended_at": night["window_end_at"],
        "time_zone": "UTC",
        "sample_count": 4_320_000,
        "gap_s": 0.0,
        "gravity_median_g": 1.0,
        "calibration_error_after_mg": 4.0,
        "wear_h": 20.0,
    }
    rows: dict[str, list[dict[str, Any]]] = {
        "recording": [recording],
        "rejected_recording": [
            {
                "file_name": "devices/P1/x.cwa",
                "sha256": "1" * 64,
                "reason_code": "not_a_device_file",
                "reason": "text",
            }
        ],
        "rejected_entry": [
            {
                "file_name": "diary/caffeine.csv",
                "line_number": 3,
                "column_name": "caffeine_mg",
                "value": "x",
                "reason": "not a number",
            }
        ],
        "wake_episode": [
            {
                **person,
                "night_date": FIRST_NIGHT,
                "started_at": asleep + timedelta(hours=n),
                "ended_at": asleep + timedelta(hours=n, minutes=10),
            }
            for n in (1, 2)
        ],
        "nonwear_interval": [{"recording_id": "0123456789ab", **person, **start, "method": "van_hees"}],
        "rejected_candidate": [
            {
                **person,
                "night_date": FIRST_NIGHT,
                "onset_at": asleep,
                "duration_s": 0.3,
                "reason": "too_short",
            }
        ],
        "sleep_diary": [
            {
                **person,
                "night_date": FIRST_NIGHT,
                "lights_off_at": night["lights_off_at"],
                "lights_on_at": night["lights_on_at"],
            }
        ],
        "nap": [
            {
                **person,
                "started_at": night["lights_off_at"] - timedelta(hours=9),
                "ended_at": night["lights_off_at"] - timedelta(hours=8),
                "duration_min": 60.0,
            }
        ],
        "medication_use": [
            {
                **person,
                "start_date": FIRST_NIGHT,
                "end_date": FIRST_NIGHT + timedelta(days=3),
                "drug": "pramipexole",
                "drug_class": "dopaminergic",
                "dose_mg": 0.25,
            }
        ],
        "restlessness": [
            {
                **person,
                "night_date": FIRST_NIGHT,
                "restlessness_analysed_h": 0.5,
                "restlessness_movement_count": 4,
            }
        ],
        "daytime_rating": [{**person, "logged_date": FIRST_NIGHT, "scale": "kss", "score": 4.0}],
    }
    rows |= _rows_of_polysomnography(person, asleep)
    rows["survey_person"] = respondents().to_dicts()
    for name, entries in rows.items():
        write_dataset(store, name, pl.DataFrame(entries, schema=DATASETS[name]))
    faults = core_file(store, "fault", PERSON, "0123456789ab")
    faults.parent.mkdir(parents=True, exist_ok=True)
    fault = {"recording_id": "0123456789ab", **start, "cause": "gap", "block_count": 0, "sample_count": 0}
    pl.DataFrame([fault], schema=DATASETS["fault"]).write_parquet(faults)


def _rows_of_polysomnography(person: dict[str, Any], asleep: datetime) -> dict[str, list[dict[str, Any]]]:
    night = {**person, "night_date": FIRST_NIGHT, "scorer": "laboratory"}
    movement = {"onset_at": asleep, "offset_at": asleep + timedelta(seconds=2), "duration_s": 2.0}
    counts = {"clm_count": 5, "plm_count": 4, "isolated_lm_count": 1, "short_interval_lm_count": 0}
    rates = {"aplm_per_h": 12.0, "plm_per_h": 10.0, "difference_per_h": 2.0}
    matches = {"scorer_count": 80, "candidate_count": 100, "matched_count": 64}
    pair = {"scorer": "laboratory", "candidate": "sensor"}
    return {
        "scored_leg_movement": [
            {**night, **movement, "side": "left", "stage": "n2", "is_clm": True, "aasm_plm_count": 0}
        ],
        "leg_movement_report": [{**night, "state": "sleep", "state_h": 2.0, **counts, "plm_per_h": 2.0}],
        "imi_histogram": [{**night, "lower_s": 20.0, "upper_s": 22.0, "imi_count": 3}],
        "plm_hour": [{**night, "hour_number": 1, "sleep_h": 1.0, "plm_count": 4, "plm_per_h": 4.0}],
        "agreement": [
            {**night, "candidate": "sensor", "compared_h": 7.0, "compared_sleep_h": 6.0, **matches, **rates}
            | {"sensitivity": 0.8, "precision": 0.64, "f1": 128 / 180}
        ],
        "sleep_agreement": [
            {**night, "sleep_window_source": "leg_hdcza", "compared_h": 8.0, "scored_sleep_h": 7.0}
            | {"sensor_sleep_h": 7.2, "sleep_sensitivity_frac": 0.97, "sleep_specificity_frac": 0.5}
            | {
                "sleep_onset_error_min": -4.0,
                "sleep_end_error_min": 3.0,
                "kappa_index": 0.5,
                "epoch_count": 960,
            }
        ],
        "agreement_summary": [
            {**pair, "measure": "bias", "value": 2.0, "lower": 1.0, "upper": 3.0, "unit": "1/h"}
            | {"participant_count": 1, "night_count": 1}
        ],
    }


def quick_parameters() -> StudyParameters:
    """Parameters with fewer draws: what a test asks of a warehouse does not hang on them."""
    association = replace(DEFAULT.cohort.association, imputation_count=3, permutation_count=99)
    return replace(DEFAULT, cohort=replace(DEFAULT.cohort, association=association))


@cache
def published_store() -> Path:
    """A store with a published warehouse; shared by tests, which only read it."""
    store = Path(mkdtemp(prefix="legjumps-store-"))
    write_cohort(store)
    write_literal_rows(store)
    publish(
        build_warehouse(store, quick_parameters(), code_version="test", secret=b"test"), store, kept_count=2
    )
    return store


def published_warehouse() -> Path:
    """The warehouse of that store."""
    return warehouse_path(published_store())
