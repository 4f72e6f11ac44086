"""Every other real recording of the shared data against the facts beside it.

References: the facts beside each file (text read by hand, pandas, scipy.io.wavfile), actipy's and GGIRread's counts,
and the .cwa files of which two of the CSV files are OMGUI's export.
Tested: number of samples, first and last values, starts, rates, checksums of packets.
Decided here, where readers disagree:
- Matrix: GGIRread counts 39,400, 12,587 and 24,525 rows, actipy 40,312, 12,272 and 25,119. The packets' own counts add
  up to actipy's numbers; GGIRread's are the seconds of the file times the nominal rate, after its resampling. The
  rotation file: 1,460 readings of each sensor; actipy's 2,726 rows are the union of two time axes, half of them empty.
- mtx_corrupted.bin: the first packet's checksum fails; it is left out (34,168 samples as in actipy), not filled with
  0, 0, 1 g as in GGIRread.
- OMGUI's CSV and .wav hold samples that OMGUI interpolated to an even grid: they are not the device's samples, and agree
  with them to 0.094 g in motion.
NOT tested: mtx files' times inside a packet beyond even spreading; nothing tells them.
"""

import io
import json

import numpy as np
import pytest

from transforms.errors import InputError
from transforms.parameters.reading import LENIENT_READING
from transforms.readers import ColumnMap, open_bundle, open_reader


def read(path, columns=None):
    content = path.read_bytes()
    reader = open_reader(io.BytesIO(content), path.name, len(content), columns=columns)
    return reader, *joined(reader)


def joined(reader):
    chunks = list(reader.chunks())
    values = np.concatenate([chunk.values for chunk in chunks]).astype(float)
    if reader.header.scale_g_per_count is not None:
        values = values * np.array(reader.header.scale_g_per_count) + np.array(reader.header.offset_g)
    return np.concatenate([chunk.times_us for chunk in chunks]), values


@pytest.mark.parametrize(
    ("name", "samples", "rate", "last_s"),
    [
        ("mtx_100Hz_acc_HR_temp.BIN", 40_312, 100.0, 1737755448),
        ("mtx_12.5Hz_acc.BIN", 12_272, 12.5, 1737752318),
        ("mtx_25Hz_acc_HR.BIN", 25_119, 25.0, 1737754702),
        ("mtx_12.5Hz_acc_gyro.BIN", 1_460, 12.5, 1737755827),
        ("mtx_corrupted.bin", 34_168, 100.0, 1737755448),
    ],
)
def test_matrix(shared_data, name, samples, rate, last_s):
    path = shared_data / "GGIRread" / name
    facts = json.loads((path.parent / f"{name}.facts.json").read_text())["readers"]["actipy"]["accel"]
    reader, times_us, values_g = read(path)
    assert len(values_g) == samples
    assert reader.header.sampling_rate_hz == rate
    assert times_us[0] == round(facts["first_time_unix"] * 1e6)
    assert last_s * 1e6 - times_us[-1] == pytest.approx(1e6 / rate, rel=0.07)
    # half a count: the maker scales positive counts by 32767
    np.testing.assert_allclose(values_g[0], facts["first_rows"][0], atol=8 / 32768)
    np.testing.assert_allclose(values_g.mean(axis=0), facts["mean"], atol=0.003)
    if name != "mtx_12.5Hz_acc_gyro.BIN":
        assert samples == facts["n_samples"]
    causes = [fault.cause for fault in reader.faults]
    assert causes == (["bad_checksum"] if name == "mtx_corrupted.bin" else [])


def test_a_matrix_file_that_is_no_more_one_is_refused(shared_data):
    path = shared_data / "GGIRread" / "mtx_corrupted_full.bin"
    with pytest.raises(InputError) as error:
        read(path)
    assert error.value.reason_code == "unknown_format"


def test_genea(shared_data):
    reader, times_us, values_g = read(shared_data / "GGIRread" / "genea_testfile.bin")
    header = reader.header
    assert (header.serial_number, header.sampling_rate_hz) == ("01275", 80.0)
    # every chunk's checksum holds: nothing is lost but the end of the cut file
    assert [fault.cause for fault in reader.faults] == ["truncated"]
    assert len(values_g) == 42_864
    # the header's trial start, 12:08:36, is the second before the first clock chunk
    assert 1269950916_000_000 <= times_us[0] < 1269950917_000_000
    assert np.diff(times_us).max() == 12_500
    assert np.linalg.norm(values_g, axis=1).mean() == pytest.approx(1.0, abs=0.01)
    # the manual's axes: lying on its face at the start
    np.testing.assert_allclose(values_g[0], [0.003, -0.006, 0.989], atol=0.001)


def test_omgui_wav(shared_data):
    path = shared_data / "GGIRread" / "ax3test.wav"
    facts = json.loads((path.parent / "ax3test.wav.facts.json").read_text())
    reader, times_us, values_g = read(path)
    assert len(values_g) == facts["shape"][0]
    np.testing.assert_allclose(values_g[:3], np.array(facts["first"])[:, :3] * 8 / 32768)
    np.testing.assert_allclose(values_g.mean(axis=0), np.array(facts["mean_raw"])[:3] * 8 / 32768)
    assert times_us[0] == 1521393887_536_000  # 2018-03-18 17:24:47.536
    assert [fault.cause for fault in reader.faults] == ["truncated"]
    assert (reader.header.serial_number, reader.header.firmware) == ("37727", "44")


@pytest.mark.parametrize(
    ("export", "device_file"),
    [
        ("GGIR/ax3_testfile_unix_timestamps.csv", "GGIRread/ax3_testfile.cwa"),
        ("GGIR/ax6_testfile_formatted_timestamps.csv", "GGIRread/ax6_testfile.cwa"),
    ],
)
def test_omgui_csv_against_the_device_file(shared_data, export, device_file):
    reader, times_us, values_g = read(shared_data / export)
    _, device_us, device_g = read(shared_data / device_file)
    assert len(values_g) == 210
    assert reader.header.clock == "local"
    assert reader.header.sampling_rate_hz == 100.0
    assert times_us[0] == pytest.approx(device_us[0], abs=10_000)
    assert np.abs(values_g - device_g[:210]).max() < 0.094


@pytest.mark.parametrize("participant", ["S02", "S05", "S11", "S17", "S23", "S30"])
def test_empatica_e4(shared_data, participant):
    folder = shared_data / "Stress-Predict" / "Raw_data" / participant
    facts = json.loads((shared_data / "Stress-Predict" / "facts.json").read_text())["data"][participant]
    members = {path.name.lower(): (lambda path=path: iter([path.read_bytes()])) for path in folder.iterdir()}
    reader = open_bundle(members, participant, LENIENT_READING)
    times_us, values_g = joined(reader)
    acceleration = facts["ACC.csv"]
    assert len(values_g) == acceleration["n"]
    assert times_us[0] == acceleration["start_unix"] * 1_000_000
    np.testing.assert_allclose(values_g[:3], acceleration["first"], atol=1e-5)
    np.testing.assert_allclose(values_g.mean(axis=0), acceleration["mean"], atol=1e-5)
    temperature = next(c for c in reader.companions if c.temperature_c is not None)
    heart = next(c for c in reader.companions if c.heart_rate_bpm is not None)
    assert len(temperature.times_us) == facts["TEMP.csv"]["n"]
    assert len(heart.times_us) == facts["HR.csv"]["n"]
    assert heart.times_us[0] - times_us[0] == 10_000_000


@pytest.mark.parametrize(
    ("name", "columns", "rows", "norm"),
    [
        ("scikit-digital-health/ambulation_test1.csv", {"x": 0, "y": 1, "z": 2, "unit": "g"}, 2400, 1.1),
        ("scikit-digital-health/ambulation_test2.csv", {"x": 0, "y": 1, "z": 2, "unit": "g"}, 1200, 1.0),
        (
            "scikit-digital-health/motion_test_negative.csv",
            {"x": "x", "y": "y", "z": "z", "unit": "g"},
            1000,
            1.0,
        ),
        ("gaitmap/imu_sample.csv", {"x": 1, "y": 3, "z": 5, "unit": "m/s2", "skip_lines": 2}, 7928, 1.1),
    ],
)
def test_tables_that_do_not_say_what_they_hold(shared_data, name, columns, rows, norm):
    with pytest.raises(InputError) as error:
        read(shared_data / name)
    assert error.value.reason_code == "undeclared_columns"
    declared = ColumnMap(**columns, start="2024-01-01T00:00:00", sampling_rate_hz=50.0)
    _, times_us, values_g = read(shared_data / name, declared)
    assert len(values_g) == rows
    assert np.median(np.linalg.norm(values_g, axis=1)) == pytest.approx(norm, abs=0.15)
    assert np.diff(times_us).tolist() == [20_000] * (rows - 1)


@pytest.mark.parametrize(
    "name", ["GGIR/ActiGraph13.csv", "GGIR/ActiGraph61.csv", "GGIRread/ActiGraph13_timestamps_headers.csv"]
)
def test_counts_per_epoch_are_told_as_such(shared_data, name):
    with pytest.raises(InputError) as error:
        read(shared_data / name)
    assert error.value.reason_code == "not_raw_samples"


def test_the_makers_csv_equals_the_device_file(shared_data):
    reader, times_us, values_g = read(shared_data / "sleeppy" / "test_geneactiv.csv")
    _, device_us, device_g = read(shared_data / "sleeppy" / "test_geneactiv.bin")
    np.testing.assert_array_equal(times_us, device_us)
    np.testing.assert_allclose(values_g, device_g, atol=5.01e-5)
    assert (reader.header.file_format, reader.header.sampling_rate_hz) == ("geneactiv_csv", 100.0)
    assert reader.header.configured_time_zone == "-04:00"
