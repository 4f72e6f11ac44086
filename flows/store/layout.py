"""What lies at the top of a store, and where each dataset lies in it.

What units own lies in ``raw/`` and ``core/``. Everything else that a run leaves is one of PLACES; names that begin with a
point are the machinery's own, as are the ledger's and those of a store elsewhere (``flows.store.mirror``).
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

OWNED = ("raw/", "core/")
"""Folders in which every file belongs to a unit."""
FRONT_DOOR = "index.html"
REVIEW = "review/"
PREFECT = ".prefect/"
WITHDRAWN = "withdrawn.json"
WAREHOUSE = "warehouse.duckdb"


@dataclass(frozen=True)
class Place:
    """A file, or a folder with the slash at its end, at the top of a store."""

    name: str
    is_sent: bool
    """Whether a store elsewhere holds it, and each machine all of it; other places stay on the machine that made them."""
    is_shared: bool
    """Whether it holds several people at once and is made again: it goes when one of them withdraws."""


PLACES = (
    Place(FRONT_DOOR, is_sent=True, is_shared=True),
    Place(REVIEW, is_sent=True, is_shared=True),
    Place("quality/", is_sent=True, is_shared=True),
    Place("release/", is_sent=True, is_shared=False),
    Place("release_history/", is_sent=True, is_shared=False),
    Place(WITHDRAWN, is_sent=True, is_shared=False),
    Place(WAREHOUSE, is_sent=False, is_shared=True),  # published elsewhere under a key of its own
    Place("warehouse_history/", is_sent=False, is_shared=True),
    Place("export/", is_sent=False, is_shared=True),
    Place(PREFECT, is_sent=False, is_shared=True),
)


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
