"""One rule for the clocks of all devices: set once, in its zone, at a moment that may lie before a change of time."""

import importlib.util
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.store.raw_recording import store_recording
from transforms.clock import clock_offset
from transforms.errors import InputError

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "UTC",
)
READERS = Path(__file__).parents[2] / "transforms" / "readers"


def _writer(name: str):
    spec = importlib.util.spec_from_file_location(name, READERS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


cwa, gt3x, gen = _writer("cwa_blocks"), _writer("gt3x_records"), _writer("geneactiv_pages")


def store(path: Path, content: bytes, zone: str) -> dict:
    path.write_bytes(content)
    folder = path.parent / "raw"
    row = store_recording(
        path,
        folder=folder,
        recording_id="0123456789ab",
        sha256="f" * 64,
        file_name=f"devices/p1/{path.name}",
        participant_id="p1",
        body_site="left_ankle",
        time_zone=zone,
        config_time_zone=None,
        pseudonym_key=b"secret",
        code_version="1.0",
    ).row(0, named=True)
    causes = pl.read_parquet(folder / "faults.parquet")["cause"].to_list()
    times = pl.read_parquet(folder / "samples.parquet")["sampled_at"]
    return {**row, "causes": causes, "times": times}


def micros(moment: datetime) -> int:
    return round((moment - datetime.fromisoformat("1970-01-01")) / timedelta(microseconds=1))


days = st.datetimes(datetime.fromisoformat("2012-01-01"), datetime.fromisoformat("2035-01-01"))


@given(st.sampled_from(ZONES), days, st.floats(0, 399))
def test_the_offset_is_that_of_the_moment_of_setting(zone, set_at, days_until_worn):
    first_us = micros(set_at) + round(days_until_worn * 86_400e6)
    offset_s, source = clock_offset(first_us, zone, set_us=micros(set_at))
    assert offset_s == set_at.replace(tzinfo=ZoneInfo(zone)).utcoffset().total_seconds()
    assert f"{set_at:%Y-%m-%d %H:%M}" in source


@given(st.sampled_from(ZONES), days)
def test_a_moment_of_setting_that_cannot_be_is_not_believed(zone, first):
    expected = first.replace(tzinfo=ZoneInfo(zone)).utcoffset().total_seconds()
    for wrong in (first + timedelta(hours=1), first - timedelta(days=401)):
        assert clock_offset(micros(first), zone, set_us=micros(wrong))[0] == expected
    assert clock_offset(micros(first), zone, stated="+13:45")[0] == expected


WORN = datetime.fromisoformat("2024-04-04T09:00:00")
SET = datetime.fromisoformat("2024-03-25T15:00:00")  # summer time began in Berlin on 31 March


def test_set_before_and_worn_after_the_change_axivity(tmp_path):
    header = bytearray(cwa.header())
    header[37:41] = cwa.clock_bits(SET).to_bytes(4, "little")
    blocks, _ = cwa.packed_blocks(30, start=WORN)
    row = store(tmp_path / "a.cwa", bytes(header) + b"".join(blocks), "Europe/Berlin")
    assert row["started_at"] == datetime(2024, 4, 4, 8, tzinfo=UTC)
    assert "the moment of its setting, 2024-03-25 15:00, +01:00" in row["clock_rule"]


def test_set_before_and_worn_after_the_change_geneactiv(tmp_path):
    header = gen.header(pages=12)
    line = next(line for line in header.split(b"\r\n") if line.startswith(b"Config Time:"))
    header = header.replace(line, b"Config Time:2024-3-25 15:00:00:123")
    pages, _ = gen.pages(12, start=WORN, is_worn=True)
    row = store(tmp_path / "a.bin", header + b"".join(pages), "Europe/Berlin")
    assert row["started_at"] == datetime(2024, 4, 4, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("time_zone", "setting", "hour"),
    [
        ("02:00:00", None, 7),  # set after the change
        ("01:00:00", None, 8),  # set before it, as the header states
        ("02:00:00", SET, 8),  # the moment of setting decides
        ("-05:00:00", None, 7),  # a zone that the study's is never: the study decides, and it is told
    ],
)
def test_set_before_and_worn_after_the_change_actigraph(tmp_path, time_zone, setting, hour):
    start_s = micros(WORN) // 1_000_000
    records, _ = gt3x.seconds(60, start_s=start_s, is_worn=True)
    if setting is not None:
        records.insert(0, gt3x.time_of_day(micros(setting) // 1_000_000))
    info = gt3x.info(start_s=start_s).replace(b"TimeZone: 02:00:00", f"TimeZone: {time_zone}".encode())
    content = gt3x.archive({"log.bin": b"".join(records), "info.txt": info})
    row = store(tmp_path / "a.gt3x", content, "Europe/Berlin")
    assert row["started_at"] == datetime(2024, 4, 4, hour, tzinfo=UTC)
    assert ("time_zone_disagrees" in row["causes"]) is (time_zone == "-05:00:00" or setting is not None)


@pytest.mark.parametrize("facts", [{"local_start": True}, {"Device Type": "CentrePoint Insight Watch"}])
def test_centrepoint_exports_in_utc(tmp_path, facts):
    start_s = micros(WORN) // 1_000_000
    records, _ = gt3x.seconds(60, start_s=start_s, is_worn=True)
    local_s = start_s - 4 * 3600 if facts.pop("local_start", False) else start_s
    info = gt3x.info(start_s=local_s).replace(b"TimeZone: 02:00:00", b"TimeZone: -04:00:00")
    if facts:
        info = info.replace(b"wGT3XBT", facts["Device Type"].encode())
    content = gt3x.archive({"log.bin": b"".join(records), "info.txt": info})
    row = store(tmp_path / "a.gt3x", content, "America/New_York")
    assert row["started_at"] == WORN.replace(tzinfo=UTC)
    assert row["clock_rule"] == "UTC time stamps of the device"


def wall_clock_table(zone: str, first: datetime, count: int, rate: int = 25) -> bytes:
    """Write the wall clock of a zone at every sample: it jumps where the zone's does."""
    rng = np.random.default_rng(3)
    lines = ["time,x (g),y (g),z (g)"]
    for index in range(count):
        moment = (first + timedelta(seconds=index / rate)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        x, y, z = rng.normal(0, 0.01, 3) + np.array([0.6, 0.0, 0.8])
        lines.append(f"{moment.isoformat(sep=' ', timespec='milliseconds')},{x:.4f},{y:.4f},{z:.4f}")
    return ("\n".join(lines) + "\n").encode()


CHANGES = [
    ("Europe/Berlin", datetime(2024, 3, 31, 1, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2024, 10, 27, 1, tzinfo=UTC)),
    ("America/New_York", datetime(2024, 3, 10, 7, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2024, 10, 5, 15, 30, tzinfo=UTC)),
    ("Australia/Sydney", datetime(2024, 4, 6, 16, tzinfo=UTC)),
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(st.sampled_from(CHANGES), st.integers(1, 1999))
def test_a_wall_clock_across_its_change_of_time_has_no_gap(tmp_path, change, before):
    zone, at = change
    first = at - timedelta(seconds=before / 25)
    row = store(tmp_path / "a.csv", wall_clock_table(zone, first, 2000), zone)
    assert row["started_at"] == first
    assert (row["gap_count"], row["sample_count"]) == (0, 2000)
    assert (row["times"].diff().drop_nulls() == timedelta(milliseconds=40)).all()
    assert row["causes"] == ["wall_clock_change"]


def test_an_hour_that_is_missing_elsewhere_is_a_gap(tmp_path):
    lines = wall_clock_table("UTC", datetime(2024, 3, 30, 1, tzinfo=UTC), 1500).decode().splitlines()
    later = wall_clock_table("UTC", datetime(2024, 3, 30, 2, 1, tzinfo=UTC), 1500).decode().splitlines()[1:]
    row = store(tmp_path / "a.csv", ("\n".join(lines + later) + "\n").encode(), "Europe/Berlin")
    assert row["gap_s"] == pytest.approx(3600, abs=0.1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.floats(60, 390 * 86_400))
def test_a_gap_of_any_length_is_a_gap(tmp_path, seconds):
    first, _ = cwa.packed_blocks(30)
    start = cwa.START + timedelta(seconds=36 + seconds)
    later, _ = cwa.packed_blocks(30, start=start, first_number=40, seed=2)
    row = store(tmp_path / "a.cwa", cwa.header() + b"".join(first + later), "UTC")
    assert row["gap_s"] == pytest.approx(seconds, abs=0.01)
    assert row["ended_at"] == pytest.approx(
        start.replace(tzinfo=UTC) + timedelta(seconds=36), abs=timedelta(milliseconds=1)
    )
    assert "gap" in row["causes"]


@pytest.mark.parametrize("start", ["2000-01-01T00:00:30", "2001-06-01T12:00:00", "2010-12-31T23:00:00"])
def test_a_clock_that_was_never_set_is_refused_and_told(tmp_path, start):
    blocks, _ = cwa.packed_blocks(60, start=datetime.fromisoformat(start))
    with pytest.raises(InputError, match="clock was not set") as error:
        store(tmp_path / "a.cwa", cwa.header() + b"".join(blocks), "UTC")
    assert error.value.reason_code == "implausible_clock"


@pytest.mark.parametrize(
    ("start", "is_told"), [("2062-01-01T00:00:00", True), ("2024-01-01T00:00:00", False)]
)
def test_samples_of_the_future_are_told(tmp_path, start, is_told):
    blocks, counts = cwa.packed_blocks(30, start=datetime.fromisoformat(start))
    row = store(tmp_path / "a.cwa", cwa.header() + b"".join(blocks), "UTC")
    assert row["sample_count"] == len(counts)
    assert ("clock_ahead" in row["causes"]) is is_told


@pytest.mark.parametrize("start", [datetime(1970, 1, 1, 0, 1, tzinfo=UTC), datetime(2000, 1, 1, tzinfo=UTC)])
def test_a_table_before_its_clock_was_set_is_refused_and_told(tmp_path, start):
    with pytest.raises(InputError, match="clock was not set") as error:
        store(tmp_path / "a.csv", wall_clock_table("UTC", start, 2000), "UTC")
    assert error.value.reason_code == "implausible_clock"


@given(st.integers(20, 200), st.integers(20, 200), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
def test_what_follows_a_lost_clock_is_counted(tmp_path, before, after, goes_on):
    first, counts = cwa.packed_blocks(before)
    lost, _ = cwa.packed_blocks(
        after, start=datetime.fromisoformat("2000-01-01"), first_number=before if goes_on else 0, seed=2
    )
    row = store(tmp_path / "a.cwa", cwa.header() + b"".join(first + lost), "UTC")
    assert row["sample_count"] == len(counts)
    assert row["started_at"] == cwa.START.replace(tzinfo=UTC)
    faults = pl.read_parquet(tmp_path / "raw" / "faults.parquet").filter(pl.col("cause") == "clock_not_set")
    assert faults["block_count"].to_list() == [after]
    assert faults["sample_count"].to_list() == [after * 120]


def test_seconds_after_a_lost_clock_are_counted_for_actigraph(tmp_path):
    first, _ = gt3x.seconds(60, is_worn=True)
    lost, _ = gt3x.seconds(50, start_s=946_684_800, is_worn=True)
    again, _ = gt3x.seconds(60, start_s=gt3x.START_S + 500, is_worn=True)
    row = store(tmp_path / "a.gt3x", gt3x.gt3x(b"".join(first + lost + again)), "UTC")
    assert row["sample_count"] == 120 * 30
    assert row["gap_s"] == pytest.approx(440, abs=0.01)
    assert "clock_not_set" in row["causes"]
