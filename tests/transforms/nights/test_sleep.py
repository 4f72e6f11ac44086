"""Sustained inactivity and the sleep period, at their limits."""

from dataclasses import replace

import numpy as np
import pytest

from transforms.nights.sleep import (
    longest_block,
    sleep_period,
    smoothed_angle_change_deg,
    sustained_inactivity,
)
from transforms.parameters.sleep import VAN_HEES_2015, VAN_HEES_2018

EPOCH_S = 5.0
PER_H = 720


def steps(length, *changes, by_deg=10.0):
    """Angles that stay, and change by ``by_deg`` from epoch ``change`` to the next."""
    angle = np.zeros(length)
    for sign, change in zip([1, -1] * len(changes), changes, strict=False):
        angle[change + 1 :] += sign * by_deg
    return angle


def spans(mask):
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(int), [0]])))
    return edges.reshape(-1, 2).tolist()


def restless(length):
    """Every epoch 20 deg away from the one before."""
    return np.where(np.arange(length) % 2, 20.0, 0.0)


def rest_between(length, *rests):
    angle = restless(length)
    for first, end in rests:
        angle[first:end] = 0.0
    return angle


def test_sixty_epochs_between_two_changes_are_no_bout_and_sixty_one_are():
    busy = range(0, 20, 2)
    exactly = steps(200, *busy, 100, 160)
    assert spans(sustained_inactivity(exactly, EPOCH_S, VAN_HEES_2015)) == [[18, 101]]
    longer = steps(200, *busy, 100, 161)
    assert spans(sustained_inactivity(longer, EPOCH_S, VAN_HEES_2015)) == [[18, 162]]


def test_the_bout_needs_more_than_its_minimum_when_it_is_the_only_one():
    busy = list(range(0, 20, 2))
    assert not sustained_inactivity(steps(200, *busy, 78), EPOCH_S, VAN_HEES_2015).any()  # 78 - 18 = 60
    assert spans(sustained_inactivity(steps(200, *busy, 79), EPOCH_S, VAN_HEES_2015)) == [[18, 80]]


@pytest.mark.parametrize(("by_deg", "inactive"), [(5.0, 130), (5.001, 71)])
def test_a_change_of_exactly_five_degrees_is_no_change_of_posture(by_deg, inactive):
    angle = steps(130, 10, 80, by_deg=by_deg)
    assert np.count_nonzero(sustained_inactivity(angle, EPOCH_S, VAN_HEES_2015)) == inactive


@pytest.mark.parametrize(("change_count", "is_rest"), [(0, True), (9, True), (10, False)])
def test_without_a_bout_ten_changes_make_a_record_active(change_count, is_rest):
    angle = steps(40, *range(3, 3 + 3 * change_count, 3))
    assert (sustained_inactivity(angle, EPOCH_S, VAN_HEES_2015) == is_rest).all()


def test_what_lies_outside_the_first_and_last_change_is_no_bout():
    angle = steps(1000, 300, 400)
    assert spans(sustained_inactivity(angle, EPOCH_S, VAN_HEES_2015)) == [[300, 401]]


def test_the_bout_is_measured_in_seconds_not_in_epochs():
    angle = steps(100, 20, 51)
    assert spans(sustained_inactivity(angle, 10.0, VAN_HEES_2015)) == [[20, 52]]  # 310 s
    assert sustained_inactivity(angle, 5.0, VAN_HEES_2015).all()  # 155 s, and only two changes: all rest


def test_no_epochs_no_sleep():
    nothing = np.empty(0)
    assert sustained_inactivity(nothing, EPOCH_S, VAN_HEES_2015).shape == (0,)
    assert sleep_period(nothing, EPOCH_S, VAN_HEES_2018) is None


def test_the_median_is_centred_and_drops_a_single_turn():
    angle = steps(300, 150, by_deg=40)
    assert smoothed_angle_change_deg(angle, EPOCH_S, VAN_HEES_2018).max() == 0.0
    turning = np.zeros(301)
    turning[101:200] = restless(99)
    smoothed = smoothed_angle_change_deg(turning, EPOCH_S, VAN_HEES_2018)
    moving = np.flatnonzero(np.abs(np.diff(turning, prepend=0.0)) > 0)
    assert smoothed[moving[0] : moving[-1] + 1].tolist() == [20.0] * (moving[-1] + 1 - moving[0])
    assert np.count_nonzero(smoothed) == moving[-1] + 1 - moving[0]


@pytest.mark.parametrize(("length", "expected"), [(360, None), (361, (100, 461))])
def test_a_rest_of_exactly_half_an_hour_does_not_count(length, expected):
    mask = np.zeros(1000, dtype=bool)
    mask[100 : 100 + length] = True
    assert longest_block(mask, 360, 720) == expected


@pytest.mark.parametrize(("gap", "expected"), [(719, (0, 1619)), (720, (1120, 1620))])
def test_a_gap_of_exactly_an_hour_is_not_bridged(gap, expected):
    mask = np.ones(400 + gap + 500, dtype=bool)
    mask[400 : 400 + gap] = False
    assert longest_block(mask, 360, 720) == expected


def test_short_rests_do_not_bridge_a_long_gap():
    mask = np.zeros(3000, dtype=bool)
    mask[0:500] = mask[900:1200] = mask[1500:2100] = True  # the one in the middle lasts 25 min
    assert longest_block(mask, 360, 720) == (1500, 2100)


def test_the_night_is_found_within_the_day():
    night = (6 * PER_H, 13 * PER_H)
    first, end = sleep_period(rest_between(24 * PER_H, night), EPOCH_S, VAN_HEES_2018)
    assert abs(first - night[0]) <= 1
    assert abs(end - night[1]) <= 1


def test_nobody_rests_nobody_sleeps():
    assert sleep_period(restless(24 * PER_H), EPOCH_S, VAN_HEES_2018) is None


def test_a_device_on_the_table_is_no_rest():
    night, table = (10 * PER_H, 17 * PER_H), (0, 9 * PER_H)
    angle = rest_between(24 * PER_H, night, table)
    usable = np.ones(len(angle), dtype=bool)
    assert sleep_period(angle, EPOCH_S, VAN_HEES_2018, usable)[0] == 0
    usable[table[0] : table[1]] = False
    first, end = sleep_period(angle, EPOCH_S, VAN_HEES_2018, usable)
    assert abs(first - night[0]) <= 1
    assert abs(end - night[1]) <= 1


@pytest.mark.parametrize(("usable_count", "expected"), [(0, None), (1, None)])
def test_without_usable_epochs_there_is_no_period(usable_count, expected):
    usable = np.zeros(2 * PER_H, dtype=bool)
    usable[:usable_count] = True
    assert sleep_period(np.zeros(2 * PER_H), EPOCH_S, VAN_HEES_2018, usable) is expected


@pytest.mark.parametrize(
    ("rest_deg", "is_rest"),
    [(0.49, True), (0.51, False)],
)
def test_the_threshold_is_never_above_half_a_degree(rest_deg, is_rest):
    angle = 40 * restless(4 * PER_H)
    angle[PER_H : 3 * PER_H] = np.where(np.arange(2 * PER_H) % 2, rest_deg, 0.0)
    assert (sleep_period(angle, EPOCH_S, VAN_HEES_2018) is not None) == is_rest


@pytest.mark.parametrize(("rest_deg", "is_rest"), [(0.12, True), (0.14, False)])
def test_the_threshold_is_never_below_its_lower_limit(rest_deg, is_rest):
    angle = np.zeros(8 * PER_H)  # most of it does not move at all: the percentile is zero
    angle[2 * PER_H : 8 * PER_H] = np.where(np.arange(6 * PER_H) % 2, rest_deg, 0.0)
    first, end = sleep_period(angle, EPOCH_S, VAN_HEES_2018)
    assert (end - first == 8 * PER_H) == is_rest
    lower = replace(VAN_HEES_2018, min_threshold_deg=0.10)
    first, end = sleep_period(angle, EPOCH_S, lower)
    assert abs(end - first - 2 * PER_H) <= 1
