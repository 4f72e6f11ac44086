"""The devices and the laboratory of a cohort at the level of tables, so that every page has something to show.

Recordings carry the facts that data quality is told from; some first nights are held against a scorer. The differences
between the two grow with their mean, as those of counts do.
"""

import hashlib
from collections.abc import Mapping

import numpy as np
import polars as pl

from transforms.agreement.by_night import summarise
from transforms.parameters.agreement import AgreementParameters
from transforms.parameters.cohort_simulation import CohortDeviceParameters
from transforms.schema import AGREEMENT, RECORDING

_RATE_HZ, _RANGE_G = 50.0, 8.0
_SCORER = "simulated laboratory"


def simulate_devices(
    nights: pl.DataFrame, parameters: CohortDeviceParameters, agreement: AgreementParameters, seed: int
) -> Mapping[str, pl.DataFrame]:
    """Return recording, agreement and agreement_summary of a cohort whose NIGHT rows are ``nights``."""
    random = np.random.default_rng([seed, 2])
    by_night = _agreement(nights, parameters, random)
    return {
        "recording": _recordings(nights, parameters, random),
        "agreement": by_night,
        "agreement_summary": summarise(by_night, agreement, seed),
    }


def _filled(rows: list[dict[str, object]], schema: pl.Schema) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=schema)


def _recordings(
    nights: pl.DataFrame, parameters: CohortDeviceParameters, random: np.random.Generator
) -> pl.DataFrame:
    """Make one recording of each leg that a participant ever wore, over all of their nights."""
    people = nights.group_by("participant_id").agg(
        pl.col("window_start_at").min(), pl.col("window_end_at").max(), pl.col("leg_recording_count").max()
    )
    rows: list[dict[str, object]] = []
    for person in people.sort("participant_id").iter_rows(named=True):
        length_s = (person["window_end_at"] - person["window_start_at"]).total_seconds()
        for site in ("left_ankle", "right_ankle")[: max(1, person["leg_recording_count"] or 1)]:
            digest = hashlib.sha256(f"{person['participant_id']} {site}".encode()).hexdigest()
            is_calibrated = bool(random.random() < parameters.calibrated_frac)
            spread = random.lognormal(0.0, 0.3, 2)
            rows.append(
                {
                    "recording_id": digest[:12],
                    "participant_id": person["participant_id"],
                    "body_site": site,
                    "file_name": f"simulated/{person['participant_id']}/{site}",
                    "sha256": digest,
                    "device_model": "simulated",
                    "sampling_rate_hz": _RATE_HZ,
                    "range_g": _RANGE_G,
                    "started_at": person["window_start_at"],
                    "ended_at": person["window_end_at"],
                    "time_zone": "UTC",
                    "sample_count": round(length_s * _RATE_HZ),
                    "segment_count": 1,
                    "gap_count": 0,
                    "gap_s": 0.0,
                    "filled_s": 0.0,
                    "faulty_block_count": int(random.random() < parameters.faulty_frac),
                    "is_truncated": False,
                    "gravity_median_g": 1.0,
                    "calibration_error_before_mg": parameters.error_before_mg * spread[0],
                    "calibration_error_after_mg": parameters.error_after_mg * spread[1]
                    if is_calibrated
                    else parameters.error_before_mg * spread[0],
                    "is_calibrated": is_calibrated,
                    "gravity_after_g": 1.0,
                    "has_plausible_gravity": True,
                    "wear_h": 0.95 * length_s / 3600,
                }
            )
    return _filled(rows, RECORDING)


def _agreement(
    nights: pl.DataFrame, parameters: CohortDeviceParameters, random: np.random.Generator
) -> pl.DataFrame:
    """Hold the first eligible night of some persons against a scorer."""
    first = (
        nights.filter("is_eligible", pl.col("tst_h") > 0)
        .sort("participant_id", "night_date")
        .group_by("participant_id", maintain_order=True)
        .first()
    )
    rows: list[dict[str, object]] = []
    for night in first.filter(random.random(first.height) < parameters.laboratory_frac).iter_rows(named=True):
        sleep_h = night["tst_h"]
        plm = parameters.laboratory_plm_per_h * random.lognormal(0.0, 0.9) * sleep_h
        scored = int(random.poisson(plm)) + 1
        matched = int(random.binomial(scored, parameters.sensitivity_frac))
        extra = int(random.poisson(matched * (1 / parameters.precision_frac - 1)))
        seen = max(matched + extra, 1)
        plm_per_h, aplm_per_h = scored / sleep_h, seen / sleep_h
        rows.append(
            {
                "participant_id": night["participant_id"],
                "night_date": night["night_date"],
                "scorer": _SCORER,
                "candidate": "sensor",
                "is_clock_offset_known": False,
                "compared_h": night["in_bed_h"],
                "compared_sleep_h": sleep_h,
                "scorer_count": scored,
                "candidate_count": seen,
                "matched_count": matched,
                "sensitivity": matched / scored,
                "precision": matched / seen,
                "f1": 2 * matched / (scored + seen),
                "epoch_count": round(night["in_bed_h"] * 720),
                "kappa_index": float(np.clip(matched / (scored + seen - matched), 0.0, 1.0)),
                "aplm_per_h": aplm_per_h,
                "plm_per_h": plm_per_h,
                "difference_per_h": aplm_per_h - plm_per_h,
            }
        )
    return _filled(rows, AGREEMENT)
