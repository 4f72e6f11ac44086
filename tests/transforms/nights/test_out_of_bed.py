"""Standing in bed hours, seen by a leg whose upright direction is known."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from tests.transforms.movements.candidate_rows import candidate, candidates
from tests.transforms.nights.test_find import (
    NEXT_NOON,
    NOON,
    OFF,
    ON,
    epochs,
    one_night,
    recording,
    told,
)
from transforms.nights.out_of_bed import out_of_bed
from transforms.parameters import DEFAULT
from transforms.schema import EPOCH

UP = OFF + timedelta(hours=2)


def leg(minutes, angle_deg=8.0, **changes):
    """A leg that lies from OFF to ON, but for some minutes from UP on."""
    frame = epochs(NOON, NEXT_NOON, still=(OFF, ON))
    lies = pl.col("start_at").is_between(OFF, ON, closed="left")
    is_up = pl.col("start_at").is_between(UP, UP + timedelta(minutes=minutes), closed="left")
    angle = pl.when(is_up).then(angle_deg).when(lies).then(88.0).otherwise(8.0)
    frame = frame.with_columns(upright_deg=angle.cast(EPOCH["upright_deg"]))
    return recording(epochs=frame, **changes)


def minutes_up(*legs):
    found = out_of_bed(legs, DEFAULT.nights)
    inside = [(max(a, us(OFF)), min(b, us(ON))) for a, b in found.tolist()]
    return sum(max(0, b - a) for a, b in inside) / 6e7


def us(instant):
    return round(instant.timestamp() * 1e6)


@pytest.mark.parametrize(("minutes", "found"), [(0.5, 0), (5, 5), (20, 20)])
def test_a_few_minutes_of_standing_are_seen(minutes, found):
    assert minutes_up(leg(minutes)) == pytest.approx(found, abs=0.2)


def test_a_knee_drawn_up_in_bed_is_no_standing():
    assert minutes_up(leg(20, angle_deg=44.0)) == 0


def test_both_legs_must_stand():
    right = {"recording_id": "R", "body_site": "right_ankle"}
    assert minutes_up(leg(10), leg(0, **right)) == 0
    assert minutes_up(leg(10), leg(10, **right)) == pytest.approx(10, abs=0.2)


def test_a_leg_without_a_known_direction_has_no_voice():
    assert minutes_up(recording()) == 0


def test_standing_is_wake_and_costs_no_bed():
    rows = candidates(*(candidate(-9000.0 + 60 * k, 4.0, tilt_deg=40.0) for k in (1, 3, 5, 7, 115, 140)))
    row = one_night([leg(25)], told(onset=None, end=None), rows=rows)
    assert row["waso_min"] >= 20
    assert row["in_bed_h"] == 8
    assert row["out_of_bed_min"] == pytest.approx(25, abs=0.2)
    assert one_night([recording()], told())["out_of_bed_min"] is None


def test_a_return_to_sleep_is_known_only_where_wake_is():
    row = one_night([leg(0)], told(onset=None, end=None))
    least = DEFAULT.nights.min_return_confidence
    assert row["is_return_known"] == (row["is_sleep_known"] and row["sleep_confidence"] >= least)
    assert not row["is_return_known"]
    sure = replace(DEFAULT, nights=replace(DEFAULT.nights, min_return_confidence=0.0))
    assert one_night([leg(0)], told(onset=None, end=None), parameters=sure)["is_return_known"]
