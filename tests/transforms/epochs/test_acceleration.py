"""Axes in g, ENMO and the angle of the z axis."""

from dataclasses import replace

import polars as pl
import pytest

from transforms.epochs.acceleration import angle_z_deg, correct_axes, enmo_mg, norm_g, read_axes
from transforms.errors import ContractError
from transforms.recording import RecordingHeader

IN_G = RecordingHeader(
    recording_id="r7",
    participant_id="P1",
    body_site="left_ankle",
    time_zone="Europe/Berlin",
    sampling_rate_hz=50.0,
)
HEADER = replace(IN_G, scale_g_per_count=(0.001, 0.002, 0.004), offset_g=(0.1, 0.0, -0.2))


def axes(*rows):
    return pl.DataFrame(rows, schema={"x_g": pl.Float32, "y_g": pl.Float32, "z_g": pl.Float32}, orient="row")


def counts(*rows):
    names = ("x_count", "y_count", "z_count")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Int16), orient="row")


def test_counts_become_g_by_each_axis_scale_and_offset():
    frame = counts((1000, -500, 250), (-32768, 32767, 0))
    found = frame.select(read_axes(HEADER, frame.columns))
    assert found.schema == axes().schema
    assert found.row(0) == pytest.approx((1.1, -1.0, 0.8))
    assert found.row(1) == pytest.approx((-32.668, 65.534, -0.2))


def test_counts_without_an_offset():
    frame = counts((1000, 1000, 1000))
    header = replace(HEADER, offset_g=None)
    assert frame.select(read_axes(header, frame.columns)).row(0) == pytest.approx((1.0, 2.0, 4.0))


def test_values_in_g_are_taken_as_they_are():
    frame = axes((0.25, -0.5, 1.0))
    assert frame.select(read_axes(HEADER, frame.columns)).row(0) == (0.25, -0.5, 1.0)


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        (IN_G, ["x_count", "y_count", "z_count"]),
        (HEADER, ["x_count", "y_count"]),
        (HEADER, ["x_g", "y_g"]),
        (HEADER, []),
    ],
)
def test_samples_that_cannot_become_g_are_refused_by_name(header, columns):
    with pytest.raises(ContractError, match=r"samples of recording r7.*ingest the file again"):
        read_axes(header, columns)


def test_one_scale_too_few_is_refused():
    with pytest.raises(ValueError, match="zip"):
        read_axes(replace(HEADER, scale_g_per_count=(0.001, 0.002)), ["x_count", "y_count", "z_count"])


def test_the_correction_is_gain_first_then_offset():
    corrected = axes((1.0, -1.0, 0.5)).select(correct_axes([1.1, 0.9, 2.0], [0.01, -0.02, 0.0]))
    assert corrected.row(0) == pytest.approx((1.11, -0.92, 1.0))


@pytest.mark.parametrize(
    ("sample", "norm", "enmo"),
    [
        ((0.0, 0.0, 1.0), 1.0, 0.0),
        ((0.0, 0.0, 0.0), 0.0, 0.0),  # free fall is no negative movement
        ((0.0, -0.6, 0.0), 0.6, 0.0),
        ((3.0, 4.0, 12.0), 13.0, 12000.0),
        ((0.0, 0.0, -1.25), 1.25, 250.0),
    ],
)
def test_norm_and_enmo(sample, norm, enmo):
    found = axes(sample).select(norm_g(), enmo_mg()).row(0)
    assert found == pytest.approx((norm, enmo), abs=1e-4)


@pytest.mark.parametrize(
    ("sample", "angle"),
    [
        ((0.0, 0.0, 1.0), 90.0),
        ((0.0, 0.0, -1.0), -90.0),
        ((1.0, 0.0, 0.0), 0.0),
        ((-1.0, 0.0, 0.0), 0.0),
        ((1.0, 0.0, 1.0), 45.0),
        ((0.0, -2.0, -2.0), -45.0),
        ((0.6, 0.8, 1.7320508), 60.0),
    ],
)
def test_the_angle_of_the_z_axis(sample, angle):
    assert axes(sample).select(angle_z_deg()).item() == pytest.approx(angle, abs=1e-4)


def test_nothing_in_nothing_out():
    found = axes().select(norm_g(), enmo_mg(), angle_z_deg())
    assert found.schema == dict.fromkeys(("norm_g", "enmo_mg", "angle_z_deg"), pl.Float32)
    assert found.height == 0
