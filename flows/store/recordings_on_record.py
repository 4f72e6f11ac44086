"""The recordings that the ledger knows, as the next stages read them."""

from pathlib import Path

import polars as pl

from flows.store.ledger import KnownRecording, Ledger, open_book
from transforms.schema import RECORDING, empty

INGEST = "ingest"
"""The stage that reads device files; its units are recordings."""
STAMP_KEY = "legjumps"
"""Key in the metadata of recording.parquet: what the ledger knows of the recording, for the day the ledger is lost."""
IN_USE = ("read", "archived")


def row_as_text(recording: pl.DataFrame) -> str:
    """Return one row of RECORDING as JSON; instants as microseconds, so that nothing is rounded."""
    return recording.with_columns(pl.col(pl.Datetime).dt.epoch("us")).write_json()


def read_recordings_on_record(store: Path) -> pl.DataFrame:
    """Return RECORDING of every recording in use, sorted by participant and recording.

    The content says what was measured, the link who wore it where, under which name.
    """
    ledger = Ledger(store, INGEST)
    known = [one for one in open_book(store).recordings.values() if one.state in IN_USE]
    texts = [(ledger.read(one.recording_id) or {}).get("row") for one in known]
    rows = [text[1:-1] for text in texts if text]
    if not rows:
        return empty(RECORDING)
    stored = {name: pl.Int64 if isinstance(kind, pl.Datetime) else kind for name, kind in RECORDING.items()}
    content = pl.read_json(f"[{','.join(rows)}]".encode(), schema=stored)
    return (
        content.drop("participant_id", "body_site", "file_name", "time_zone")
        .join(_links(known), on="recording_id", how="inner", validate="1:1")
        .select(RECORDING.names())
        .cast(RECORDING)
        .sort("participant_id", "recording_id")
    )


def _links(known: list[KnownRecording]) -> pl.DataFrame:
    columns = ("recording_id", "participant_id", "body_site", "file_name", "time_zone")
    return pl.DataFrame({name: [getattr(one, name) for one in known] for name in columns})
