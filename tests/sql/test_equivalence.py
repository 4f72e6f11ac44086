"""The same measures in polars (the report on scored polysomnography) and in SQL (the nightly rates) agree."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from tests.sql.conftest import a_night, at
from transforms.parameters.cohort import FERRI_2006_RATES
from transforms.schema import SCORED_LEG_MOVEMENT
from transforms.scoring.reporting import report

KEYS = {"participant_id": "P1", "night_date": date(2026, 3, 1)}
OFF = at("2026-03-01T22:00")
# all of the time in bed is sleep here, so that the report's states in_bed and sleep are one
NIGHT = a_night(
    sleep_onset_at=OFF,
    sleep_end_at=at("2026-03-02T06:00"),
    analysed_sleep_h=8.0,
    analysed_wake_h=0.0,
    analysed_spt_h=8.0,
)


def random_movements(seed: int) -> list[dict]:
    """Candidates and others, with intervals at and around the bounds, unknown ones, and series."""
    random = np.random.default_rng(seed)
    choices = np.array([3.0, 9.999999, 10.0, 10.000001, 25.0, 60.0, 90.0, 90.000001, 200.0])
    onset = OFF + timedelta(seconds=5)
    rows: list[dict] = []
    for number in range(int(random.integers(1, 120))):
        gap = float(random.choice(choices))
        onset += timedelta(seconds=gap)
        is_candidate = bool(random.random() < 0.9)
        follows = is_candidate and rows and rows[-1]["is_clm"] and random.random() < 0.95
        rows.append(
            {
                **KEYS,
                "onset_at": onset,
                "offset_at": onset + timedelta(seconds=2 if is_candidate else 12),
                "duration_s": 2.0 if is_candidate else 12.0,
                "side": "left",
                "is_clm": is_candidate,
                "imi_s": gap if follows else None,
                "wasm_series_id": f"s{number // 7}" if is_candidate and random.random() < 0.6 else None,
                "aasm_plm_count": int(random.integers(0, 3)),
            }
        )
    return rows


@pytest.mark.parametrize("seed", range(12))
def test_report_and_night_rate_agree(build, seed):
    rows = random_movements(seed)
    scored = pl.DataFrame([row | {"scorer": "s", "stage": "n2"} for row in rows], schema=SCORED_LEG_MOVEMENT)
    hours = pl.DataFrame([{**KEYS, "scorer": "s", "state": "in_bed", "state_h": 8.0}]).with_columns(
        pl.col("state").cast(pl.Enum(["in_bed", "sleep", "wake", "nrem", "n1", "n2", "n3", "r"]))
    )
    polars = report(scored, hours, FERRI_2006_RATES).row(0, named=True)
    movements = [
        row | {"movement_id": str(n), "kind": "leg_movement", "is_asleep": True} for n, row in enumerate(rows)
    ]
    sql = (
        build("night_rate", night=[NIGHT], movement=movements).sql("from night_rate").pl().row(0, named=True)
    )
    pairs = {
        "lm_count": "leg_movement_count",
        "clm_count": "clm_count",
        "plm_count": "aplm_wasm_count",
        "plm_per_h": "aplm_wasm_per_h",
        "plm_aasm_count": "aplm_aasm_count",
        "isolated_lm_count": "isolated_lm_count",
        "short_interval_lm_count": "short_interval_lm_count",
        "imi_count": "imi_count",
        "periodicity_interval_index": "periodicity_index",
        "periodicity_movement_index": "periodicity_movement_index",
        "log_imi_mean": "log_imi_mean",
        "log_imi_sd": "log_imi_sd",
    }
    for ours, theirs in pairs.items():
        assert polars[ours] == pytest.approx(sql[theirs], rel=1e-9), (ours, theirs)
