"""Do the intervals cover, and do null exposures stay null: ``legjumps benchmark association [COHORTS [STUDIES]]``.

First part: COHORTS (500) cohorts of counts with known rate ratios within persons, a person-level confounder that
drives both usual caffeine and jerks, overdispersion, and missing diaries, in three sizes; the model of the study, the
same without splitting mean and deviation, and a null exposure. Second part: STUDIES (20) cohorts of 200 participants
and 14 nights at table level, through the real SQL and every declared question.
"""

import math
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
from scipy import stats

from flows.layout import core_table
from flows.warehouse import build_warehouse
from transforms.diaries.reference import dietary_reference_intake
from transforms.parameters import DEFAULT
from transforms.parameters.cohort_simulation import PLAIN_COHORT
from transforms.simulation.cohort import simulate_cohort
from transforms.statistics.association import JERKS, PRIMARY, Question, answer
from transforms.statistics.design import BETWEEN, WITHIN, within_between
from transforms.statistics.models import CountData, fit_gee

TRUE_RATIO = 1.12
SIZES = ((200, 14), (60, 14), (25, 10))
PLANTED = {
    "caffeine_mg": PLAIN_COHORT.caffeine_ratio_per_100_mg,
    "exercise_met_min": PLAIN_COHORT.exercise_ratio_per_300_met_min,
    "stress_score": PLAIN_COHORT.stress_ratio_per_point,
    "magnesium_mg": 1.0,
}


@dataclass(frozen=True)
class Outcome:
    """What one cohort told."""

    log_ratio: float
    is_covered: bool
    null_is_found: bool
    naive_log_ratio: float
    naive_is_covered: bool


def one_cohort(seed: int, participants: int, nights: int) -> Outcome:
    """Simulate and fit one cohort."""
    frame = counts_of_a_cohort(seed, participants, nights)
    row = answer(Question(JERKS, "caffeine_mg"), frame, DEFAULT.cohort)[0]
    null = answer(Question(JERKS, "magnesium_mg"), frame, DEFAULT.cohort)[0]
    association = DEFAULT.cohort.association
    sample = within_between(frame, JERKS, "caffeine_mg", 100.0, association)
    columns = {name: column for name, column in sample.data.columns.items() if name not in {WITHIN, BETWEEN}}
    pooled = {**columns, "exposure": sample.nights["caffeine_mg"].to_numpy() / 100}
    naive = fit_gee(
        CountData(sample.data.counts, sample.data.hours, sample.data.person, pooled),
        is_bias_reduced=participants < association.few_participant_count,
    )
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


def one_study(seed: int) -> dict[str, tuple[bool, float]]:
    """Put one cohort through the real SQL; tell for each primary exposure whether it is covered, and its q value."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder)
        cohort = dict(simulate_cohort(PLAIN_COHORT, participant_count=200, night_count=14, seed=seed))
        cohort["dietary_reference_intake"] = dietary_reference_intake()
        for name, frame in cohort.items():
            file = core_table(store, name)
            file.parent.mkdir(parents=True)
            frame.write_parquet(file)
        built = build_warehouse(
            store, DEFAULT, code_version="benchmark", memory_limit_mb=1000, worker_count=1
        )
        with duckdb.connect(str(built.path), read_only=True) as connection:
            rows = connection.sql(
                f"select exposure, ci_low, ci_high, q_value from association where outcome = 'jerk_count' "
                f"and effect = 'within' and exposure in {PRIMARY}"
            ).fetchall()
    return {name: (low <= PLANTED[name] <= high, q_value) for name, low, high, q_value in rows}


def main() -> None:
    """Run both parts and print what came out."""
    cohort_count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    study_count = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    # statsmodels is imported once for each process, not once for each cohort
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        print(f"{cohort_count} cohorts, true rate ratio {TRUE_RATIO} per 100 mg")
        print(
            f"{'persons x nights':<18}{'coverage':>9}{'mean ratio':>12}{'type I':>8}{'naive cover':>13}{'naive ratio':>13}{'s':>8}"
        )
        for participants, nights in SIZES:
            started = time.perf_counter()
            seeds = range(cohort_count)
            found = list(
                pool.map(
                    one_cohort, seeds, [participants] * cohort_count, [nights] * cohort_count, chunksize=5
                )
            )
            print(
                f"{f'{participants} x {nights}':<18}"
                f"{100 * np.mean([one.is_covered for one in found]):>8.1f}%"
                f"{math.exp(np.mean([one.log_ratio for one in found])):>12.4f}"
                f"{100 * np.mean([one.null_is_found for one in found]):>7.1f}%"
                f"{100 * np.mean([one.naive_is_covered for one in found]):>12.1f}%"
                f"{math.exp(np.mean([one.naive_log_ratio for one in found])):>13.4f}"
                f"{time.perf_counter() - started:>8.0f}",
                flush=True,
            )
        print(f"{study_count} studies of 200 x 14 through the SQL")
        started = time.perf_counter()
        studies = list(pool.map(one_study, range(study_count)))
        for name in PRIMARY:
            covered = np.mean([study[name][0] for study in studies])
            null = np.mean([study[name][1] > 0.05 for study in studies])
            print(
                f"  {name:<20} planted {PLANTED[name]:<6} in its interval {100 * covered:5.1f}%   q > 0.05 {100 * null:5.1f}%"
            )
        print(f"  {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
