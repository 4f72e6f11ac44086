"""A seeded small part of benchmarks/fuzz_readers.py: damaged files of every format end in one typed outcome."""

import importlib.util
import sys
from pathlib import Path

import pytest

FILE = Path(__file__).resolve().parents[3] / "benchmarks" / "fuzz_readers.py"
SPEC = importlib.util.spec_from_file_location("fuzz_readers", FILE)
fuzz = importlib.util.module_from_spec(SPEC)
sys.modules["fuzz_readers"] = fuzz
SPEC.loader.exec_module(fuzz)


@pytest.mark.parametrize("subject", fuzz.subjects(), ids=lambda subject: subject.name)
def test_damaged_files_end_in_one_typed_outcome(subject):
    tally = fuzz.run(subject, range(120))
    assert tally.breaches == []
    assert sum(tally.outcomes.values()) == 120
    # damage did not cost everything
    assert tally.outcomes["read"] > 10


def test_the_judge_sees_a_sample_that_was_not_in_the_file():
    subject = next(subject for subject in fuzz.subjects() if subject.name == "cwa")
    known = fuzz.samples_of(subject)
    reader = subject.open(subject.content)
    assert fuzz.judge(reader, known, subject, subject.content) == "read"
    sample = min(known)
    blind = fuzz.Subject(name="x", content=b"", open=subject.open, held=lambda _content: set())
    assert "not in the file" in fuzz.judge(subject.open(subject.content), known - {sample}, blind, b"")
