"""What reading costs, on the files of the benchmark: memory does not grow with the file, and a scan reads little of it."""

import importlib.util
import io
import sys
from pathlib import Path

import pytest

from transforms.readers import open_reader

FILE = Path(__file__).resolve().parents[3] / "benchmarks" / "decode.py"
SPEC = importlib.util.spec_from_file_location("decode", FILE)
decode = importlib.util.module_from_spec(SPEC)
sys.modules["decode"] = decode
SPEC.loader.exec_module(decode)


@pytest.mark.parametrize("kind", ["cwa", "bin", "gt3x"])
def test_memory_is_bounded(tmp_path, kind):
    suffix, write = decode.WRITERS[kind]
    peaks_mb = []
    for days in (0.25, 0.75):
        path = tmp_path / f"{days}.{suffix}"
        write(path, days)
        figures = decode.measured("legjumps", path)  # in a process of its own, with all that it imports
        assert figures["samples"] == round(days * 24) * 3600 * decode.RATE_HZ
        peaks_mb.append(figures["peak_mb"])
    # half a day more is 60 MB of counts and times
    assert peaks_mb[1] - peaks_mb[0] < 30
    assert peaks_mb[1] < 300


class Counted(io.FileIO):
    """A file that counts the bytes that are read of it."""

    read_bytes = 0

    def readinto(self, buffer):
        count = super().readinto(buffer)
        self.read_bytes += count or 0
        return count


@pytest.mark.parametrize(
    ("kind", "most_bytes"), [("cwa", 2_700_000), ("bin", 2_500_000), ("gt3x", 1_500_000)]
)
def test_a_scan_reads_headers_and_marks_only(tmp_path, kind, most_bytes):
    suffix, write = decode.WRITERS[kind]
    path = tmp_path / f"a.{suffix}"
    write(path, 0.5)
    size_bytes = path.stat().st_size
    assert size_bytes > 5 * most_bytes
    with Counted(path) as counted:
        scan = open_reader(io.BufferedReader(counted), path.name, size_bytes).scan()
        assert counted.read_bytes < most_bytes
    assert (scan.ended_us - scan.started_us) / 3.6e9 == pytest.approx(12.0, rel=0.02)
    assert scan.faults == ()
