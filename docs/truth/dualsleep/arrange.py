"""Lay the files of DualSleep out as a study: ``python arrange.py DOWNLOADED STUDY``.

A downloaded file holds both sensors and the stage of every sample. Here each sensor becomes a table of its own below
``devices/``, and each run of one stage a row of ``psg/scored_events.csv``. Samples are copied as text, not changed.
"""

import shutil
import sys
from pathlib import Path

import polars as pl

SITES = {"right_thigh": "thigh", "trunk": "back"}
STAGES = {81: "stage_w", 82: "stage_n1", 83: "stage_n2", 84: "stage_n3", 85: "stage_r"}
SCORER = "laboratory"
COLUMNS = """[columns]
time = "timestamp"
x = "x"
y = "y"
z = "z"
unit = "g"
temperature_c = "temperature_c"
"""


def main(downloaded: Path, study: Path) -> None:
    """Arrange every ``*.csv`` of the download; the study's settings are those beside this file."""
    files = sorted(downloaded.glob("*.csv"))
    if not files:
        raise SystemExit(f"{downloaded}: no .csv file; download the files of doi:10.18710/UGNIFE there")
    (study / "psg").mkdir(parents=True, exist_ok=True)
    (study / "devices").mkdir(exist_ok=True)
    shutil.copy(Path(__file__).with_name("study.toml"), study)
    (study / "devices" / "columns.toml").write_text(COLUMNS, encoding="utf-8")
    people = pl.DataFrame({"participant_id": [file.stem for file in files]})
    people.write_csv(study / "participants.csv")
    pl.concat([arrange(file, study) for file in files]).write_csv(study / "psg" / "scored_events.csv")


def arrange(file: Path, study: Path) -> pl.DataFrame:
    """Write the sensors of one file; return its stages as rows of scored_events.csv."""
    table = pl.read_csv(file, infer_schema_length=0)
    missing = [
        name
        for name in (
            "timestamp",
            "label",
            *(f"{s}_{c}" for s in SITES.values() for c in ("x", "y", "z", "temp")),
        )
        if name not in table.columns
    ]
    if missing:
        raise SystemExit(
            f"{file.name}: no column {', '.join(missing)}; wanted the columns of DualSleep's README"
        )
    folder = study / "devices" / file.stem
    folder.mkdir(exist_ok=True)
    for site, column in SITES.items():
        table.select(
            "timestamp",
            *(pl.col(f"{column}_{axis}").alias(axis) for axis in "xyz"),
            pl.col(f"{column}_temp").alias("temperature_c"),
        ).write_csv(folder / f"{site}.csv")
    return stages(table.select("timestamp", "label"), file.stem)


def stages(labels: pl.DataFrame, participant_id: str) -> pl.DataFrame:
    """One row per run of a stage; body movement (86) and what has no label are no stage and leave a hole."""
    at = pl.col("timestamp").str.replace(" ", "T").str.to_datetime("%Y-%m-%dT%H:%M:%S%.f")
    stage = pl.col("label").cast(pl.Float64, strict=False).cast(pl.Int64, strict=False)
    return (
        labels.with_columns(at.alias("at"), stage.alias("code"))
        .with_columns(pl.col("code").rle_id().alias("run"), pl.col("at").shift(-1).alias("next_at"))
        .group_by("run", maintain_order=True)
        .agg(
            pl.col("at").first(),
            pl.col("next_at").last().fill_null(pl.col("at").last()),
            pl.col("code").first(),
        )
        .filter(pl.col("code").is_in(list(STAGES)))
        .select(
            pl.lit(participant_id).alias("participant_id"),
            pl.col("at").dt.strftime("%Y-%m-%dT%H:%M:%S%.3f").alias("onset_at"),
            ((pl.col("next_at") - pl.col("at")).dt.total_milliseconds() / 1000.0).alias("duration_s"),
            pl.col("code").replace_strict(STAGES, return_dtype=pl.String).alias("event"),
            pl.lit("").alias("side"),
            pl.lit(SCORER).alias("scorer"),
        )
    )


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
