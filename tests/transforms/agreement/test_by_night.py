"""Sensor against scorer, counted by hand; and what the summary says of many nights."""

from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest

from tests.transforms.psg.test_scored import NIGHT_DATE, NO_BREAKS, NO_SPANS, at, frame, legs, mark
from transforms.agreement.by_night import agreement, scorer_candidates, sensor_candidates, summarise
from transforms.agreement.measures import bland_altman
from transforms.parameters.agreement import SCORER_AGREEMENT
from transforms.parameters.scoring import AASM_2023, WASM_2016
from transforms.pictures.bland_altman import bland_altman_chart
from transforms.psg.scored import score_marks, stages_by_leg_scorer
from transforms.schema import AGREEMENT, AGREEMENT_SUMMARY, MOVEMENT, NIGHT, SIGNAL_BREAK

QUICK = replace(SCORER_AGREEMENT, bootstrap_count=400)
STAGES = [mark("stage_w", 0, 600), mark("stage_n2", 600, 3000)]
ONSETS = [700.0, 721.0, 745.0, 765.0, 1200.0, 1230.0, 1290.0, 1341.0, 1400.0, 1423.0, 1500.0, 1570.0]


def sensor(onsets, clock_s=0.0, series=(), breaks=NO_BREAKS, is_eligible=True):
    movements = pl.DataFrame(
        [
            {
                "movement_id": f"m{k}",
                "participant_id": "P1",
                "night_date": NIGHT_DATE,
                "onset_at": at(onset + clock_s),
                "offset_at": at(onset + clock_s + 1),
                "kind": "leg_movement",
                "is_clm": True,
                "wasm_series_id": "s" if onset in series else None,
            }
            for k, onset in enumerate(onsets)
        ],
        schema=MOVEMENT,
    )
    nights = pl.DataFrame(
        [
            {
                "participant_id": "P1",
                "night_date": NIGHT_DATE,
                "lights_off_at": at(clock_s),
                "lights_on_at": at(3600 + clock_s),
                "is_eligible": is_eligible,
            }
        ],
        schema=NIGHT,
    )
    return sensor_candidates(movements, nights, breaks)


def compared(rows, candidates, parameters=QUICK):
    events = frame(*rows)
    scored = score_marks(events, NO_BREAKS, WASM_2016, AASM_2023)
    told = agreement(scored, stages_by_leg_scorer(events, NO_BREAKS, NO_SPANS), *candidates, parameters)
    assert told.schema == AGREEMENT
    return told.row(0, named=True) if told.height else None


def test_a_sensor_that_sees_what_the_scorer_sees():
    told = compared([*STAGES, *legs(*ONSETS)], sensor(ONSETS, series=ONSETS))
    assert (told["scorer"], told["candidate"]) == ("S1", "sensor")
    assert (told["scorer_count"], told["candidate_count"], told["matched_count"]) == (12, 12, 12)
    assert (told["sensitivity"], told["precision"], told["f1"], told["kappa_index"]) == (1.0, 1.0, 1.0, 1.0)
    assert told["sensitivity_high"] == 1.0
    assert told["sensitivity_low"] == pytest.approx(0.7575, abs=1e-4)
    assert (told["clock_offset_s"], told["clock_pair_count"], told["is_clock_offset_known"]) == (
        0.0,
        12,
        True,
    )


def test_missed_and_invented_movements():
    seen = [*ONSETS[2:], 2000.0, 2050.0, 2090.0]
    told = compared([*STAGES, *legs(*ONSETS)], sensor(seen))
    assert (told["scorer_count"], told["candidate_count"], told["matched_count"]) == (12, 13, 10)
    assert told["sensitivity"] == pytest.approx(10 / 12)
    assert told["precision"] == pytest.approx(10 / 13)
    assert told["f1"] == pytest.approx(20 / 25)


def test_the_clocks_offset_is_estimated_first():
    told = compared([*STAGES, *legs(*ONSETS)], sensor(ONSETS, clock_s=45.5))
    assert told["clock_offset_s"] == 45.5
    assert told["matched_count"] == 12
    assert told["compared_h"] == 1.0


def test_an_unknown_offset_is_null_and_nothing_is_moved():
    told = compared([*STAGES, *legs(*ONSETS[:3])], sensor(ONSETS[:3], clock_s=5.0))
    assert told["clock_offset_s"] is None
    assert not told["is_clock_offset_known"]
    assert told["matched_count"] == 0


def test_rates_are_over_the_same_sleep():
    # the scorer's series of four in sleep, the sensor's of six of which two in wake
    told = compared(
        [*STAGES, *legs(700, 720, 740, 760)],
        sensor([560, 580, 700, 720, 740, 760], series=[560, 580, 700, 720, 740, 760]),
    )
    assert told["compared_sleep_h"] == pytest.approx(3000 / 3600)
    assert told["plm_per_h"] == pytest.approx(4 / (3000 / 3600))
    assert told["aplm_per_h"] == pytest.approx(4 / (3000 / 3600))
    assert told["difference_per_h"] == pytest.approx(0.0)


def test_what_the_sensor_did_not_measure_is_not_compared():
    gap = pl.DataFrame(
        [{"participant_id": "P1", "night_date": NIGHT_DATE, "started_at": at(690), "ended_at": at(1290)}],
        schema=SIGNAL_BREAK,
    )
    told = compared([*STAGES, *legs(*ONSETS)], sensor(ONSETS[6:], breaks=gap))
    assert told["compared_h"] == pytest.approx(3000 / 3600)
    assert (told["scorer_count"], told["matched_count"], told["sensitivity"]) == (6, 6, 1.0)
    # epochs from 0 to 690 s and from 1290 s on, all whole
    assert told["epoch_count"] == 23 + 77


def test_a_sensor_that_sees_nothing_has_sensitivity_zero_and_no_precision():
    told = compared([*STAGES, *legs(*ONSETS)], sensor([]))
    assert told["sensitivity"] == 0.0
    assert told["precision"] is None
    assert told["f1"] == 0.0


def test_nights_that_are_not_eligible_or_of_one_side_only_have_no_row():
    assert compared([*STAGES, *legs(*ONSETS)], sensor(ONSETS, is_eligible=False)) is None
    assert compared([*legs(*ONSETS)], sensor(ONSETS)) is None


def test_kappa_counts_epochs():
    # 20 epochs of 30 s; both mark 10 of them, 5 of them the same
    stages = [mark("stage_n2", 0, 600)]
    one = [30.0 * k + 5 for k in range(10)]
    other = [30.0 * k + 5 for k in range(5, 15)]
    told = compared([*stages, *legs(*one)], sensor(other))
    assert told["epoch_count"] == 20
    assert told["kappa_index"] == pytest.approx(0.0)


def test_scorer_against_scorer():
    events = frame(*STAGES, *legs(*ONSETS), *legs(*ONSETS[:6], scorer="S2"))
    scored = score_marks(events, NO_BREAKS, WASM_2016, AASM_2023)
    stages = stages_by_leg_scorer(events, NO_BREAKS, NO_SPANS)
    told = agreement(scored, stages, *scorer_candidates(scored, stages), QUICK)
    assert told.select("scorer", "candidate", "sensitivity", "precision").rows() == [
        ("S1", "S2", 0.5, 1.0),
        ("S2", "S1", 1.0, 0.5),
    ]


# --- cohort -------------------------------------------------------------------------------------------------------


def cohort(rates, matched=8, scorer=10, candidate=16):
    """Nights of AGREEMENT: (participant, plm_per_h, aplm_per_h)."""
    return pl.DataFrame(
        [
            {
                "participant_id": person,
                "night_date": NIGHT_DATE + timedelta(days=k),
                "scorer": "S1",
                "candidate": "sensor",
                "scorer_count": scorer,
                "candidate_count": candidate,
                "matched_count": matched,
                "kappa_index": 0.5,
                "plm_per_h": float(plm),
                "aplm_per_h": float(aplm),
                "difference_per_h": float(aplm - plm),
            }
            for k, (person, plm, aplm) in enumerate(rates)
        ],
        schema=AGREEMENT,
    )


def measures(nights, parameters=QUICK):
    told = summarise(nights, parameters, seed=1)
    assert told.schema == AGREEMENT_SUMMARY
    return {row["measure"]: row for row in told.iter_rows(named=True)}


def test_pooled_measures():
    told = measures(cohort([("A", 10, 8), ("B", 20, 15), ("C", 30, 28)]))
    assert told["sensitivity"]["value"] == pytest.approx(0.8)
    assert told["precision"]["value"] == pytest.approx(0.5)
    assert told["f1"]["value"] == pytest.approx(16 / 26)
    assert told["kappa"]["value"] == pytest.approx(0.5)
    assert told["sensitivity"]["lower"] == pytest.approx(0.8)  # all nights alike
    assert told["bias"]["value"] == pytest.approx(-3.0)
    assert told["bias"]["participant_count"] == 3


def test_the_threshold_stands_beside_its_warning_only():
    told = measures(cohort([("A", 15, 16), ("B", 15.1, 15), ("C", 30, 28)]))
    assert told["sensitivity_at_threshold"]["value"] == 0.5  # 15.0 is not above 15
    assert told["specificity_at_threshold"]["value"] == 0.0
    for row in told.values():
        assert ("15/h" in row["method"]) == ("does not transfer" in (row["note"] or ""))


def test_one_participant_has_values_without_intervals():
    told = measures(cohort([("A", 10, 8), ("A", 20, 15)]))
    assert told["sensitivity"]["value"] == pytest.approx(0.8)
    assert told["sensitivity"]["lower"] is None
    assert told["bias"]["value"] == pytest.approx(-3.5)
    assert told["lower_limit_of_agreement"]["value"] is None
    assert told["icc_2_1"]["value"] is None


def test_no_nights_no_summary():
    assert summarise(cohort([]), QUICK, seed=1).schema == AGREEMENT_SUMMARY


def test_summary_is_the_same_for_the_same_seed():
    people = [cohort([(f"P{k}", 10 + k, 8)], matched=k % 10, scorer=10 + k) for k in range(12)]
    nights = pl.concat(people)
    assert summarise(nights, QUICK, seed=1).equals(summarise(nights, QUICK, seed=1))
    assert not summarise(nights, QUICK, seed=1).equals(summarise(nights, QUICK, seed=2))


def test_limits_of_agreement_with_several_nights_of_a_person_cover_single_differences():
    rng = np.random.default_rng(2)
    people, nights = 400, 5
    person = np.repeat(np.arange(people), nights)
    # 3 between and 4 within people: a single difference has a standard deviation of 5
    difference = 1.0 + rng.normal(0, 3, people)[person] + rng.normal(0, 4, person.size)
    told = bland_altman(difference, person, 0.95)
    assert told.sd == pytest.approx(5.0, rel=0.05)
    assert told.bias.low < 1.0 < told.bias.high
    assert told.bias.high - told.bias.low == pytest.approx(2 * 1.96 * np.sqrt((9 + 16 / 5) / people), rel=0.1)


def test_the_plot_is_the_same_svg_each_time_and_names_nobody():
    nights = cohort([("Person-A", 10, 8), ("Person-B", 20, 15), ("Person-C", 30, 28)])
    summary = summarise(nights, QUICK, seed=1)
    drawn = bland_altman_chart(nights, summary)
    assert drawn == bland_altman_chart(nights, summary)
    assert drawn is not None
    for svg in (drawn.wide, drawn.narrow):
        assert ElementTree.fromstring(svg).tag.endswith("svg")
        assert "Person" not in svg
    assert drawn.alt.startswith("3 nights of 3 participants")
    one = bland_altman_chart(nights.head(1), summary)
    assert one is not None and one.alt.startswith("1 night of 1 participant;")
    assert bland_altman_chart(nights.clear(), summary.clear()) is None
