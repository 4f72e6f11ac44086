"""Memory while reading does not grow with the file: a quarter of a day and a whole one of the files of the benchmark."""

import importlib.util
import sys
from pathlib import Path

import pytest

FILE = Path(__file__).resolve().parents[3] / "benchmarks" / "decode.py"
SPEC = importlib.util.spec_from_file_location("decode", FILE)
decode = importlib.util.module_from_spec(SPEC)
sys.modules["decode"] = decode
SPEC.loader.exec_module(decode)


@pytest.mark.parametrize("kind", ["cwa", "bin", "gt3x"])
def test_memory_is_bounded(tmp_path, kind):
    suffix, write = decode.WRITERS[kind]
    peaks_mb = []
    for days in (0.25, 1.0):
        path = tmp_path / f"{days}.{suffix}"
        write(path, days)
        figures = decode.measured("legjumps", path)  # in a process of its own, with all that it imports
        assert figures["samples"] == round(days * 24) * 3600 * decode.RATE_HZ
        peaks_mb.append(figures["peak_mb"])
    # three quarters of a day more are 90 MB of counts and times
    assert peaks_mb[1] - peaks_mb[0] < 45
    assert peaks_mb[1] < 300
