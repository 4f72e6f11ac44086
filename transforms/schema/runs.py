"""What a warehouse was made with."""

import polars as pl

from transforms.schema.words import INSTANT, columns

STUDY_PARAMETER = columns(
    {
        "name": pl.String,  # group.field
        "value": pl.String,  # as written; booleans as true and false
        "value_number": pl.Float64,  # the same as a number where it is one; what SQL computes with
        "unit": pl.String,
        "compared": pl.String,  # direction and inclusiveness of the comparison
        "source": pl.String,
        "meaning": pl.String,
    }
)

SQL_FILE = columns(  # one row is one file of sql/
    {
        "table_name": pl.String,
        "file_name": pl.String,
        "grain": pl.String,
        "layers": pl.List(pl.String),
    }
)

RUN = columns(  # one row is one warehouse build
    {
        "run_id": pl.String,
        "code_version": pl.String,
        "parameter_hash": pl.String,
        "participant_count": pl.Int64,
        "recording_count": pl.Int64,
        "rejected_recording_count": pl.Int64,
        "rejected_entry_count": pl.Int64,
        "night_count": pl.Int64,
        "movement_count": pl.Int64,
        "started_at": INSTANT,
        "ended_at": INSTANT,
    }
)
