"""What an outsider gets back of releases, and what a release takes: ``legjumps benchmark release [COHORTS [PEOPLE]]``.

COHORTS (20) simulated cohorts of 40 to 200 persons go through the real SQL and the gate. Of each are attacked, with a
solver that knows the rules: a release by itself (margins, identities, samples of models), and together with a second one
after twelve persons have left. Then every release that differs from the first by one person is held against it: all
cells that both have must be those of the first, so that the pair tells no more than one; three of them are made whole and
attacked. Told is the narrowest interval of a withheld sum, as a share of its largest contributor (1.00: none is narrower than
that), which is to be at least 10 %.

PEOPLE (10,000) persons of 7 nights are released last, in a process of their own; 0 leaves that out.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from benchmarks.warehouse import NIGHTS, PART, write_allowances, write_part
from flows.release.export import export_release
from flows.release.gate import Ready, make_ready
from flows.release.history import Released, record
from flows.release.tables import limits_of
from flows.store.layout import core_table
from flows.store.secret import store_secret
from flows.warehouse.build import build_warehouse
from flows.warehouse.published import publish, warehouse_path
from transforms.disclosure.audit import Told, audit
from transforms.disclosure.contributors import CELL, MEASURES
from transforms.disclosure.history import kept_cells
from transforms.parameters import DEFAULT
from transforms.parameters.cohort_simulation import PLAIN_COHORT
from transforms.simulation.cohort import simulate_cohort

LEAVERS = 12
MADE_WHOLE = 3
QUICK = replace(
    DEFAULT,
    cohort=replace(
        DEFAULT.cohort,
        association=replace(DEFAULT.cohort.association, imputation_count=2, permutation_count=49),
    ),
)
"""Models of fewer draws: what is told of their samples does not hang on them."""
OF_NIGHTS = ("analysis_night", "night_group", "night_hour", "passage", "night", "recording", "imi_histogram")
OF_MODELS = ("association", "dose_response", "dose_curve")


def main() -> None:
    """Print a line for each cohort, then the figures of the large release."""
    if sys.argv[1:2] == ["large"]:
        large(Path(sys.argv[2]))
        return
    if sys.argv[1:2] == ["make"]:
        make(Path(sys.argv[2]), int(sys.argv[3]))
        return
    cohorts = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    people = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    print(
        f"{'persons':>8}{'cells':>7}{'withheld':>9}{'attacked':>9}{'narrowest':>10}{'two releases':>13}{'pairs':>7}{'pairs that differ':>18}{'exposed':>8}{'ACRO':>6}"
    )
    for number, count in enumerate(np.linspace(40, 200, cohorts).astype(int)):
        with tempfile.TemporaryDirectory() as scratch:
            one_cohort(Path(scratch), int(count), number)
    if people:
        with tempfile.TemporaryDirectory() as scratch:
            # in a process of its own: memory of simulation and build is no memory of the release
            subprocess.run([sys.executable, __file__, "make", scratch, str(people)], check=True)
            done = subprocess.run(
                [sys.executable, __file__, "large", scratch], check=True, stdout=subprocess.PIPE, text=True
            )
            figures = json.loads(done.stdout.splitlines()[-1])
            print(f"{people:,} persons x {NIGHTS} nights: released in {figures['seconds']:.1f} s "
                  f"({figures['cpu_s']:.1f} s of processor), {figures['peak_mb']:,.0f} MB at most")  # fmt: skip


def make(store: Path, people: int) -> None:
    """Simulate a large cohort in parts, build its warehouse and publish it."""
    for first in range(0, people, PART):
        write_part(store, PLAIN_COHORT, first, people)
    write_allowances(store)
    built = build_warehouse(store, DEFAULT, code_version="benchmark", secret=store_secret(store))
    publish(built, store, kept_count=0)


def large(store: Path) -> None:
    """Release a store and print what it took as JSON."""
    started = time.perf_counter()
    export_release(store, study_id="benchmark", parameters=DEFAULT)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    figures = {
        "seconds": time.perf_counter() - started,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss / 1000,
    }
    print(json.dumps(figures))


def one_cohort(store: Path, count: int, seed: int) -> None:
    """Simulate, release, attack; print the line."""
    simulated = simulate_cohort(
        replace(PLAIN_COHORT, one_leg_frac=0.3), participant_count=count, night_count=NIGHTS, seed=900 + seed
    )
    write_allowances(store)
    for name, frame in simulated.items():
        core_table(store, name).parent.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(core_table(store, name))
    built = build_warehouse(store, QUICK, code_version="benchmark", secret=store_secret(store))
    publish(built, store, kept_count=0)
    with closing(opened(store)) as connection:
        leave_out(connection, [])
        first = make_ready(connection, store, DEFAULT)
        attacked, narrowest, exposed = attack([first.told])
        put_on_record(store, "first", first)
        people = [
            name for (name,) in connection.sql("select distinct participant_id from analysis_night order by 1").fetchall()
        ]  # fmt: skip
        differing = sum(differs(connection, store, first, [name]) for name in people)
        for name in people[:: max(len(people) // MADE_WHOLE, 1)][:MADE_WHOLE]:
            leave_out(connection, [name])
            pair = make_ready(connection, store, DEFAULT)
            exposed += len(pair.exposed)
            differing += not same_numbers(first, pair)
        leave_out(connection, people[:LEAVERS])
        second = make_ready(connection, store, DEFAULT)
        _, narrowest_of_two, exposed_of_two = attack([first.told, second.told])
    print(
        f"{count:>8}{first.summary.height:>7}{int(first.summary['is_suppressed'].sum()):>9}{attacked:>9}{narrowest:>10.2f}"
        f"{narrowest_of_two:>13.2f}{len(people):>7}{differing:>18}{exposed + exposed_of_two:>8}{acro_findings(first):>6}",
        flush=True,
    )


def opened(store: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection with a view for each table of the warehouse."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(f"attach '{warehouse_path(store)}' as published (read_only)")
    tables = connection.sql(
        "select table_name from duckdb_tables() where database_name = 'published'"
    ).fetchall()
    for (name,) in tables:
        connection.execute(f"create view {name} as from published.{name}")
    return connection


def leave_out(connection: duckdb.DuckDBPyConnection, people: list[str]) -> None:
    """Let the nights of some persons never have been; models are not fitted anew, and are left out with them."""
    names = ", ".join(f"'{name}'" for name in people) or "''"
    for table in OF_NIGHTS:
        connection.execute(
            f"create or replace view {table} as from published.{table} where participant_id not in ({names})"
        )
    for table in OF_MODELS:
        connection.execute(f"create or replace view {table} as from published.{table} where {not people}")


def differs(connection: duckdb.DuckDBPyConnection, store: Path, first: Ready, people: list[str]) -> bool:
    """Tell whether a release without some persons would have a cell that is not the first one's."""
    from transforms.disclosure.noise import record_keys

    gone = [int(key) for key in record_keys(people, store_secret(store))]
    now = first.contributions.filter(~first.contributions["person_key"].is_in(gone))
    kept = kept_cells(now, first.contributions, DEFAULT.release)
    return kept.height != now.select(CELL).unique().height


def same_numbers(first: Ready, pair: Ready) -> bool:
    """Tell whether every cell, table and figure of a later release is as in the first."""
    names = first.summary.columns
    told = {**first.tables, **first.figures}
    again = {**pair.tables, **pair.figures}
    return pair.summary.join(first.summary, on=names, how="anti", nulls_equal=True).is_empty() and all(
        again[name].equals(frame) for name, frame in told.items()
    )


def acro_findings(ready: Ready) -> int:
    """Count the told sums that ACRO would refuse: its threshold, NK and p-percent rules, written from its paper."""
    refused = 0
    for grouping, level, measure in (
        ready.told.cells.drop_nulls("noisy")
        .filter(pl.col("measure").is_in(MEASURES))
        .select(*CELL, "measure")
        .iter_rows()
    ):
        own = ready.contributions.filter(grouping_name=grouping, level=level)[measure].cast(pl.Float64)
        values = np.sort(own.drop_nulls().to_numpy())[::-1]
        values = values[values > 0]
        two = values[:2].sum()
        refused += bool(values.size < 10 or two > 0.9 * values.sum() or values.sum() - two < 0.1 * values[0])
    return refused


def put_on_record(store: Path, name: str, ready: Ready) -> None:
    """Let a release have left."""
    record(
        store,
        Released(
            name,
            ready.told,
            ready.contributions,
            ready.summary,
            {**ready.tables, **ready.survey},
            limits_of(DEFAULT.release),
            ready.figures,
        ),
    )


def attack(releases: list[Told]) -> tuple[int, float, int]:
    """Return how many withheld sums were attacked, the narrowest interval found, and how many are too narrow."""
    # wider than what the largest brings is wide enough: the search ends there
    found, attacked = audit(releases, replace(DEFAULT.release, least_interval_frac=1.0))
    shares = [(one.high - one.low) / one.largest for one in found]
    too_narrow = sum(share < DEFAULT.release.least_interval_frac for share in shares)
    return attacked, min(shares, default=1.0), too_narrow


if __name__ == "__main__":
    main()
