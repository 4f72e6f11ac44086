"""Restlessness in the hour before sleep onset."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from tests.transforms.movements.candidate_rows import at, candidate, candidates
from transforms.nights.evidence import NightRecording
from transforms.nights.restlessness import presleep_restlessness
from transforms.parameters import DEFAULT
from transforms.parameters.restlessness import IMMOBILISATION_HOUR
from transforms.schema import EPOCH, NIGHT, NONWEAR_INTERVAL, SEGMENT, empty

# Asleep at midnight: the hour is [-3600 s, 0 s).
EVENING = date(2026, 3, 2)


def night(onset_s=0.0):
    onset = None if onset_s is None else at(onset_s)
    row = dict.fromkeys(NIGHT) | {"participant_id": "P1", "night_date": EVENING, "sleep_onset_at": onset}
    return pl.DataFrame([row], schema=NIGHT)


def spans(schema, *intervals):
    rows = [dict.fromkeys(schema) | {"started_at": at(a), "ended_at": at(b)} for a, b in intervals]
    return pl.DataFrame(rows, schema=schema)


def leg(*recorded, off=(), **changes):
    values = {
        "recording_id": "L",
        "body_site": "left_ankle",
        "time_zone": "UTC",
        "can_be_scored": True,
        "epochs": empty(EPOCH),
        "nonwear": spans(NONWEAR_INTERVAL, *off),
        "segments": spans(SEGMENT, *(recorded or [(-9000, 9000)])),
    }
    return NightRecording(**(values | changes))


def edges(*intervals):
    seconds = [(at(a).timestamp(), at(b).timestamp()) for a, b in intervals]
    return (1e6 * np.array(seconds).reshape(-1, 2)).astype(np.int64)


def walked(*recorded, **changes):
    """A leg whose upright direction is known."""
    epochs = pl.DataFrame([dict.fromkeys(EPOCH) | {"upright_deg": 80.0}], schema=EPOCH)
    return leg(*recorded, epochs=epochs, **changes)


def measured(*rows, legs=None, onset_s=0.0, out_of_bed=()):
    return presleep_restlessness(
        candidates(*rows),
        legs or [leg()],
        night(onset_s),
        DEFAULT.nights,
        IMMOBILISATION_HOUR,
        edges(*out_of_bed),
    )


def one(*rows, **frames):
    return measured(*rows, **frames).row(0, named=True)


SERIES = [candidate(-3600 + 12.0 * k, 1.5) for k in range(300)]


def test_a_movement_every_twelve_seconds():
    """The suggested immobilisation test's restless legs: Montplaisir 1998."""
    row = one(*SERIES)
    assert row["restlessness_movement_count"] == 300
    assert row["restlessness_movement_per_h"] == 300.0
    assert row["restlessness_movement_time_frac"] == pytest.approx(1.5 / 12)
    assert row["restlessness_imi_median_s"] == 12.0
    assert row["restlessness_analysed_h"] == 1.0


def test_the_hour_ends_with_sleep_onset():
    row = one()
    assert (row["restlessness_started_at"], row["restlessness_ended_at"]) == (at(-3600), at(0))


@pytest.mark.parametrize(("onset_s", "count"), [(-3601.0, 0), (-3600.0, 1), (-0.5, 1), (0.0, 0)])
def test_a_movement_counts_by_its_onset(onset_s, count):
    assert one(candidate(onset_s))["restlessness_movement_count"] == count


def test_movements_of_both_legs_at_once_are_one():
    right = candidate(-599.5, 2.0, recording_id="R", body_site="right_ankle")
    row = one(candidate(-600.0, 2.0), right)
    assert row["restlessness_movement_count"] == 1
    assert row["restlessness_movement_time_frac"] == pytest.approx(2.5 / 3600)


@pytest.mark.parametrize(
    "row",
    [
        candidate(-600, IMMOBILISATION_HOUR.min_movement_s - 0.01),
        candidate(-600, body_site="left_wrist"),
    ],
)
def test_brief_bursts_and_other_sites_do_not_count(row):
    assert one(row)["restlessness_movement_count"] == 0


def test_a_long_movement_counts_but_opens_no_interval():
    long = candidate(-595, IMMOBILISATION_HOUR.max_movement_s + 1)
    row = one(candidate(-600), long, candidate(-570))
    assert row["restlessness_movement_count"] == 3
    assert row["restlessness_imi_median_s"] == 30.0


def test_the_rate_is_per_hour_that_was_measured():
    row = one(candidate(-600), legs=[leg((-1800, 9000))])
    assert row["restlessness_analysed_h"] == 0.5
    assert row["restlessness_movement_per_h"] == 2.0


def test_time_off_the_leg_is_not_analysed():
    assert one(legs=[leg(off=[(-3600, -900)])])["restlessness_analysed_h"] == 0.25


def test_too_little_signal_is_no_number_and_never_zero():
    least_s = 60 * IMMOBILISATION_HOUR.min_analysed_min
    enough, less = (one(legs=[leg((-s, 9000))]) for s in (least_s, least_s - 1))
    assert enough["restlessness_movement_count"] == 0
    assert less["restlessness_movement_count"] is None
    assert less["restlessness_movement_per_h"] is None
    assert less["restlessness_movement_time_frac"] is None
    assert less["restlessness_analysed_h"] == pytest.approx((least_s - 1) / 3600)


def test_an_interval_across_a_hole_is_not_known():
    holed = leg((-9000, -600), (-500, 9000))
    row = one(candidate(-640), candidate(-620), candidate(-400), candidate(-380), legs=[holed])
    assert row["restlessness_imi_median_s"] == 20.0


def test_legs_that_cannot_be_scored_measure_nothing():
    assert one(legs=[leg(can_be_scored=False)])["restlessness_movement_count"] is None


def test_a_night_without_sleep_onset_has_no_row():
    assert measured(*SERIES, onset_s=None).height == 0


def test_the_hour_is_as_long_as_its_parameter():
    row = one(onset_s=300.0)
    assert row["restlessness_ended_at"] - row["restlessness_started_at"] == timedelta(
        minutes=IMMOBILISATION_HOUR.window_min
    )


def test_steps_are_no_restlessness_and_the_time_of_walking_is_no_rest():
    """Half an hour of steps every second, then half an hour with one movement a minute: 60 an hour at rest."""
    steps = [candidate(-3600 + k, 0.6) for k in range(1800)]
    rest = [candidate(-1800 + 60.0 * k, 1.5) for k in range(30)]
    row = one(*steps, *rest, legs=[walked()], out_of_bed=[(-4000, -1800)])
    assert row["restlessness_movement_per_h"] == 1830.0
    assert row["restlessness_at_rest_h"] == 0.5
    assert row["restlessness_at_rest_movement_count"] == 30
    assert row["restlessness_at_rest_movement_per_h"] == 60.0


def test_a_movement_that_begins_as_somebody_lies_down_is_at_rest():
    rows = [candidate(-1800.7, 0.6), candidate(-1800.0, 0.6)]
    assert (
        one(*rows, legs=[walked()], out_of_bed=[(-4000, -1800)])["restlessness_at_rest_movement_count"] == 1
    )


def test_rest_is_not_known_where_nobody_walked():
    row = one(candidate(-600))
    assert row["restlessness_movement_count"] == 1
    assert row["restlessness_at_rest_h"] is None
    assert row["restlessness_at_rest_movement_count"] is None


def test_too_little_rest_is_no_number():
    least_s = 60 * IMMOBILISATION_HOUR.min_analysed_min
    enough, less = (
        one(candidate(-1), legs=[walked()], out_of_bed=[(-4000, -s)]) for s in (least_s, least_s - 1)
    )
    assert enough["restlessness_at_rest_movement_per_h"] == 3600 / least_s
    assert less["restlessness_at_rest_movement_per_h"] is None
    assert less["restlessness_at_rest_h"] == pytest.approx((least_s - 1) / 3600)
