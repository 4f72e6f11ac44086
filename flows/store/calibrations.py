"""The calibration that a recording was summarised with, as the ledger keeps it."""

from pathlib import Path

from flows.store.ledger import Ledger
from transforms.epochs.calibration import Calibration

SUMMARISE = "summarise"
"""The stage that calibrates."""


def read_calibration(store: Path, recording_id: str) -> Calibration:
    """Return the calibration of a recording that has been summarised."""
    facts = dict((Ledger(store, SUMMARISE).read(recording_id) or {})["calibration"])
    for name in ("gains", "offsets_g", "temperature_slopes_g_per_c"):
        facts[name] = tuple(facts[name])
    return Calibration(**facts)
