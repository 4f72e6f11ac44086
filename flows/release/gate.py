"""Nothing leaves that an outsider with a solver could work back: the gate, and the attack told in words."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from flows.release.history import Released, read_history
from flows.release.tables import released_associations
from flows.store.secret import store_secret
from flows.warehouse.protected import protected_groups
from transforms.disclosure.cells import Exposed, Told, audit
from transforms.disclosure.contributors import CELL
from transforms.disclosure.history import changed_people, kept_cells, with_kept
from transforms.disclosure.summary import Protected
from transforms.errors import ExpectationError
from transforms.parameters import StudyParameters

_SHOWN = 20


@dataclass(frozen=True)
class Ready:
    """What may leave now, and what it would leave on record."""

    summary: pl.DataFrame
    associations: pl.DataFrame
    told: Told
    contributions: pl.DataFrame
    history: tuple[Released, ...]
    exposed: tuple[Exposed, ...]
    tried_count: int


def make_ready(connection: duckdb.DuckDBPyConnection, store: Path, parameters: StudyParameters) -> Ready:
    """Bring the published tables through disclosure control, beside every release on record, and attack the whole."""
    protected = protected_groups(connection, parameters, store_secret(store))
    associations = released_associations(connection, parameters.release)
    history = tuple(read_history(store))
    told = Told(protected.decided.sort(*CELL, "measure"), protected.sets)
    summary, contributions = protected.summary, protected.contributions
    if history:
        before = history[-1]
        # what is withheld today, under stricter limits perhaps, is not told again either
        told_today = told.cells.filter(pl.col("reason").is_null(), measure="night_count").select(CELL)
        kept = kept_cells(contributions, before.contributions, parameters.release)
        kept = kept.join(told_today, on=CELL, how="semi")
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
            associations = before.associations
    exposed, tried_count = audit([*(one.told for one in history), told], parameters.release)
    return Ready(summary, associations, told, contributions, history, tuple(exposed), tried_count)


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
    return pl.concat(
        [
            protected.summary.join(kept, on=CELL, how="anti"),
            before.summary.join(kept, on=CELL, how="semi").select(protected.summary.columns),
        ]
    ).sort("family", "grouping_name", "level_number", "level", nulls_last=True)


def _few_changed(now: pl.DataFrame, before: pl.DataFrame, least: int) -> bool:
    everybody = changed_people(now, before).filter(grouping_name="all")
    return 0 < int(everybody["changed_count"].sum()) < least
