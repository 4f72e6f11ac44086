"""From nights to the columns of a model: who enters, mean and deviation of an exposure, declared confounders."""

import hashlib
from dataclasses import dataclass

import numpy as np
import polars as pl

from transforms.intervals import Floats
from transforms.parameters.association import AssociationParameters
from transforms.statistics.gee import NotFitted
from transforms.statistics.models import CountData

WITHIN = "within"
BETWEEN = "between"
KEYS = ("participant_id", "night_date")
QUARTERS = ("dec_feb", "mar_may", "jun_aug", "sep_nov")
CONFOUNDERS: dict[str, pl.Expr] = {
    "age_year": pl.col("age_year"),
    "is_male": pl.col("sex") == "male",
    "is_other_sex": pl.col("sex") == "other",
    "is_weekend": pl.col("is_weekend"),
    **{f"is_{quarter}": pl.col("quarter") == quarter for quarter in QUARTERS[1:]},
    "is_first_night": pl.col("is_first_night"),
    "is_electromyogram": pl.col("movement_source") == "electromyogram",
    "sleep_debt_h": pl.col("sleep_debt_h"),
    "has_dopaminergic": pl.col("has_dopaminergic"),
    "has_benzodiazepine": pl.col("has_benzodiazepine"),
    "has_iron_supplement": pl.col("has_iron_supplement"),
}
"""Declared before any data are seen: age, sex, weekend, season, first night, sleep debt, medication.

And what movements were seen in, where a study has both: a muscle and an ankle count on different scales.
"""


@dataclass(frozen=True)
class Outcome:
    """What is counted, and in which hours."""

    count: str
    hours: str


@dataclass(frozen=True)
class Sample:
    """The nights that enter a model, sorted by person and night, with outcome, hours and exposure known."""

    nights: pl.DataFrame
    outcome: Outcome
    exposure: str
    data: CountData
    is_part: bool = False
    """Whether more persons could have entered than are fitted."""

    def told(self, method: str) -> str:
        """Return the method's name, and that it saw a sample of the persons where it did."""
        return f"{method}; a fixed sample of {self.data.person_count} persons" if self.is_part else method

    @property
    def event_count(self) -> int:
        """Events in these nights."""
        return int(self.data.counts.sum())

    @property
    def analysed_h(self) -> float:
        """Hours in these nights."""
        return float(self.data.hours.sum())


def select_nights(
    nights: pl.DataFrame, outcome: Outcome, exposure: str, parameters: AssociationParameters
) -> pl.DataFrame:
    """Return the nights of ``analysis_night`` that can tell about this outcome and exposure, sorted by KEYS.

    1. Outcome, hours and exposure are known; nothing is filled in.
    2. A stress score is compared on one scale only, the one of most nights.
    3. Persons with fewer than ``min_night_count`` such nights leave: their mean is no mean.
    """
    known = nights.filter(
        pl.col(outcome.count).is_not_null(),
        pl.col(outcome.hours) > 0,
        pl.col(exposure).is_not_null(),
    )
    if exposure.endswith("stress_score") and known.height:
        scale = (
            known.group_by("stress_scale").len().sort(pl.col("len"), "stress_scale", descending=[True, False])
        )
        known = known.filter(pl.col("stress_scale") == scale.item(0, "stress_scale"))
    return known.filter(pl.len().over("participant_id") >= parameters.min_night_count).sort(*KEYS)


def sample_persons(nights: pl.DataFrame, count: int) -> pl.DataFrame:
    """Keep the nights of ``count`` persons where there are more: always the same, chosen by a hash of their names."""
    persons = nights["participant_id"].unique()
    if len(persons) <= count:
        return nights
    in_order = sorted(persons, key=lambda name: hashlib.blake2b(name.encode()).digest())
    return nights.filter(pl.col("participant_id").is_in(in_order[:count]))


def within_between(
    nights: pl.DataFrame,
    outcome: Outcome,
    exposure: str,
    per_unit: float,
    parameters: AssociationParameters,
    *,
    beside: str | None = None,
    has_confounders: bool = True,
    takes_all: bool = False,
) -> Sample:
    """Make the columns of the hybrid model: the person's mean, the night's deviation from it, confounders.

    Columns are ``intercept``, WITHIN, BETWEEN, and those of CONFOUNDERS (without the exposure itself) that vary in the
    sample and are not combinations of others. A confounder that is unknown in some nights is set to its mean there
    and gets an indicator column of being unknown, so that no night is lost to it; exposures are never filled in.

    Of more than ``max_participant_count`` persons a fixed sample enters, unless ``takes_all``.

    Raises NotFitted where too few persons remain, or nothing varies within them.

    Source: Neuhaus and Kalbfleisch 1998, doi:10.2307/3109770; Bell 2019, doi:10.1007/s11135-018-0802-x.
    """
    if beside is not None:
        nights = nights.filter(pl.col(beside).is_not_null())
    selected = select_nights(nights, outcome, exposure, parameters)
    known = selected if takes_all else sample_persons(selected, parameters.max_participant_count)
    person_count = known["participant_id"].n_unique()
    if person_count < parameters.min_participant_count:
        raise NotFitted(
            f"{person_count} persons with {parameters.min_night_count} nights and more; "
            f"{parameters.min_participant_count} are needed"
        )
    value = known[exposure].cast(pl.Float64).to_numpy() / per_unit
    person = known["participant_id"].rle_id().cast(pl.Int64).to_numpy()
    mean = (np.bincount(person, value) / np.bincount(person))[person]
    if np.ptp(value - mean) < 1e-9:
        raise NotFitted("the exposure does not vary within any person")
    columns: dict[str, Floats] = {
        "intercept": np.ones(len(value)),
        WITHIN: value - mean,
        BETWEEN: mean - mean.mean(),
    }
    if beside is not None:
        other = known[beside].cast(pl.Float64).to_numpy() / per_unit
        columns[f"within {beside}"] = other - (np.bincount(person, other) / np.bincount(person))[person]
    if has_confounders:
        columns |= {name: column for name, column in _confounders(known).items() if name != exposure}
    counts = known[outcome.count].cast(pl.Float64).to_numpy()
    if counts.sum() == 0:
        raise NotFitted("no event in any night")
    hours = known[outcome.hours].cast(pl.Float64).to_numpy()
    data = CountData(counts, hours, person, independent(columns))
    return Sample(known, outcome, exposure, data, is_part=known.height < selected.height)


def _confounders(nights: pl.DataFrame) -> dict[str, Floats]:
    columns: dict[str, Floats] = {}
    for name, expression in CONFOUNDERS.items():
        values = nights.select(expression.cast(pl.Float64)).to_series()
        if values.null_count() == len(values):
            continue
        filled = values.fill_null(values.mean()).to_numpy()
        spread = filled.std()
        # standardised: the fit does not depend on it, its arithmetic does
        columns[name] = (filled - filled.mean()) / spread if spread > 0 else filled
        if values.null_count():
            columns[f"{name}_unknown"] = values.is_null().cast(pl.Float64).to_numpy()
    return columns


def independent(columns: dict[str, Floats], tolerance: float = 1e-6) -> dict[str, Floats]:
    """Keep, in order, each column that is not a combination of those before it."""
    kept: dict[str, Floats] = {}
    basis: list[Floats] = []
    for name, column in columns.items():
        length = np.linalg.norm(column)
        rest = column.astype(np.float64)
        for _ in range(2):  # twice is enough for the rounding of the first time
            for direction in basis:
                rest = rest - direction * (direction @ rest)
        if length > 0 and np.linalg.norm(rest) > tolerance * length:
            kept[name] = column
            basis.append(rest / np.linalg.norm(rest))
    return kept


def varying_within(data: CountData) -> CountData:
    """Return ``data`` with those columns only that vary within persons, independent of each other once centred."""
    centred = {}
    sizes = np.bincount(data.person)
    for name, column in data.columns.items():
        deviation = column - (np.bincount(data.person, column) / sizes)[data.person]
        if np.linalg.norm(deviation) > 1e-9 * max(float(np.linalg.norm(column)), 1.0):
            centred[name] = deviation
    names = independent(centred)
    return CountData(data.counts, data.hours, data.person, {name: data.columns[name] for name in names})
