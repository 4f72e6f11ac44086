"""Real GENEActiv files against independent readers and the maker's own export.

Reference: actfast 1.3; gnactv_data.npz of scikit-digital-health's tests; the CSV that the GENEActiv PC software 3.2
wrote of the recording in sleeppy/test_geneactiv.bin; GGIRread's test values.
Tested: samples (2e-7 g, float32 of the reference; 5e-5 g against the CSV, which is rounded to it), times, the gap,
what the readers disagree on:
- GENEActiv_testfile.bin ends inside a page. actfast keeps the 231 whole samples of it, GGIRread and actipy leave
  them out (4,800 samples), scikit-digital-health refuses the file. They are in the file: we keep them.
- Between two pages of gnactv_sample.bin half a second is missing: all readers see it, so do we, as a gap.
NOT tested: times of actfast inside a page at 85.7 Hz beyond 1 ms; it runs at the nominal rate from each page's start,
we run evenly up to the next page's start, which is 0.6 ms earlier after 300 samples.
"""

import io

import numpy as np
import polars as pl
import pytest

from transforms.readers import open_reader

CUT = "GGIRread/GENEActiv_testfile.bin"
GAP = "scikit-digital-health/gnactv_sample.bin"
WITH_CSV = "sleeppy/test_geneactiv.bin"


def read(path):
    content = path.read_bytes()
    reader = open_reader(io.BytesIO(content), path.name, len(content))
    chunks = list(reader.chunks())
    times_us = np.concatenate([chunk.times_us for chunk in chunks])
    counts = np.concatenate([chunk.counts for chunk in chunks])
    acceleration_g = counts * np.array(reader.header.scale_g_per_count) + np.array(reader.header.offset_g)
    return reader, times_us, acceleration_g


@pytest.mark.parametrize("name", [CUT, GAP, WITH_CSV])
def test_samples_equal_actfast(shared_data, name):
    actfast = pytest.importorskip("actfast")
    _, times_us, acceleration_g = read(shared_data / name)
    reference = actfast.read(str(shared_data / name))["timeseries"]["high_frequency"]
    np.testing.assert_allclose(acceleration_g, reference["acceleration"], atol=2e-7)
    np.testing.assert_allclose(times_us, reference["datetime"] / 1000, atol=1000, rtol=0)


@pytest.mark.parametrize(
    ("name", "samples", "first_us", "rate"),
    [
        (CUT, 5031, 1369908774_500_000, 85.7),
        (GAP, 900, 1558455403_500_000, 50.0),
        (WITH_CSV, 19200, 1535362358_000_000, 100.0),
    ],
)
def test_facts(shared_data, name, samples, first_us, rate):
    reader, times_us, acceleration_g = read(shared_data / name)
    assert len(times_us) == len(acceleration_g) == samples
    assert times_us[0] == first_us
    assert reader.header.sampling_rate_hz == rate


def test_a_header_that_promises_more_pages(shared_data):
    reader, _, acceleration_g = read(shared_data / CUT)
    assert acceleration_g[299, 2] == pytest.approx(-0.808364, abs=5e-7)  # GGIRread: z[300]
    assert {fault.cause for fault in reader.faults} == {"truncated"}
    assert any("promises 222048 pages, 17 are there" in fault.detail for fault in reader.faults)
    assert reader.companions[0].temperature_c[0] == pytest.approx(21.5)


def test_the_gap(shared_data):
    reader, times_us, _ = read(shared_data / GAP)
    arrays = np.load(shared_data / "scikit-digital-health" / "gnactv_data.npz")
    np.testing.assert_allclose(times_us / 1e6, arrays["time"], atol=1e-3, rtol=0)
    (gap,) = reader.faults
    assert (gap.cause, gap.sample_count) == ("gap", 25)
    assert np.diff(times_us).max() == 520_000


def test_the_makers_own_export(shared_data):
    reader, times_us, acceleration_g = read(shared_data / WITH_CSV)
    export = pl.read_csv(
        shared_data / "sleeppy" / "test_geneactiv.csv",
        has_header=False,
        skip_rows=100,
        new_columns=["time", "x", "y", "z", "lux", "button", "temperature"],
    )
    assert len(export) == 19200
    np.testing.assert_allclose(acceleration_g, export.select("x", "y", "z").to_numpy(), atol=5.01e-5)
    stamps = (
        export["time"]
        .str.replace(r":(\d{3})$", ".$1")
        .str.to_datetime("%Y-%m-%d %H:%M:%S%.3f", time_unit="us")
    )
    np.testing.assert_array_equal(times_us, stamps.dt.epoch("us").to_numpy())
    assert reader.companions[0].temperature_c[0] == pytest.approx(export["temperature"][0])
    # one value per page here, one per sample there, rounded down
    light = export["lux"].to_numpy().reshape(-1, 300).mean(axis=1)
    np.testing.assert_allclose(reader.companions[0].light_lux, light, atol=1.0)
    assert export["button"].sum() == 0
