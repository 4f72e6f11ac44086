"""Clocks of two legs are laid over each other by turns that both saw."""

from datetime import date

import polars as pl
import pytest

from tests.transforms.movements.candidate_rows import candidate, candidates
from transforms.movements.clocks import align_clocks, shift_clocks
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
