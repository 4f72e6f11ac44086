"""Device files in archives and gzip, several in one, and the tables of phones and Bluetooth sensors."""

import gzip
import io
import zipfile

import numpy as np
import pytest

from transforms.errors import InputError
from transforms.readers import open_reader, pieces_of_recording, recordings_in


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def ax3(cwa):
    blocks, counts = cwa.packed_blocks(30)
    return cwa.header() + b"".join(blocks), counts


@pytest.mark.parametrize("pack", [gzip.compress, lambda content: zipped({"deep/er/x.CWA": content})])
def test_a_packed_device_file_is_the_device_file(ax3, read, pack):
    content, counts = ax3
    plain, found = read(content, "x.cwa"), read(pack(content), "x.cwa.gz")
    np.testing.assert_array_equal(found.counts, counts)
    np.testing.assert_array_equal(found.times_us, plain.times_us)
    assert (found.header, found.faults) == (plain.header, plain.faults)


@pytest.mark.parametrize("cut", [0.5, 0.9, 0.999])
def test_a_cut_gzip_gives_what_is_there_and_is_told(ax3, read, cut):
    content, counts = ax3
    packed = gzip.compress(content)
    found = read(packed[: int(len(packed) * cut)], "x.cwa.gz")
    np.testing.assert_array_equal(found.counts, counts[: len(found.counts)])
    assert "truncated" in found.causes()


def test_a_cut_table_in_gzip_is_told(read):
    rows = [f"2024-03-04 22:00:{row / 50:06.3f},0.{row % 7},0.1,0.98" for row in range(2000)]
    packed = gzip.compress(("time,x (g),y (g),z (g)\n" + "\n".join(rows)).encode())
    assert "truncated" not in read(packed, "x.csv.gz").causes()
    cut = packed[: len(packed) // 2]
    assert "truncated" in read(cut, "x.csv.gz").causes()
    reader = open_reader(io.BytesIO(cut), "x.csv.gz", len(cut))
    assert "truncated" in {fault.cause for fault in reader.scan().faults}


def test_gzip_in_several_parts_with_zeros_behind_them_is_whole(ax3, read):
    content, counts = ax3
    packed = gzip.compress(content[:5000]) + b"\0" * 700 + gzip.compress(content[5000:]) + b"\0" * 700
    found = read(packed, "x.cwa.gz")
    np.testing.assert_array_equal(found.counts, counts)
    assert "truncated" not in found.causes()


def test_several_recordings_in_one_archive(ax3, cwa, gt3x):
    content, counts = ax3
    records, more = gt3x.seconds(40)
    archive = zipped(
        {
            "left_ankle.cwa": content,
            "__MACOSX/._left_ankle.cwa": b"?",
            "second/right_ankle.gt3x": gt3x.gt3x(b"".join(records)),
            "readme.txt": b"two devices",
        }
    )
    stream = io.BytesIO(archive)
    assert recordings_in(stream, len(archive)) == ["left_ankle.cwa", "second/right_ankle.gt3x"]
    with pytest.raises(InputError, match="2 recordings") as error:
        open_reader(stream, "x.zip", len(archive))
    assert error.value.reason_code == "several_recordings"
    for member, expected in (("left_ankle.cwa", counts), ("second/right_ankle.gt3x", more)):
        reader = open_reader(stream, f"x.zip/{member}", len(archive), member=member)
        np.testing.assert_array_equal(np.concatenate([chunk.counts for chunk in reader.chunks()]), expected)
    assert b"".join(pieces_of_recording(stream, len(archive), "left_ankle.cwa")) == content


def test_two_sessions_of_an_e4_in_one_archive():
    rows = "\n".join("1,2,63" for _ in range(640))
    acc = f"1709542800.0, 1709542800.0, 1709542800.0\n32.0, 32.0, 32.0\n{rows}\n".encode()
    archive = zipped({"a/ACC.csv": acc, "b/ACC.csv": acc.replace(b"1709542800", b"1709629200")})
    stream = io.BytesIO(archive)
    assert recordings_in(stream, len(archive)) == ["a/", "b/"]
    starts = [
        next(iter(open_reader(stream, f"x.zip/{name}", len(archive), member=name).chunks())).times_us[0]
        for name in ("a/", "b/")
    ]
    assert starts == [1709542800_000_000, 1709629200_000_000]


def test_one_recording_needs_no_name(ax3, gt3x):
    content, _ = ax3
    for archive in (zipped({"x.cwa": content, "notes.txt": b"?"}), gt3x.gt3x(b"".join(gt3x.seconds(5)[0]))):
        assert recordings_in(io.BytesIO(archive), len(archive)) == []
    assert recordings_in(io.BytesIO(content), len(content)) == []


def test_what_is_packed_twice_is_told(ax3):
    content = zipped({"x.cwa": gzip.compress(gzip.compress(ax3[0]))})
    with pytest.raises(InputError):
        open_reader(io.BytesIO(content), "x.zip", len(content))


def gravity(count: int = 300) -> np.ndarray:
    return np.random.default_rng(8).normal(0, 0.02, (count, 3)) + np.array([0.0, -0.6, 0.8])


def test_sensor_logger(read):
    values = gravity()
    lines = ["time,seconds_elapsed,z,y,x"]
    for index, (x, y, z) in enumerate((values * 9.80665).tolist()):
        lines.append(
            f"{1_709_542_800_000_000_000 + index * 10_000_000},{index / 100},{z:.6f},{y:.6f},{x:.6f}"
        )
    found = read("\n".join(lines).encode() + b"\n", "TotalAcceleration.csv")
    np.testing.assert_allclose(found.acceleration_g, values, atol=1e-6)
    assert found.header.clock == "utc"
    assert found.times_us[0] == 1_709_542_800_000_000
    assert found.header.sampling_rate_hz == 100


@pytest.mark.parametrize("clock", ["Chip Time()", "time"])
def test_witmotion(read, clock):
    values = gravity()
    names = f"{clock},DeviceName,AccX(g),AccY(g),AccZ(g),AsX(°/s),AsY(°/s),AsZ(°/s),Temperature(°C)"
    lines = [names]
    for index, (x, y, z) in enumerate(values.tolist()):
        stamp = f"2024-03-04 09:00:{index // 50:02d}.{index % 50 * 20:03d}"
        lines.append(f"{stamp},WT901,{x:.4f},{y:.4f},{z:.4f},1.5,-2,{index % 3},30.1")
    found = read("\n".join(lines).encode() + b"\n", "witmotion.csv")
    np.testing.assert_allclose(found.acceleration_g, values, atol=1e-4)
    rotation = np.concatenate([chunk.gyro_deg_per_s for chunk in found.chunks])
    assert rotation[:3].tolist() == [[1.5, -2.0, 0.0], [1.5, -2.0, 1.0], [1.5, -2.0, 2.0]]
    assert found.header.clock == "local"
