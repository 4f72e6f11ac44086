"""A real ActiGraph file against independent readers.

Reference: actfast 1.3 for samples and times; the counts that actipy (17,640 samples) and pygt3x (53,040, with idle
sleep filled in) give, from the facts beside the file.
Tested: every sample and its time, the time that the device slept.
Decided: pygt3x's 35,400 further samples are one repeated value; the device wrote nothing for 1,180 s. They are told as
idle sleep (23 stretches), and are neither samples nor stillness.
"""

import io

import numpy as np
import pytest

from transforms.readers import open_reader


@pytest.fixture
def reading(shared_data):
    path = shared_data / "GGIR" / "actigraph_testfile.gt3x"
    content = path.read_bytes()
    reader = open_reader(io.BytesIO(content), path.name, len(content))
    return path, reader, list(reader.chunks())


def test_samples_and_times_equal_actfast(reading):
    actfast = pytest.importorskip("actfast")
    path, reader, chunks = reading
    reference = actfast.read(str(path))["timeseries"]["acceleration"]
    counts = np.concatenate([chunk.counts for chunk in chunks])
    np.testing.assert_array_equal(counts * reader.header.scale_g_per_count[0], reference["acceleration"])
    times_us = np.concatenate([chunk.times_us for chunk in chunks])
    np.testing.assert_allclose(times_us, reference["datetime"] / 1000, atol=1, rtol=0)


def test_idle_sleep(reading):
    _, reader, chunks = reading
    assert sum(len(chunk) for chunk in chunks) == 17_640
    assert {fault.cause for fault in reader.faults} == {"idle_sleep"}
    slept = [(fault.ended_us - fault.started_us) / 1e6 for fault in reader.faults]
    assert len(slept) == 23
    assert sum(slept) == pytest.approx(35_400 / 30, abs=1e-3)
    assert max(slept) == pytest.approx(261, abs=1e-3)


def test_facts(reading):
    _, reader, chunks = reading
    header = reader.header
    assert (header.serial_number, header.firmware, header.sampling_rate_hz) == (
        "MOS2E39180594",
        "1.9.2",
        30.0,
    )
    assert chunks[0].times_us[0] == 1598436540_000_000
    assert header.configured_time_zone == "+02:00"
    light = [companion.light_lux for companion in reader.companions if companion.light_lux is not None]
    assert sum(map(len, light)) == 70
