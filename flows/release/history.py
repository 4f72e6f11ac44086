"""The ledger of releases: what left, who brought it, and what an outsider can therefore compare. It stays in the house."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from flows.store.atomic import atomic_file, atomic_folder, write_text
from transforms.disclosure.audit import Told
from transforms.disclosure.cells import SETS
from transforms.disclosure.contributors import CELL, PERSONS
from transforms.disclosure.links import HIDDEN, LINKS
from transforms.disclosure.samples import SAMPLES

FOLDER = "release_history"
ATTACK = "attack.txt"
"""What an outsider could work back of a release, beside what is on record of it; it names what is withheld."""


@dataclass(frozen=True)
class Released:
    """One release on record."""

    release_id: str
    told: Told
    contributions: pl.DataFrame
    """CELL, person_key, MEASURES, as they were when each cell last got new numbers."""
    summary: pl.DataFrame
    tables: Mapping[str, pl.DataFrame]
    """Tables of models by name: what few changed persons must not change."""
    limits: Mapping[str, float]
    """The limits under which it left; none are known of releases of earlier versions."""
    figures: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    """Tables behind the figures of the report by name; none of releases of earlier versions."""
    attack: str = ""
    """What the attack on it found, in words; none is kept of releases that are read."""


def read_history(store: Path) -> list[Released]:
    """Return every release on record, in the order in which they left."""
    return [_read(store / FOLDER / release_id, release_id) for release_id in order_on_record(store)]


def record(store: Path, released: Released) -> None:
    """Put a release on record, after its files stand; the same release again changes nothing."""
    order = order_on_record(store)
    if order[-1:] == [released.release_id]:
        return
    with atomic_folder(store / FOLDER / released.release_id) as aside:
        released.told.cells.write_parquet(aside / "cells.parquet")
        released.told.sets.write_parquet(aside / "sets.parquet")
        released.contributions.write_parquet(aside / "contributions.parquet")
        released.summary.write_parquet(aside / "summary.parquet")
        released.told.samples.write_parquet(aside / "samples.parquet")
        released.told.links.write_parquet(aside / "links.parquet")
        released.told.hidden.write_parquet(aside / "hidden.parquet")
        for name, frame in released.tables.items():
            frame.write_parquet(aside / f"table_{name}.parquet")
        (aside / "figures").mkdir()
        for name, frame in released.figures.items():
            frame.write_parquet(aside / "figures" / f"{name}.parquet")
        (aside / ATTACK).write_text(released.attack, encoding="utf-8")
        (aside / "limits.json").write_text(
            json.dumps(dict(released.limits), indent=1) + "\n", encoding="utf-8"
        )
    write_text(store / FOLDER / "order.json", json.dumps([*order, released.release_id], indent=1) + "\n")


def forget_person(store: Path, person_key: int) -> None:
    """Put a random number, the same in no two releases, in the place of a person's key in every release on record.

    What they brought to sums that left the house stays, as that of somebody who has left: without it, the difference
    between the next release and the last would be told, and that is what they brought.
    """
    for file in sorted((store / FOLDER).glob("*/contributions.parquet")):
        contributions = pl.read_parquet(file)
        key = pl.col("person_key")
        is_theirs = key == pl.lit(person_key, contributions.schema["person_key"])
        if contributions.filter(is_theirs).is_empty():
            continue
        nobody = pl.lit(secrets.randbits(64), contributions.schema["person_key"])
        forgotten = contributions.with_columns(
            pl.when(is_theirs).then(nobody).otherwise(key).alias("person_key")
        )
        with atomic_file(file) as aside:
            forgotten.sort(*CELL, "person_key").write_parquet(aside)


def is_whole(folder: Path) -> bool:
    """Tell whether every file that the manifest of a release names is there with its size."""
    try:
        files = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
        return all((folder / name).stat().st_size == told["size_bytes"] for name, told in files.items())
    except (OSError, ValueError, KeyError):
        return False


def order_on_record(store: Path) -> list[str]:
    """Return the release_id of every release on record, in the order in which they left."""
    file = store / FOLDER / "order.json"
    return list(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else []


def _read(folder: Path, release_id: str) -> Released:
    limits = folder / "limits.json"
    tables = {path.stem.removeprefix("table_"): path for path in sorted(folder.glob("table_*.parquet"))}
    if (earlier := folder / "association.parquet").exists():  # as version 0.1 kept it
        tables.setdefault("association", earlier)

    def rows(name: str, schema: pl.Schema) -> pl.DataFrame:
        """Read what releases of earlier versions have not, or with fewer columns."""
        file = folder / f"{name}.parquet"
        found = pl.read_parquet(file) if file.exists() else pl.DataFrame(schema=schema)
        return found.select(
            (pl.col(column) if column in found.columns else pl.lit(None)).cast(kind).alias(column)
            for column, kind in schema.items()
        )

    return Released(
        release_id=release_id,
        told=Told(
            cells=_with_persons(pl.read_parquet(folder / "cells.parquet")),
            sets=rows("sets", SETS),
            samples=rows("samples", SAMPLES),
            links=rows("links", LINKS),
            hidden=rows("hidden", HIDDEN),
        ),
        contributions=pl.read_parquet(folder / "contributions.parquet"),
        summary=pl.read_parquet(folder / "summary.parquet"),
        tables={name: pl.read_parquet(path) for name, path in tables.items()},
        limits=json.loads(limits.read_text(encoding="utf-8")) if limits.exists() else {},
        figures={path.stem: pl.read_parquet(path) for path in sorted(folder.glob("figures/*.parquet"))},
    )


def _with_persons(cells: pl.DataFrame) -> pl.DataFrame:
    """Give cells of earlier versions, which told persons without a row of their own, that row."""
    if not cells.filter(measure=PERSONS).is_empty():
        return cells
    people = pl.col("participant_count").cast(pl.Float64)
    persons = cells.filter(measure="night_count").with_columns(
        pl.lit(PERSONS).alias("measure"),
        people.alias("total"),
        pl.lit(1.0).alias("largest"),
        pl.col("participant_count").alias("contributor_count"),
        pl.when(pl.col("noisy").is_not_null()).then(people).alias("noisy"),
    )
    return pl.concat([cells, persons.select(cells.columns)])
