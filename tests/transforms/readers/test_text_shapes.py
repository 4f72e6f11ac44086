"""Tables as programs and countries write them: any separator, decimal mark, quotes and byte order mark, any unit."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.errors import InputError
from transforms.readers import open_reader, parse_column_map
from transforms.readers.units import likely_unit

ACTILIFE = (
    "------------ Data File Created By ActiGraph GT3X+ ActiLife v6.13.3 Firmware v1.6.0 date format dd.MM.yyyy at 25 Hz"
    "  Filter Normal -----------\nSerial Number: X1\nStart Time 18:00:00\nStart Date 04.05.2026\n"
    "Epoch Period (hh:mm:ss) 00:00:00\nDownload Time 11:51:12\nDownload Date 05.05.2026\nCurrent Memory Address: 0\n"
    "Current Battery Voltage: 4.18     Mode = 12\n--------------------------------------------------\n"
)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16")


def values(count: int = 200) -> np.ndarray:
    return np.round(np.random.default_rng(4).normal(0, 0.02, (count, 3)) + np.array([-0.6, 0.0, 0.8]), 3)


def written(numbers, separator: str, *, comma: bool, quotes: bool) -> str:
    texts = [f"{number:.3f}".replace(".", "," if comma else ".") for number in numbers]
    return separator.join(f'"{text}"' if quotes else text for text in texts)


shapes = st.tuples(
    st.sampled_from([";", "\t", ","]), st.booleans(), st.booleans(), st.sampled_from(ENCODINGS)
).filter(lambda shape: shape[0] != "," or not shape[1] or shape[2])
"""Separator, decimal comma, quotes, encoding; between commas a decimal comma needs its quotes."""


@given(shapes, st.booleans(), st.sampled_from(["\n", "\r\n", "\r", "\r\r\n"]))
def test_actilife_in_any_shape(read, shape, has_names, end):
    separator, comma, quotes, encoding = shape
    rows = [written(row, separator, comma=comma, quotes=quotes) for row in values()]
    names = separator.join(f"Accelerometer {axis}" for axis in "XYZ") + "\n" if has_names else ""
    content = (ACTILIFE + names + "\n".join(rows) + "\n").replace("\n", end).encode(encoding)
    found = read(content, "x.csv")
    np.testing.assert_allclose(found.acceleration_g, values(), atol=1e-6)
    assert found.header.file_format == "actilife_csv"
    assert found.causes() == []


@given(shapes, st.sampled_from(["\n", "\r\n", "\r", "\r\r\n", "\n\n"]))
def test_a_named_table_in_any_shape(read, shape, end):
    separator, comma, quotes, encoding = shape
    rows = [
        separator.join(
            (
                f"2026-05-04 18:00:{index // 25:02d}.{index % 25 * 40:03d}",
                written(row, separator, comma=comma, quotes=quotes),
            )
        )
        for index, row in enumerate(values())
    ]
    names = separator.join(["time", "x (g)", "y (g)", "z (g)"])
    found = read((end.join([names, *rows]) + end).encode(encoding), "x.csv")
    np.testing.assert_allclose(found.acceleration_g, values(), atol=1e-6)
    assert np.diff(found.times_us).tolist() == [40_000] * 199


@pytest.mark.parametrize("rest", ["", " " * 9000 + "\n", "\n" * 9000, ",,,\n" * 3000, "\u2028" * 3000])
def test_a_first_row_of_whole_numbers_and_what_may_stand_behind_the_last_row(rest):
    rows = [f"2026-05-04 18:00:{index // 25:02d},{index % 25 * 40:03d};0,1;0,2;0,97" for index in range(200)]
    rows[0] = "2026-05-04 18:00:00,000;0;0;1"
    content = ("\n".join(["time;x (g);y (g);z (g)", *rows, rest])).encode()
    reader = open_reader(io.BytesIO(content), "x.csv", len(content))
    assert reader.scan().started_us == 1_777_917_600_000_000
    assert sum(map(len, reader.chunks())) == 200


def test_the_case_with_a_decimal_comma(read, device_cases):
    found = read((device_cases / "actilife_decimal_comma.csv").read_bytes(), "a.csv")
    assert found.header.sampling_rate_hz == 25
    np.testing.assert_allclose(found.acceleration_g[0], (-0.834, 0.532, 0.246))
    assert np.median(np.linalg.norm(found.acceleration_g, axis=1)) == pytest.approx(1.0, abs=0.05)


def omgui(scale: float) -> bytes:
    rows = [
        f"2026-05-04 18:00:{index // 25:02d}.{index % 25 * 40:03d},"
        + ",".join(f"{v * scale:.6f}" for v in row)
        for index, row in enumerate(values())
    ]
    return ("\n".join(rows) + "\n").encode()


UNITS = st.one_of(
    st.sampled_from([("mg", 1000.0), ("m/s2", 9.80665)]),
    st.sampled_from([64, 128, 256, 341, 512, 2048, 4096, 8192, 16384]).map(
        lambda scale: ("LSB", float(scale))
    ),
)


@given(UNITS, st.floats(0.96, 1.04))
def test_any_other_unit_is_refused_by_its_name_and_read_once_declared(read, unit, gain):
    name, scale = unit
    with pytest.raises(InputError) as error:
        open_reader(io.BytesIO(omgui(scale * gain)), "devices/P1/a.csv", 1)
    assert error.value.reason_code == "implausible_gravity"
    said = str(error.value)
    assert f'unit = "{name}"' in said
    assert "a.csv.columns.toml" in said
    declared = '[columns]\nx = 1\ny = 2\nz = 3\ntime = 0\nunit = "UNIT"\n'.replace("UNIT", name)
    if name == "LSB":
        assert f"lsb_per_g = {scale:g}" in said
        declared += f"lsb_per_g = {scale}\n"
    content = omgui(scale * gain)
    reader = open_reader(
        io.BytesIO(content), "a.csv", len(content), columns=parse_column_map(declared, "a.csv.columns.toml")
    )
    found = np.concatenate([chunk.acceleration_g for chunk in reader.chunks()])
    np.testing.assert_allclose(found, values() * gain, atol=1e-4)


@given(st.floats(0.8, 1.25))
def test_g_is_read_as_it_is(read, gain):
    np.testing.assert_allclose(read(omgui(gain), "a.csv").acceleration_g, values() * gain, atol=1e-5)


@pytest.mark.parametrize(("name", "unit"), [("milli_g.csv", "mg"), ("metres_per_s2.csv", "m/s2")])
def test_the_cases_of_another_unit(device_cases, name, unit):
    path = device_cases / name
    with pytest.raises(InputError) as error, path.open("rb") as stream:
        open_reader(stream, name, path.stat().st_size)
    assert f'unit = "{unit}"' in str(error.value)


@pytest.mark.parametrize(("median", "said"), [(0.0098, "m/s2"), (0.102, "m/s2"), (3.0, ""), (9.8, "m/s2")])
def test_the_words_for_a_unit(median, said):
    assert said in likely_unit(median)


def test_an_unlikely_scale_is_declared_only_with_its_number():
    with pytest.raises(Exception, match="lsb_per_g"):
        parse_column_map('[columns]\nx = 1\ny = 2\nz = 3\ntime = 0\nunit = "LSB"\n', "x")
    with pytest.raises(Exception, match="lsb_per_g"):
        parse_column_map('[columns]\nx = 1\ny = 2\nz = 3\ntime = 0\nunit = "g"\nlsb_per_g = 256\n', "x")


@pytest.mark.parametrize(
    ("change", "clock"),
    [
        (("ActiGraph GT3X+ ActiLife", "ActiGraph CentrePoint Insight Watch CentrePoint"), "utc"),
        (("-\n0", "-\nTimestamp UTC,X,Y,Z\n0"), "utc"),
        (("-\n0", "-\nTimestamp,X,Y,Z\n0"), "local"),
    ],
)
def test_centrepoint_tables_are_in_utc(read, change, clock):
    rows = "\n".join(
        f"{'04.05.2026 18:00:00,' if 'Timestamp' in change[1] else ''}{x:.3f},{y:.3f},{z:.3f}"
        for x, y, z in np.abs(values()).tolist()
    )
    content = (ACTILIFE + rows + "\n").replace(*change)
    found = read(content.encode(), "x.csv")
    np.testing.assert_allclose(found.acceleration_g, np.abs(values()), atol=1e-6)
    assert found.header.clock == clock
