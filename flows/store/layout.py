"""Where each dataset lies in the store."""

from pathlib import Path
from urllib.parse import quote


def partition(participant_id: str) -> str:
    """Name a participant's folder; characters that a path cannot hold are percent-encoded."""
    return f"participant_id={quote(participant_id, safe='')}"


def raw_folder(store: Path, participant_id: str, recording_id: str) -> Path:
    """Return the folder of one recording's raw dataset."""
    return store / "raw" / partition(participant_id) / f"recording_id={recording_id}"


def core_file(store: Path, dataset: str, participant_id: str, part: str = "part") -> Path:
    """Return one participant's file of a core dataset; ``part`` is the recording where there are several."""
    return store / "core" / dataset / partition(participant_id) / f"{part}.parquet"


def core_table(store: Path, dataset: str) -> Path:
    """Return the file of a core dataset that is written whole."""
    return store / "core" / dataset / "part.parquet"
