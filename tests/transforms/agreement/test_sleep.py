"""The sensor's own sleep against a scorer's stages: computed by hand on nights of a few epochs."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from transforms.agreement.sleep import sleep_agreement
from transforms.parameters import DEFAULT
from transforms.schema import NIGHT, SLEEP_AGREEMENT, WAKE_EPISODE, empty

START = datetime(2026, 3, 1, 22, tzinfo=UTC)
KEY = {"participant_id": "P1", "night_date": date(2026, 3, 1)}


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def stages(*parts, scorer="anna"):
    """Parts are (from, to, stage) in minutes; every part is cut into epochs of half a minute."""
    rows = [
        KEY
        | {
            "scorer": scorer,
            "onset_at": at(start + half / 2),
            "offset_at": at(start + (half + 1) / 2),
            "stage": stage,
        }
        for start, end, stage in parts
        for half in range(2 * (end - start))
    ]
    return pl.DataFrame(rows)


def night(onset, end, **more):
    row = KEY | {
        "sleep_onset_at": onset and at(onset),
        "sleep_end_at": end and at(end),
        "sleep_window_source": "leg_hdcza",
    }
    return (
        pl.concat(
            [
                empty(NIGHT),
                pl.DataFrame([row | more]).cast(
                    {"sleep_onset_at": NIGHT["sleep_onset_at"], "sleep_end_at": NIGHT["sleep_end_at"]}
                ),
            ],
            how="diagonal_relaxed",
        )
        .select(NIGHT.names())
        .cast(NIGHT)
    )


def awake(*parts):
    rows = [KEY | {"started_at": at(start), "ended_at": at(end)} for start, end in parts]
    return pl.concat([empty(WAKE_EPISODE), *([pl.DataFrame(rows).cast(WAKE_EPISODE)] if rows else [])])


def agreed(nights, woken, staged):
    found = sleep_agreement(nights, woken, staged, DEFAULT.agreement)
    assert found.schema == SLEEP_AGREEMENT
    return found


STAGED = stages((0, 20, "w"), (20, 200, "n2"), (200, 220, "w"), (220, 400, "r"), (400, 420, "w"))


def test_who_repeats_the_scorer_agrees_fully():
    row = agreed(night(20, 400), awake((200, 220)), STAGED).row(0, named=True)
    assert row["sleep_onset_error_min"] == row["sleep_end_error_min"] == 0.0
    assert row["sleep_sensitivity_frac"] == row["sleep_specificity_frac"] == row["kappa_index"] == 1.0
    assert (row["compared_h"], row["scored_sleep_h"], row["sensor_sleep_h"]) == (7.0, 6.0, 6.0)
    assert row["epoch_count"] == 840


def test_errors_are_the_sensors_less_the_scorers_and_shares_are_of_time():
    row = agreed(night(10, 300), awake(), STAGED).row(0, named=True)
    assert (row["sleep_onset_error_min"], row["sleep_end_error_min"]) == (-10.0, -100.0)
    assert row["sleep_sensitivity_frac"] == pytest.approx(260 / 360)
    assert row["sleep_specificity_frac"] == pytest.approx(30 / 60)


def test_what_nobody_staged_is_neither_sleep_nor_wake():
    holed = stages((0, 20, "w"), (20, 100, "n2"), (200, 300, "n2"))
    row = agreed(night(20, 300), awake((100, 200)), holed).row(0, named=True)
    assert row["compared_h"] == pytest.approx(200 / 60)
    assert row["sleep_sensitivity_frac"] == row["sleep_specificity_frac"] == 1.0


def test_a_night_whose_sleep_the_sensor_does_not_know_has_its_row_and_no_figure():
    row = agreed(night(None, None), awake(), STAGED).row(0, named=True)
    assert row["scored_sleep_h"] == 6.0
    assert row["sensor_sleep_h"] is None and row["kappa_index"] is None


def test_a_night_without_wake_has_no_specificity_and_no_kappa():
    row = agreed(night(0, 60), awake(), stages((0, 60, "n2"))).row(0, named=True)
    assert row["sleep_sensitivity_frac"] == 1.0
    assert row["sleep_specificity_frac"] is None and row["kappa_index"] is None


def test_every_scorer_is_a_row_and_a_night_that_no_sensor_had_is_none():
    two = pl.concat([STAGED, STAGED.with_columns(scorer=pl.lit("ben"))])
    other = STAGED.with_columns(participant_id=pl.lit("P2"))
    found = agreed(night(20, 400), awake(), pl.concat([two, other]))
    assert found.select("participant_id", "scorer").rows() == [("P1", "anna"), ("P1", "ben")]
