"""The E4's folder, OMGUI's .wav and Parquet tables."""

import io
import struct
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from transforms.errors import InputError
from transforms.parameters.reading import LENIENT_READING
from transforms.readers import ColumnMap, open_bundle, open_reader

START_S = 1_709_542_800


def e4_members(count: int = 640, start: float = START_S) -> tuple[dict[str, bytes], np.ndarray]:
    counts = np.random.default_rng(1).integers(-128, 128, (count, 3))
    rows = "\n".join(",".join(map(str, row)) for row in counts.tolist())
    acc = f"{start:.6f}, {start:.6f}, {start:.6f}\n32.000000, 32.000000, 32.000000\n{rows}\n"
    members = {
        "acc.csv": acc.encode(),
        "temp.csv": f"{start:.6f}\n4.000000\n29.53\n29.55\n382.21\n".encode(),
        "hr.csv": f"{start + 10:.6f}\n1.000000\n85.00\n84.00\n".encode(),
        "tags_s05.csv": f"{start + 7.25:.2f}\n".encode(),
    }
    return members, counts


def bundle(members: dict[str, bytes]):
    return {name: (lambda content=content: iter([content])) for name, content in members.items()}


def test_the_e4():
    members, counts = e4_members()
    reader = open_bundle(bundle(members), "p1/left_wrist", LENIENT_READING)
    chunks = list(reader.chunks())
    np.testing.assert_array_equal(np.concatenate([chunk.counts for chunk in chunks]), counts)
    header = reader.header
    assert (header.clock, header.sampling_rate_hz, header.scale_g_per_count[0]) == ("utc", 32.0, 1 / 64)
    assert chunks[0].times_us[0] == START_S * 1_000_000
    assert chunks[-1].times_us[-1] == START_S * 1_000_000 + 639 * 31_250
    temperature, heart, tags = reader.companions
    assert temperature.times_us.tolist() == [START_S * 1_000_000 + step for step in (0, 250_000, 500_000)]
    np.testing.assert_allclose(temperature.temperature_c, [29.53, 29.55, np.nan], rtol=1e-6)
    assert heart.times_us[0] == (START_S + 10) * 1_000_000
    assert heart.heart_rate_bpm.tolist() == [85, 84]
    assert tags.times_us.tolist() == [START_S * 1_000_000 + 7_250_000]


def test_the_e4_as_an_archive(gt3x, read):
    members, counts = e4_members()
    content = gt3x.archive({f"1644829925_A01/{name.upper()}": data for name, data in members.items()})
    np.testing.assert_array_equal(read(content, "p1/left_wrist.zip").counts, counts)


def test_a_slow_signal_that_cannot_be_read_does_not_cost_the_samples():
    members, counts = e4_members()
    members["hr.csv"] = b"what is this\n"
    reader = open_bundle(bundle(members), "p1/left_wrist", LENIENT_READING)
    assert sum(len(chunk) for chunk in reader.chunks()) == len(counts)
    assert [fault.cause for fault in reader.faults] == ["unreadable_block"]


def test_a_folder_of_something_else():
    with pytest.raises(InputError, match="no recording") as error:
        open_bundle(bundle({"letter.docx": b"x"}), "p1/folder", LENIENT_READING)
    assert error.value.reason_code == "unknown_format"


def wav(
    frames: np.ndarray, *, promised: int | None = None, rate=100, bits=16, time="2024-03-04 09:00:00.500"
) -> bytes:
    comment = "".join(
        [f"Time: {time}\n", *(f"Channel-{i}: Accel\nScale-{i}: 8\n" for i in (1, 2, 3))]
    ).encode()
    artist = b"Id: 37727\nDevice: CWA\nRevision: 17\nFirmware: 44\n"
    info = b"INFO"
    for name, text in ((b"IART", artist), (b"ICMT", comment)):
        even = text + b"\0" * (len(text) % 2)
        info += name + struct.pack("<I", len(even)) + even
    data = frames.astype("<i2").tobytes()
    format_ = struct.pack(
        "<HHIIHH", 1, frames.shape[1], rate, rate * frames.shape[1] * 2, frames.shape[1] * 2, bits
    )
    body = b"WAVE" + b"".join(
        name + struct.pack("<I", length) + content
        for name, length, content in (
            (b"fmt ", len(format_), format_),
            (b"LIST", len(info), info),
            (b"data", len(data) if promised is None else promised, data),
        )
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def test_wav(read):
    frames = np.random.default_rng(1).integers(-32768, 32768, (500, 4))
    found = read(wav(frames), "x.wav")
    np.testing.assert_array_equal(found.counts, frames[:, :3])
    assert found.header.scale_g_per_count[0] == 8 / 32768
    assert found.times_us[0] == START_S * 1_000_000 + 500_000
    assert found.times_us[-1] == START_S * 1_000_000 + 500_000 + 4_990_000
    assert found.faults == []


def test_zeros_with_which_omgui_fills_gaps_are_no_samples(read):
    frames = np.random.default_rng(1).integers(1, 1000, (1000, 4))
    frames[300:700, :3] = 0
    frames[20:60] = 7  # equal, but measured
    found = read(wav(frames), "x.wav")
    assert found.segments == [(0, 300), (1, 300)]
    assert [(fault.cause, fault.sample_count) for fault in found.faults] == [("gap", 400)]


def test_a_cut_wav(read):
    frames = np.random.default_rng(1).integers(-32768, 32768, (500, 4))
    found = read(wav(frames, promised=800_000)[:-3], "x.wav")
    np.testing.assert_array_equal(found.counts, frames[:499, :3])
    assert found.causes() == ["truncated"]


@pytest.mark.parametrize("change", [{"bits": 24}, {"rate": 44100}, {"time": ""}])
def test_a_sound_is_no_recording(change):
    content = wav(np.zeros((10, 4)), **change)
    with pytest.raises(InputError):
        open_reader(io.BytesIO(content), "x.wav", len(content))


def parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def frame(count: int = 500, rate: int = 50) -> pl.DataFrame:
    values = np.random.default_rng(1).normal(0, 1, (count, 3)).astype(np.float32)
    start = datetime(2024, 3, 4, 9, tzinfo=UTC)
    return pl.DataFrame(
        {
            "sampled_at": pl.Series(np.arange(count) * 1_000_000 // rate).cast(pl.Duration("us")) + start,
            "x_g": values[:, 0],
            "y_g": values[:, 1],
            "z_g": values[:, 2],
        }
    )


def test_parquet(read):
    table = frame()
    found = read(parquet(table), "x.parquet")
    np.testing.assert_array_equal(found.acceleration_g, table.drop("sampled_at").to_numpy())
    np.testing.assert_array_equal(found.times_us, START_S * 1_000_000 + np.arange(500) * 20_000)
    assert (found.header.clock, found.header.sampling_rate_hz) == ("utc", 50.0)


@pytest.mark.parametrize(
    ("written", "clock", "shift_s"),
    [
        ("%Y-%m-%dT%H:%M:%S%.3f", "local", 0),
        ("%Y-%m-%dT%H:%M:%S%.3fZ", "utc", 0),
        ("%Y-%m-%d %H:%M:%S%.3f+05:30", "utc", -19_800),
        ("%d.%m.%Y %H:%M:%S%.3f", "local", 0),
    ],
)
def test_times_of_a_parquet_table_that_are_text_mean_what_they_say(read, written, clock, shift_s):
    table = frame()
    naive = pl.col("sampled_at").dt.replace_time_zone(None)
    plain = read(parquet(table.with_columns(naive)), "x.parquet")
    found = read(parquet(table.with_columns(naive.dt.strftime(written))), "x.parquet")
    assert found.header.clock == clock
    np.testing.assert_array_equal(found.times_us // 1000, plain.times_us // 1000 + shift_s * 1000)


def test_a_parquet_table_of_wall_times_and_instants_is_read_as_what_it_begins_with(read):
    table = frame()
    text = pl.col("sampled_at").dt.replace_time_zone(None).dt.strftime("%Y-%m-%dT%H:%M:%S%.3f")
    mixed = table.with_columns(
        text + pl.when(pl.int_range(pl.len()) < 100).then(pl.lit("")).otherwise(pl.lit("Z"))
    )
    found = read(parquet(mixed), "x.parquet")
    assert (found.header.clock, len(found.times_us)) == ("local", 100)
    assert "rejected_rows" in found.causes()


def test_parquet_rows_without_values_are_counted(read):
    table = frame().with_columns(
        pl.when(pl.int_range(pl.len()).is_between(100, 119)).then(None).otherwise("y_g").alias("y_g")
    )
    found = read(parquet(table), "x.parquet")
    assert len(found.times_us) == 480
    assert [(fault.cause, fault.sample_count) for fault in found.faults] == [
        ("gap", 20),
        ("rejected_rows", 20),
    ]


def test_parquet_with_declared_columns():
    content = parquet(
        frame().select(
            ms=pl.col("sampled_at").dt.epoch("ms"),
            a=pl.col("x_g") * 9.80665,
            b=pl.col("y_g") * 9.80665,
            c=pl.col("z_g") * 9.80665,
        )
    )
    columns = ColumnMap(x="a", y="b", z="c", unit="m/s2", time="ms", time_format="epoch_ms")
    reader = open_reader(io.BytesIO(content), "x.parquet", len(content), columns=columns)
    chunks = list(reader.chunks())
    np.testing.assert_allclose(
        np.concatenate([chunk.acceleration_g for chunk in chunks]),
        frame().drop("sampled_at").to_numpy(),
        atol=1e-6,
    )
    with pytest.raises(InputError) as error:
        open_reader(io.BytesIO(content), "x.parquet", len(content))
    assert error.value.reason_code == "undeclared_columns"


@pytest.mark.parametrize("cut", [8, 500, -4])
def test_a_cut_parquet_is_refused(cut):
    content = parquet(frame())[:cut]
    with pytest.raises(InputError) as error:
        open_reader(io.BytesIO(content), "x.parquet", len(content))
    assert error.value.reason_code == "no_readable_block"
