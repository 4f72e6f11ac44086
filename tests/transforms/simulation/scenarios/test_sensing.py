"""What the sensor writes has the noise, the steps, the sleep and the warmth that its scenario names."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy.signal import welch

from transforms.parameters import DEFAULT
from transforms.parameters.scenarios import ORDINARY_2026
from transforms.parameters.simulation import LEGS_2026
from transforms.simulation.scenarios import SCENARIOS, scenario_night
from transforms.simulation.scenarios.happenings import draw_happenings
from transforms.simulation.scenarios.limb import draw_limb, noise_burst
from transforms.simulation.scenarios.sensing import sense
from transforms.simulation.scenarios.timeline import draw_timeline

STILL = replace(ORDINARY_2026.motion, wake_large_per_h=(0.0, 0.0), wake_leg_per_h=(0.0, 0.0))


@pytest.fixture(scope="module")
def limb_and_line():
    line = draw_timeline(np.random.default_rng(1), ORDINARY_2026.rest)
    found = draw_happenings(np.random.default_rng(2), line, STILL)
    limb = draw_limb(np.random.default_rng(3), "left_ankle", line, found, STILL, LEGS_2026.shape)
    return limb, line


def sensed(limb_and_line, nonwear=(), **worn):
    limb, line = limb_and_line
    return sense(
        np.random.default_rng(4), limb, replace(ORDINARY_2026.worn, **worn), line.ends_s, tuple(nonwear)
    )


def still_g(one, limb_and_line):
    """The longest rest of the night, per axis [g]."""
    limb, line = limb_and_line
    spans = limb.course.excursion_span_s
    inside = spans[(spans[:, 0] > line.sleep_onset_s) & (spans[:, 0] < line.sleep_end_s)]
    rests = inside[1:, 0] - inside[:-1, 1]
    at = int(np.argmax(rests))
    first, last = np.searchsorted(one.axis_s, [inside[at, 1] + 5.0, inside[at + 1, 0] - 5.0])
    return one.counts[first:last] * one.resolution_g


@pytest.mark.parametrize("noise_mg", [5.0, 13.0])
def test_a_still_axis_has_the_noise_that_is_asked_for(limb_and_line, noise_mg):
    one = sensed(
        limb_and_line,
        noise_mg=(noise_mg, noise_mg),
        resolution_mg=(0.24,),
        slow_mg=0.0,
        wander_mg=0.0,
        swell_log_sd=0.0,
    )
    found_mg = 1000.0 * np.diff(still_g(one, limb_and_line), axis=0).std(axis=0) / np.sqrt(2.0)
    assert found_mg == pytest.approx(noise_mg, rel=0.12)


def test_heavy_tails_are_heavier_than_a_normal_axis(limb_and_line):
    def kurtosis(tail_df):
        one = sensed(limb_and_line, noise_mg=(8.0, 8.0), tail_df=tail_df, resolution_mg=(0.24,))
        step = np.diff(still_g(one, limb_and_line), axis=0)
        return ((step / step.std(axis=0)) ** 4).mean()

    assert kurtosis(3.0) > kurtosis(50.0) + 1.0


def test_density_rises_below_half_a_hertz(limb_and_line):
    one = sensed(limb_and_line, noise_mg=(5.0, 5.0), slow_mg=6.0, resolution_mg=(0.24,))
    hz, power = welch(still_g(one, limb_and_line)[:, 0], fs=one.rate_hz, nperseg=1024)
    assert power[(hz > 0.05) & (hz < 0.4)].mean() > 5.0 * power[(hz > 3.0) & (hz < 15.0)].mean()


@pytest.mark.parametrize("resolution_mg", [15.6, 3.9, 0.24])
def test_counts_are_steps_of_the_resolution(limb_and_line, resolution_mg):
    one = sensed(limb_and_line, resolution_mg=(resolution_mg,))
    assert one.resolution_g == pytest.approx(resolution_mg / 1000.0)
    length_g = np.linalg.norm(np.median(one.counts * one.resolution_g, axis=0))
    assert 0.3 < length_g < 1.3


def test_a_device_in_idle_sleep_mode_is_silent_while_still_and_awake_in_a_movement(limb_and_line):
    limb, _ = limb_and_line
    one = sensed(limb_and_line, has_idle_sleep=True)
    assert 0.05 < one.kept.mean() < 0.8
    strong = [
        excursion.onset_s for excursion, _ in limb.course.excursions if np.abs(excursion.ring_g).max() > 0.3
    ]
    at = np.searchsorted(one.axis_s, np.array(strong) + 1.5)
    assert one.kept[at].mean() > 0.9


def test_the_case_cools_when_it_is_taken_off_unless_it_stays_warm_or_the_thermometer_is_stuck(limb_and_line):
    _, line = limb_and_line
    spell = (line.sleep_onset_s + 3600.0, line.sleep_onset_s + 7200.0)
    minute = int(spell[1] // 60) - 1

    def change_c(**worn):
        one = sensed(limb_and_line, [spell], **worn)
        return one.minutes_c[minute] - one.minutes_c[int(spell[0] // 60)]

    assert change_c() < -7.0
    assert change_c(is_nonwear_warm=True) > -3.0
    assert change_c(thermometer="stuck") == 0.0
    assert sensed(limb_and_line, [spell], thermometer="none").minutes_c.size == 0


def test_the_second_clock_runs_beside_the_first():
    night = scenario_night(SCENARIOS["two_legs_apart"].parameters, DEFAULT, 14, 0)
    first, second = (
        one.samples.select(pl.col("sampled_at").dt.epoch("us")).collect() for one in night.recordings
    )
    starts_s = (second["sampled_at"][0] - first["sampled_at"][0]) / 1e6
    assert abs(starts_s) == pytest.approx(4.0, abs=0.05)


def test_a_burst_of_noise_has_its_peak_and_its_length():
    wave = noise_burst(np.random.default_rng(5), 0.4, 0.1, (4.0, 12.0))
    assert np.abs(wave).max() == pytest.approx(0.1)
    assert wave.size == 80 and abs(wave[0]) < 0.05
