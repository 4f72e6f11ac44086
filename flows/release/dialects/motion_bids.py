"""Movements of each night as a BIDS derivative of Motion-BIDS: a session for each night, its movements as events.

Onsets count from lights-off, which ``scans.tsv`` gives as ``acq_time`` (UTC). Samples stay in ``raw/``: what is derived
leaves, not what was measured. Labels hold letters and digits alone; ``participants.tsv`` keeps the study's own names.

Source: Brain Imaging Data Structure 1.10, derivatives, and Motion-BIDS (Jeung et al. 2024, doi:10.1038/s41597-024-03559-8).
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

_EVENTS = {
    "onset": ("s", "Onset of the movement, from lights-off."),
    "duration": ("s", "Duration of the movement."),
    "trial_type": (None, "Kind of movement; hypnic_jerk, twitch and leg_movement that counts are leg jumps."),
    "side": (None, "Leg that moved."),
    "is_asleep": (None, "Whether the sleeper slept; n/a where sleep is not known."),
    "peak_g": ("g", "Greatest acceleration without gravity."),
}
_PARTICIPANTS = {
    "sex": (None, "Sex: female, male or other."),
    "birth_year": ("year", "Year of birth."),
    "source_participant_id": (None, "Name of the participant in the study."),
}


def write(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write the data set: description, participants, and for each night the events of its movements."""
    (folder / "dataset_description.json").write_text(
        _json(
            {
                "Name": "Leg movements of a study's nights",
                "BIDSVersion": "1.10.0",
                "DatasetType": "derivative",
                "GeneratedBy": [{"Name": "legjumps"}],
            }
        ),
        encoding="utf-8",
    )
    (folder / "README").write_text(
        "Movements of the legs in bed, one session a night, found by legjumps in accelerometers of ankles, feet or thighs.\n"
        "Onsets count from lights-off (acq_time of scans.tsv, UTC). Research indices, not diagnoses. For inside the house:\n"
        "these files tell of single persons.\n",
        encoding="utf-8",
    )
    (folder / "participants.json").write_text(_json(_explained(_PARTICIPANTS)), encoding="utf-8")
    (folder / "task-sleep_events.json").write_text(
        _json({"TaskName": "sleep", **_explained(_EVENTS)}), encoding="utf-8"
    )
    people = connection.sql(
        "select participant_id, sex, birth_year from participant order by participant_id"
    ).pl()
    labels = unique_labels(people["participant_id"])
    _tsv(
        folder / "participants.tsv",
        people.select(
            ("sub-" + pl.col("participant_id").replace_strict(labels)).alias("participant_id"),
            "sex",
            "birth_year",
            pl.col("participant_id").alias("source_participant_id"),
        ),
    )
    nights = connection.sql(
        "select participant_id, night_date, lights_off_at from night where lights_off_at is not null "
        "order by participant_id, night_date"
    ).pl()
    for (participant_id,), own in nights.group_by("participant_id", maintain_order=True):
        movements = connection.sql(
            """
            select night_date, since_lights_off_s as onset, duration_s as duration, kind as trial_type, side, is_asleep, peak_g
            from movement where participant_id = ? and is_in_bed order by onset_at, movement_id
            """,
            params=[participant_id],
        ).pl()
        _write_person(folder, labels[str(participant_id)], own, movements)


def unique_labels(names: Iterable[str]) -> dict[str, str]:
    """Return a label of letters and digits for each name, no two alike."""
    labels: dict[str, str] = {}
    taken: set[str] = set()
    for name in sorted(names):
        plain = re.sub(r"[^A-Za-z0-9]", "", name) or "x"
        label, number = plain, 1
        while label.lower() in taken:
            number += 1
            label = f"{plain}x{number}"
        taken.add(label.lower())
        labels[name] = label
    return labels


def _write_person(folder: Path, label: str, nights: pl.DataFrame, movements: pl.DataFrame) -> None:
    for night_date, lights_off_at in nights.select("night_date", "lights_off_at").iter_rows():
        session = f"{night_date:%Y%m%d}"
        place = folder / f"sub-{label}" / f"ses-{session}"
        (place / "motion").mkdir(parents=True)
        name = f"sub-{label}_ses-{session}_task-sleep_events.tsv"
        events = movements.filter(pl.col("night_date") == night_date).drop("night_date")
        _tsv(place / "motion" / name, events.with_columns(pl.col("onset", "duration", "peak_g").round(4)))
        acquired = pl.DataFrame(
            {"filename": [f"motion/{name}"], "acq_time": [f"{lights_off_at:%Y-%m-%dT%H:%M:%S}Z"]}
        )
        _tsv(place / f"sub-{label}_ses-{session}_scans.tsv", acquired)


def _tsv(path: Path, frame: pl.DataFrame) -> None:
    frame.write_csv(path, separator="\t", null_value="n/a")


def _explained(columns: dict[str, tuple[str | None, str]]) -> dict[str, Any]:
    return {
        name: {"Description": text, **({"Units": unit} if unit else {})}
        for name, (unit, text) in columns.items()
    }


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=1) + "\n"
