"""What the samples themselves tell: each check with a signal that has it, and one that has not."""

from dataclasses import replace

import numpy as np
import pytest

from transforms.parameters.reading import LENIENT_READING
from transforms.readers.screening import SignalScreen
from transforms.recording import Chunk, DeviceHeader

HEADER = DeviceHeader(
    file_format="test",
    device_model="test",
    sampling_rate_hz=100.0,
    range_g=8.0,
    scale_g_per_count=(1 / 256,) * 3,
    offset_g=(0.0,) * 3,
)


def chunk(counts: np.ndarray, start_us: int = 0, segment: int = 0) -> Chunk:
    return Chunk(
        segment_index=segment,
        sampling_rate_hz=100.0,
        times_us=start_us + np.arange(len(counts)) * 10_000,
        counts=counts.astype(np.int16),
    )


def still(seconds: int, norm: float = 1.0) -> np.ndarray:
    noise = np.random.default_rng(1).normal(0, 1, (seconds * 100, 3))
    return np.rint(noise + np.array([0.6, 0.0, 0.8]) * 256 * norm)


def screened(*parts: np.ndarray, header=HEADER) -> SignalScreen:
    screen = SignalScreen(header, LENIENT_READING)
    at = 0
    for part in parts:
        screen.see(chunk(part, at))
        at += len(part) * 10_000
    return screen


@pytest.mark.parametrize(
    ("norm", "is_plausible"),
    [(1.0, True), (0.9, True), (1.1, True), (0.75, False), (1.33, False), (2.0, False), (0.1, False)],
)
def test_gravity_before_calibration_has_a_wide_limit(norm, is_plausible):
    screen = screened(still(60, norm))
    assert screen.gravity_median_g() == pytest.approx(norm, abs=0.002)
    assert (screen.implausible_g() is None) is is_plausible


def test_the_unit_is_judged_without_a_still_window_too():
    rng = np.random.default_rng(1)
    moving = still(60, 3.0) + rng.normal(0, 60, (6000, 3))
    screen = screened(moving)
    assert screen.gravity_median_g() is None
    assert screen.implausible_g() == pytest.approx(3.0, abs=0.1)


@pytest.mark.parametrize(("seconds", "is_told"), [(0, False), (1, False), (100, True)])
def test_a_unit_that_changes_midway_is_no_g(seconds, is_told):
    table = replace(HEADER, scale_g_per_count=None, range_g=None)
    values = still(1000) / 256
    values[len(values) - seconds * 100 :] *= 1000
    screen = SignalScreen(table, LENIENT_READING)
    part = chunk(np.zeros_like(values))
    screen.see(replace(part, counts=None, acceleration_g=values.astype(np.float32)))
    assert screen.implausible_g() == (pytest.approx(1000, rel=0.01) if is_told else None)


@pytest.mark.parametrize(("seconds", "told"), [(700, ["constant_axis"]), (500, [])])
def test_an_axis_that_shows_one_value_throughout_is_told(seconds, told):
    counts = still(seconds)
    assert screened(counts).faults() == []
    counts[:, 0] = 0
    assert [fault.cause for fault in screened(counts).faults()] == told


def test_what_cannot_be_judged_is_told():
    screen = screened(still(5, 2.0))
    assert screen.gravity_median_g() is None
    assert screen.implausible_g() is None
    assert [fault.cause for fault in screen.faults()] == ["gravity_not_judged"]
    assert screened(still(20)).faults() == []


def test_offset_and_scale_of_each_axis_count():
    header = replace(HEADER, scale_g_per_count=(1 / 512, 1 / 256, 1 / 256), offset_g=(0.3, 0.0, 0.0))
    assert screened(still(60), header=header).gravity_median_g() == pytest.approx(1.0, abs=0.002)


def test_motion_is_not_still():
    moving = np.random.default_rng(1).normal(0, 40, (6000, 3))
    assert screened(moving).gravity_median_g() is None


def test_a_start_up_transient():
    signal = still(60)
    signal[:3] = [84, 252, 52]
    (fault,) = screened(signal).faults()
    assert (fault.cause, fault.sample_count, fault.started_us, fault.ended_us) == (
        "start_up_transient",
        3,
        0,
        30_000,
    )
    assert screened(still(60)).faults() == []


def test_clipping_and_the_cable():
    signal = still(1200)
    signal[50_000:50_010, 1] = 2044
    signal[50_050, 2] = -2048
    signal[119_000] = 2044
    faults = screened(signal[:50_005], signal[50_005:]).faults()
    assert [(fault.cause, fault.sample_count) for fault in faults] == [("clipping", 11), ("usb_spike", 1)]
    assert faults[0].started_us == 500_000_000
