"""How fast device files are read, against other readers in the same run: one participant-week of each format.

``legjumps benchmark decode`` writes the files on the spot into a temporary folder (at most 0.8 GB at a time), reads each
in a process of its own, and prints seconds, samples per second, peak memory, and how many times longer actfast,
scikit-digital-health, actipy and pygt3x take, as far as they are installed (extra ``benchmark``). They only read: filters
and calibrations are off. actipy lays samples on an even grid unless told not to; both are shown.
``python benchmarks/decode.py DAYS [KIND ...]`` does the same with shorter files, or some kinds.
"""

import importlib
import importlib.util
import json
import resource
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flows.store.raw_recording import store_recording
from transforms.readers import open_reader

DAYS = 7.0
RATE_HZ = 100
TRUE_RATE_HZ = 98.9
START_S = 1_709_542_800
GRAVITY_G = np.array([0.6, 0.64, 0.48])
PARTS_PER_DAY = 24
OWN_REPEATS = 3


GENEACTIV_HEADER = """Device Identity
Device Unique Serial Code:035645
Device Type:GENEActiv
Device Model:1.1
Device Firmware Version:Ver4.08a date14Jul14
Calibration Date:2016-11-11 09:40:03:000

Device Capabilities
Accelerometer Range:-8 to 8
Accelerometer Resolution:0.0039
Accelerometer Units:g
Light Meter Range:0 to 5000
Light Meter Resolution:5
Light Meter Units:lux
Temperature Sensor Range:0 to 70
Temperature Sensor Resolution:0.1
Temperature Sensor Units:deg. C

Configuration Info
Measurement Frequency:{rate} Hz
Measurement Period:168 Hours
Start Time:2024-03-04 09:00:00:000
Time Zone:GMT +00:00

Trial Info
Study Centre:
Study Code:
Investigator ID:
Exercise Type:
Config Operator ID:
Config Time:2024-03-04 08:00:00:000
Config Notes:
Extract Operator ID:
Extract Time:2024-03-11 10:00:00:000
Extract Notes:

Subject Info
Device Location Code:
Subject Code:
Date of Birth:1900-1-1
Sex:
Height:
Weight:
Handedness Code:
Subject Notes:

Calibration Data
x gain:25292
x offset:454
y gain:25227
y offset:-591
z gain:25118
z offset:779
Volts:51
Lux:1010

Memory Status
Number of Pages:{pages}

"""
"""All of its 59 lines: other readers count them."""


def _motion(count: int, part: int, counts_per_g: float) -> NDArray[np.int64]:
    """Gravity, noise of two counts and a movement now and then, as counts (samples, 3)."""
    rng = np.random.default_rng(part)
    values = rng.normal(0, 2, (count, 3)) + GRAVITY_G * counts_per_g
    moving = np.sin(np.arange(count) / 4000 + part) > 0.98
    values[moving] += rng.normal(0, 60, (int(moving.sum()), 3))
    return np.rint(values).astype(np.int64).clip(-512, 511)


def _parts(days: float) -> Iterator[int]:
    yield from range(max(round(days * PARTS_PER_DAY), 1))


def write_cwa(path: Path, days: float) -> None:
    """Write packed blocks of an AX3 whose clock runs 1.1 % slow."""
    per_block, per_part = 120, 3600 * RATE_HZ // 120
    fields = "magic S2,length <u2,fraction <u2,session <u4,number <u4,clock <u4,light <u2,temperature <u2,events u1,"
    fields += "battery u1,rate u1,axes u1,offset <i2,count <u2,data 120<u4,checksum <u2"
    names, kinds = zip(*(field.split(" ") for field in fields.split(",")), strict=True)
    layout = np.dtype({"names": names, "formats": kinds})
    header = bytearray(1024)
    header[:5] = b"MD\xfc\x03\x17"
    header[5:7] = (12345).to_bytes(2, "little")
    header[11:13] = b"\xff\xff"
    header[17:21] = b"\xff\xff\xff\xff"
    header[36] = 0x4A
    header[42:44] = b"\xff\xff"
    with path.open("wb") as file:
        file.write(header)
        for part in _parts(days):
            number = part * per_part + np.arange(per_part)
            mark = START_S + (number * per_block + 40) / TRUE_RATE_HZ
            second = np.floor(mark).astype(np.int64)
            fraction = np.floor((mark - second) * 32768).astype(np.int64)
            day = second.astype("datetime64[s]").astype("datetime64[D]")
            month = day.astype("datetime64[M]")
            year = month.astype("datetime64[Y]")
            of_day = second % 86400
            blocks = np.zeros(per_part, layout)
            blocks["magic"], blocks["length"], blocks["session"], blocks["number"] = b"AX", 508, 7, number
            blocks["fraction"] = 0x8000 | fraction
            blocks["offset"] = 40 - ((fraction * 2 * RATE_HZ) >> 16)
            blocks["clock"] = (
                ((year.astype(int) - 30) << 26)
                | (((month - year).astype(int) + 1) << 22)
                | (((day - month).astype(int) + 1) << 17)
                | ((of_day // 3600) << 12)
                | ((of_day // 60 % 60) << 6)
                | (of_day % 60)
            )
            blocks["light"], blocks["temperature"], blocks["battery"] = 200, 260, 190
            blocks["rate"], blocks["axes"], blocks["count"] = 0x4A, 0x30, per_block
            counts = _motion(per_part * per_block, part, 256) & 0x3FF
            words = counts[:, 0] | counts[:, 1] << 10 | counts[:, 2] << 20
            blocks["data"] = words.reshape(-1, per_block)
            sums = blocks.view("<u2").reshape(per_part, 256).sum(axis=1, dtype=np.uint16)
            blocks["checksum"] = (-sums.astype(np.int32)) & 0xFFFF
            file.write(blocks.tobytes())


def write_bin(path: Path, days: float) -> None:
    """Write GENEActiv pages of 300 samples in hexadecimal digits."""
    per_part = 3600 * RATE_HZ // 300
    pages = len(list(_parts(days))) * per_part
    header = GENEACTIV_HEADER.format(rate=RATE_HZ, pages=pages).replace("\n", "\r\n")
    with path.open("wb") as file:
        file.write(header.encode())
        for part in _parts(days):
            counts = _motion(per_part * 300, part, 252) & 0xFFF
            bits = counts[:, 0] << 36 | counts[:, 1] << 24 | counts[:, 2] << 12 | 20 << 2
            digits = bits.astype(">u8").view(np.uint8).reshape(-1, 8)[:, 2:].tobytes().hex().upper()
            for page in range(per_part):
                number = part * per_part + page
                at = np.datetime64(START_S * 1000 + number * 3000, "ms").item()
                file.write(
                    f"Recorded Data\r\nDevice Unique Serial Code:035645\r\nSequence Number:{number}\r\n"
                    f"Page Time:{at:%Y-%m-%d %H:%M:%S}:{at.microsecond // 1000:03d}\r\nUnassigned:\r\nTemperature:24.7\r\n"
                    f"Battery voltage:4.1493\r\nDevice Status:Recording\r\nMeasurement Frequency:{RATE_HZ}.0\r\n"
                    f"{digits[page * 3600 : page * 3600 + 3600]}\r\n".encode()
                )


def _record(kind: int, at_s: NDArray[np.int64], payload: NDArray[np.uint8]) -> bytes:
    """Write ActiGraph records of one kind, one per second; ``payload`` has shape (records, bytes)."""
    size = payload.shape[1]
    records = np.zeros((len(at_s), size + 9), np.uint8)
    records[:, 0], records[:, 1] = 0x1E, kind
    records[:, 2:6] = at_s.astype("<u4").view(np.uint8).reshape(-1, 4)
    records[:, 6], records[:, 7] = size & 0xFF, size >> 8
    records[:, 8:-1] = payload
    records[:, -1] = ~np.bitwise_xor.reduce(records[:, :-1], axis=1)
    return records.tobytes()


def _twelve_bits(counts: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Pack seconds of samples, y before x before z, two values in three bytes."""
    values = (counts[:, [1, 0, 2]] & 0xFFF).reshape(-1, 2)
    first, second = values[:, 0], values[:, 1]
    packed = np.stack((first >> 4, (first & 15) << 4 | second >> 8, second & 0xFF), axis=1)
    return packed.astype(np.uint8).reshape(-1, RATE_HZ * 9 // 2)


def _sixteen_bits(counts: NDArray[np.int64]) -> NDArray[np.uint8]:
    return counts.astype("<i2").view(np.uint8).reshape(-1, RATE_HZ * 6)


def write_gt3x(path: Path, days: float, *, is_packed: bool = True) -> None:
    """Write seconds of samples of 12 bits (type 0, which every reader knows) or 16 bits (type 26), deflated."""
    seconds = len(list(_parts(days))) * 3600
    ticks = START_S * 10_000_000 + 621_355_968_000_000_000
    info = (
        f"Serial Number: TAS1H30182785\r\nDevice Type: Link\r\nFirmware: 1.7.2\r\nSample Rate: {RATE_HZ}\r\n"
        f"Start Date: {ticks}\r\nStop Date: 0\r\nLast Sample Time: {ticks + seconds * 10_000_000}\r\n"
        f"TimeZone: 00:00:00\r\nDownload Date: {ticks + seconds * 10_000_000}\r\nBoard Revision: 8\r\n"
        "Unexpected Resets: 0\r\nAcceleration Scale: 256.0\r\nAcceleration Min: -8.0\r\nAcceleration Max: 8.0\r\n"
    )
    # 256 as a fraction of 24 bits, 0.5, and an exponent of 8, 9: some readers take scale and rate from here alone
    settings = struct.pack("<HHIHHI", 0, 55, 9 << 24 | 1 << 22, 1, 10, RATE_HZ)
    kind, pack = (0, _twelve_bits) if is_packed else (26, _sixteen_bits)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("info.txt", info)
        with archive.open("log.bin", "w") as file:
            file.write(_record(21, np.array([START_S]), np.frombuffer(settings, np.uint8)[None, :]))
            for part in _parts(days):
                at_s = START_S + part * 3600 + np.arange(3600)
                file.write(_record(kind, at_s, pack(_motion(3600 * RATE_HZ, part, 256))))


WRITERS: dict[str, tuple[str, Callable[[Path, float], None]]] = {
    "cwa": ("cwa", write_cwa),
    "bin": ("bin", write_bin),
    "gt3x": ("gt3x", write_gt3x),
    "gt3x 16": ("gt3x", lambda path, days: write_gt3x(path, days, is_packed=False)),
}


def _read_ours(path: Path) -> int:
    with path.open("rb") as stream:
        reader = open_reader(stream, path.name, path.stat().st_size)
        count = 0
        for chunk in reader.chunks():
            count += len(chunk)
            reader.companions.clear()
        return count


def _store_ours(path: Path) -> int:
    row = store_recording(
        path,
        folder=path.parent / "raw",
        recording_id="benchmark",
        sha256="",
        file_name=path.name,
        participant_id="p",
        body_site="left_ankle",
        time_zone="UTC",
        config_time_zone=None,
        pseudonym_key=b"benchmark",
        code_version="benchmark",
    )
    return int(row["sample_count"].item())


def _read_actfast(path: Path) -> int:
    import actfast

    series = actfast.read(str(path))["timeseries"]
    return len(series.get("high_frequency", series.get("acceleration"))["datetime"])


def _read_skdh(path: Path) -> int:
    from skdh.io import ReadBin, ReadCwa

    reader = ReadCwa() if path.suffix == ".cwa" else ReadBin()
    return len(reader.predict(file=str(path))["time"])


def _read_actipy(path: Path, resample_hz: str | None = None) -> int:
    import actipy

    table, _ = actipy.read_device(
        str(path),
        lowpass_hz=None,
        calibrate_gravity=False,
        detect_nonwear=False,
        resample_hz=resample_hz,
        verbose=False,
    )
    return len(table)


def _read_actipy_evenly(path: Path) -> int:
    return _read_actipy(path, "uniform")


def _read_pygt3x(path: Path) -> int:
    from pygt3x.reader import FileReader

    with FileReader(str(path)) as reader:
        return len(reader.to_pandas())


READERS: dict[str, tuple[str, Callable[[Path], int], tuple[str, ...]]] = {
    "legjumps": ("transforms", _read_ours, tuple(WRITERS)),
    "legjumps, file to Parquet": ("transforms", _store_ours, tuple(WRITERS)),
    "actfast": ("actfast", _read_actfast, tuple(WRITERS)),
    "scikit-digital-health": ("skdh", _read_skdh, ("cwa", "bin")),
    "actipy": ("actipy", _read_actipy, tuple(WRITERS)),
    "actipy, even grid": ("actipy", _read_actipy_evenly, ("cwa",)),
    "pygt3x": ("pygt3x", _read_pygt3x, ("gt3x", "gt3x 16")),
}


def _measure(name: str, path: Path) -> None:
    """Child process: read once and print figures as JSON."""
    for module in {"skdh": ("skdh.io",), "pygt3x": ("pygt3x.reader",)}.get(
        READERS[name][0], (READERS[name][0],)
    ):
        importlib.import_module(module)  # loading a package is not reading a file
    start = time.perf_counter()
    samples = READERS[name][1](path)
    seconds = time.perf_counter() - start
    # a reader may work in a process that it starts
    children_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "samples": samples, "peak_mb": max(_own_peak_mb(), children_mb)}))


def _own_peak_mb() -> float:
    """Peak memory of this process; getrusage would count that of the process which started it too."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="ascii").splitlines() if status.exists() else []
    own = [float(line.split()[1]) for line in lines if line.startswith("VmHWM")]
    return (own[0] if own else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 1024


def measured(name: str, path: Path) -> dict[str, float] | None:
    """Run one measurement in a process of its own; None where it fails."""
    command = [sys.executable, __file__, "--measure", name, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])
    if done.returncode:
        return None
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main(days: float = DAYS, kinds_wanted: tuple[str, ...] = ()) -> None:
    """Write, read, compare and print."""
    print(
        f"{days:g} days at {RATE_HZ} Hz; seconds of wall time, best of three for ours; MB of the file, or written"
    )
    print(
        f"{'file':<8} {'reader':<28} {'MB':>7} {'s':>8} {'Msamples/s':>11} {'peak MB':>8} {'times ours':>11}"
    )
    with tempfile.TemporaryDirectory() as folder:
        for kind, (suffix, write) in WRITERS.items():
            if kinds_wanted and kind not in kinds_wanted:
                continue
            path = Path(folder) / f"week.{suffix}"
            write(path, days)
            ours: float | None = None
            for name, (module, _, kinds) in READERS.items():
                if kind not in kinds or importlib.util.find_spec(module) is None:
                    continue
                repeats = OWN_REPEATS if module == "transforms" else 1
                runs = [figures for figures in (measured(name, path) for _ in range(repeats)) if figures]
                figures = min(runs, key=lambda found: found["seconds"], default=None)
                if figures is None or not figures["samples"]:
                    print(
                        f"{kind:<8} {name:<28} {'failed' if figures is None else 'finds no sample'}",
                        flush=True,
                    )
                    continue
                ours = ours if ours is not None else figures["seconds"]
                written = path.parent / "raw" / "samples.parquet"
                shown = written if name.endswith("Parquet") else path
                print(
                    f"{kind:<8} {name:<28} {shown.stat().st_size / 1e6:>7.0f} {figures['seconds']:>8.2f} "
                    f"{figures['samples'] / figures['seconds'] / 1e6:>11.1f} {figures['peak_mb']:>8.0f} "
                    f"{figures['seconds'] / ours:>11.1f}",
                    flush=True,
                )
            path.unlink()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        _measure(sys.argv[2], Path(sys.argv[3]))
    else:
        main(float(sys.argv[1]) if len(sys.argv) > 1 else DAYS, tuple(sys.argv[2:]))
