"""What is asked of which survey: tables of transforms/tables, so that another survey or item is a row, not code."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from operator import attrgetter

import polars as pl

from transforms.errors import ContractError
from transforms.parameters import StudyParameters


@dataclass(frozen=True, kw_only=True)
class Survey:
    """A survey, the weight of its models, and what must be known of whoever enters one."""

    survey: str
    title: str
    design: str
    weight: str
    required: tuple[str, ...]
    required_title: str
    outcomes: "tuple[Outcome, ...]"
    exposures: "tuple[Exposure, ...]"
    models: "tuple[Model, ...]"

    def outcome(self, name: str) -> "Outcome":
        """Return a declared outcome."""
        return next(outcome for outcome in self.outcomes if outcome.outcome == name)

    def exposure(self, name: str) -> "Exposure":
        """Return a declared exposure."""
        return next(exposure for exposure in self.exposures if exposure.exposure == name)

    def model(self, name: str) -> "Model":
        """Return a declared model."""
        return next(model for model in self.models if model.model == name)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """An answer that is looked at: as a case or not, or by its order."""

    outcome: str
    title: str
    column: str
    is_ordinal: bool
    levels: tuple[str, ...]
    """All answers, from the lowest to the highest; others are unknown."""
    cases: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """What the outcome is held against, and how its column becomes a number."""

    exposure: str
    title: str
    theme: str
    column: str
    kind: str
    """linear; doubling (base 2 logarithm); flag; below (a limit); level (one word against another)."""
    argument: str | None
    per_unit_name: str | None
    unit: str

    def per_unit(self, parameters: StudyParameters) -> float:
        """Return the step that a ratio is told for, in the exposure's unit; of a doubling or a yes it is one."""
        return 1.0 if self.per_unit_name is None else float(attrgetter(self.per_unit_name)(parameters))

    def per_what(self, parameters: StudyParameters) -> str:
        """Return the step in words: 100 mg, doubling, yes against no."""
        return self.unit if self.per_unit_name is None else f"{self.per_unit(parameters):g} {self.unit}"


@dataclass(frozen=True, kw_only=True)
class Model:
    """What is adjusted for: columns, squares (``^2``), and words (``column=word``, the word they are held against)."""

    model: str
    smaller: str | None
    """The model that this one extends."""
    terms: tuple[str, ...]


@cache
def surveys() -> tuple[Survey, ...]:
    """Return every declared survey with what is asked of it."""
    return tuple(
        Survey(
            survey=row["survey"],
            title=row["title"],
            design=row["design"],
            weight=row["weight"],
            required=_listed(row["required"]),
            required_title=row["required_title"],
            outcomes=tuple(_outcomes(row["survey"])),
            exposures=tuple(_exposures(row["survey"])),
            models=tuple(_models(row["survey"])),
        )
        for row in _rows("survey.csv")
    )


def _outcomes(survey: str) -> Iterator[Outcome]:
    for row in _rows("survey_outcome.csv", survey):
        yield Outcome(
            outcome=row["outcome"],
            title=row["title"],
            column=row["column"],
            is_ordinal=row["kind"] == "ordinal",
            levels=_listed(row["levels"]),
            cases=_listed(row["cases"]),
        )


def _exposures(survey: str) -> Iterator[Exposure]:
    for row in _rows("survey_exposure.csv", survey):
        yield Exposure(
            exposure=row["exposure"],
            title=row["title"],
            theme=row["theme"],
            column=row["column"],
            kind=row["kind"],
            argument=row["argument"],
            per_unit_name=row["per_unit"],
            unit=row["unit"],
        )


def _models(survey: str) -> Iterator[Model]:
    made: dict[str, Model] = {}
    for row in _rows("survey_model.csv", survey):
        smaller = row["extends"]
        if smaller and smaller not in made:
            raise ContractError(
                f"survey_model.csv: {row['model']} extends {smaller}, which stands on no row above"
            )
        terms = (*(made[smaller].terms if smaller else ()), *_listed(row["terms"]))
        made[row["model"]] = Model(model=row["model"], smaller=smaller, terms=terms)
    yield from made.values()


def _rows(file: str, survey: str | None = None) -> Iterator[dict[str, str]]:
    content = resources.files("transforms").joinpath("tables", file).read_bytes()
    rows = pl.read_csv(io.BytesIO(content), infer_schema=False)
    yield from (rows if survey is None else rows.filter(pl.col("survey") == survey)).iter_rows(named=True)


def _listed(cell: str | None) -> tuple[str, ...]:
    return tuple((cell or "").split("|")) if cell else ()
