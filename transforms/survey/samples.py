"""From respondents to the numbers of a model: who is asked, and one column for each term."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from operator import attrgetter

import numpy as np
import polars as pl

from transforms.errors import ContractError
from transforms.intervals import Bools, Floats
from transforms.parameters import StudyParameters
from transforms.statistics.design import independent
from transforms.survey.design import SampleDesign, sample_design
from transforms.survey.questions import Exposure, Model, Outcome, Survey


@dataclass(frozen=True)
class Sample:
    """All respondents of the cycles that asked, and who of them enters the models."""

    persons: pl.DataFrame
    design: SampleDesign
    adults: Bools
    """Of the age, with a weight, and with what the survey requires of whoever enters a model."""
    cycle_count: int
    _made: dict[str, dict[str, Floats]] = field(default_factory=dict)

    def columns(self, key: str, make: Callable[[pl.DataFrame], dict[str, Floats]]) -> dict[str, Floats]:
        """Return columns made of the persons; each is made once, for there are hundreds of models."""
        if key not in self._made:
            self._made[key] = make(self.persons)
        return self._made[key]

    def of(self, restriction: pl.Expr) -> "Sample":
        """Return the sample with fewer who enter: a domain, of which the design stays whole."""
        inside = self.persons.select(restriction.fill_null(value=False)).to_series().to_numpy()
        return replace(self, adults=self.adults & inside)


def asked_cycles(persons: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return the respondents of the cycles in which the question of ``column`` was asked."""
    asked = persons.filter(pl.col(column).is_not_null())["cycle"].unique()
    return persons.filter(pl.col("cycle").is_in(asked.implode(), nulls_equal=True))


def adult_sample(
    persons: pl.DataFrame, survey: Survey, outcome: Outcome, parameters: StudyParameters
) -> Sample:
    """Return the sample of the models of one outcome; weights are those of a cycle, divided by the cycles that asked."""
    asked = asked_cycles(persons, outcome.column).sort("participant_id")
    cycle_count = max(asked["cycle"].n_unique(), 1)
    has = asked.select(
        pl.all_horizontal(
            pl.col("age_year") >= parameters.survey.adult_age_year,
            pl.col(survey.weight) > 0,
            *(pl.col(name).is_not_null() for name in survey.required),
        ).fill_null(value=False)
    )
    design = sample_design(asked, survey.weight, cycle_count)
    return Sample(asked, design, has.to_series().to_numpy(), cycle_count)


def outcome_level(sample: Sample, outcome: Outcome) -> Floats:
    """Return 1 for a case and 0 for none, or the place of the answer among the levels; NaN where not answered."""
    worth = {
        level: float(place if outcome.is_ordinal else level in outcome.cases)
        for place, level in enumerate(outcome.levels)
    }

    def make(persons: pl.DataFrame) -> dict[str, Floats]:
        column = persons[outcome.column]
        return {"level": _numbers(column.replace_strict(worth, default=None, return_dtype=pl.Float64))}

    return sample.columns(f"outcome {outcome.outcome}", make)["level"]


def is_case(sample: Sample, outcome: Outcome) -> Bools:
    """Return who gave an answer that counts as a case."""
    level = outcome_level(sample, outcome)
    lowest = min(place for place, name in enumerate(outcome.levels) if name in outcome.cases)
    return np.asarray(level >= (lowest if outcome.is_ordinal else 1))


def exposure_columns(sample: Sample, exposure: Exposure, parameters: StudyParameters) -> dict[str, Floats]:
    """Return the exposure as a number under its own name; words that are neither of two stand beside it."""

    def make(persons: pl.DataFrame) -> dict[str, Floats]:
        return _exposure(persons[exposure.column], exposure, parameters)

    return sample.columns(f"exposure {exposure.exposure}", make)


def _exposure(column: pl.Series, exposure: Exposure, parameters: StudyParameters) -> dict[str, Floats]:
    match exposure.kind:
        case "linear" | "flag":
            return {exposure.exposure: _numbers(column)}
        case "doubling":
            return {
                exposure.exposure: _numbers(pl.select(pl.when(column > 0).then(column).log(2)).to_series())
            }
        case "below":
            limit = float(attrgetter(str(exposure.argument))(parameters))
            return {exposure.exposure: _numbers(column < limit)}
        case "level":
            compared, reference = str(exposure.argument).split("|")
            return {
                exposure.exposure if word == compared else f"{exposure.column}={word}": number
                for word, number in _words(column, reference).items()
            }
        case _:
            raise ContractError(
                f"survey_exposure.csv: {exposure.exposure} is of no known kind: {exposure.kind}"
            )


def term_columns(sample: Sample, model: Model, exposure: Exposure) -> dict[str, Floats]:
    """Return the columns of a model's terms but those made of the exposure's own column."""
    made: dict[str, Floats] = {}
    for term in model.terms:
        if _column_of(term) != exposure.column:
            made |= sample.columns(f"term {term}", partial(_term, term))
    return made


def _column_of(term: str) -> str:
    return term.partition("=")[0].partition("^")[0]


def _term(term: str, persons: pl.DataFrame) -> dict[str, Floats]:
    name, reference = _column_of(term), term.partition("=")[2]
    if reference:
        return {f"{name}={word}": number for word, number in _words(persons[name], reference).items()}
    number = _numbers(persons[name])
    return {term: number**2 if term.endswith("^2") else number}


def known_domain(adults: Bools, *parts: Mapping[str, Floats]) -> Bools:
    """Return who enters a model with these columns: nothing is filled in."""
    known = adults.copy()
    for part in parts:
        for column in part.values():
            known &= ~np.isnan(column)
    return known


def model_columns(
    exposure: Mapping[str, Floats], terms: Mapping[str, Floats], domain: Bools
) -> dict[str, Floats]:
    """Return an intercept, the exposure and the terms; those that do not vary in the domain are left out.

    Terms of numbers are centred, which changes no other coefficient and keeps squares apart from what they square.
    """
    size = len(domain)
    columns = {"intercept": np.ones(size), **exposure, **terms}
    inside = {
        name: column[domain] if name == "intercept" else _centred(column[domain])
        for name, column in columns.items()
    }
    kept = independent(inside)
    made = {}
    for name in kept:
        full = np.zeros(size)
        full[domain] = kept[name] if name in terms else columns[name][domain]
        made[name] = full
    return made


def _centred(column: Floats) -> Floats:
    return np.asarray(column - column.mean())


def _words(column: pl.Series, reference: str) -> dict[str, Floats]:
    """Return a column of 0 and 1 for each word but the reference, in the order of the alphabet; NaN where unknown."""
    words = sorted(set(column.drop_nulls().unique()) - {reference})
    return {word: _numbers(column == word) for word in words}


def _numbers(column: pl.Series) -> Floats:
    return column.cast(pl.Float64).fill_null(np.nan).to_numpy().astype(np.float64)
