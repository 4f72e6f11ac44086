"""Do the intervals cover, and do null exposures stay null: ``legjumps benchmark association [COHORTS [STUDIES]]``.

First part: COHORTS (1,500) cohorts for each of SCENARIOS, with what makes real studies deceive: few exposed persons,
caffeine that only keeps people awake, stress that brings coffee with it, diaries that are not kept, one leg in some
nights, nights that differ, persons without any jerk. Each tells how often the interval of the study's main question
holds the planted ratio, how often a null exposure is found, how often a negative control is, and how an analysis
fares that does not know of the trouble. Second part: STUDIES (100) cohorts of 200 participants and 14 nights at table
level, through the real SQL and every declared question.

Each share is told with its exact binomial interval, because it is counted on a sample of cohorts. An interval of 95 %
holds the planted ratio in 95 of 100 studies, so several planted ratios cannot all lie in theirs as often: beside each
ratio's own share stands that of studies where all lie in their simultaneous intervals (Sidak), which is to be 95 %.
"""

import math
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

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
from transforms.simulation.cohort_nights import simulate_analysis_nights
from transforms.statistics.association import JERKS, LAGGED, SLEEP_JERKS, UNWORN, Question, answer
from transforms.statistics.design import Completions, Contrast, within_between
from transforms.statistics.gee import NotFitted
from transforms.statistics.models import coefficient, fit_gee
from transforms.statistics.multiplicity import benjamini_hochberg

COVERAGE = (0.93, 0.97)
TYPE_ONE_MAX = 0.06
CONTROLS_MIN = 0.94
PLANTED = {
    "caffeine_mg": PLAIN_COHORT.caffeine_ratio_per_100_mg,
    "exercise_met_min": PLAIN_COHORT.exercise_ratio_per_300_met_min,
    "stress_score": PLAIN_COHORT.stress_ratio_per_point,
    "magnesium_mg": 1.0,
}
TRUE_NAMES = tuple(name for name, ratio in PLANTED.items() if ratio != 1.0)
NULL_NAMES = ("magnesium_mg", *LAGGED)
"""Exposures that do nothing: one in the family of those that do, and those of the day before."""

Naive = Callable[[pl.DataFrame], "tuple[float, float] | None"]


@dataclass(frozen=True)
class Scenario:
    """A cohort with a trouble, and an analysis that does not know of it."""

    title: str
    changed: Mapping[str, float]
    naive_title: str
    naive: Naive
    participants: int = 60
    nights: int = 14
    null: str = "magnesium_mg"


def plain_interval(nights: pl.DataFrame, contrast: Contrast, **changed: int) -> tuple[float, float] | None:
    """Limits of the ratio of the main model's estimator, with the guards of the study taken away."""
    association = replace(DEFAULT.cohort.association, max_complete_case_missing_frac=1.0, **changed)
    try:
        sample = within_between(nights, contrast, association)
        few = sample.data.person_count < association.few_participant_count
        told = coefficient(
            fit_gee(sample.data, is_bias_reduced=few), "within", confidence_frac=0.95, power_frac=0.8
        )
    except NotFitted:
        return None
    return math.exp(told.low), math.exp(told.high)


def without_guard(nights: pl.DataFrame) -> tuple[float, float] | None:
    """However few persons tell."""
    return plain_interval(nights, Question(SLEEP_JERKS, "caffeine_mg").contrast(DEFAULT.cohort.association))


def in_bed(nights: pl.DataFrame) -> tuple[float, float] | None:
    """Wake and sleep in one rate."""
    return plain_interval(nights, Question(JERKS, "caffeine_mg").contrast(DEFAULT.cohort.association))


def one_by_one(nights: pl.DataFrame) -> tuple[float, float] | None:
    """Without the other exposures."""
    contrast = Question(SLEEP_JERKS, "caffeine_mg", "single").contrast(DEFAULT.cohort.association)
    return plain_interval(nights, contrast)


def filled_with_means(nights: pl.DataFrame) -> tuple[float, float] | None:
    """What is not known set to its mean, with a column that says so where it is adjusted for."""
    names = ("exercise_met_min", "stress_score", "magnesium_mg")
    filled = nights.with_columns(
        pl.col(names).fill_null(pl.col(names).mean()), stress_scale=pl.lit("rating_0_10")
    )
    return without_guard(filled)


def pooled_persons(nights: pl.DataFrame) -> tuple[float, float] | None:
    """Poisson over all nights as if each were a person of its own, mean and deviation in one."""
    known = nights.filter(pl.col("caffeine_mg").is_not_null())
    import statsmodels.api as sm

    matrix = sm.add_constant(known["caffeine_mg"].to_numpy() / 100)
    model = sm.GLM(
        known["jerk_sleep_count"].to_numpy(),
        matrix,
        family=sm.families.Poisson(),
        offset=np.log(known["analysed_sleep_h"].to_numpy()),
    ).fit()
    low, high = model.conf_int()[1]
    return math.exp(low), math.exp(high)


_NULL = {"caffeine_ratio_per_100_mg": 1.0, "missing_diary_frac": 0.0}
_WHOLE = {"missing_diary_frac": 0.0}
SCENARIOS = (
    *(
        Scenario(
            f"{number} of 40 exposed",
            {**_NULL, "exposed_frac": number / 40},
            "however few persons tell",
            without_guard,
            participants=40,
            null="caffeine_mg",
        )
        for number in (2, 4, 8, 12)
    ),
    Scenario(
        "caffeine through wake only, 8 min per 100 mg",
        {**_NULL, "caffeine_wake_min_per_100_mg": 8.0},
        "wake and sleep in one rate",
        in_bed,
        null="caffeine_mg",
    ),
    Scenario(
        "stress brings 25 mg a point, and jerks",
        {**_NULL, "stress_caffeine_mg_per_point": 25.0, "stress_ratio_per_point": 1.15},
        "exposures one by one",
        one_by_one,
        null="caffeine_mg",
    ),
    Scenario(
        "20 % of diaries missing at random",
        {"missing_diary_frac": 0.2, "stress_caffeine_mg_per_point": 25.0, "stress_ratio_per_point": 1.15},
        "means filled in",
        filled_with_means,
    ),
    Scenario(
        "20 % of diaries missing, more of them with stress",
        {
            "missing_diary_frac": 0.17,
            "missing_stress_log_odds": 0.4,
            "stress_caffeine_mg_per_point": 25.0,
            "stress_ratio_per_point": 1.15,
        },
        "means filled in",
        filled_with_means,
    ),
    Scenario(
        "one leg in half of the nights", {**_WHOLE, "one_leg_frac": 0.5}, "nights pooled", pooled_persons
    ),
    Scenario("overdispersion of 0.6", {**_WHOLE, "overdispersion": 0.6}, "nights pooled", pooled_persons),
    Scenario(
        "30 % of persons without a jerk", {**_WHOLE, "zero_person_frac": 0.3}, "nights pooled", pooled_persons
    ),
)


@dataclass(frozen=True)
class Outcome:
    """What one cohort told; None where a question had no answer."""

    ratio: float | None
    is_covered: bool | None
    null_is_found: bool | None
    controls_are_quiet: bool | None
    naive_is_covered: bool | None


def one_cohort(number: int, seed: int) -> Outcome:
    """Simulate and ask one cohort of a scenario."""
    scenario = SCENARIOS[number]
    parameters = replace(PLAIN_COHORT, **dict(scenario.changed))
    nights = simulate_analysis_nights(
        parameters,
        participant_count=scenario.participants,
        night_count=scenario.nights,
        seed=1000 * number + 100_000 * seed,
    )
    truth = parameters.caffeine_ratio_per_100_mg
    completions = Completions()

    def asked(question: Question) -> dict[str, Any]:
        return answer(question, nights, DEFAULT.cohort, completions)[0]

    main = asked(Question(SLEEP_JERKS, "caffeine_mg"))
    null = main if scenario.null == "caffeine_mg" else asked(Question(SLEEP_JERKS, scenario.null))
    controls = [
        asked(Question(SLEEP_JERKS, "lead1_caffeine_mg", "negative_control")),
        asked(Question(UNWORN, "caffeine_mg", "negative_control")),
    ]
    told = [value for value in map(finding, controls) if value is not None]
    naive = scenario.naive(nights)
    p_value = finding(null)
    return Outcome(
        ratio=main["rate_ratio"],
        is_covered=None if main["rate_ratio"] is None else main["ci_low"] <= truth <= main["ci_high"],
        null_is_found=None if p_value is None else p_value < 0.05,
        controls_are_quiet=bool((benjamini_hochberg(np.array(told)) > 0.05).all()) if told else None,
        naive_is_covered=None if naive is None else naive[0] <= truth <= naive[1],
    )


def finding(row: Mapping[str, Any]) -> float | None:
    """The p that decides: the permutation's where there is one."""
    told = [row[name] for name in ("permutation_p_value", "p_value") if row[name] is not None]
    return max(told) if told else None


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
                "select exposure, ci_low, ci_high, q_value from association where outcome = 'jerk_sleep_count' "
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


def known(values: Sequence[bool | None]) -> list[bool]:
    """The answers that there are."""
    return [value for value in values if value is not None]


def tell_cohorts(pool: ProcessPoolExecutor, cohort_count: int) -> None:
    """Print coverage, false findings, controls and the naive analysis for each scenario."""
    print(f"{cohort_count} cohorts each; 95 % intervals, tests at 5 %")
    for number, scenario in enumerate(SCENARIOS):
        started = time.perf_counter()
        found = list(pool.map(one_cohort, [number] * cohort_count, range(cohort_count), chunksize=5))
        covered = known([one.is_covered for one in found])
        is_found = known([one.null_is_found for one in found])
        quiet = known([one.controls_are_quiet for one in found])
        naive = known([one.naive_is_covered for one in found])
        ratios = [one.ratio for one in found if one.ratio is not None]
        truth = scenario.changed.get("caffeine_ratio_per_100_mg", PLAIN_COHORT.caffeine_ratio_per_100_mg)
        print(
            f"{scenario.title}, {scenario.participants} x {scenario.nights}, {time.perf_counter() - started:.0f} s"
        )
        if covered:
            print(
                f"  within persons     covered {share(covered)}: "
                f"{verdict(COVERAGE[0] <= float(np.mean(covered)) <= COVERAGE[1])}; "
                f"planted {truth:g}, mean ratio {math.exp(np.mean(np.log(ratios))):.4f}; "
                f"{cohort_count - len(covered)} without an answer"
            )
        else:
            print("  within persons     no answer in any cohort: too few persons tell, and it is said")
        if is_found:
            print(
                f"  null exposure      found {share(is_found)}: "
                f"{verdict(float(np.mean(is_found)) <= TYPE_ONE_MAX)} (p of {len(is_found)})"
            )
        if quiet:
            print(
                f"  negative controls  q > 0.05 {share(quiet)}: {verdict(float(np.mean(quiet)) >= CONTROLS_MIN)}"
            )
        print(f"  {scenario.naive_title}: covered {share(naive)}", flush=True)


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
    cohort_count = int(sys.argv[1]) if len(sys.argv) > 1 else 1500
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
