"""Times of tables as spreadsheets and programs of other countries write them, and what a look at the ends of a file tells."""

import gzip
import io
import zipfile
from datetime import datetime, timedelta

import numpy as np
import pytest

from transforms.errors import InputError, SettingsError
from transforms.readers import open_reader, parse_column_map, recordings_in
from transforms.readers.pieces import unzipped_bytes

RATE_HZ = 50
START = datetime.fromisoformat("2026-03-14T22:00:00")
VALUES = np.tile([0.1, 0.2, 0.97], (300, 1)) + np.random.default_rng(1).normal(0, 0.004, (300, 3))


def wall_us(moment: datetime) -> int:
    """Microseconds of a naive clock since 1970."""
    return (moment - datetime.fromisoformat("1970-01-01")) // timedelta(microseconds=1)


def moments(start: datetime = START) -> list[datetime]:
    return [start + timedelta(seconds=index / RATE_HZ) for index in range(len(VALUES))]


def table(stamp: str, *, separator: str = ",", start: datetime = START) -> bytes:
    lines = [separator.join(("time", "x (g)", "y (g)", "z (g)"))]
    for moment, row in zip(moments(start), VALUES, strict=True):
        lines.append(separator.join((moment.strftime(stamp), *(f"{value:.5f}" for value in row))))
    return ("\n".join(lines) + "\n").encode()


def read(content: bytes, name: str = "x.csv", declared: str | None = None):
    columns = None if declared is None else parse_column_map(declared, "x.columns.toml")
    reader = open_reader(io.BytesIO(content), name, len(content), columns=columns)
    return reader, list(reader.chunks())


@pytest.mark.parametrize(("first", "then"), [("", "Z"), ("", "+01:00"), ("Z", ""), ("+05:30", "")])
def test_rows_of_wall_time_and_of_instants_are_not_laid_on_one_clock(first, then):
    lines = table("%Y-%m-%d %H:%M:%S.%f").decode().splitlines()
    zones = ["", *[first] * 200, *[then] * 100]
    mixed = (
        "\n".join(line.replace(",", zone + ",", 1) for line, zone in zip(lines, zones, strict=True)) + "\n"
    )
    reader, chunks = read(mixed.encode())
    assert sum(map(len, chunks)) == 200
    assert [(fault.cause, fault.sample_count) for fault in reader.faults] == [("rejected_rows", 100)]


def test_a_time_with_an_offset_is_an_instant_whatever_is_declared():
    declared = (
        '[columns]\nx = "x (g)"\ny = "y (g)"\nz = "z (g)"\nunit = "g"\ntime = "time"\nclock = "local"\n'
    )
    reader, _ = read(table("%Y-%m-%dT%H:%M:%S.%f+01:00"), declared=declared)
    assert reader.header.clock == "utc"
    with pytest.raises(SettingsError, match="without an offset"):
        parse_column_map(
            '[columns]\nx = 0\ny = 1\nz = 2\nunit = "g"\nsampling_rate_hz = 50\nstart = "2026-03-14T22:00:00Z"\n',
            "x.columns.toml",
        )


@pytest.mark.parametrize(
    ("stamp", "separator"),
    [
        ("%d.%m.%Y %H:%M:%S.%f", ","),
        ("%d.%m.%Y %H:%M:%S,%f", ";"),
        ("%d/%m/%Y %H:%M:%S.%f", ","),
        ("%d-%m-%Y %H:%M:%S.%f", "\t"),
        ("%m/%d/%Y %I:%M:%S.%f %p", ","),
        ("%m/%d/%Y, %H:%M:%S.%f", ";"),
    ],
)
def test_every_order_of_day_and_month_gives_the_same_samples(stamp, separator):
    wanted = [wall_us(moment) for moment in moments()]
    reader, chunks = read(table(stamp, separator=separator))
    assert np.concatenate([chunk.times_us for chunk in chunks]).tolist() == wanted
    assert (reader.header.clock, reader.header.sampling_rate_hz) == ("local", RATE_HZ)
    assert reader.faults == []


def test_an_order_that_the_first_row_does_not_tell_is_asked_for_and_may_be_declared():
    start = datetime.fromisoformat("2026-03-04T22:00:00")
    content = table("%d/%m/%Y %H:%M:%S.%f", start=start)
    with pytest.raises(InputError, match='time_format = "day_first" or "month_first"'):
        read(content)
    declared = '[columns]\nx = "x (g)"\ny = "y (g)"\nz = "z (g)"\nunit = "g"\ntime = "time"\ntime_format = '
    for order, first in (("day_first", start), ("month_first", datetime.fromisoformat("2026-04-03T22:00"))):
        _, chunks = read(content, declared=f'{declared}"{order}"\n')
        assert chunks[0].times_us[0] == wall_us(first)


@pytest.mark.parametrize(
    ("date", "time"),
    [
        ("%Y-%m-%d", "%H:%M:%S.%f"),
        ("%Y/%m/%d", "%I:%M:%S.%f %p"),
        ("%d.%m.%Y", "%H:%M:%S,%f"),
        ("%m/%d/%Y", "%I:%M:%S.%f%p"),
        ("%d/%m/%Y", "MILLISECONDS"),
    ],
)
@pytest.mark.parametrize("is_declared", [False, True])
def test_a_date_and_a_time_in_two_columns(date, time, is_declared):
    lines = ["Date;Time;X (g);Y (g);Z (g)"]
    for moment, row in zip(moments(), VALUES, strict=True):
        clock = (
            f"{moment:%H:%M:%S}:{moment.microsecond // 1000:03d}" if "%" not in time else f"{moment:{time}}"
        )
        lines.append(";".join((f"{moment:{date}}", clock, *(f"{value:.5f}" for value in row))))
    content = ("\n".join(lines) + "\n").encode()
    declared = '[columns]\nx = "X (g)"\ny = "Y (g)"\nz = "Z (g)"\nunit = "g"\ndate = 0\ntime = 1\n'
    reader, chunks = read(content, declared=declared if is_declared else None)
    assert np.concatenate([chunk.times_us for chunk in chunks]).tolist() == [
        wall_us(one) for one in moments()
    ]
    assert (reader.header.clock, reader.faults) == ("local", [])
    assert reader.scan().ended_us == wall_us(moments()[-1]) + 20_000


def test_a_date_in_two_columns_that_can_be_read_in_two_ways_is_asked_for():
    content = b"Date,Time,X (g),Y (g),Z (g)\n" + b"03/04/2026,22:00:00.5,0,0,1\n" * 3
    with pytest.raises(InputError, match='date = "Date", time = "Time", unit = "g", time_format'):
        read(content)


@pytest.mark.parametrize(
    ("scale", "said"),
    [(1, 'unit = "g"'), (1000, 'unit = "mg"'), (9.81, 'unit = "m/s2"'), (4096, "lsb_per_g = 4096")],
)
def test_names_without_a_unit_are_told_with_the_lines_that_declare_it(scale, said):
    rows = "".join(
        f"{moment.isoformat()},{','.join(f'{value * scale:.5f}' for value in row)}\n"
        for moment, row in zip(moments(), VALUES, strict=True)
    )
    with pytest.raises(InputError) as error:
        read(b"timestamp,acc_x,acc_y,acc_z\n" + rows.encode(), name="devices/P1/a.csv")
    assert said in str(error.value)
    assert 'a.csv.columns.toml beside it under [columns]: x = "acc_x", y = "acc_y", z = "acc_z"' in str(
        error.value
    )
    assert 'time = "timestamp"' in str(error.value)


def test_a_look_at_the_last_row_tells_how_long_a_table_is():
    """37 days lie between its halves: the size alone says six seconds."""
    whole = table("%Y-%m-%dT%H:%M:%S.%f")
    later = table("%Y-%m-%dT%H:%M:%S.%f", start=START + timedelta(days=37)).split(b"\n", 1)[1]
    reader = open_reader(io.BytesIO(whole + later), "x.csv", len(whole + later))
    scan = reader.scan()
    assert (scan.ended_us - scan.started_us) / 86_400e6 == pytest.approx(37, abs=0.001)
    assert scan.gap_s == pytest.approx(37 * 86_400, abs=30)
    assert open_reader(io.BytesIO(whole), "x.csv", len(whole)).scan().gap_s == 0
    assert sum(map(len, reader.chunks())) == 2 * len(VALUES)
    packed = gzip.compress(whole) + gzip.compress(later)
    seen = open_reader(io.BytesIO(packed), "x.csv.gz", len(packed)).scan()
    assert (seen.started_us, seen.ended_us) == (scan.started_us, scan.ended_us)
    assert seen.gap_s == pytest.approx(scan.gap_s, abs=30)


def test_the_size_of_a_gzip_file_of_more_than_one_part():
    part = table("%Y-%m-%dT%H:%M:%S.%f")
    packed = gzip.compress(part) * 5
    assert unzipped_bytes(io.BytesIO(packed), len(packed)) == pytest.approx(5 * len(part), rel=0.1)
    assert unzipped_bytes(io.BytesIO(gzip.compress(part)), len(packed) // 5) == len(part)


def test_of_sensor_loggers_archive_only_the_acceleration_with_gravity_is_a_recording():
    lines = ["time,seconds_elapsed,z,y,x"]
    for moment, (x, y, z) in zip(moments(), VALUES * 9.80665, strict=True):
        stamp = wall_us(moment) * 1000
        lines.append(f"{stamp},0,{z:.5f},{y:.5f},{x:.5f}")
    samples = "\n".join(lines) + "\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("TotalAcceleration", "Accelerometer", "Gyroscope", "Gravity"):
            archive.writestr(f"{name}.csv", samples)
        archive.writestr("Metadata.csv", "version,device name\n1,phone\n")
        archive.writestr("Annotation.csv", "time,seconds_elapsed,text\n")
    content = buffer.getvalue()
    assert recordings_in(io.BytesIO(content), len(content)) == []  # one, not several
    _, chunks = read(content, "left_ankle.zip")
    assert sum(map(len, chunks)) == len(VALUES)
    # without it nothing is passed over
    with zipfile.ZipFile(io.BytesIO(), "w") as archive:
        archive.writestr("Gyroscope.csv", samples)
        archive.writestr("Accelerometer.csv", samples)
        buffer = archive.fp
        archive.close()
        assert len(recordings_in(io.BytesIO(buffer.getvalue()), len(buffer.getvalue()))) == 2
