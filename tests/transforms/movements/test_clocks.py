"""Clocks of two legs are laid over each other by turns that both saw."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.movements.candidate_rows import at, candidate, candidates
from transforms.movements.clocks import align_clocks, coarse_offset_s, shift_clocks
from transforms.parameters.movements import SHARED_TURNS_2026

TURN = {"tilt_deg": 60.0, "duration_s": 4.0}
TIMES = (1000.0, 2700.0, 5300.0, 7100.0, 9900.0, 12400.0)


def pair(late_s, times=TIMES):
    left = [candidate(t, **TURN) for t in times]
    right = [candidate(t + late_s, recording_id="R", body_site="right_ankle", **TURN) for t in times]
    return candidates(*left, *right).with_columns(night_date=pl.lit(date(2026, 3, 2)))


@pytest.mark.parametrize("late_s", [0.0, 0.4, -1.7, 6.3])
def test_a_late_clock_is_found_and_set_right(late_s):
    rows = pair(late_s)
    alignment = align_clocks(rows, SHARED_TURNS_2026)
    row = alignment.row(0, named=True)
    assert (row["recording_id"], row["reference_recording_id"]) == ("R", "L")
    assert (row["shared_movement_count"], row["is_applied"]) == (len(TIMES), True)
    assert row["offset_s"] == pytest.approx(-late_s, abs=0.001)
    shifted = shift_clocks(rows, alignment)
    left, right = (shifted.filter(recording_id=name)["onset_at"].sort() for name in ("L", "R"))
    assert (left - right).dt.total_milliseconds().abs().max() <= 1


def test_too_few_shared_turns_are_not_believed():
    few = pair(0.4, TIMES[: SHARED_TURNS_2026.min_shared_count - 1])
    alignment = align_clocks(few, SHARED_TURNS_2026)
    assert alignment["is_applied"].to_list() == [False]
    assert shift_clocks(few, alignment)["onset_at"].sort().equals(few["onset_at"].sort())


HOURS = 8


def two_legs(seed, offset_s, drift_s_per_h, shared, own_count=24):
    """Turns of a night: some of the right leg's are the left's too, the others its own; onsets differ by 60 ms."""
    rng = np.random.default_rng(seed)
    left = np.sort(rng.uniform(0, HOURS * 3600, own_count))
    both = rng.permutation(own_count)[: round(shared * own_count)]
    alone = rng.uniform(0, HOURS * 3600, own_count - len(both))
    true_s = np.concatenate((left[both], alone))
    right = (
        true_s - offset_s - drift_s_per_h * (true_s - HOURS * 1800) / 3600 + rng.normal(0, 0.06, own_count)
    )
    rows = [candidate(t, **TURN) for t in left]
    rows += [candidate(t, recording_id="R", body_site="right_ankle", **TURN) for t in right]
    return candidates(*rows).with_columns(night_date=pl.lit(date(2026, 3, 2))), left[both]


@given(
    seed=st.integers(0, 10_000),
    offset_s=st.floats(-890, 890),
    drift_s_per_h=st.floats(-0.36, 0.36),
    shared=st.floats(0.4, 1.0),
)
def test_any_offset_within_a_quarter_of_an_hour_is_found(seed, offset_s, drift_s_per_h, shared):
    rows, common_s = two_legs(seed, offset_s, drift_s_per_h, shared)
    alignment = align_clocks(rows, SHARED_TURNS_2026)
    assert alignment["is_applied"].to_list() == [True]
    shifted = shift_clocks(rows, alignment)
    right = shifted.filter(recording_id="R")["onset_at"].dt.epoch("us").to_numpy() / 1e6
    apart = np.abs(right[:, None] - (at(0).timestamp() + common_s)[None, :]).min(axis=0)
    # near enough for both legs' movement to be one, whose onsets may lie half a second apart
    assert np.median(apart) < 0.15
    assert np.quantile(apart, 0.8) < 0.5


def test_legs_that_share_nothing_are_not_aligned():
    applied = 0
    for seed in range(300):
        rows, _ = two_legs(seed, 0.0, 0.0, 0.0, own_count=30)
        applied += align_clocks(rows, SHARED_TURNS_2026)["is_applied"].sum()
    assert applied <= 1


def night_activity(seed, offset_s, count=7200):
    """Five-second epochs of two legs that walk and turn together, and twitch each for itself."""
    rng = np.random.default_rng(seed)
    together = rng.gamma(0.3, 20, count) * (rng.random(count) < 0.1)
    lag = round(offset_s / 5)
    left = together + rng.gamma(0.5, 1, count)
    right = np.roll(together, -lag) + rng.gamma(0.5, 1, count)
    return right, left


@given(seed=st.integers(0, 1000), lag=st.integers(-178, 178))
def test_activity_tells_the_offset_in_whole_epochs(seed, lag):
    right, left = night_activity(seed, 5 * lag)
    assert coarse_offset_s(right, left, SHARED_TURNS_2026) == 5 * lag


def test_activity_of_strangers_tells_nothing():
    told = [
        coarse_offset_s(night_activity(seed, 0)[0], night_activity(seed + 500, 0)[1], SHARED_TURNS_2026)
        for seed in range(20)
    ]
    assert told == [None] * 20


def test_a_quiet_night_is_aligned_by_what_the_nights_around_it_say():
    frames = []
    for day, own_count in ((2, 20), (3, 2), (4, 20)):
        rows, _ = two_legs(day, 100.0, 0.0, 1.0, own_count=own_count)
        later = pl.duration(days=day - 2)
        frames.append(
            rows.with_columns(
                night_date=pl.lit(date(2026, 3, day)),
                onset_at=pl.col("onset_at") + later,
                offset_at=pl.col("offset_at") + later,
            )
        )
    alignment = align_clocks(pl.concat(frames), SHARED_TURNS_2026)
    assert alignment["is_applied"].to_list() == [True] * 3
    assert alignment["offset_s"].to_list() == pytest.approx([100.0] * 3, abs=0.1)
