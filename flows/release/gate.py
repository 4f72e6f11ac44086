"""Nothing leaves that an outsider with a solver could work back: the gate, and the attack told in words."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import polars as pl

from flows.release.figures import released_figures
from flows.release.history import Released, read_history
from flows.release.survey import released_survey
from flows.release.tables import limits_of, model_samples, released_models
from flows.store.secret import store_secret
from flows.warehouse.protected import protected_groups
from transforms.disclosure.cells import Exposed, Told, audit
from transforms.disclosure.contributors import CELL
from transforms.disclosure.history import changed_people, kept_cells, kept_under_new_limits, with_kept
from transforms.disclosure.samples import samples_of
from transforms.disclosure.summary import Protected
from transforms.errors import ExpectationError
from transforms.parameters import StudyParameters

_SHOWN = 20


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
    protected = protected_groups(connection, parameters, store_secret(store))
    survey = released_survey(connection, parameters.release)
    tables = released_models(connection, parameters.release)
    # what sensors say stands in it beside the survey
    tables |= {name: survey.pop(name) for name in ("exposure_evidence",) if name in survey}
    figures: Mapping[str, pl.DataFrame] = released_figures(
        connection, parameters.release, store_secret(store)
    )
    history = tuple(read_history(store))
    samples = samples_of(
        model_samples(connection, parameters.release), protected.sets, protected.contributions
    )
    told = Told(protected.decided.sort(*CELL, "measure"), protected.sets, samples)
    summary, contributions = protected.summary, protected.contributions
    if history:
        before = history[-1]
        kept = kept_cells(contributions, before.contributions, parameters.release)
        if before.limits != limits_of(parameters.release):
            kept = kept_under_new_limits(kept, told, before.told)
        told = with_kept(told, before.told, kept)
        summary = _with_kept_rows(protected, before, kept)
        contributions = pl.concat(
            [
                contributions.join(kept, on=CELL, how="anti"),
                before.contributions.join(kept, on=CELL, how="semi").select(contributions.columns),
            ]
        ).sort(*CELL, "person_key")
        if _few_changed(
            protected.contributions, before.contributions, parameters.release.minimum_participant_count
        ):
            tables = {**tables, **before.tables}
            told = replace(told, samples=before.told.samples)
            if before.figures and before.limits == limits_of(parameters.release):
                figures = before.figures
    exposed, tried_count = audit([*(one.told for one in history), told], parameters.release)
    return Ready(summary, tables, survey, figures, told, contributions, history, tuple(exposed), tried_count)


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


def _few_changed(now: pl.DataFrame, before: pl.DataFrame, least: int) -> bool:
    everybody = changed_people(now, before).filter(grouping_name="all")
    return 0 < int(everybody["changed_count"].sum()) < least
