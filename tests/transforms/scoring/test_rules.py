"""Single rules at their exact bounds, and the switches where public scorers disagree."""

from dataclasses import replace

import polars as pl
import pytest

from tests.transforms.scoring.nights import breaks, events, intervals
from transforms.errors import ContractError, SettingsError
from transforms.parameters.describe import rows
from transforms.parameters.scoring import AASM_2023, WASM_2016
from transforms.scoring.association import mark_arousal, mark_respiratory
from transforms.scoring.combination import combine_legs, join_same_leg
from transforms.scoring.series import mark_series
from transforms.scoring.standard import score_legs


def series(onsets, rules, gaps=None):
    scored = score_legs(events(*onsets), breaks() if gaps is None else gaps, rules)
    return "".join("." if n is None else str(n) for n in scored["series_number"])


@pytest.mark.parametrize(("pause_s", "rows_left"), [(0.499999, 1), (0.5, 2)])
def test_same_leg_join(pause_s, rows_left):
    joined = join_same_leg(events((10, 1.0), (11 + pause_s, 1.0)), WASM_2016)
    assert joined.height == rows_left
    assert joined["event_count"].sum() == 2


def test_a_contained_event_does_not_shorten_the_joined_one():
    joined = join_same_leg(events((10, 5.0), (11, 1.0)), WASM_2016)
    assert joined["offset_at"].to_list() == [events((10, 5.0))["offset_at"][0]]


def test_two_brief_events_with_a_brief_pause_make_one_leg_movement():
    assert score_legs(events((10, 0.3), (10.4, 0.3)), breaks(), WASM_2016)["duration_s"].to_list() == [0.7]


@pytest.mark.parametrize(("later_s", "count"), [(4.999999, 1), (5.0, 2)])
def test_aasm_legs(later_s, count):
    joined = join_same_leg(events((10, 1.0), (10 + later_s, 1.0, "right")), AASM_2023)
    assert combine_legs(joined, AASM_2023).height == count


def test_aasm_combination_does_not_chain_and_stops_at_the_same_leg():
    def combined(*rows):
        movements = combine_legs(join_same_leg(events(*rows), AASM_2023), AASM_2023)
        return movements["member_count"].to_list()

    assert combined((0, 1), (4, 1, "right"), (8, 1)) == [2, 1]
    assert combined((0, 1), (3, 1, "right"), (4, 1), (4.8, 1, "right")) == [2, 2]
    assert combined((0, 1), (3, 1, "right"), (5, 1, "right")) == [2, 1]  # 5 s from the first onset
    assert combined((0, 1, "other"), (3, 1, "right")) == [1, 1]
    assert combined((0, 1, "both"), (3, 1, "right")) == [1, 1]


@pytest.mark.parametrize(
    ("side", "duration_s", "is_clm"),
    [
        ("left", 10.0, True),
        ("left", 10.000001, False),
        ("other", 10.5, False),
        ("both", 15.0, True),
        ("both", 15.1, False),
    ],
)
def test_longest_candidate(side, duration_s, is_clm):
    assert combine_legs(events((10, duration_s, side)), WASM_2016)["is_clm"].to_list() == [is_clm]


def test_aasm_does_not_score_a_movement_above_ten_seconds():
    assert combine_legs(events((10, 10.1)), AASM_2023).height == 0
    assert series([100, 120, (130, 11.0), 150, 170], AASM_2023) == "1111"


def test_switch_short_interval_start():
    onsets = [100, 120, 140, 149.9, 169.9, 189.9, 209.9]
    assert series(onsets, WASM_2016) == "...1111"
    assert series(onsets, replace(WASM_2016, can_short_interval_start=False)) == "......."
    assert series([*onsets, 229.9], replace(WASM_2016, can_short_interval_start=False)) == "....1111"


def test_switch_short_interval_skip():
    skip = replace(WASM_2016, short_interval="skip")
    scored = score_legs(events(100, 120, 125, (128, 0.5), 130, 150), breaks(), skip)
    assert scored["series_number"].to_list() == [1, 1, None, None, 1, 1]
    assert scored["imi_s"].to_list() == [None, 20.0, None, None, 10.0, 20.0]


def test_switch_upper_bound():
    onsets = [100, 190, 280, 370]
    assert series(onsets, WASM_2016) == "1111"
    assert series(onsets, replace(WASM_2016, is_max_interval_included=False)) == "...."
    assert series([100, 189.999999, 270, 350], replace(WASM_2016, is_max_interval_included=False)) == "1111"


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        ((60, 100), "11111111"),  # before the first onset
        ((150, 160), "...11111"),  # ends at the fourth onset: in the interval before it
        ((160, 161), "11112222"),  # starts at the fourth onset: in the interval after it
        ((155, 155), "...11111"),  # an instant without signal is a break too
        ((140, 200), "........"),
        ((240, 260), "11111111"),  # from the last onset on
    ],
)
def test_breaks(gap, expected):
    assert series([100, 120, 140, 160, 180, 200, 220, 240], WASM_2016, breaks(gap)) == expected


def test_series_are_numbered_in_each_night():
    block = [0, 20, 40, 60]
    assert (
        series([*block, *(t + 500 for t in block), 900, *(t + 1000 for t in block)], WASM_2016)
        == "11112222.3333"
    )


@pytest.mark.parametrize(
    ("onset_s", "duration_s", "wasm", "aasm"),
    [
        (120.0, 1.0, True, True),  # ends where the window of WASM begins: 123 - 2
        (119.999999, 1.0, False, True),
        (133.25, 1.0, True, False),  # starts where it ends: 123 + 10.25
        (133.250001, 1.0, False, False),
        (112.5, 11.0, True, True),  # fills the window of AASM: 113 - 0.5 to 123 + 0.5
        (112.499999, 1.0, False, False),
        (122.5, 1.0, True, True),
        (122.500001, 1.0, True, False),
    ],
)
def test_respiratory_windows(onset_s, duration_s, wasm, aasm):
    movement, breath = events((onset_s, duration_s)), intervals((113, 123))
    assert mark_respiratory(movement, breath, WASM_2016)["is_respiratory"].to_list() == [wasm]
    assert mark_respiratory(movement, breath, AASM_2023)["is_respiratory"].to_list() == [aasm]


@pytest.mark.parametrize(
    ("arousal", "is_associated"),
    [
        ((11.499999, 14), True),
        ((11.5, 14), False),
        ((5, 9.500001), True),
        ((5, 9.5), False),
        ((10.2, 10.4), True),
    ],
)
def test_arousals(arousal, is_associated):
    marked = mark_arousal(events((10, 1.0)), intervals(arousal), WASM_2016)
    assert marked["is_arousal"].to_list() == [is_associated]


def test_what_was_not_recorded_is_null_and_not_false():
    scored = score_legs(events(100, 120), breaks(), WASM_2016)
    assert scored["is_respiratory"].null_count() == 2
    assert scored["is_arousal"].null_count() == 2
    scored = score_legs(events(100, 120), breaks(), WASM_2016, respiratory=intervals(), arousals=intervals())
    assert scored["is_respiratory"].to_list() == [False, False]
    assert scored["is_arousal"].to_list() == [False, False]


def test_respiratory_noncandidates_still_interrupt():
    # the 11 s movement lies in the window, but only candidates are taken away
    scored = score_legs(
        events(100, 120, (135, 11.0), 160, 180), breaks(), WASM_2016, respiratory=intervals((120, 136))
    )
    assert scored["series_number_without_respiratory"].count() == 0


def test_the_one_function_equals_its_steps():
    rows_ = [100, (101.2, 0.7, "right"), 120, 140, (160, 0.3), 161, (300, 12.0), 320]
    near, waking = intervals((110, 119)), intervals((141.3, 150))
    joined = join_same_leg(events(*rows_), WASM_2016)
    marked = mark_arousal(
        mark_respiratory(combine_legs(joined, WASM_2016), near, WASM_2016), waking, WASM_2016
    )
    by_steps = mark_series(marked, breaks((250, 260)), WASM_2016)
    at_once = score_legs(events(*rows_), breaks((250, 260)), WASM_2016, respiratory=near, arousals=waking)
    assert at_once.select(by_steps.columns).equals(by_steps)
    without = mark_series(marked, breaks((250, 260)), WASM_2016, without_respiratory=True)
    assert at_once["series_number_without_respiratory"].equals(without["series_number"], check_names=False)


def test_empty_in_empty_out():
    scored = score_legs(events(), breaks(), WASM_2016, respiratory=intervals(), arousals=intervals())
    filled = score_legs(events(1), breaks(), WASM_2016, respiratory=intervals(), arousals=intervals())
    assert scored.height == 0
    assert scored.schema == filled.schema
    assert (
        mark_series(combine_legs(join_same_leg(events(), AASM_2023), AASM_2023), breaks(), AASM_2023).height
        == 0
    )


def test_null_instants_and_a_missing_sleep_column_break_the_contract():
    with pytest.raises(ContractError, match="onset_at"):
        score_legs(
            events(1).with_columns(onset_at=pl.lit(None, dtype=pl.Datetime("us", "UTC"))), breaks(), WASM_2016
        )
    with pytest.raises(ContractError, match="is_sleep"):
        score_legs(events(1).drop("is_sleep"), breaks(), AASM_2023)


def test_rule_sets_describe_themselves():
    told = {row.name: row for row in rows(WASM_2016, "wasm.")}
    assert told["wasm.max_interval_s"].value == 90.0
    assert told["wasm.respiratory_after_s"].unit == "s"
    assert all(row.source and row.meaning for row in told.values())


def test_rules_that_contradict_each_other_are_refused():
    with pytest.raises(SettingsError, match="max_interval_s"):
        replace(WASM_2016, max_interval_s=5.0)


@pytest.mark.parametrize(
    "name", ["leg_combination", "short_interval", "respiratory_anchor", "respiratory_part"]
)
def test_an_option_that_does_not_exist_is_refused(name):
    with pytest.raises(SettingsError, match=f"{name} must be one of"):
        replace(WASM_2016, **{name: "skipp"})
