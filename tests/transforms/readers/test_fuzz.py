"""A seeded small part of benchmarks/fuzz_readers.py: damaged files of every format end in one typed outcome."""

import importlib.util
import sys
from dataclasses import replace
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


CHECKED = [subject for subject in fuzz.subjects() if subject.held is not None]


def test_samples_are_looked_for_in_every_format_but_parquet():
    assert {subject.name for subject in fuzz.subjects()} - {subject.name for subject in CHECKED} == {
        "parquet"
    }


@pytest.mark.parametrize("subject", CHECKED, ids=lambda subject: subject.name)
def test_the_judge_sees_a_sample_that_was_not_in_the_file(subject):
    def judged(known, held):
        checked = replace(subject, held=held)
        return fuzz.judge(subject.open(subject.wrap(subject.content)), known, checked, subject.content)

    known = fuzz.samples_of(subject)
    assert judged(known, lambda _content: set()) == "read"
    one = min(known)
    assert "not in the file" in judged(known - {one}, lambda _content: set())
    assert judged(known - {one}, lambda _content: {one}) == "read"


@pytest.mark.parametrize(
    "subject", [subject for subject in CHECKED if subject.name != "matrix"], ids=lambda subject: subject.name
)
def test_the_slow_decoder_finds_every_sample_of_a_whole_file(subject):
    held = subject.held(subject.content)
    samples = fuzz.samples_of(subject)
    assert samples
    assert all(sample in held for sample in samples)
