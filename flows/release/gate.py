"""Nothing leaves that an outsider with a solver could work back: the gate, and the attack told in words."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import polars as pl

from flows.release.figures import figures_of_cells, released_figures
from flows.release.history import Released, read_history
from flows.release.survey import released_attrition, released_survey
from flows.release.tables import known_stage, limits_of, model_samples, question_samples, released_models
from flows.store.secret import store_secret
from flows.warehouse.protected import RESPONDENTS, SCORED, protected_groups
from transforms.disclosure.audit import Exposed, Told, audit, rounded
from transforms.disclosure.contributors import CELL
from transforms.disclosure.history import few_changed, kept_cells, kept_under_new_limits, with_kept
from transforms.disclosure.links import hidden_of, links_of
from transforms.disclosure.samples import same_set, samples_of
from transforms.disclosure.summary import Protected
from transforms.errors import ExpectationError
from transforms.parameters import StudyParameters

_SHOWN = 20
MADE_OF = {
    "all": (
        *("association", "dose_response", "dose_curve", "exposure_evidence"),
        *("flow", "night_hour", "intervals", "nights"),
    ),
    SCORED: ("agreement_summary", "limits"),
    RESPONDENTS: ("survey_leg_jerk", "survey_association", "survey_dose_response", "survey_attrition"),
}
"""Tables that stay as they were while fewer persons changed of a grouping than a cell must have."""


@dataclass(frozen=True)
class Ready:
    """What may leave now, and what it would leave on record."""

    summary: pl.DataFrame
    tables: Mapping[str, pl.DataFrame]
    """Tables of models, of agreement and of evidence, by name."""
    survey: Mapping[str, pl.DataFrame]
    """Tables of a survey alone, by name."""
    figures: Mapping[str, pl.DataFrame]
    """Tables behind the figures of the report, by name."""
    told: Told
    contributions: pl.DataFrame
    history: tuple[Released, ...]
    exposed: tuple[Exposed, ...]
    tried_count: int


def make_ready(connection: duckdb.DuckDBPyConnection, store: Path, parameters: StudyParameters) -> Ready:
    """Bring the published tables through disclosure control, beside every release on record, and attack the whole."""
    secret, limits = store_secret(store), parameters.release
    protected = protected_groups(connection, parameters, secret)
    survey = released_survey(connection, limits)
    samples = samples_of(model_samples(connection, limits), protected.sets, protected.contributions)
    told = Told(protected.decided.sort(*CELL, "measure"), protected.sets, samples)
    summary, contributions = protected.summary, protected.contributions
    history = tuple(read_history(store))
    few: set[str] = set()
    if history:
        before = history[-1]
        kept = kept_cells(contributions, before.contributions, limits)
        is_same_limits = before.limits == limits_of(limits)
        if not is_same_limits:
            kept = kept_under_new_limits(kept, told, before.told)
        told = with_kept(told, before.told, kept)
        summary = _with_kept_rows(protected, before, kept)
        contributions = pl.concat(
            [
                contributions.join(kept, on=CELL, how="anti"),
                before.contributions.join(kept, on=CELL, how="semi").select(contributions.columns),
            ]
        ).sort(*CELL, "person_key")
        if is_same_limits:
            few = few_changed(protected.contributions, before.contributions, limits, MADE_OF)

    def same_nights(exposure: str, level: str | None, night_count: int) -> int | None:
        return _same_nights(told, parameters, exposure, level, night_count)

    figures = released_figures(connection, limits, secret, protected.sets)
    of_cells = figures_of_cells(
        connection, told.cells, question_samples(connection, limits, same_nights), limits
    )
    drawn = {**figures.tables, **of_cells.tables}
    drawn["survey_attrition"] = released_attrition(connection, limits)
    tables = released_models(connection, limits, same_nights)
    answers = dict(survey.tables)
    # what sensors say stands in it beside the survey
    tables |= {name: answers.pop(name) for name in ("exposure_evidence",) if name in answers}
    bounds, hidden = list(of_cells.bounds), dict(of_cells.hidden)
    for group, part in (("all", figures), (RESPONDENTS, survey)):
        if group not in few:  # what stays as it was is in the system with the release that told it
            bounds, hidden = [*bounds, *part.bounds], hidden | part.hidden
    told = replace(told, links=links_of(bounds), hidden=hidden_of(hidden))
    if "all" in few:
        told = replace(told, samples=history[-1].told.samples)
    for name in (name for group in sorted(few) for name in MADE_OF[group]):
        for now, earlier in (
            (tables, history[-1].tables),
            (answers, history[-1].tables),
            (drawn, history[-1].figures),
        ):
            if name in now and name in earlier:
                now[name] = earlier[name]
    exposed, tried_count = audit([*(one.told for one in history), told], limits)
    return Ready(summary, tables, answers, drawn, told, contributions, history, tuple(exposed), tried_count)


def require_closed(ready: Ready, parameters: StudyParameters) -> None:
    """Raise ExpectationError, naming the cells, where a withheld sum could be worked back."""
    if ready.exposed:
        raise ExpectationError(
            "release: an outsider could work back what is withheld, so nothing was released: "
            + "; ".join(_line(one, ready) for one in ready.exposed[:_SHOWN])
            + f". Withhold more: raise release.minimum_participant_count (now {parameters.release.minimum_participant_count}) "
            "in study.toml"
        )


def attack_report(ready: Ready) -> str:
    """Tell what the attack found, and why each withheld group is withheld."""
    lines = [
        f"{ready.tried_count} withheld sums attacked with a solver, in {len(ready.history) + 1} releases at once; "
        f"{len(ready.exposed)} could be worked back"
    ]
    lines += [f"  EXPOSED {_line(one, ready)}" for one in ready.exposed]
    reasons = (
        ready.told.cells.drop_nulls("reason")
        .group_by(*CELL, "reason")
        .agg(pl.col("measure").sort())
        .sort(*CELL)
    )
    lines += [
        f"  withheld: {row['grouping_name']} = {row['level']} ({', '.join(row['measure'])}): {row['reason']}"
        for row in reasons.iter_rows(named=True)
    ]
    return "\n".join(lines) + "\n"


def _line(exposed: Exposed, ready: Ready) -> str:
    cells = ready.told.cells.filter(set_name=exposed.set_name).select(*CELL).unique().sort(*CELL)
    names = (
        " or ".join(f"{grouping} = {level}" for grouping, level in cells.iter_rows())
        or "a cell of an earlier release"
    )
    return f"{names}: {exposed.measure} between {exposed.low:g} and {exposed.high:g}"


def _with_kept_rows(protected: Protected, before: Released, kept: pl.DataFrame) -> pl.DataFrame:
    earlier = before.summary.join(kept, on=CELL, how="semi")
    # limits are no numbers of persons: today's words stand beside earlier numbers
    told = earlier.drop("limits", strict=False).join(
        protected.summary.select(*CELL, "limits"), on=CELL, how="left"
    )
    return pl.concat(
        [
            protected.summary.join(kept, on=CELL, how="anti"),
            told.select(protected.summary.columns),
        ]
    ).sort("family", "grouping_name", "level_number", "level", nulls_last=True)


def _same_nights(
    told: Told, parameters: StudyParameters, exposure: str, level: str | None, night_count: int
) -> int | None:
    """Return the number that is told of a sample's nights: that of the cell of the same nights, which may be withheld."""
    name = same_set(told.sets, exposure, level, night_count, known_stage(exposure))
    if name is None:
        return night_count
    cell = (
        told.sets.filter(set_name=name)
        .select(CELL)
        .join(told.cells.filter(measure="night_count"), on=CELL, how="inner")
    )
    if cell.is_empty():
        return night_count
    noisy = cell.item(0, "noisy")
    return None if noisy is None else int(rounded("night_count", noisy, parameters.release))
