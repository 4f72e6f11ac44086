"""Every fact that is told beside the real device files, reader by reader.

References: the ``*.facts.json`` beside each file (actfast, actipy, scikit-digital-health, pygt3x as they read it), and what
GGIRread's own tests assert (README of the shared data folder).
Tested: number of samples, first three rows, last row, mean, standard deviation, smallest, largest and length of the
vector (one step of quantisation; the facts are rounded to 1e-6), first and last time, longest gap, device, firmware,
rate, range, temperature and light.
Decided, where readers disagree with one another:
- Times of Axivity files: actfast keeps the fraction of a second, actipy and scikit-digital-health leave it out. With it the
  marks lie on a line (test_axivity_files.py), so actfast is right at the start of a block: 1 us. The others may lie one
  sample period beside it. Within a block all three run at the nominal rate; ours runs to the next mark: 16 ms.
- The serial number of an AX6 has 32 bits: actfast's 6011834, not actipy's 48058, which is its lower half.
- Temperature of Axivity files: actfast's and GGIRread's conversion (the maker's for the sensor in use, 25.6 °C on a wrist
  where actipy says 18.2 °C and scikit-digital-health, interpolating yet another one, 29.6 °C).
- Light of Axivity files: actipy's lux for the AX3; for the AX6 the reading is a tenth of it per decade (axivity_blocks.py).
- Idle sleep: the 17,640 samples of actfast and actipy, not the 53,040 rows of pygt3x.
- actipy rounds ActiGraph samples to thousandths of g.
- The cut GENEActiv page: actfast's 5,031 samples, not actipy's 4,800. Its temperatures are those of the same pages.
- Matrix with rotation: 1,460 readings of each sensor; actipy's 2,726 rows are the union of two time axes.
- GGIRread's "first 4 s" of the GENEA file are four pages, cut at their last clock mark: 1,329 samples, whose sum is its
  own to the last digit once they are rounded as it does, twice.
- GGIRread's 17,599 and 11,428 rows are the seconds of the file at 100 Hz; the file holds 17,400 and 11,320 samples.
NOT tested: battery voltages, which are not kept.
"""

import io
import json

import numpy as np
import pytest

from transforms.parameters.reading import LENIENT_READING
from transforms.readers import open_reader
from transforms.readers.screening import SignalScreen

CWA = (
    "GGIRread/ax3_testfile.cwa",
    "GGIRread/ax3_testfile_corrupt_blocks_0_13_14_142_143_144.cwa",
    "GGIRread/ax6_testfile.cwa",
    "scikit-digital-health/ax3_sample.cwa",
    "scikit-digital-health/ax6_sample.cwa",
)
BIN = (
    "GGIRread/GENEActiv_testfile.bin",
    "scikit-digital-health/gnactv_sample.bin",
    "sleeppy/test_geneactiv.bin",
)
GT3X = ("GGIR/actigraph_testfile.gt3x",)
MATRIX = (
    "GGIRread/mtx_100Hz_acc_HR_temp.BIN",
    "GGIRread/mtx_12.5Hz_acc.BIN",
    "GGIRread/mtx_25Hz_acc_HR.BIN",
    "GGIRread/mtx_corrupted.bin",
)
OTHER_SAMPLES = {
    ("GGIR/actigraph_testfile.gt3x", "pygt3x"): 53_040,
    ("GGIRread/GENEActiv_testfile.bin", "actipy"): 4_800,
}
"""Readings that hold other samples than the file: only their number, beginning and times are compared."""
REFUSED = {
    ("GGIRread/ax3_testfile_corrupt_blocks_0_13_14_142_143_144.cwa", "actfast"),
    ("GGIRread/ax3_testfile_corrupt_blocks_0_13_14_142_143_144.cwa", "skdh"),
    ("GGIRread/GENEActiv_testfile.bin", "skdh"),
}
"""Read by us, refused there."""

CASES = [
    *((name, reader) for name in (*CWA, *BIN) for reader in ("actfast", "actipy", "skdh")),
    *((name, reader) for name in GT3X for reader in ("actfast", "actipy", "pygt3x")),
    *((name, "actipy") for name in MATRIX),
]


class Reading:
    """What we read of a file, joined."""

    def __init__(self, path) -> None:
        content = path.read_bytes()
        self.reader = open_reader(io.BytesIO(content), path.name, len(content))
        self.screen = SignalScreen(self.reader.header, LENIENT_READING)
        chunks = []
        for chunk in self.reader.chunks():
            self.screen.see(chunk)
            chunks.append(chunk)
        self.header = self.reader.header
        self.counts = np.concatenate([chunk.counts for chunk in chunks])
        self.values_g = self.counts * np.array(self.header.scale_g_per_count) + np.array(self.header.offset_g)
        self.times_s = np.concatenate([chunk.times_us for chunk in chunks]) / 1e6
        self.rotation = None
        if chunks[0].gyro_counts is not None:
            gyro_scale = np.array(self.header.gyro_scale_deg_per_s_per_count)
            self.rotation = np.concatenate([chunk.gyro_counts for chunk in chunks]) * gyro_scale

    def companion(self, name):
        return np.concatenate(
            [getattr(c, name) for c in self.reader.companions if getattr(c, name) is not None]
        )


@pytest.fixture(scope="module")
def readings(shared_data):
    """Read each file once."""
    known = {}

    def reading(name):
        if name not in known:
            known[name] = Reading(shared_data / name)
        return known[name]

    return reading


def facts_of(shared_data, name):
    return json.loads((shared_data / f"{name}.facts.json").read_text())


def step_g(name, reader):
    """One step of quantisation, or the rounding of the reader; never less than the facts' own six digits."""
    if name in MATRIX:
        return 8 / 32768
    if name in GT3X and reader == "actipy":
        return 5.01e-4
    return 1.01e-6


@pytest.mark.parametrize(("name", "reader"), CASES)
def test_samples(shared_data, readings, name, reader):
    fact = facts_of(shared_data, name)["readers"][reader]
    if (name, reader) in REFUSED:
        assert "error" in fact
        assert len(readings(name).values_g)
        return
    accel, values_g = fact["accel"], readings(name).values_g
    tolerance = step_g(name, reader)
    np.testing.assert_allclose(values_g[:3], accel["first_rows"][:3], atol=tolerance, rtol=0)
    if (name, reader) in OTHER_SAMPLES:
        assert accel["n_samples"] == OTHER_SAMPLES[name, reader] != len(values_g)
        return
    assert len(values_g) == accel["n_samples"]
    np.testing.assert_allclose(values_g[-1], accel["last_row"], atol=tolerance, rtol=0)
    norm_g = np.linalg.norm(values_g, axis=1)
    for key, value in (
        ("mean", values_g.mean(axis=0)),
        ("sd", values_g.std(axis=0)),
        ("min", values_g.min(axis=0)),
        ("max", values_g.max(axis=0)),
        ("vm_mean", norm_g.mean()),
        ("vm_max", norm_g.max()),
    ):
        np.testing.assert_allclose(value, accel[key], atol=2 * tolerance, rtol=0, err_msg=key)


@pytest.mark.parametrize(("name", "reader"), [case for case in CASES if case not in REFUSED])
def test_times(shared_data, readings, name, reader):
    accel, found = facts_of(shared_data, name)["readers"][reader]["accel"], readings(name)
    period_s = 1 / found.header.sampling_rate_hz
    first_s, last_s, gap_s = 0.001, 0.001, 0.001
    if name in CWA:
        # at a mark with its fraction; one sample where the fraction is left out; within a block up to the next mark
        first_s = 2e-6 if reader == "actfast" else period_s + 0.001
        last_s, gap_s = period_s + 0.016, period_s + 0.016
    assert found.times_s[0] == pytest.approx(accel["first_time_unix"], abs=first_s)
    if (name, reader) == ("GGIRread/GENEActiv_testfile.bin", "actipy"):
        assert found.times_s[4799] == pytest.approx(accel["last_time_unix"], abs=0.002)
        return
    assert found.times_s[-1] == pytest.approx(accel["last_time_unix"], abs=last_s)
    if (name, reader) not in OTHER_SAMPLES:
        assert np.diff(found.times_s).max() == pytest.approx(accel["max_gap_s"], abs=gap_s)


@pytest.mark.parametrize("name", [name for name in CWA if "corrupt" not in name])
def test_axivity_headers_and_slow_signals(shared_data, readings, name):
    facts, found = facts_of(shared_data, name)["readers"], readings(name)
    device, settings = facts["actfast"]["metadata"]["device"], facts["actfast"]["metadata"]["configuration"]
    header = found.header
    assert (header.device_model, header.serial_number, header.firmware) == (
        device["hardware_type"],
        device["device_id"],
        device["firmware_revision"],
    )
    assert header.sampling_rate_hz == float(settings["sample_rate_hz"])
    assert header.range_g == float(settings["accelerometer_range_g"])
    assert int(header.serial_number) & 0xFFFF == facts["actipy"]["info"]["DeviceID"]
    temperature, told = found.companion("temperature_c"), facts["actfast"]["temperature"]
    assert len(temperature) == told["n"]
    for key, value in (("first", temperature[0]), ("mean", temperature.mean(dtype=float))):
        assert value == pytest.approx(told[key], abs=1e-4)
    assert (temperature.min(), temperature.max()) == pytest.approx((told["min"], told["max"]))
    # the same readings through the formula of an older sensor are actipy's numbers
    older = (150 * (temperature + 50) * 256 / 75 - 20_500) / 1000
    assert older[0] == pytest.approx(facts["actipy"]["temperature"]["first"], abs=1e-3)
    assert older.mean(dtype=float) == pytest.approx(facts["actipy"]["temperature"]["mean"], abs=1e-3)
    light = found.companion("light_lux")
    per_decade = 34.13 if header.device_model == "AX6" else 341.3
    assert len(light) == facts["actfast"]["light"]["n"]
    # actfast tells the reading itself
    readings_ = np.log10(light.astype(float)) * per_decade
    assert readings_[0] == pytest.approx(facts["actfast"]["light"]["first"], abs=0.01)
    assert readings_.mean() == pytest.approx(facts["actfast"]["light"]["mean"], abs=0.01)
    if header.device_model == "AX3":
        assert light[0] == pytest.approx(facts["actipy"]["light"]["first"], rel=0.01)
    if found.rotation is not None:
        np.testing.assert_allclose(found.rotation[:3], facts["skdh"]["gyro_first_rows"], atol=6e-5)


@pytest.mark.parametrize("name", BIN)
def test_geneactiv_headers_and_slow_signals(shared_data, readings, name):
    facts, found = facts_of(shared_data, name)["readers"], readings(name)
    metadata, header = facts["actfast"]["metadata"], found.header
    identity = metadata["Device Identity"]
    assert (
        header.serial_number == identity["Device Unique Serial Code"] == facts["actipy"]["info"]["DeviceID"]
    )
    assert header.firmware == identity["Device Firmware Version"]
    assert header.sampling_rate_hz == facts["actipy"]["info"]["SampleRate"]
    assert header.range_g == 8.0
    assert header.promised_sample_count == 300 * int(metadata["Memory Status"]["Number of Pages"])
    assert header.configured_time_zone == metadata["Configuration Info"]["Time Zone"].removeprefix("GMT ")
    temperature, told = found.companion("temperature_c"), facts["actfast"]["temperature"]
    assert len(temperature) == told["n"]
    for key, value in (
        ("first", temperature[0]),
        ("mean", temperature.mean(dtype=float)),
        ("min", temperature.min()),
        ("max", temperature.max()),
    ):
        assert value == pytest.approx(told[key], abs=1e-5)
    # one value per page here as there, though the last page of the cut file is not whole
    whole = temperature[:16] if "GGIRread" in name else temperature
    actipy = facts["actipy"]["temperature"]
    assert (temperature[0], whole.mean(dtype=float)) == pytest.approx(
        (actipy["first"], actipy["mean"]), abs=1e-4
    )


def test_actigraph_header_and_slow_signals(shared_data, readings):
    facts, found = facts_of(shared_data, GT3X[0])["readers"], readings(GT3X[0])
    told, header = facts["pygt3x"]["info"], found.header
    assert (header.serial_number, header.device_model, header.firmware) == (
        told["serial_number"],
        told["device_type"],
        told["firmware"],
    )
    assert header.sampling_rate_hz == float(told["sample_rate"])
    assert header.scale_g_per_count == (1 / float(told["acceleration_scale"]),) * 3
    assert header.range_g == float(told["acceleration_max"])
    assert header.configured_time_zone == "+02:00"
    assert header.promised_end_us == (int(told["last_sample_time"]) - 621_355_968_000_000_000) // 10
    assert len(found.companion("light_lux")) == facts["actfast"]["tables"]["light"]["datetime"][0]
    slept = [fault for fault in found.reader.faults if fault.cause == "idle_sleep"]
    assert len(slept) == facts["actipy"]["info"]["NumInterrupts"] == 23
    missing = facts["pygt3x"]["accel"]["n_samples"] - len(found.values_g)
    assert sum(fault.ended_us - fault.started_us for fault in slept) == pytest.approx(
        missing / 30 * 1e6, abs=50
    )


def test_matrix_with_rotation(shared_data, readings):
    name = "GGIRread/mtx_12.5Hz_acc_gyro.BIN"
    accel, found = facts_of(shared_data, name)["readers"]["actipy"]["accel"], readings(name)
    rows = [row for row in accel["first_rows"] if not np.isnan(row).any()]
    np.testing.assert_allclose(found.values_g[: len(rows)], rows, atol=8 / 32768)
    assert len(found.values_g) == len(found.rotation) == 1_460
    assert accel["n_samples"] == 2_726 < 2 * len(found.values_g)
    norm_g = np.linalg.norm(found.values_g, axis=1)
    assert (norm_g.mean(), norm_g.max()) == pytest.approx((accel["vm_mean"], accel["vm_max"]), abs=8 / 32768)
    assert found.times_s[0] == accel["first_time_unix"]
    assert found.times_s[-1] == pytest.approx(accel["last_time_unix"], abs=0.05)


def on_a_grid(times_s, values, rate_hz=100.0):
    """Interpolate as GGIRread does before it counts rows."""
    grid_s = times_s[0] + np.arange(int((times_s[-1] - times_s[0]) * rate_hz)) / rate_hz
    return np.column_stack([np.interp(grid_s, times_s, column) for column in values.T])


def test_ggirread_axivity(readings):
    ax3, ax6 = readings(CWA[0]), readings(CWA[2])
    for found, rows in ((ax3, 17_599), (ax6, 11_428)):
        assert len(on_a_grid(found.times_s, found.values_g)) == rows
    # sums over interpolated rows; how GGIRread interpolates moves them by some thousandths
    assert np.abs(on_a_grid(ax3.times_s, ax3.values_g)).sum() == pytest.approx(25_367, rel=0.002)
    assert np.abs(on_a_grid(ax6.times_s, ax6.rotation)).sum() == pytest.approx(960_046, rel=0.001)
    # "blocks 1 to 4" end where block 4 begins
    for found, per_block, rows, total in ((ax3, 120, 364, 603), (ax6, 40, None, 10)):
        part = on_a_grid(
            found.times_s[per_block : 4 * per_block + 1], found.values_g[per_block : 4 * per_block + 1]
        )
        assert rows in {None, len(part)}
        assert np.abs(part).sum() == pytest.approx(total + 0.5, abs=1.0)
    assert ax3.values_g[120, 0] == pytest.approx(0.7656, abs=5e-5)
    # time[5] is 40 ms after the first of block 1, 1551174907.255 in Berlin: an hour ahead on the device's clock
    assert ax3.times_s[120] + 0.04 - 3600 == pytest.approx(1551174907.255, abs=0.001)
    assert ax3.companion("temperature_c")[0] == pytest.approx(25.5859, abs=1e-4)


def test_ggirread_genea(readings):
    found = readings("GGIRread/genea_testfile.bin")
    gains, offsets = np.array([8144, 8132, 8004]), np.array([1, -3, -13])
    counts = found.counts[:1329]
    twice_rounded = np.rint(np.rint((counts + offsets) * gains / 8192) * 1000 / 340)
    assert twice_rounded.sum() == 1_374_990
    # timestamps1[100] there, to the second
    assert found.times_s[99] == pytest.approx(1_269_950_918, abs=1)
    assert np.abs(found.values_g[:1329] * 1000 - twice_rounded).max() < 2000 / 340


@pytest.mark.parametrize("name", ["GGIRread/ax3_testfile.cwa", "scikit-digital-health/ax6_sample.cwa"])
def test_first_samples_are_start_up_transients(readings, name):
    found = readings(name)
    causes = [fault.cause for fault in found.screen.faults()]
    is_far = np.abs(found.values_g[0] - np.median(found.values_g[10:110], axis=0)).max() > 0.25
    assert ("start_up_transient" in causes) == bool(is_far)
    if name == "GGIRread/ax3_testfile.cwa":
        assert found.values_g[0].tolist() == [0.328125, 0.984375, 0.203125]
        assert "start_up_transient" in causes


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("mtx_12.5Hz_acc.BIN", 12_587),
        ("mtx_12.5Hz_acc_gyro.BIN", 1_425),
        ("mtx_25Hz_acc_HR.BIN", 24_525),
        ("mtx_100Hz_acc_HR_temp.BIN", 39_400),
    ],
)
def test_ggirread_matrix_rows_are_seconds_times_the_nominal_rate(readings, name, rows):
    found = readings(f"GGIRread/{name}")
    end_s = found.times_s[-1] + np.diff(found.times_s[-2:])[0]
    seconds = end_s - found.times_s[0]
    assert int(seconds * found.header.sampling_rate_hz + 1e-3) == rows != len(found.values_g)
