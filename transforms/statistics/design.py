"""From nights to the columns of a model: who enters, mean and deviation of an exposure, what is adjusted for."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.intervals import Floats
from transforms.parameters.association import AssociationParameters
from transforms.schema import CONFOUNDER
from transforms.statistics.causal_graph import adjustment_set
from transforms.statistics.gee import NotFitted
from transforms.statistics.imputation import Columns, impute
from transforms.statistics.models import CountData, Fit
from transforms.statistics.persons import first_rows, person_means

WITHIN = "within"
BETWEEN = "between"
KEYS = ("participant_id", "night_date")
QUARTERS = ("dec_feb", "mar_may", "jun_aug", "sep_nov")


@dataclass(frozen=True)
class Covariate:
    """One column that a model may adjust for, and the concept of the causal graph that it measures."""

    concept: str
    value: pl.Expr
    reads: tuple[str, ...]
    is_of_person: bool = False
    is_split: bool = False
    """Whether the person's mean and the night's deviation from it each have a coefficient of their own."""


def _plain(concept: str, name: str, *, is_of_person: bool = False, is_split: bool = False) -> Covariate:
    return Covariate(concept, pl.col(name), (name,), is_of_person, is_split)


def _stress_on_one_scale() -> pl.Expr:
    # a score belongs to its scale; those on another than the usual one are unknown here
    usual = pl.col("stress_scale").drop_nulls().mode().sort().first()
    return pl.when(pl.col("stress_scale") == usual).then(pl.col("stress_score"))


def _of_a_sensor(value: pl.Expr, usual: pl.Expr) -> pl.Expr:
    # an electromyogram is no device that could be missing: movement_source tells it apart
    return pl.when(pl.col("movement_source") == "electromyogram").then(usual).otherwise(value)


def _is_other_device() -> pl.Expr:
    models = pl.col("device_models").list.join("+")
    return _of_a_sensor(models != models.drop_nulls().mode().sort().first(), pl.lit(value=False))


def _sampling_rate() -> pl.Expr:
    rate = pl.col("sampling_rate_hz")
    return _of_a_sensor(rate, rate.median())


COVARIATES: dict[str, Covariate] = {
    "caffeine_mg": _plain("caffeine", "caffeine_mg", is_split=True),
    "exercise_met_min": _plain("exercise", "exercise_met_min", is_split=True),
    "stress_score": Covariate(
        "stress", _stress_on_one_scale(), ("stress_scale", "stress_score"), is_split=True
    ),
    "magnesium_mg": _plain("nutrients", "magnesium_mg", is_split=True),
    "sleep_debt_h": _plain("sleep_debt", "sleep_debt_h", is_split=True),
    "is_weekend": _plain("weekday", "is_weekend"),
    **{
        f"is_{quarter}": Covariate("season", pl.col("quarter") == quarter, ("quarter",))
        for quarter in QUARTERS[1:]
    },
    "is_first_night": _plain("night_order", "is_first_night"),
    "night_number": _plain("night_order", "night_number"),
    "leg_count": _plain("legs_measured", "leg_count"),
    "is_electromyogram": Covariate(
        "movement_source", pl.col("movement_source") == "electromyogram", ("movement_source",)
    ),
    "is_other_device": Covariate("device", _is_other_device(), ("device_models", "movement_source")),
    "sampling_rate_hz": Covariate("device", _sampling_rate(), ("sampling_rate_hz", "movement_source")),
    "has_dopaminergic": _plain("dopaminergic", "has_dopaminergic"),
    "has_benzodiazepine": _plain("benzodiazepine", "has_benzodiazepine"),
    "has_antidepressant": _plain("antidepressant", "has_antidepressant"),
    "has_antihistamine": _plain("antihistamine", "has_antihistamine"),
    "has_iron_supplement": _plain("iron_supplement", "has_iron_supplement"),
    "age_year": _plain("age", "age_year", is_of_person=True),
    "is_male": Covariate("sex", pl.col("sex") == "male", ("sex",), is_of_person=True),
    "is_other_sex": Covariate("sex", pl.col("sex") == "other", ("sex",), is_of_person=True),
    "is_pregnant": _plain("pregnancy", "is_pregnant", is_of_person=True),
    "is_smoker": _plain("smoking", "is_smoker", is_of_person=True),
}
"""Declared before any data are seen: every column that a concept of the causal graph is measured by."""


@dataclass(frozen=True)
class Outcome:
    """What is counted, and in which hours; without hours it is an amount of the night as a whole."""

    count: str
    hours: str | None


JERKS = Outcome("jerk_count", "analysed_h")
SLEEP_JERKS = Outcome("jerk_sleep_count", "analysed_sleep_h")
WAKE_JERKS = Outcome("jerk_wake_count", "analysed_wake_h")
LATENCY = Outcome("sleep_latency_min", None)
WASO = Outcome("waso_min", None)
UNWORN = Outcome("nonwear_h", "in_bed_h")
"""The negative control among outcomes: no exposure takes a strap off, so that a ratio here is a fault of the question."""
OUTCOMES = (JERKS, SLEEP_JERKS, WAKE_JERKS, LATENCY, WASO, UNWORN)
"""What is asked about most; each tells about diaries that were not kept, so that their questions share imputations."""


@dataclass(frozen=True)
class Contrast:
    """What is compared, before any model is named."""

    outcome: Outcome
    exposure: str
    per_unit: float
    beside: tuple[str, ...] = ()
    """The same exposure of other days, each with a coefficient of its own."""
    concepts: tuple[str, ...] | None = None
    """What is adjusted for; by default what the causal graph says."""
    is_complete_case: bool = False
    """Whether nights with anything unknown leave, however many they are."""

    @property
    def columns_read(self) -> frozenset[str]:
        """Columns of ``analysis_night`` that the question looks at, what helps to impute included."""
        outcomes = [name for one in (self.outcome, *OUTCOMES) for name in (one.count, one.hours) if name]
        covariates = [name for one in COVARIATES.values() for name in one.reads]
        return frozenset((*KEYS, self.exposure, *self.beside, *outcomes, *covariates))

    @property
    def adjusted_for(self) -> tuple[str, ...]:
        """Concepts of the causal graph that the model adjusts for."""
        return adjustment_set(self.exposure) if self.concepts is None else self.concepts


@dataclass
class Sample:
    """The nights that enter a model, sorted by person and night, with outcome and hours known; the columns it reads."""

    nights: pl.DataFrame
    contrast: Contrast
    datas: tuple[CountData, ...]
    """The columns of the model; several where what is unknown is imputed, once for each imputation."""
    is_informative: NDArray[np.bool_]
    """For each person whether the exposure varies within, and there is an event."""
    missing_frac: float
    """Part of the nights of known exposure in which something that is adjusted for is unknown."""
    left_out: tuple[str, ...] = ()
    """What should be adjusted for but is unknown too often, or has too few persons."""
    is_part: bool = False
    """Whether more persons could have entered than are fitted."""
    fit: Fit | None = None
    """The model of these nights, where it has been fitted."""

    @property
    def data(self) -> CountData:
        """The columns of the model; of several imputations the first."""
        return self.datas[0]

    @property
    def informative_count(self) -> int:
        """Persons who tell about the effect within persons."""
        return int(self.is_informative.sum())

    def told(self, method: str) -> str:
        """Return the method's name, how the unknown was treated, and that it saw a sample of persons where it did."""
        if len(self.datas) > 1:
            method = f"{method}; {len(self.datas)} imputations"
        return f"{method}; a fixed sample of {self.data.person_count} persons" if self.is_part else method

    @property
    def event_count(self) -> int:
        """Events in these nights."""
        return round(float(self.data.counts.sum()))

    @property
    def analysed_h(self) -> float | None:
        """Hours in these nights; None where the outcome has none."""
        return float(self.data.hours.sum()) if self.contrast.outcome.hours else None


def select_nights(
    nights: pl.DataFrame, contrast: Contrast, parameters: AssociationParameters
) -> pl.DataFrame:
    """Return the nights of ``analysis_night`` that can tell about this question, sorted by KEYS.

    1. Outcome, hours and exposure are known; nothing of them is filled in.
    2. A stress score is compared on one scale only, the one of most nights.
    3. Persons with fewer than ``min_night_count`` such nights leave: a deviation needs a mean.
    """
    outcome, exposure = contrast.outcome, contrast.exposure
    known = nights.filter(
        pl.col(outcome.count).is_not_null(),
        pl.all_horizontal(pl.col(exposure, *contrast.beside).is_not_null()),
    )
    if outcome.hours is not None:
        known = known.filter(pl.col(outcome.hours) > 0)
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
    contrast: Contrast,
    parameters: AssociationParameters,
    *,
    takes_all: bool = False,
    completions: "Completions | None" = None,
) -> Sample:
    """Make the columns of the hybrid model: the person's mean, the night's deviation from it, what is adjusted for.

    Columns are ``intercept``, WITHIN, BETWEEN, the deviations of ``beside``, and those of COVARIATES that measure what
    is adjusted for, vary in the sample and are not combinations of others. Exposures and sleep debt enter as deviation
    and as mean. Columns that do not vary within persons enter in their order as long as there are
    ``participants_per_column_count`` persons for each; they change nothing within persons.

    Nights whose exposure is unknown leave: they tell nothing of it, and a diary of the day is kept or not before the
    night is known. Where something that is adjusted for is unknown in more than ``max_complete_case_missing_frac`` of the
    others, it is imputed ``imputation_count`` times; else, and for complete cases, nights with something unknown leave.
    A covariate that is unknown in more than ``max_unknown_frac`` is left out, and told. Nothing is filled with a mean.

    Of more than ``max_participant_count`` persons (``max_imputed_participant_count`` where there is something to
    impute) a fixed sample enters, unless ``takes_all``.

    Raises NotFitted where too few persons remain, or nothing varies within them.

    Source: Neuhaus and Kalbfleisch 1998, doi:10.2307/3109770; Bell 2019, doi:10.1007/s11135-018-0802-x.
    """
    # of two hundred columns, so that no question carries all of them along
    looked_at = nights.select(name for name in nights.columns if name in contrast.columns_read)
    selected = select_nights(looked_at, contrast, parameters)
    covariates, unknown = _covariates(selected, contrast, parameters)
    gap = np.zeros(selected.height, dtype=bool)
    for value in covariates.values():
        gap |= np.isnan(value)
    missing_frac = float(gap.mean()) if len(gap) else 0.0
    is_imputed = not contrast.is_complete_case and missing_frac > parameters.max_complete_case_missing_frac
    entering = selected
    if not is_imputed:
        whole = selected.filter(~pl.Series(gap, dtype=pl.Boolean))
        entering = whole.filter(pl.len().over("participant_id") >= parameters.min_night_count)
    most = parameters.max_imputed_participant_count if is_imputed else parameters.max_participant_count
    known = entering if takes_all else sample_persons(entering, most)
    person_count = known["participant_id"].n_unique()
    if person_count < parameters.min_participant_count:
        raise NotFitted(
            f"{person_count} persons with {parameters.min_night_count} nights and more; "
            f"{parameters.min_participant_count} are needed"
        )
    person = known["participant_id"].rle_id().cast(pl.Int64).to_numpy()
    outcome = contrast.outcome
    counts = known[outcome.count].cast(pl.Float64).to_numpy()
    hours = (
        np.ones(len(counts)) if outcome.hours is None else known[outcome.hours].cast(pl.Float64).to_numpy()
    )
    if counts.sum() == 0:
        raise NotFitted("no event in any night")
    if np.ptp(counts / hours) < 1e-9:
        raise NotFitted("the outcome does not vary")
    own = (contrast.exposure, *contrast.beside)
    values = {name: known[name].cast(pl.Float64).to_numpy() for name in own} | _covariates(
        known, contrast, parameters
    )[0]
    x = values[contrast.exposure] / contrast.per_unit
    if not _varies(x, person).any():
        raise NotFitted("the exposure does not vary within any person")
    informative = _varies(x, person) & (np.bincount(person, counts) > 0)
    completed: Sequence[Mapping[str, Floats]] = [values]
    if is_imputed:
        completed = (completions or Completions()).of(known, values, person, contrast, parameters)
    names: list[str] | None = None
    left_out: tuple[str, ...] = unknown
    datas = []
    for one in completed:
        made = _columns(one, contrast, person)
        if names is None:
            names, dropped = _entering(made, person, parameters)
            left_out = (*unknown, *dropped)
        datas.append(CountData(counts, hours, person, {name: made[name] for name in names}))
    return Sample(
        known,
        contrast,
        tuple(datas),
        informative,
        missing_frac,
        left_out,
        is_part=known["participant_id"].n_unique() < entering["participant_id"].n_unique(),
    )


def _varies(value: Floats, person: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell for each person whether the values differ."""
    starts = first_rows(person)
    return np.asarray(np.maximum.reduceat(value, starts) - np.minimum.reduceat(value, starts) > 1e-9)


def _covariates(
    nights: pl.DataFrame, contrast: Contrast, parameters: AssociationParameters
) -> tuple[dict[str, Floats], tuple[str, ...]]:
    """Return values (NaN where unknown) of what is adjusted for, and the names of what is unknown too often."""
    asked = {contrast.exposure, *contrast.beside}
    there = set(nights.columns)
    wanted = {
        name: covariate
        for name, covariate in COVARIATES.items()
        if covariate.concept in contrast.adjusted_for and name not in asked
    }
    # one look at the table for all of them
    columns = nights.select(
        covariate.value.cast(pl.Float64).alias(name)
        for name, covariate in wanted.items()
        if set(covariate.reads) <= there
    )
    values: dict[str, Floats] = {}
    left_out = []
    for name in wanted:
        if name not in columns.columns:
            left_out.append(f"{name} (not in the table)")
            continue
        column = columns[name]
        if column.null_count() > parameters.max_unknown_frac * len(column):
            left_out.append(f"{name} (unknown)")
            continue
        values[name] = column.fill_null(np.nan).to_numpy()
    return values, tuple(left_out)


def confounders(exposures: Iterable[str]) -> pl.DataFrame:
    """Return CONFOUNDER: what the causal graph says that the question of each exposure adjusts for, and by which columns."""
    rows = [
        {
            "exposure": exposure,
            "concept": concept,
            "column_names": [name for name, covariate in COVARIATES.items() if covariate.concept == concept],
        }
        for exposure in exposures
        for concept in adjustment_set(exposure)
    ]
    return pl.DataFrame(rows, schema=CONFOUNDER)


class Completions:
    """What diaries do not tell, imputed once for all contrasts that stand on the same nights.

    All of COVARIATES tell about each other, whether a contrast adjusts for them or not, and so do all OUTCOMES.
    """

    def __init__(self) -> None:
        self._made: dict[bytes, list[dict[str, Floats]]] = {}

    def of(
        self,
        nights: pl.DataFrame,
        own: Mapping[str, Floats],
        person: NDArray[np.int64],
        contrast: Contrast,
        parameters: AssociationParameters,
    ) -> list[dict[str, Floats]]:
        """Return the completed copies of all columns, those of ``own`` among them."""
        every = Contrast(contrast.outcome, "", 1.0, concepts=tuple(c.concept for c in COVARIATES.values()))
        values = _covariates(nights, every, parameters)[0] | dict(own)
        outcomes = dict.fromkeys((contrast.outcome, *OUTCOMES))
        told_by = {name: value for outcome in outcomes for name, value in _told_by(nights, outcome).items()}
        values = {name: values[name] for name in sorted(values)}
        told_by = {name: told_by[name] for name in sorted(told_by)}
        content = hashlib.blake2b(person.tobytes())
        for name, value in (*values.items(), *told_by.items()):
            content.update(name.encode() + value.tobytes())
        key = content.digest()
        if key not in self._made:
            of_person = frozenset(n for n in values if n in COVARIATES and COVARIATES[n].is_of_person)
            self._made[key] = impute(
                Columns(values, of_person, told_by),
                person,
                count=parameters.imputation_count,
                seed=parameters.random_seed,
            )
        return self._made[key]


def _told_by(nights: pl.DataFrame, outcome: Outcome) -> dict[str, Floats]:
    """Return the logarithm of an outcome's rate where it is known in all nights, and its hours."""
    names = [name for name in (outcome.count, outcome.hours) if name is not None]
    if not set(names) <= set(nights.columns) or any(nights[name].null_count() for name in names):
        return {}
    columns = {name: nights[name].cast(pl.Float64).to_numpy() for name in names}
    hours = columns[outcome.hours] if outcome.hours else 1.0
    rate = np.log((columns[outcome.count] + 0.5) / np.maximum(hours, 0.1))
    return {name: value for name, value in columns.items() if name != outcome.count} | {outcome.count: rate}


def _columns(
    values: Mapping[str, Floats], contrast: Contrast, person: NDArray[np.int64]
) -> dict[str, Floats]:
    def mean(value: Floats) -> Floats:
        return person_means(value, person)

    x = values[contrast.exposure] / contrast.per_unit
    columns: dict[str, Floats] = {
        "intercept": np.ones(len(x)),
        WITHIN: x - mean(x),
        BETWEEN: mean(x) - mean(x).mean(),
    }
    for name in contrast.beside:
        other = values[name] / contrast.per_unit
        columns[f"{WITHIN} {name}"] = other - mean(other)
    for name, value in values.items():
        if (
            name in {contrast.exposure, *contrast.beside}
            or COVARIATES[name].concept not in contrast.adjusted_for
        ):
            continue
        spread = value.std() or 1.0
        # standardised: the fit does not depend on it, its arithmetic does
        if COVARIATES[name].is_split:
            columns[name] = (value - mean(value)) / spread
            columns[f"{name} of the person"] = (mean(value) - value.mean()) / spread
        else:
            columns[name] = (value - value.mean()) / spread if np.ptp(value) > 0 else value
    return columns


def _entering(
    columns: dict[str, Floats], person: NDArray[np.int64], parameters: AssociationParameters
) -> tuple[list[str], list[str]]:
    """Return the names of the columns that enter, and of those of persons for which there are too few persons."""
    room = int(person[-1] + 1) // parameters.participants_per_column_count
    names: list[str] = []
    dropped = []
    of_persons = 0
    for name in independent(columns):
        is_of_persons = not _varies(columns[name], person).any()
        if is_of_persons and name not in {"intercept", BETWEEN} and of_persons >= room:
            dropped.append(f"{name} (too few persons)")
            continue
        names.append(name)
        of_persons += is_of_persons
    return names, dropped


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
    for name, column in data.columns.items():
        deviation = column - person_means(column, data.person)
        if np.linalg.norm(deviation) > 1e-9 * max(float(np.linalg.norm(column)), 1.0):
            centred[name] = deviation
    names = independent(centred)
    return CountData(data.counts, data.hours, data.person, {name: data.columns[name] for name in names})
