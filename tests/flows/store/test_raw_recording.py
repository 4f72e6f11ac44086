"""The raw dataset of one recording: what is written, in which time, and what is refused."""

import importlib.util
import io
import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest

from flows.store.raw_recording import read_raw_header, store_recording
from transforms.errors import ContractError, InputError
from transforms.readers import open_reader
from transforms.schema import COMPANION, FAULT, RECORDING, SEGMENT


def _writer(name: str):
    file = Path(__file__).parents[2] / "transforms" / "readers" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


cwa = _writer("cwa_blocks")
gt3x = _writer("gt3x_records")


def store(path: Path, folder: Path, *, time_zone="Europe/Berlin", config_time_zone=None, key=b"secret"):
    return store_recording(
        path,
        folder=folder,
        recording_id="0123456789ab",
        sha256="f" * 64,
        file_name=f"devices/p1/{path.name}",
        participant_id="p1",
        body_site="left_ankle",
        time_zone=time_zone,
        config_time_zone=config_time_zone,
        pseudonym_key=key,
        code_version="1.0",
    )


def write(tmp_path: Path, *blocks: list[bytes], **header) -> Path:
    path = tmp_path / "left_ankle.cwa"
    path.write_bytes(cwa.header(**header) + b"".join(block for run in blocks for block in run))
    return path


def samples(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "samples.parquet")


def test_the_dataset_holds_every_sample_and_says_what_it_is(tmp_path):
    blocks, counts = cwa.packed_blocks(30)
    row = store(write(tmp_path, blocks), tmp_path / "raw")
    assert dict(row.schema) == dict(RECORDING)
    found = samples(tmp_path / "raw")
    assert found.schema == {
        "sampled_at": pl.Datetime("us", "UTC"),
        "x_count": pl.Int16,
        "y_count": pl.Int16,
        "z_count": pl.Int16,
    }
    np.testing.assert_array_equal(found.drop("sampled_at").to_numpy(), counts)
    for name, schema in (("segments", SEGMENT), ("faults", FAULT), ("companion", COMPANION)):
        assert dict(pl.read_parquet_schema(tmp_path / "raw" / f"{name}.parquet")) == dict(schema)
    facts = read_raw_header(tmp_path / "raw")
    assert (facts.scale_g_per_count, facts.offset_g) == ((1 / 256,) * 3, (0.0,) * 3)
    assert (facts.participant_id, facts.body_site, facts.sampling_rate_hz) == ("p1", "left_ankle", 100.0)
    assert row["sample_count"].item() == 3600
    assert row["segment_count"].item() == 1
    assert row["gap_count"].item() == 0
    assert row["is_truncated"].item() is False


@pytest.mark.parametrize(
    ("time_zone", "config_time_zone", "hours"),
    [
        ("Europe/Berlin", None, 1),
        ("Europe/Berlin", "America/New_York", -5),
        ("UTC", None, 0),
        ("Asia/Kolkata", None, 5.5),
    ],
)
def test_the_first_sample_fixes_the_offset(tmp_path, time_zone, config_time_zone, hours):
    path = write(tmp_path, cwa.packed_blocks(3)[0])
    row = store(path, tmp_path / "raw", time_zone=time_zone, config_time_zone=config_time_zone)
    assert row["started_at"].item() == cwa.START.replace(tzinfo=UTC) - timedelta(hours=hours)
    recorded = row["ended_at"].item() - row["started_at"].item()
    # the fraction of a second in a mark is told in steps of 31 us
    assert recorded == pytest.approx(timedelta(seconds=3.6), abs=timedelta(microseconds=62))


def test_the_clock_runs_on_through_a_clock_change(tmp_path):
    # summer time began in Berlin at 02:00 on 31 March 2024: the device knows nothing of it
    start = datetime.fromisoformat("2024-03-31T01:59:00")
    blocks, _ = cwa.packed_blocks(100, start=start)
    store(write(tmp_path, blocks), tmp_path / "raw")
    times = samples(tmp_path / "raw")["sampled_at"]
    assert times[0] == datetime(2024, 3, 31, 0, 59, 0, tzinfo=UTC)
    assert times[-1] - times[0] == pytest.approx(timedelta(seconds=119.99), abs=timedelta(microseconds=100))
    assert read_raw_header(tmp_path / "raw").clock_rule == (
        "local clock of Europe/Berlin: the offset of its first sample, +01:00, holds throughout"
    )


def test_segments_gaps_and_faults(tmp_path):
    first, _ = cwa.packed_blocks(20)
    later, _ = cwa.packed_blocks(20, start=cwa.START + timedelta(minutes=5), first_number=25, seed=2)
    broken = first[7][:60] + b"\0\0\0" + first[7][63:]
    row = store(write(tmp_path, first[:7], [broken], first[8:], later), tmp_path / "raw").row(0, named=True)
    assert (row["segment_count"], row["gap_count"], row["faulty_block_count"]) == (3, 2, 1)
    assert row["gap_s"] == pytest.approx(1.2 + 300 - 24, abs=0.001)
    segments = pl.read_parquet(tmp_path / "raw" / "segments.parquet")
    assert segments["first_row"].to_list() == [0, 840, 840 + 1440]
    assert segments["sample_count"].to_list() == [840, 1440, 2400]
    frame = samples(tmp_path / "raw")
    for segment in segments.iter_rows(named=True):
        part = frame.slice(segment["first_row"], segment["sample_count"])["sampled_at"]
        assert part[0] == segment["started_at"]
        assert part[-1] < segment["ended_at"] <= part[-1] + timedelta(milliseconds=10.1)
    faults = pl.read_parquet(tmp_path / "raw" / "faults.parquet")
    losses = faults.filter(pl.col("cause").is_in(["bad_checksum", "gap"]))
    assert losses["cause"].to_list() == ["bad_checksum", "gap"]
    assert losses["sample_count"].to_list() == [120, 27600]
    for index in range(2):
        assert losses["started_at"][index] == pytest.approx(
            segments["ended_at"][index], abs=timedelta(microseconds=62)
        )
        assert losses["ended_at"][index] == segments["started_at"][index + 1]
    # random samples fill the whole range
    assert {"start_up_transient", "usb_spike"} == set(faults["cause"]) - set(losses["cause"])
    assert faults["recording_id"].unique().to_list() == ["0123456789ab"]


def test_serial_number_and_notes_are_nowhere_in_the_dataset(tmp_path):
    path = write(tmp_path, cwa.packed_blocks(5)[0], device=5551234, annotation=b"_n=Jane+Doe&_dob=1970")
    row = store(path, tmp_path / "raw")
    again = store(path, tmp_path / "other")
    keyed = store(path, tmp_path / "keyed", key=b"another secret")
    assert row["device_pseudonym"].item() == again["device_pseudonym"].item()
    assert row["device_pseudonym"].item() != keyed["device_pseudonym"].item()
    for file in (tmp_path / "raw").iterdir():
        content = file.read_bytes()
        assert b"5551234" not in content
        assert b"Jane" not in content
    assert "5551234" not in json.dumps(row.to_dicts(), default=str)


@pytest.mark.parametrize(
    ("norm", "is_believed"), [(256, True), (230, True), (280, True), (190, False), (341, False), (512, False)]
)
def test_gravity_decides_whether_a_file_is_believed(tmp_path, norm, is_believed):
    path = write(tmp_path, cwa.still_blocks(60, norm_counts=norm))
    if is_believed:
        row = store(path, tmp_path / "raw")
        assert row["gravity_median_g"].item() == pytest.approx(norm / 256)
    else:
        with pytest.raises(InputError, match=f"shows {norm / 256:.3f} g") as error:
            store(path, tmp_path / "raw")
        assert error.value.reason_code == "implausible_gravity"
        assert list(tmp_path.iterdir()) == [path]


def test_without_a_still_stretch_all_samples_are_judged(tmp_path):
    row = store(write(tmp_path, cwa.packed_blocks(60)[0]), tmp_path / "raw")
    assert row["gravity_median_g"].item() is None


def test_too_short_and_undated_files_are_refused(tmp_path):
    blocks = cwa.packed_blocks(3)[0]
    short = bytearray(blocks[0])
    short[28:30] = (90).to_bytes(2, "little")
    with pytest.raises(InputError, match=r"holds 0\.90 s") as error:
        store(write(tmp_path, [cwa.checked(short)]), tmp_path / "raw")
    assert error.value.reason_code == "too_short"
    undated = [cwa.checked(block[:14] + b"\0\0\0\0" + block[18:]) for block in blocks]
    with pytest.raises(InputError, match="no sample that can be read"):
        store(write(tmp_path, undated), tmp_path / "raw")


def test_a_clock_that_jumps_about_is_refused(tmp_path):
    runs = [
        cwa.packed_blocks(
            20, start=cwa.START + timedelta(days=30 * index), first_number=20 * index, seed=index
        )[0]
        for index in range(15)
    ]
    with pytest.raises(InputError, match="runs over 420 days") as error:
        store(write(tmp_path, *runs), tmp_path / "raw")
    assert error.value.reason_code == "implausible_clock"


def test_an_hour_can_be_read_without_the_rest(tmp_path):
    blocks = cwa.still_blocks(9000, rate_hz=50)  # six hours
    store(write(tmp_path, blocks, rate_hz=50), tmp_path / "raw")
    metadata = pq.read_metadata(tmp_path / "raw" / "samples.parquet")
    sizes = [metadata.row_group(index).num_rows for index in range(metadata.num_row_groups)]
    assert sizes == [180_000] * 6
    encodings = metadata.row_group(0).column(0).encodings
    assert "DELTA_BINARY_PACKED" in encodings
    times = [metadata.row_group(index).column(0).statistics for index in range(6)]
    assert all(one.max < other.min for one, other in pairwise(times))


def test_three_engines_read_the_same(tmp_path):
    blocks, counts = cwa.packed_blocks(30)
    store(write(tmp_path, blocks), tmp_path / "raw")
    file = tmp_path / "raw" / "samples.parquet"
    axes = ["x_count", "y_count", "z_count"]
    with_polars = pl.read_parquet(file)
    with_arrow = pq.read_table(file)
    query = f"select epoch_us(sampled_at), x_count, y_count, z_count from '{file}' order by sampled_at"
    with_duckdb = np.array(duckdb.sql(query).fetchall())
    times_us = with_polars["sampled_at"].dt.epoch("us").to_numpy()
    np.testing.assert_array_equal(with_polars.select(axes).to_numpy(), counts)
    np.testing.assert_array_equal(np.column_stack([with_arrow[axis].to_numpy() for axis in axes]), counts)
    np.testing.assert_array_equal(with_arrow["sampled_at"].cast("int64").to_numpy(), times_us)
    np.testing.assert_array_equal(with_duckdb, np.column_stack([times_us, counts]))


def test_a_new_reading_takes_the_place_of_the_old(tmp_path):
    store(write(tmp_path, cwa.packed_blocks(5)[0]), tmp_path / "raw")
    store(write(tmp_path, cwa.packed_blocks(9, seed=5)[0]), tmp_path / "raw")
    assert len(samples(tmp_path / "raw")) == 9 * 120
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["left_ankle.cwa", "raw"]


def test_a_dataset_without_its_facts_is_a_broken_contract(tmp_path):
    (tmp_path / "raw").mkdir()
    pl.DataFrame({"x": [1]}).write_parquet(tmp_path / "raw" / "samples.parquet")
    with pytest.raises(ContractError, match="carries no 'legjumps' metadata"):
        read_raw_header(tmp_path / "raw")


def test_a_real_file_with_a_gyroscope(shared_data, tmp_path):
    path = shared_data / "GGIRread" / "ax6_testfile.cwa"
    row = store(path, tmp_path / "raw", time_zone="Europe/London").row(0, named=True)
    content = path.read_bytes()
    chunks = list(open_reader(io.BytesIO(content), path.name, len(content)).chunks())
    found = samples(tmp_path / "raw")
    np.testing.assert_array_equal(
        found.select("x_count", "y_count", "z_count").to_numpy(), np.concatenate([c.counts for c in chunks])
    )
    np.testing.assert_array_equal(
        found.select("gyro_x_count", "gyro_y_count", "gyro_z_count").to_numpy(),
        np.concatenate([c.gyro_counts for c in chunks]),
    )
    assert row["device_model"] == "AX6"
    assert row["started_at"] == datetime(2019, 12, 23, 21, 4, 6, 699792, tzinfo=UTC)
    assert read_raw_header(tmp_path / "raw").gyro_scale_deg_per_s_per_count == (250 / 32768,) * 3


def test_idle_sleep_is_neither_sample_nor_gap(tmp_path):
    first, _ = gt3x.seconds(30, is_worn=True)
    later, _ = gt3x.seconds(30, start_s=gt3x.START_S + 90, seed=2, is_worn=True)
    log = b"".join(
        [
            *first,
            gt3x.record(3, gt3x.START_S + 30, b"\x08"),
            gt3x.record(3, gt3x.START_S + 90, b"\x09"),
            *later,
        ]
    )
    path = tmp_path / "left_ankle.gt3x"
    path.write_bytes(gt3x.gt3x(log))
    row = store(path, tmp_path / "raw", time_zone="Europe/Berlin").row(0, named=True)
    assert (row["sample_count"], row["segment_count"], row["gap_count"]) == (1800, 2, 0)
    assert row["filled_s"] == pytest.approx(60, abs=1e-5)
    assert row["gap_s"] == 0
    # the header says two hours ahead of UTC, the study's zone one: told, and the study decides
    faults = pl.read_parquet(tmp_path / "raw" / "faults.parquet")
    assert "time_zone_disagrees" in faults["cause"].to_list()
    assert row["started_at"] == datetime(2024, 3, 4, 8, tzinfo=UTC)


def test_a_folder_is_a_recording_too(tmp_path):
    folder = tmp_path / "left_wrist_e4"
    folder.mkdir()
    rows = "\n".join("1,2,63" for _ in range(3200))
    (folder / "ACC.csv").write_text(f"1709542800.0, 1709542800.0, 1709542800.0\n32.0, 32.0, 32.0\n{rows}\n")
    (folder / "HR.csv").write_text("1709542810.0\n1.0\n61\n62\n")
    row = store(folder, tmp_path / "raw", time_zone="Asia/Tokyo").row(0, named=True)
    # stamps of the E4 are UTC whatever the zone
    assert row["started_at"] == datetime(2024, 3, 4, 9, tzinfo=UTC)
    assert row["clock_rule"] == "UTC time stamps of the device"
    assert row["device_pseudonym"] is None
    companion = pl.read_parquet(tmp_path / "raw" / "companion.parquet")
    assert companion["heart_rate_bpm"].to_list() == [61, 62]
    assert read_raw_header(tmp_path / "raw").scale_g_per_count == (1 / 64,) * 3


def test_columns_declared_beside_a_table(tmp_path):
    path = tmp_path / "watch.csv"
    path.write_text(
        "ms,a,b,c\n" + "\n".join(f"{1709542800000 + 20 * i},0,0,9.80665" for i in range(3000)) + "\n"
    )
    with pytest.raises(InputError, match=r"watch\.csv\.columns\.toml"):
        store(path, tmp_path / "raw")
    declaration = (
        '[columns]\nx = "a"\ny = "b"\nz = "c"\nunit = "m/s2"\ntime = "ms"\ntime_format = "epoch_ms"\n'
    )
    (tmp_path / "columns.toml").write_text(declaration)
    row = store(path, tmp_path / "raw").row(0, named=True)
    assert row["gravity_median_g"] == pytest.approx(1.0)
    found = samples(tmp_path / "raw")
    assert found.columns == ["sampled_at", "x_g", "y_g", "z_g"]
    assert found["z_g"].unique().to_list() == [1.0]
    (tmp_path / "watch.csv.columns.toml").write_text(declaration.replace("m/s2", "g"))
    with pytest.raises(InputError, match=r"shows 9\.807 g"):
        store(path, tmp_path / "raw")


def test_a_gyroscope_at_a_rate_of_its_own_is_a_dataset_of_its_own(tmp_path):
    matrix = _writer("test_matrix_genea_unisens")
    rng = np.random.default_rng(4)
    start_s, packets, turned = 1_709_542_800, [], []
    for index in range(4):
        gravity = np.array([0, 0, 4096]) + rng.integers(-40, 40, (1500, 3))  # a range of 8 g
        rotation = rng.integers(-3000, 3000, (750, 3))
        first_s = start_s + index * 30
        packets.append(matrix.packet(first_s, first_s + 30, gravity, gyroscope=rotation))
        turned.append(rotation)
    path = tmp_path / "left_ankle.bin"
    path.write_bytes(matrix.matrix(packets))
    row = store(path, tmp_path / "raw", time_zone="UTC").row(0, named=True)
    assert row["sample_count"] == 6000
    assert "gyro_x_count" not in samples(tmp_path / "raw").columns
    found = pl.read_parquet(tmp_path / "raw" / "gyroscope.parquet")
    assert found["sampled_at"][0] == datetime(2024, 3, 4, 9, tzinfo=UTC)
    assert found["sampled_at"].diff().drop_nulls().unique().to_list() == [timedelta(milliseconds=40)]
    measured = found.select("gyro_x_deg_per_s", "gyro_y_deg_per_s", "gyro_z_deg_per_s").to_numpy()
    # whatever the range in degrees per second that the header states
    scale = measured[0, 0] / turned[0][0, 0]
    np.testing.assert_allclose(measured, np.concatenate(turned) * scale, rtol=1e-4)
