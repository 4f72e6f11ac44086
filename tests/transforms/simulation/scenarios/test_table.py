"""The benchmark's one table: a row per scenario, the worst last, and a name that is none is told."""

import runpy
from pathlib import Path

import polars as pl
import pytest

from transforms.parameters.validity import EVENT_MATCHING_2026
from transforms.simulation.scenarios import FIGURES, JUDGED, SCENARIOS, scenario_figures

BENCHMARK = Path(__file__).resolve().parents[4] / "benchmarks" / "validity.py"
COUNTS = {name: 5 for name in JUDGED.names() if name.endswith("_count")}


@pytest.fixture(scope="module")
def benchmark():
    return runpy.run_path(str(BENCHMARK))


def test_one_table_with_a_row_per_scenario_and_the_worst_last(benchmark, capsys):
    names = ["clean", "ordinary"]
    rows = [
        COUNTS
        | {
            "scenario": name,
            "night_index": index,
            "in_bed_h": 8.0,
            "is_sleep_known": True,
            "onset_error_min": error,
        }
        for name, error in zip(names, (2.0, -40.0), strict=True)
        for index in range(3)
    ]
    figures = scenario_figures(pl.DataFrame(rows, schema=JUDGED), EVENT_MATCHING_2026)
    benchmark["print_table"](figures, names)
    lines = capsys.readouterr().out.splitlines()
    table = [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines if line.startswith("|")]
    assert table[0] == ["scenario", *FIGURES]
    assert [row[0] for row in table[2:]] == ["clean", "ordinary", "worst"]
    onset = table[0].index("onset_min")
    assert [row[onset] for row in table[2:]] == ["2.0 [2.0 2.0]", "40.0 [40.0 40.0]", "40.0 [40.0 40.0]"]
    assert any(line.startswith("onset_min") and "worst in ordinary" in line for line in lines)


def test_a_scenario_that_is_none_is_told_with_those_that_are(benchmark):
    with pytest.raises(SystemExit, match="no scenario dreaming; there are clean"):
        benchmark["main"](["3", "dreaming"])


def test_nobody_tunes_on_the_seed_that_is_reported(benchmark):
    assert benchmark["REPORTING_SEED"] >= 1000
    assert benchmark["NIGHTS"] == 30
    assert len(SCENARIOS) >= 40
