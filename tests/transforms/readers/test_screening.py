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
    ("norm", "is_plausible"), [(1.0, True), (0.96, True), (1.04, True), (0.94, False), (2.0, False)]
)
def test_gravity(norm, is_plausible):
    screen = screened(still(60, norm))
    assert screen.gravity_median_g() == pytest.approx(norm, abs=0.002)
    assert screen.is_gravity_plausible() is is_plausible


def test_two_still_windows_are_no_verdict():
    screen = screened(still(20, 2.0))
    assert screen.gravity_median_g() is None
    assert screen.is_gravity_plausible()


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


def test_zeros_are_told():
    signal = still(60)
    signal[1000:1100] = 0
    signal[2000:2099] = 0
    (fault,) = screened(signal).faults()
    assert (fault.cause, fault.sample_count, fault.started_us) == ("zero_signal", 100, 10_000_000)
