from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.agreement.validity import (
    PAIRING,
    agreement,
    leave_out_faint,
    match_movements,
    onset_error,
    score,
    sleep_window_error,
    with_amplitude_decile,
)
from transforms.parameters.validity import EVENT_MATCHING_2026 as MATCHING

ORIGIN = datetime(2026, 3, 2, 22, tzinfo=UTC)


def events(*rows, participant_id="P01", night_date=date(2026, 3, 2)):
    """Rows are (onset_s, duration_s, kind) or (onset_s, duration_s, kind, amplitude_g)."""
    full = [(*row, 0.2)[:4] for row in rows]
    return pl.DataFrame(
        [
            {
                "participant_id": participant_id,
                "night_date": night_date,
                "onset_at": ORIGIN + timedelta(seconds=onset),
                "duration_s": float(duration),
                "kind": kind,
                "amplitude_g": float(amplitude),
            }
            for onset, duration, kind, amplitude in full
        ],
        schema={
            "participant_id": pl.String,
            "night_date": pl.Date,
            "onset_at": pl.Datetime("us", "UTC"),
            "duration_s": pl.Float64,
            "kind": pl.String,
            "amplitude_g": pl.Float64,
        },
    )


def counts(pairing):
    return tuple(pairing.select(pl.col("hit_count", "miss_count", "false_count").sum()).row(0))


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        ([(100, 2, "leg_movement")], [(100.1, 2, "leg_movement")], (1, 0, 0)),
        # Onsets half a second apart may match without any overlap; a microsecond more may not.
        ([(100.5, 0.2, "twitch")], [(100, 0.2, "twitch")], (1, 0, 0)),
        ([(100.500001, 0.2, "twitch")], [(100, 0.2, "twitch")], (0, 1, 1)),
        # Overlap of 2 s in a union of 10 s is exactly 0.2.
        ([(106, 4, "gross_movement")], [(98, 10, "gross_movement")], (0, 1, 1)),
        ([(108, 2, "gross_movement")], [(100, 10, "gross_movement")], (1, 0, 0)),
        ([(108.01, 2, "gross_movement")], [(100, 10, "gross_movement")], (0, 1, 1)),
        # Another kind is a miss of its own and a false event of the other.
        ([(100, 2, "gross_movement")], [(100, 2, "leg_movement")], (0, 1, 1)),
        # One event is not two: a movement detected in two halves is one hit and one false event.
        ([(100, 2, "leg_movement"), (102.2, 2, "leg_movement")], [(100, 4.2, "leg_movement")], (1, 0, 1)),
        ([], [(100, 2, "leg_movement")], (0, 1, 0)),
        ([(100, 2, "leg_movement")], [], (0, 0, 1)),
        ([], [], (0, 0, 0)),
    ],
)
def test_events_match_within_the_stated_tolerance(mine, theirs, expected):
    pairing = match_movements(events(*mine), events(*theirs), MATCHING)
    assert pairing.schema == PAIRING
    assert counts(pairing) == expected


def test_the_closest_onsets_are_paired_first():
    pairing = match_movements(
        events((100.4, 3, "leg_movement"), (101.0, 3, "leg_movement")),
        events((101.1, 3, "leg_movement"), (102.0, 3, "leg_movement")),
        MATCHING,
    )
    assert pairing.filter(pl.col("hit_count") == 1)["onset_error_s"].sort().to_list() == pytest.approx(
        [-1.6, -0.1]
    )


def test_kinds_can_be_ignored_and_participants_cannot():
    mine = events((100, 2, "gross_movement"))
    pairing = match_movements(mine, events((100, 2, "leg_movement")), MATCHING, ignores_kind=True)
    assert counts(pairing) == (1, 0, 0)
    assert pairing.select("kind", "detected_kind").row(0) == ("leg_movement", "gross_movement")
    other = events((100, 2, "gross_movement"), participant_id="P02")
    assert counts(match_movements(mine, other, MATCHING, ignores_kind=True)) == (0, 1, 1)


@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 40), st.sampled_from("ab")), max_size=14),
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 40), st.sampled_from("ab")), max_size=14),
)
@settings(max_examples=60, deadline=None)
def test_matching_equals_taking_the_closest_pair_again_and_again(mine, theirs):
    """The oracle is the rule as it is told: in tenths of a second, one pair at a time."""

    def may(one, other):
        shared = min(one[0] + one[1], other[0] + other[1]) - max(one[0], other[0])
        union = max(one[0] + one[1], other[0] + other[1]) - min(one[0], other[0])
        return one[2] == other[2] and ((shared > 0 and shared >= 0.2 * union) or abs(one[0] - other[0]) <= 5)

    left, right, hits, distances = list(mine), list(theirs), 0, []
    while True:
        pairs = [
            (abs(a[0] - b[0]), i, j) for i, a in enumerate(left) for j, b in enumerate(right) if may(a, b)
        ]
        if not pairs:
            break
        distance, i, j = min(pairs)
        distances.append(distance / 10)
        hits += 1
        left.pop(i)
        right.pop(j)

    def tenths(rows):
        return events(*((onset / 10, length / 10, kind) for onset, length, kind in rows))

    pairing = match_movements(tenths(mine), tenths(theirs), MATCHING)
    hit_count, miss_count, false_count = counts(pairing)
    assert hit_count + miss_count == len(theirs)
    assert hit_count + false_count == len(mine)
    # Ties may be resolved otherwise, which can change what is left; the first pairs cannot differ.
    if len(set(distances)) == len(distances):
        assert hit_count == hits


def pairing_of(*rows):
    """Rows are (night, kind, amplitude_g, hits, misses, false ones)."""
    return pl.DataFrame(
        [
            {
                "participant_id": "P01",
                "night_date": date(2026, 3, night),
                "kind": kind,
                "detected_kind": kind if hit or false else None,
                "amplitude_g": None if false else amplitude,
                "peak_g": amplitude / 2 if hit or false else None,
                "onset_error_s": 0.1 * night if hit else None,
                "duration_error_s": 0.0 if hit else None,
                "hit_count": hit,
                "miss_count": miss,
                "false_count": false,
            }
            for night, kind, amplitude, hit, miss, false in rows
        ],
        schema=PAIRING,
    )


def test_scores_are_ratios_of_counts_with_intervals_over_nights():
    rows = [(night, "leg_movement", 0.2, 1, 0, 0) for night in (1, 1, 1, 2)]
    rows += [
        (2, "leg_movement", 0.1, 0, 1, 0),
        (1, "leg_movement", 0.3, 0, 0, 1),
        (1, "twitch", 0.3, 0, 0, 1),
    ]
    found = score(pairing_of(*rows), ["kind"], MATCHING)
    leg, twitch = found.rows(named=True)
    assert (leg["true_count"], leg["detected_count"], leg["hit_count"]) == (5, 5, 4)
    assert (leg["recall"], leg["precision"], leg["f1"]) == pytest.approx((0.8, 0.8, 0.8))
    # Night 1 alone has recall 1, night 2 alone 1/2: the interval reaches both.
    assert (leg["recall_low"], leg["recall_high"]) == pytest.approx((0.5, 1.0))
    # No true twitch: recall has no denominator.
    assert (twitch["recall"], twitch["precision"], twitch["recall_low"]) == (None, 0.0, None)


def test_nothing_detected_and_nothing_true_gives_no_rows_and_all_columns():
    found = score(pairing_of(), ["kind"], MATCHING)
    full = score(pairing_of((1, "twitch", 0.2, 1, 0, 0)), ["kind"], MATCHING)
    assert found.height == 0
    assert found.schema == full.schema


def test_faint_movements_can_be_left_out_but_false_ones_stay():
    pairing = pairing_of(
        (1, "leg_movement", 0.05, 1, 0, 0),
        (1, "leg_movement", 0.05, 0, 1, 0),
        (1, "leg_movement", 0.01, 0, 0, 1),
    )
    assert counts(leave_out_faint(pairing, 0.06)) == (0, 0, 1)


def test_deciles_come_from_the_true_events_and_false_ones_are_scaled_to_them():
    true = [(1, "leg_movement", float(size), 1, 0, 0) for size in range(1, 101)]
    # pairing_of writes peaks of half the true amplitude.
    false = [(1, "leg_movement", size, 0, 0, 1) for size in (2.0, 52.0, 200.0)]
    found = with_amplitude_decile(pairing_of(*true, *false))
    hits = found.filter(pl.col("hit_count") == 1).group_by("amplitude_decile").len().sort("amplitude_decile")
    assert hits.rows() == [(decile, 10) for decile in range(1, 11)]
    assert found.filter(pl.col("false_count") == 1)["amplitude_decile"].to_list() == [1, 6, 10]


def test_onset_errors_keep_their_sign():
    found = onset_error(pairing_of(*((night, "twitch", 0.1, 1, 0, 0) for night in (1, 2, 3))), ["kind"]).row(
        0, named=True
    )
    assert found["median_error_s"] == pytest.approx(0.2)
    assert found["pair_count"] == 3


def test_agreement_is_bland_and_altman():
    frame = pl.DataFrame({"measured": [11.0, 22.0, 33.0, None], "true": [10.0, 20.0, 30.0, 5.0]})
    found = agreement(frame, "measured", "true").row(0, named=True)
    assert found["pair_count"] == 3
    assert found["r"] == pytest.approx(1.0)
    assert found["bias"] == pytest.approx(2.0)
    assert found["bias_pct"] == pytest.approx(10.0)
    assert (found["limit_low"], found["limit_high"]) == pytest.approx((2 - 1.96, 2 + 1.96))


def test_sleep_windows_are_compared_per_source():
    at = ORIGIN
    truth = pl.DataFrame(
        {
            "participant_id": ["P01", "P01"],
            "night_date": [date(2026, 3, 2), date(2026, 3, 3)],
            "sleep_onset_at": [at, at + timedelta(days=1)],
            "sleep_end_at": [at + timedelta(hours=8), at + timedelta(days=1, hours=8)],
        }
    )
    nights = truth.with_columns(
        pl.Series("sleep_onset_at", [at + timedelta(minutes=6), None], dtype=pl.Datetime("us", "UTC")),
        pl.Series(
            "sleep_end_at", [at + timedelta(hours=8, minutes=-3), None], dtype=pl.Datetime("us", "UTC")
        ),
        pl.Series("sleep_window_source", ["diary", "none"]),
    )
    diary, none = sleep_window_error(nights, truth).rows(named=True)
    assert (diary["onset_bias_min"], diary["end_bias_min"], diary["period_bias_min"]) == pytest.approx(
        (6, -3, -9)
    )
    assert (none["night_count"], none["window_count"], none["onset_bias_min"]) == (1, 0, None)


def test_intervals_cover_the_true_recall():
    """Of 60 studies of 30 nights with recall 0.8, nearly all 95 % intervals hold 0.8."""
    rng = np.random.default_rng(4)
    held = 0
    for _ in range(60):
        hits = rng.binomial(20, 0.8, 30)
        rows = [(1, "twitch", 0.2, 1, 0, 0)]
        frame = pl.concat(
            [
                pairing_of(*rows).with_columns(
                    pl.lit(date(2026, 1, 1) + timedelta(days=night)).alias("night_date"),
                    pl.lit(int(hit), dtype=pl.Int32).alias("hit_count"),
                    pl.lit(20 - int(hit), dtype=pl.Int32).alias("miss_count"),
                )
                for night, hit in enumerate(hits)
            ]
        )
        found = score(frame, ["kind"], MATCHING).row(0, named=True)
        held += found["recall_low"] <= 0.8 <= found["recall_high"]
    assert held >= 51
