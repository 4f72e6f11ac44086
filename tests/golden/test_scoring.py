"""Series of leg movements against two public scorers.

Reference: PLMScoRe (R, MIT) at 68912a3, functions of R/lm_score.R run in R 4.2.2 on 24 written nights; psgscoring
(Python, BSD-3) 0.37.0, function _detect_series and its tests/test_plm.py. Results as literals, exact.
Tested: joining, minimal and maximal durations, combination of the legs, the bounds of intervals, what ends a series,
respiratory windows, series without respiratory movements.
NOT tested against PLMScoRe: a night in which no interval qualifies, where it stops with an error (ours: 0 PLM); an
arousal exactly 0.5 s away (theirs counts, the standards say "less than 0.5 s"). NOT tested against psgscoring: the
combination of the legs (theirs by onsets up to 0.5 s apart, AASM says 5 s) and respiration (theirs by onset only).
"""

from dataclasses import replace

import pytest

from tests.transforms.scoring.nights import breaks, events, intervals
from transforms.parameters.scoring import AASM_2023, WASM_2016
from transforms.scoring.standard import score_legs

LONG = (160, 180, 200, 220)


def both_legs(later_s):
    pairs = [((t, 1.0, "left"), (t + later_s, 0.7, "right")) for t in (100, 120, 140, 160)]
    return [event for pair in pairs for event in pair]


def score(onsets, rules, respiratory=()):
    return score_legs(events(*onsets), breaks(), rules, respiratory=intervals(*respiratory))


def counts(scored):
    return (
        scored.height,
        int((~scored["is_clm"]).sum()),
        scored["series_number"].count(),
        scored["series_number_without_respiratory"].count(),
    )


def plm(scored):
    return "".join("01"[number is not None] for number in scored["series_number"])


# fmt: off
# number: (events, respiratory, (nLM, nonCLM, PLM, PLMnr), PLM by movement)
WASM = {
    1: ([100, 120, 140, 160], [], (4, 0, 4, 4), "1111"),
    2: ([100, 120, 140], [], (3, 0, 0, 0), "000"),
    3: ([100, 110, 200, 290], [], (4, 0, 4, 4), "1111"),
    4: ([100, 120, 140, 149.9, 169.9, 189.9, 209.9], [], (7, 0, 4, 4), "0001111"),
    5: ([100, 120, 140, 160, 169.9, 189.9, 209.9], [], (7, 0, 4, 4), "1111000"),
    6: ([100, 120, 140, 160, 250.1, 270.1, 290.1], [], (7, 0, 4, 4), "1111000"),
    7: ([100, 120, (140, 10.5), *LONG], [], (7, 1, 4, 4), "0001111"),
    8: ([100, 120, (140, 10.0), 160], [], (4, 0, 4, 4), "1111"),
    9: (both_legs(1.3), [], (4, 0, 4, 4), "1111"),
    10: (both_legs(1.5), [], (8, 0, 0, 0), "00000000"),
    11: ([e for t in (100, 120, 140, 160) for e in (t, (t + 1.4, 0.7))], [], (4, 0, 4, 4), "1111"),
    12: ([100, 120, (140, 1), (140.8, 1, "right"), (141.9, 1), (142.7, 1, "right"), (143.5, 1), *LONG], [],
         (7, 1, 4, 4), "0001111"),
    13: ([100, 120, (140, 1), (140.8, 1, "right"), (141.9, 1), (142.7, 1, "right"), 160], [], (4, 0, 4, 4), "1111"),
    14: ([100, 120, (140, 9), (148, 7, "right"), 160], [], (4, 0, 4, 4), "1111"),
    15: ([100, 120, (140, 9), (148, 7.5, "right"), *LONG], [], (7, 1, 4, 4), "0001111"),
    16: ([100, 120, (140, 10.5), (145, 2, "right"), *LONG], [], (7, 1, 4, 4), "0001111"),
    17: ([100, 120, 140, 160, (110, 0.4)], [], (4, 0, 4, 4), "1111"),
    18: ([100, 120, 140, 160, (105, 0.45, "right")], [], (4, 0, 4, 4), "1111"),
    19: ([100, 120, 140, 160, 180], [(113, 123)], (5, 0, 5, 4), "11111"),
    20: ([100, 120, 140, 160], [(112, 122)], (4, 0, 4, 0), "1111"),
    22: ([100, 120, 140, 160, 180, 200], [], (6, 0, 6, 6), "111111"),
    23: ([100, 130, 160, 190, 220], [(151, 161)], (5, 0, 5, 4), "11111"),
    24: ([e for t in (100, 120, 140, 160) for e in ((t, 1), (t + 4, 1, "right"))], [], (8, 0, 0, 0), "00000000"),
}
AASM = {
    "four": ([100, 120, 140, 160], "1111"),
    "three": ([100, 120, 140], "000"),
    "bounds 5 and 90 s": ([100, 105, 195, 285], "1111"),
    "4.9 s starts a new series": ([100, 120, 140, 144.9, 164.9, 184.9, 204.9], "0001111"),
    "4.9 s ends a series": ([100, 120, 140, 160, 164.9, 184.9, 204.9], "1111000"),
    "90.1 s ends a series": ([100, 120, 140, 160, 250.1, 270.1, 290.1], "1111000"),
    "seven at 7 s": ([100, 107, 114, 121, 128, 135, 142], "1111111"),
    "3 s": ([100, 120, 123, 143, 163], "00000"),
    "pause of 120 s": ([100, 120, 140, 260, 280, 300], "000000"),
    "two blocks": ([100, 120, 140, 160, 400, 420, 440, 460], "11111111"),
}
# fmt: on


@pytest.mark.parametrize("number", WASM)
def test_wasm_golden(number):
    onsets, respiratory, expected, series = WASM[number]
    scored = score(onsets, WASM_2016, respiratory)
    assert counts(scored) == expected
    assert plm(scored) == series


def test_wasm_golden_21_with_half_a_second_around_the_end_of_the_event():
    rules = replace(WASM_2016, respiratory_before_s=0.5, respiratory_after_s=0.5)
    scored = score([100, 120, 140, 160], rules, [(112, 122)])
    assert counts(scored) == (4, 0, 4, 4)
    assert scored["is_respiratory"].to_list() == [False] * 4


def test_wasm_golden_19_and_20_name_the_respiratory_movement():
    assert score(WASM[19][0], WASM_2016, WASM[19][1])["is_respiratory"].to_list() == [
        False, True, False, False, False
    ]  # fmt: skip
    assert score(WASM[20][0], WASM_2016, WASM[20][1])["is_respiratory"].sum() == 1


def test_wasm_golden_intervals():
    assert score(WASM[7][0], WASM_2016)["imi_s"].to_list() == [None, 20.0, None, None, 20.0, 20.0, 20.0]
    assert score(WASM[10][0], WASM_2016)["imi_s"].to_list() == [None, 1.5, 18.5, 1.5, 18.5, 1.5, 18.5, 1.5]
    assert score(WASM[24][0], WASM_2016)["imi_s"].to_list() == [None, 4.0, 16.0, 4.0, 16.0, 4.0, 16.0, 4.0]


def test_wasm_golden_durations():
    assert score(WASM[9][0], WASM_2016)["duration_s"].to_list() == [2.0] * 4
    assert score(WASM[11][0], WASM_2016)["duration_s"].to_list() == [2.1] * 4
    assert score(WASM[12][0], WASM_2016)["duration_s"].to_list()[2] == 4.5
    assert score(WASM[13][0], WASM_2016)["duration_s"].to_list()[2] == 3.7


@pytest.mark.parametrize("name", AASM)
def test_aasm_golden(name):
    onsets, series = AASM[name]
    assert plm(score(onsets, AASM_2023)) == series


def test_seven_at_seven_seconds_tell_the_standards_apart():
    seven = AASM["seven at 7 s"][0]
    assert counts(score(seven, WASM_2016)) == (7, 0, 0, 0)
    assert counts(score(seven, AASM_2023)) == (7, 0, 7, 7)


def test_the_aasm_rule_of_five_seconds_combines_the_legs_of_golden_24():
    scored = score(WASM[24][0], AASM_2023)
    assert counts(scored) == (4, 0, 4, 4)
    assert scored["side"].to_list() == ["both"] * 4
    assert scored["imi_s"].to_list() == [None, 20.0, 20.0, 20.0]
