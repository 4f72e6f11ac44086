"""Real Axivity files against independent readers.

Reference: actfast 1.3 and the arrays of scikit-digital-health's own tests (ax3_data.npz, ax6_data.npz); facts of
GGIRread's tests as told in the README of the shared data folder.
Tested: every sample (exactly; 5e-7 g where the reference is text rounded to it), block starts to 1 us, counts,
damaged blocks, header facts.
NOT tested: the times of actfast within a block. It runs at the nominal rate from each mark and leaves a jump at the
end of each block (25 ms on ax3_testfile, whose sensor runs at 98.86 Hz); we run evenly from mark to mark. The
starts that actipy and scikit-digital-health give ignore the fraction of a second and the shift of the marked
sample that goes with it; they lie up to 10 ms beside ours, and scatter more than twice as much about a straight line
(`test_marks_with_their_fraction_lie_on_a_line`), which decides the disagreement.
"""

import io

import numpy as np
import pytest

from transforms.readers import axivity_blocks, open_reader

AX3 = "GGIRread/ax3_testfile.cwa"
AX3_DAMAGED = "GGIRread/ax3_testfile_corrupt_blocks_0_13_14_142_143_144.cwa"
AX6 = "GGIRread/ax6_testfile.cwa"
SKDH_AX3 = "scikit-digital-health/ax3_sample.cwa"
SKDH_AX6 = "scikit-digital-health/ax6_sample.cwa"


def read(path):
    content = path.read_bytes()
    reader = open_reader(io.BytesIO(content), path.name, len(content))
    chunks = list(reader.chunks())
    times_us = np.concatenate([chunk.times_us for chunk in chunks])
    acceleration_g = np.concatenate([chunk.counts for chunk in chunks]) * reader.header.scale_g_per_count[0]
    gyroscope = None
    if chunks[0].gyro_counts is not None:
        scale = reader.header.gyro_scale_deg_per_s_per_count[0]
        gyroscope = np.concatenate([chunk.gyro_counts for chunk in chunks]) * scale
    return reader, chunks, times_us, acceleration_g, gyroscope


@pytest.mark.parametrize("name", [AX3, AX3_DAMAGED, AX6, SKDH_AX3, SKDH_AX6])
def test_samples_equal_actfast(shared_data, name):
    actfast = pytest.importorskip("actfast")
    reader, _, times_us, acceleration_g, gyroscope = read(shared_data / name)
    reference = actfast.read(str(shared_data / name), lenient=True)["timeseries"]
    fast, slow = reference["high_frequency"], reference["low_frequency"]
    np.testing.assert_array_equal(acceleration_g, fast["acceleration"])
    if gyroscope is not None:
        np.testing.assert_array_equal(gyroscope, fast["gyroscope"])
    starts_us = np.concatenate([companion.times_us for companion in reader.companions])
    np.testing.assert_allclose(starts_us, slow["datetime"] / 1000, atol=1)
    np.testing.assert_allclose(
        np.concatenate([companion.temperature_c for companion in reader.companions]),
        slow["temperature"],
        atol=1e-4,
    )
    assert times_us[0] == pytest.approx(fast["datetime"][0] / 1000, abs=1)
    # 25 ms is the jump that actfast leaves at the end of a block
    assert np.abs(times_us - fast["datetime"] / 1000).max() < 25_000


@pytest.mark.parametrize(("name", "reference"), [(SKDH_AX3, "ax3_data.npz"), (SKDH_AX6, "ax6_data.npz")])
def test_samples_equal_the_arrays_of_scikit_digital_health(shared_data, name, reference):
    _, _, times_us, acceleration_g, gyroscope = read(shared_data / name)
    arrays = np.load(shared_data / "scikit-digital-health" / reference)
    np.testing.assert_allclose(acceleration_g, arrays["accel"], atol=5e-7)
    if gyroscope is not None:
        np.testing.assert_allclose(gyroscope, arrays["gyro"], atol=6e-5)
    # the fraction is left out there (one sample), and times within a block are stretched over 10 ms of the next
    assert np.abs(times_us / 1e6 - arrays["time"]).max() < 0.017


@pytest.mark.parametrize(
    ("name", "samples", "first_us", "serial", "rate", "span"),
    [
        (AX3, 17400, 1551178506000488, "39434", 100.0, 8.0),
        (AX6, 11320, 1577135046699792, "6011834", 100.0, 16.0),
        (SKDH_AX3, 58800, 1581498217481812, "51888", 200.0, 8.0),
        (SKDH_AX6, 10360, 1572339786307977, "6011802", 100.0, 16.0),
    ],
)
def test_facts(shared_data, name, samples, first_us, serial, rate, span):
    reader, _, times_us, _, _ = read(shared_data / name)
    header = reader.header
    assert len(times_us) == samples
    assert times_us[0] == pytest.approx(first_us, abs=1)
    assert (header.serial_number, header.sampling_rate_hz, header.range_g) == (serial, rate, span)
    assert reader.faults == []
    assert np.diff(times_us).max() < 1.05 * 1e6 / rate


def test_damaged_blocks_cost_six_blocks_and_nothing_else(shared_data):
    whole = read(shared_data / AX3)
    reader, chunks, times_us, acceleration_g, _ = read(shared_data / AX3_DAMAGED)
    kept = np.repeat([block not in {0, 13, 14, 142, 143, 144} for block in range(145)], 120)
    np.testing.assert_array_equal(acceleration_g, whole[3][kept])
    # the last sample before a loss has no later mark to lean on
    np.testing.assert_allclose(times_us, whole[2][kept], atol=400)
    assert [len(chunk) for chunk in chunks] == [12 * 120, 127 * 120]
    bad = [fault for fault in reader.faults if fault.cause == "bad_checksum"]
    assert [fault.block_count for fault in bad] == [1, 2, 3]
    assert bad[1].sample_count == 240


@pytest.mark.parametrize("name", [AX3, SKDH_AX6])
def test_marks_with_their_fraction_lie_on_a_line(shared_data, name):
    content = (shared_data / name).read_bytes()
    blocks = np.frombuffer(content[1024:], axivity_blocks.BLOCK)
    rate = axivity_blocks.sampling_rate_hz(blocks)

    def scatter_ms(start_us):
        sample = np.concatenate(([0], np.cumsum(blocks["sample_count"][:-1].astype(int))))
        line = np.polyfit(sample, start_us - start_us[0], 1)
        return float(np.std(start_us - start_us[0] - np.polyval(line, sample)) / 1000)

    with_fraction = scatter_ms(axivity_blocks.start_us(blocks, rate))
    whole_seconds = axivity_blocks.clock_us(blocks["clock"]) - blocks["clock_sample"] * 1e6 / rate
    assert scatter_ms(whole_seconds) > 2.4 * with_fraction
