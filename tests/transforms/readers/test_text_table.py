"""Tables written here: each dialect, its times and units, and rows that cannot be read."""

import gzip
import io
from datetime import datetime, timedelta

import numpy as np
import pytest

from transforms.errors import InputError, SettingsError
from transforms.readers import open_reader, parse_column_map, text_table

START = datetime.fromisoformat("2024-03-04T09:00:00")
START_US = 1_709_542_800_000_000


def samples(count: int, seed: int = 1) -> np.ndarray:
    return np.round(np.random.default_rng(seed).normal(0, 1, (count, 3)), 6)


def iso(index: int, rate: float) -> str:
    moment = START + timedelta(seconds=index / rate)
    return moment.isoformat(sep=" ", timespec="milliseconds")


def table(
    values: np.ndarray, *, rate=50.0, header="", separator=",", stamp=iso, number=str, newline="\n"
) -> bytes:
    lines = [
        separator.join([stamp(index, rate), *(number(value) for value in row)])
        for index, row in enumerate(values.tolist())
    ]
    return (header + newline.join(lines) + newline).encode()


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_omgui_rows(read, newline, mark):
    values = samples(500)
    found = read(mark + table(values, newline=newline), "x.csv")
    np.testing.assert_allclose(found.acceleration_g, values, atol=1e-6)
    np.testing.assert_array_equal(found.times_us, START_US + np.arange(500) * 20_000)
    assert (found.header.file_format, found.header.sampling_rate_hz, found.header.clock) == (
        "omgui_csv",
        50.0,
        "local",
    )
    assert found.faults == []


def test_rotation_of_the_ax6(read):
    values = np.round(np.random.default_rng(2).normal(0, 1, (300, 6)), 5)
    found = read(table(values, rate=100.0), "x.csv")
    assert found.chunks[0].gyro_deg_per_s.shape == (300, 3)
    np.testing.assert_allclose(found.chunks[0].gyro_deg_per_s, values[:, 3:], atol=1e-6)


@pytest.mark.parametrize(
    ("header", "factor"),
    [
        ("time,x (g),y (g),z (g)\n", 1.0),
        ("timestamp,acc_x [m/s^2],acc_y [m/s^2],acc_z [m/s^2]\n", 1 / 9.80665),
        ("Time,Accelerometer X (mg),Accelerometer Y (mg),Accelerometer Z (mg)\n", 1e-3),
        ("some export of 2024\n\ntime,x_g,y_g,z_g\n", 1.0),
    ],
)
def test_names_tell_the_unit(read, header, factor):
    values = samples(200)
    found = read(table(values, header=header), "x.csv")
    np.testing.assert_allclose(found.acceleration_g, values * factor, atol=1e-6)


def test_decimal_commas(read):
    values = samples(200)
    content = table(
        values,
        header="time;x (g);y (g);z (g)\n",
        separator=";",
        number=lambda value: str(value).replace(".", ","),
    )
    np.testing.assert_allclose(read(content, "x.csv").acceleration_g, values, atol=1e-6)


@pytest.mark.parametrize(
    ("digits", "offset", "expected_hours"), [("Z", "", 0), ("+01:00", "", -1), ("-0430", "", 4.5)]
)
def test_times_with_an_offset_are_utc(read, digits, offset, expected_hours):
    content = table(
        samples(100), header="time,x (g),y (g),z (g)\n", stamp=lambda index, rate: iso(index, rate) + digits
    )
    found = read(content, "x.csv")
    assert found.header.clock == "utc"
    assert found.times_us[0] == START_US + expected_hours * 3_600_000_000


@pytest.mark.parametrize("per_second", [1, 10**3, 10**6, 10**9])
def test_epochs(read, per_second):
    content = table(
        samples(100),
        header="timestamp,x (g),y (g),z (g)\n",
        stamp=lambda index, rate: (
            str((START_US + round(index / rate * 1e6)) * per_second // 10**6)
            if per_second > 1
            else f"{START_US / 1e6 + index / rate:.3f}"
        ),
    )
    found = read(content, "x.csv")
    assert found.header.clock == "utc"
    np.testing.assert_allclose(found.times_us, START_US + np.arange(100) * 20_000, atol=1000, rtol=0)


def test_many_rows_in_one_second_are_spread_over_it(read):
    content = table(
        samples(1050),
        header="time,x (g),y (g),z (g)\n",
        stamp=lambda index, rate: (START + timedelta(seconds=(index + 20) // 50)).isoformat(sep=" "),
    )
    found = read(content, "x.csv")
    assert found.header.sampling_rate_hz == 50
    np.testing.assert_allclose(found.times_us, START_US + (np.arange(1050) + 20) * 20_000, atol=1)
    assert found.segments == [(0, 1050)]


def test_rows_that_cannot_be_read_are_counted(read):
    values = samples(500)
    lines = table(values).decode().splitlines()
    lines[100] = lines[100].replace(",", ",abc", 1)
    lines[101] = "2024-03-04 09:00:02.020,,1,1"
    lines[102] = "no time,1,1,1"
    lines[103] = "2024-03-04 09:00:02.060,1"
    lines[104] = "2024-03-04 09:00:02.080,1e30,0,0"
    found = read("\n".join(lines).encode(), "x.csv")
    kept = np.ones(500, bool)
    kept[100:105] = False
    np.testing.assert_allclose(found.acceleration_g, values[kept], atol=1e-6)
    assert [(fault.cause, fault.sample_count) for fault in found.faults] == [("gap", 5), ("rejected_rows", 5)]
    assert found.segments == [(0, 100), (1, 395)]


def test_gaps_and_clocks_that_go_back(read):
    values = samples(300)
    lines = table(values).decode().splitlines()
    later = [line.replace("09:00:0", "10:00:0") for line in lines[100:200]]
    back = [line.replace("09:00:0", "08:00:0") for line in lines[200:]]
    found = read("\n".join(lines[:100] + later + back).encode(), "x.csv")
    assert found.causes() == ["gap", "clock_backwards"] or found.causes() == ["clock_backwards", "gap"]
    assert np.diff(found.times_us).min() > 0
    assert len(found.times_us) == 300


def test_blocks_do_not_matter(read, monkeypatch):
    content = table(samples(3000))
    whole = read(content, "x.csv")
    monkeypatch.setattr(text_table, "BLOCK_BYTES", 1000)
    found = read(content, "x.csv")
    np.testing.assert_array_equal(found.times_us, whole.times_us)
    np.testing.assert_array_equal(found.acceleration_g, whole.acceleration_g)
    assert found.segments == [(0, 3000)]


def test_gzip_whole_and_cut(read):
    content = gzip.compress(table(samples(3000)))
    assert len(read(content, "x.csv.gz").times_us) == 3000
    cut = read(content[: len(content) // 2], "x.csv.gz")
    assert 500 < len(cut.times_us) < 2500


ACTILIFE = (
    "------------ Data File Created By ActiGraph GT3X+ ActiLife v6.13.3 Firmware v3.2.1 date format M/d/yyyy at 30 Hz"
    "  Filter Normal -----------\nSerial Number: NEO1C15110103\nStart Time 09:00:00\nStart Date 3/4/2024\n"
    "Epoch Period (hh:mm:ss) 00:00:00\nDownload Time 12:44:53\nDownload Date 3/9/2024\nCurrent Memory Address: 0\n"
    "Current Battery Voltage: 4.21     Mode = 12\n--------------------------------------------------\n"
)


@pytest.mark.parametrize("names", ["", "Accelerometer X,Accelerometer Y,Accelerometer Z\n"])
def test_actilife_raw(read, names):
    values = samples(900)
    values[200:600] = values[200]  # the device slept for 13.3 s
    values[700:800] = 0.0  # and for 3.3 s, which the export fills with zeros
    rows = "\n".join(",".join(map(str, row)) for row in values.tolist())
    found = read((ACTILIFE + names + rows + "\n").encode(), "x.csv")
    kept = np.ones(900, bool)
    kept[201:600] = kept[700:800] = False
    assert found.header.sampling_rate_hz == 30
    assert found.header.serial_number == "NEO1C15110103"
    np.testing.assert_allclose(found.acceleration_g, values[kept], atol=1e-6)
    assert found.times_us[0] == START_US
    assert found.times_us[201] == START_US + 20_000_000
    assert found.causes() == ["idle_sleep", "idle_sleep"]


def test_actilife_long_sleep_over_many_blocks(read, monkeypatch):
    monkeypatch.setattr(text_table, "BLOCK_BYTES", 500)
    values = samples(3000)
    values[500:2500] = values[500]
    rows = "\n".join(",".join(map(str, row)) for row in values.tolist())
    found = read((ACTILIFE + rows + "\n").encode(), "x.csv")
    kept = np.ones(3000, bool)
    kept[501:2500] = False
    np.testing.assert_allclose(found.acceleration_g, values[kept], atol=1e-6)
    (fault,) = found.faults
    assert (fault.cause, fault.ended_us - fault.started_us) == ("idle_sleep", round(1999 / 30 * 1e6))


def test_counts_per_epoch_are_no_samples():
    content = (ACTILIFE.replace("00:00:00\nDownload", "00:00:15\nDownload") + "0,1,2\n3,4,5\n").encode()
    with pytest.raises(InputError, match="counts per epoch") as error:
        open_reader(io.BytesIO(content), "x.csv", len(content))
    assert error.value.reason_code == "not_raw_samples"


@pytest.mark.parametrize("content", [b"x,y,z\n1,2,3\n1,2,3\n", b"1.0,2.0,3.0\n" * 9, b"a,b,c,d\n1,2,3,4\n"])
def test_what_is_not_declared_is_not_guessed(content):
    with pytest.raises(InputError, match=r"columns\.toml") as error:
        open_reader(io.BytesIO(content), "p1/x.csv", len(content))
    assert error.value.reason_code == "undeclared_columns"


def test_a_declared_table_without_times(read):
    values = samples(400)
    content = (
        "a,b\nname,u,v,w\n" + "\n".join("q," + ",".join(map(str, row)) for row in values.tolist()) + "\n"
    )
    declared = parse_column_map(
        '[columns]\nx = "u"\ny = "v"\nz = "w"\nunit = "m/s2"\nskip_lines = 1\nstart = "2024-03-04T09:00:00"\n'
        "sampling_rate_hz = 102.4\n",
        "columns.toml",
    )
    reader = open_reader(io.BytesIO(content.encode()), "x.csv", len(content), columns=declared)
    chunks = list(reader.chunks())
    np.testing.assert_allclose(
        np.concatenate([c.acceleration_g for c in chunks]), values / 9.80665, atol=1e-6
    )
    times_us = np.concatenate([c.times_us for c in chunks])
    np.testing.assert_allclose(times_us, START_US + np.arange(400) / 102.4 * 1e6, atol=1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[columns]\nx = 0\ny = 1\nz = 2\n", "lacks ['unit']"),
        ('[columns]\nx = 0\ny = 1\nz = 2\nunit = "furlong"\ntime = 3\n', "unit 'furlong'"),
        ('[columns]\nx = 0\ny = 1\nz = 2\nunit = "g"\n', "start and sampling_rate_hz are needed"),
        (
            '[columns]\nx = 0\ny = 1\nz = 2\nunit = "g"\nstart = "noon"\nsampling_rate_hz = 50\n',
            "is no ISO date",
        ),
        (
            '[columns]\nx = 0\ny = 1\nz = 2\nunit = "g"\ntime = 3\nsampling_rate_hz = 0\n',
            "between 1 and 10000",
        ),
        ("columns = 3\n", "no table [columns]"),
        ("][", "is no TOML"),
    ],
)
def test_a_declaration_that_cannot_be_meant(text, said):
    with pytest.raises(SettingsError) as error:
        parse_column_map(text, "p1/columns.toml")
    assert said in str(error.value)
    assert str(error.value).startswith("p1/columns.toml")


def test_quotes_around_cells_are_taken_off(read):
    values = samples(50)
    plain = table(values)
    quoted = b"\r\n".join(b",".join(b'"%s"' % cell for cell in row.split(b",")) for row in plain.splitlines())
    np.testing.assert_array_equal(read(quoted, "x.csv").in_g, read(plain, "x.csv").in_g)


@pytest.mark.parametrize("damage", [b'0.4"5', b'0."5', b'0.4"', b'"0.45'])
def test_a_quote_inside_a_number_does_not_make_another_number(read, damage):
    rows = table(samples(50)).split(b"\n")
    cells = rows[20].split(b",")
    rows[20] = b",".join([*cells[:-1], damage])
    found = read(b"\n".join(rows), "x.csv")
    whole = read(table(samples(50)), "x.csv")
    np.testing.assert_array_equal(found.in_g, np.delete(whole.in_g, 20, axis=0))
    assert found.causes() == ["rejected_rows"]
