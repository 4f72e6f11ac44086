"""Do the intervals cover, and do null exposures stay null: ``legjumps benchmark association [COHORTS [STUDIES]]``.

First part: COHORTS (500) cohorts of counts, times what ``SIZES`` says, with known rate ratios within persons, a
person-level confounder that drives both usual caffeine and jerks, overdispersion, and missing diaries, in three sizes;
the model of the study, the same without splitting mean and deviation, and a null exposure. Second part: STUDIES (100)
cohorts of 200 participants and 14 nights at table level, through the real SQL and every declared question.

Each share is told with its exact binomial interval, because it is counted on a sample of cohorts. An interval of 95 %
holds the planted ratio in 95 of 100 studies, so several planted ratios cannot all lie in theirs as often: beside each
ratio's own share stands that of studies where all lie in their simultaneous intervals (Sidak), which is to be 95 %.
"""

import math
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
from scipy import stats

from flows.store.layout import core_table
from flows.warehouse.build import build_warehouse
from transforms.diaries.reference import dietary_reference_intake
from transforms.parameters import DEFAULT
from transforms.parameters.cohort_simulation import PLAIN_COHORT
from transforms.simulation.cohort import simulate_cohort
from transforms.statistics.association import JERKS, LAGGED, Question, answer
from transforms.statistics.design import BETWEEN, WITHIN, within_between
from transforms.statistics.gee import NotFitted
from transforms.statistics.models import CountData, fit_gee

TRUE_RATIO = 1.12
SIZES = ((200, 14, 3), (60, 14, 2), (25, 10, 6))
"""Participants, nights, and how many times COHORTS are simulated: 500 tell a share of 5 % to two points only."""

COVERAGE = (0.93, 0.97)
TYPE_ONE_MAX = 0.06
PLANTED = {
    "caffeine_mg": PLAIN_COHORT.caffeine_ratio_per_100_mg,
    "exercise_met_min": PLAIN_COHORT.exercise_ratio_per_300_met_min,
    "stress_score": PLAIN_COHORT.stress_ratio_per_point,
    "magnesium_mg": 1.0,
}
TRUE_NAMES = tuple(name for name, ratio in PLANTED.items() if ratio != 1.0)
NULL_NAMES = ("magnesium_mg", *LAGGED)
"""Exposures that do nothing: one in the family of those that do, and those of the day before."""


@dataclass(frozen=True)
class Outcome:
    """What one cohort told."""

    log_ratio: float
    is_covered: bool
    null_is_found: bool
    naive_log_ratio: float
    naive_is_covered: bool


def one_cohort(seed: int, participants: int, nights: int) -> Outcome | None:
    """Simulate and fit one cohort; None where the model has no answer, as a study would be told."""
    frame = counts_of_a_cohort(seed, participants, nights)
    row = answer(Question(JERKS, "caffeine_mg"), frame, DEFAULT.cohort)[0]
    null = answer(Question(JERKS, "magnesium_mg"), frame, DEFAULT.cohort)[0]
    association = DEFAULT.cohort.association
    sample = within_between(frame, JERKS, "caffeine_mg", 100.0, association)
    columns = {name: column for name, column in sample.data.columns.items() if name not in {WITHIN, BETWEEN}}
    pooled = {**columns, "exposure": sample.nights["caffeine_mg"].to_numpy() / 100}
    try:
        naive = fit_gee(
            CountData(sample.data.counts, sample.data.hours, sample.data.person, pooled),
            is_bias_reduced=participants < association.few_participant_count,
        )
    except NotFitted:
        return None
    if row["rate_ratio"] is None or null["rate_ratio"] is None:
        return None
    reach = stats.t.ppf(0.975, df=naive.freedom["exposure"]) * naive.standard_error["exposure"]
    return Outcome(
        log_ratio=math.log(row["rate_ratio"]),
        is_covered=row["ci_low"] <= TRUE_RATIO <= row["ci_high"],
        null_is_found=null["p_value"] < 0.05,
        naive_log_ratio=naive.estimate["exposure"],
        naive_is_covered=abs(naive.estimate["exposure"] - math.log(TRUE_RATIO)) <= reach,
    )


def counts_of_a_cohort(seed: int, participants: int, nights: int) -> pl.DataFrame:
    """Rows as ``analysis_night`` has them, straight from random numbers."""
    random = np.random.default_rng([seed, participants])
    shape = (participants, nights)
    person, day = np.indices(shape)
    usual = random.normal(size=participants)
    caffeine = np.clip(200 + 90 * usual[:, None] + 90 * random.normal(size=shape), 0, None)
    hours = random.uniform(5.5, 9, shape)
    log_rate = 1.6 + 0.4 * usual[:, None] + 0.5 * random.normal(size=participants)[:, None]
    rate = np.exp(log_rate + math.log(TRUE_RATIO) * (caffeine - 200) / 100) * random.gamma(4, 0.25, shape)
    is_missing = random.random(shape) < 0.2
    flat = {
        "participant_id": [f"P{number:05}" for number in person.ravel()],
        "night_date": [date(2026, 1, 5) + timedelta(days=int(number)) for number in day.ravel()],
        "jerk_count": random.poisson(rate * hours).ravel(),
        "analysed_h": hours.ravel(),
        "caffeine_mg": np.where(is_missing, np.nan, caffeine).ravel(),
        "magnesium_mg": random.normal(320, 80, shape).ravel(),
        "age_year": np.repeat(random.integers(20, 75, participants), nights),
        "sex": np.repeat(random.choice(["female", "male"], participants), nights),
        "is_weekend": (day.ravel() % 7) >= 5,
        "is_first_night": day.ravel() == 0,
    }
    return pl.DataFrame(flat).with_columns(
        pl.col("caffeine_mg").fill_nan(None),
        quarter=pl.lit("dec_feb"),
        movement_source=pl.lit("acceleration"),
        sleep_debt_h=pl.lit(None, dtype=pl.Float64),
        has_dopaminergic=pl.lit(None, dtype=pl.Boolean),
        has_benzodiazepine=pl.lit(None, dtype=pl.Boolean),
        has_iron_supplement=pl.lit(None, dtype=pl.Boolean),
    )


def one_study(seed: int) -> dict[str, tuple[float, float, float]]:
    """Put one cohort through the real SQL; return interval and q value of each exposure of PLANTED and NULL_NAMES."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder)
        cohort = dict(simulate_cohort(PLAIN_COHORT, participant_count=200, night_count=14, seed=seed))
        cohort["dietary_reference_intake"] = dietary_reference_intake()
        for name, frame in cohort.items():
            file = core_table(store, name)
            file.parent.mkdir(parents=True)
            frame.write_parquet(file)
        built = build_warehouse(
            store,
            DEFAULT,
            code_version="benchmark",
            secret=b"benchmark",
            memory_limit_mb=1000,
            worker_count=1,
        )
        with duckdb.connect(str(built.path), read_only=True) as connection:
            rows = connection.execute(
                "select exposure, ci_low, ci_high, q_value from association where outcome = 'jerk_count' "
                "and effect = 'within' and list_contains(?, exposure)",
                [[*PLANTED, *NULL_NAMES]],
            ).fetchall()
    return {name: (low, high, q_value) for name, low, high, q_value in rows}


def share(hits: Sequence[bool]) -> str:
    """A share in per cent with its exact binomial interval."""
    count, total = sum(hits), len(hits)
    low = stats.beta.ppf(0.025, count, total - count + 1) if count else 0.0
    high = stats.beta.ppf(0.975, count + 1, total - count) if count < total else 1.0
    return f"{100 * count / total:.1f}% ({100 * low:.1f}-{100 * high:.1f})"


def verdict(is_kept: bool) -> str:
    """Say whether a limit is kept."""
    return "holds" if is_kept else "DOES NOT HOLD"


def tell_cohorts(pool: ProcessPoolExecutor, cohort_count: int) -> None:
    """Print coverage, error and bias for each size."""
    print(f"true rate ratio {TRUE_RATIO} per 100 mg; 95 % intervals, tests at 5 %")
    for participants, nights, times in SIZES:
        started = time.perf_counter()
        seeds = range(cohort_count * times)
        arguments = [[number] * len(seeds) for number in (participants, nights)]
        answers = list(pool.map(one_cohort, seeds, *arguments, chunksize=5))
        found = [one for one in answers if one is not None]
        covered = [one.is_covered for one in found]
        is_found = [one.null_is_found for one in found]
        ratio = math.exp(np.mean([one.log_ratio for one in found]))
        naive_ratio = math.exp(np.mean([one.naive_log_ratio for one in found]))
        print(
            f"{participants} x {nights}, {len(seeds)} cohorts, {len(seeds) - len(found)} without an answer, {time.perf_counter() - started:.0f} s\n"
            f"  within persons   covered {share(covered)}: {verdict(COVERAGE[0] <= float(np.mean(covered)) <= COVERAGE[1])}; "
            f"mean ratio {ratio:.4f}\n"
            f"  null exposure    found {share(is_found)}: {verdict(float(np.mean(is_found)) <= TYPE_ONE_MAX)}\n"
            f"  naive, pooled    covered {share([one.naive_is_covered for one in found])}; mean ratio {naive_ratio:.4f}",
            flush=True,
        )


def tell_studies(pool: ProcessPoolExecutor, study_count: int) -> None:
    """Print, for studies through the SQL, which planted ratios are covered and which null ones are found."""
    started = time.perf_counter()
    studies = list(pool.map(one_study, range(study_count)))
    print(f"{study_count} studies of 200 x 14 through the SQL, {time.perf_counter() - started:.0f} s")

    def lies_in(study: dict[str, tuple[float, float, float]], name: str, widened: float = 1.0) -> bool:
        low, high, _ = study[name]
        centre, reach = (math.log(low) + math.log(high)) / 2, (math.log(high) - math.log(low)) / 2
        return abs(math.log(PLANTED[name]) - centre) <= widened * reach

    for name, planted in PLANTED.items():
        covered = [lies_in(study, name) for study in studies]
        print(f"  {name:<24} planted {planted:<5} in its interval {share(covered)}")
    each = 0.95 ** (1 / len(TRUE_NAMES))
    widened = stats.norm.ppf((1 + each) / 2) / stats.norm.ppf(0.975)
    at_once = [all(lies_in(study, name, widened) for name in TRUE_NAMES) for study in studies]
    plainly = [all(lies_in(study, name) for name in TRUE_NAMES) for study in studies]
    print(
        f"  all {len(TRUE_NAMES)} planted ratios in simultaneous intervals {share(at_once)}: "
        f"{verdict(float(np.mean(at_once)) >= 0.95)}\n"
        f"  all {len(TRUE_NAMES)} in their own 95 % intervals {share(plainly)}, of independent ones {100 * 0.95 ** len(TRUE_NAMES):.1f}%"
    )
    for name in NULL_NAMES:
        print(f"  {name:<24} null          q > 0.05 {share([study[name][2] > 0.05 for study in studies])}")
    null = [study[name][2] > 0.05 for study in studies for name in NULL_NAMES]
    print(f"  all null exposures       q > 0.05 {share(null)}: {verdict(float(np.mean(null)) >= 0.95)}")


def main() -> None:
    """Run both parts and print what came out."""
    cohort_count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    study_count = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    # one process for each core: threads of the linear algebra inside them would only wait for one another
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # statsmodels is imported once for each process, not once for each cohort
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        if cohort_count:
            tell_cohorts(pool, cohort_count)
        if study_count:
            tell_studies(pool, study_count)


if __name__ == "__main__":
    main()
