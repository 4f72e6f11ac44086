"""Candidates written by hand: a plain leg movement unless told otherwise."""

import math
from datetime import UTC, datetime, timedelta

import polars as pl

from transforms.schema import CANDIDATE

MIDNIGHT = datetime(2026, 3, 3, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return MIDNIGHT + timedelta(seconds=seconds)


def candidate(onset_s, duration_s=2.0, **changes):
    """Give one candidate that begins ``onset_s`` after midnight of 3 March 2026 UTC."""
    onset = at(onset_s)
    row = {
        "participant_id": "P1",
        "recording_id": "L",
        "body_site": "left_ankle",
        "onset_row": round(onset_s * 50) + 10_000_000,
        "onset_at": onset,
        "offset_at": onset + timedelta(seconds=duration_s),
        "duration_s": duration_s,
        "active_s": duration_s,
        "active_onset_at": onset,
        "peak_at": onset,
        "peak_g": 0.5,
        "peak_jerk_g_per_s": 5.0,
        "rise_s": 0.2,
        "envelope_peak_g": 0.2,
        "on_g": 0.02,
        "tilt_deg": 0.5,
        "morphology_frac": 1.0,
        "dominant_hz": None,
        "rhythm_ratio": None,
        "high_band_frac": None,
        "pulse_hz": None,
        "pulse_ratio": None,
        "one_sided_frac": None,
        "slow_frac": None,
        "gravity_x_g": 0.0,
        "gravity_y_g": 0.0,
        "gravity_z_g": 1.0,
        "is_at_edge": False,
    }
    row |= changes
    turned = math.radians(row["tilt_deg"])
    return {
        "gravity_after_x_g": math.sin(turned),
        "gravity_after_y_g": 0.0,
        "gravity_after_z_g": math.cos(turned),
    } | row


def candidates(*rows):
    return pl.DataFrame(list(rows), schema=CANDIDATE).sort("onset_at")
