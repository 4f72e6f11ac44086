"""What is measured of people that no simulator of ours made easy: a row per scenario, and the worst of each figure.

``legjumps benchmark validity`` judges 30 nights of every named scenario, each night another person, on seeds that
served nothing else, and prints one table with 95 % intervals over nights. ``legjumps benchmark validity NIGHTS
[SCENARIO ...]`` takes fewer nights, or some scenarios. ``legjumps benchmark validity STUDY [STORE]`` holds the store of
a simulated study against the truth beside it, as the benchmark ``events`` does.
"""

import runpy
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from os import cpu_count
from pathlib import Path

import polars as pl

from transforms.parameters import DEFAULT
from transforms.parameters.validity import EVENT_MATCHING_2026
from transforms.simulation.scenarios import FIGURES, SCENARIOS, judge, scenario_figures, worst

REPORTING_SEED = 731_907
"""Of no test and no tuning; whoever tunes takes seeds below 1,000."""
NIGHTS = 30
EVENTS = Path(__file__).with_name("events.py")


def main(arguments: Sequence[str]) -> None:
    """Print the table; with a folder, what its store has to do with its truth."""
    if arguments and Path(arguments[0]).is_dir():
        sys.argv = [str(EVENTS), *arguments]
        runpy.run_path(str(EVENTS), run_name="__main__")
        return
    night_count = int(arguments[0]) if arguments else NIGHTS
    names = list(arguments[1:]) or list(SCENARIOS)
    unknown = sorted(set(names) - set(SCENARIOS))
    if unknown:
        raise SystemExit(f"no scenario {', '.join(unknown)}; there are {', '.join(SCENARIOS)}")
    started = time.perf_counter()
    figures = scenario_figures(judged(names, night_count), EVENT_MATCHING_2026)
    print(f"{night_count} nights of each scenario, every night another person (seed {REPORTING_SEED})\n")
    print_scenarios(names)
    print_table(figures, names)
    print(f"\n{(time.perf_counter() - started) / 60.0:.0f} min")


def judged(names: Sequence[str], night_count: int) -> pl.DataFrame:
    """Judge the nights in processes of their own; progress goes to standard error."""
    total = len(names) * night_count
    with ProcessPoolExecutor(cpu_count(), mp_context=get_context("spawn")) as pool:
        waiting = {
            pool.submit(judge, SCENARIOS[name], DEFAULT, REPORTING_SEED, index): (place, index)
            for place, name in enumerate(names)
            for index in range(night_count)
        }
        found: dict[tuple[int, int], pl.DataFrame] = {}
        for done in as_completed(waiting):
            found[waiting[done]] = done.result()
            if len(found) % 10 == 0 or len(found) == total:
                sys.stderr.write(f"\r{len(found)} of {total} nights")
    sys.stderr.write("\n")
    return pl.concat(found[place] for place in sorted(found))


def print_scenarios(names: Sequence[str]) -> None:
    """Say what each scenario is, and where its rates come from."""
    for name in names:
        print(f"{name:28s} {SCENARIOS[name].meaning} [{SCENARIOS[name].source}]")


def print_table(figures: pl.DataFrame, names: Sequence[str]) -> None:
    """Print the table: a row per scenario, value and 95 % interval in each cell, the worst of each column last."""
    bad = {row["figure"]: row for row in worst(figures).iter_rows(named=True)}
    cells = {(row["scenario"], row["figure"]): row for row in figures.iter_rows(named=True)}
    rows = [[name, *(_cell(cells[name, figure]) for figure in FIGURES)] for name in names]
    rows.append(["worst", *(_cell(bad[figure]) if figure in bad else "-" for figure in FIGURES)])
    heads = ["scenario", *FIGURES]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for row in [heads, ["-" * width for width in widths], *rows]:
        print("| " + " | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) + " |")
    print()
    for figure in FIGURES.values():
        where = bad[figure.name]["scenario"] if figure.name in bad else "none"
        print(f"{figure.name:24s} worst in {where:28s} {figure.meaning}")


def _cell(row: dict[str, float | None]) -> str:
    if row["value"] is None:
        return "-"
    places = 3 if str(row["figure"]).endswith(("_f1", "_r")) else 2 if "per_h" in str(row["figure"]) else 1
    value, low, high = (f"{row[part]:.{places}f}" for part in ("value", "value_low", "value_high"))
    return f"{value} [{low} {high}]"


if __name__ == "__main__":
    main(sys.argv[1:])
