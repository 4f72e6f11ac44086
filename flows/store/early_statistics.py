"""What is made of the samples while a device file is read, for the stage of the same run that wants it.

It lies in the scratch folder of this process and goes with it: who does not find it reads the samples again, with the
same result.
"""

from pathlib import Path

import polars as pl

from flows.store.atomic import scratch_folder
from transforms.epochs.summary import ChunkStatistics
from transforms.parameters.epochs import EpochParameters
from transforms.recording import Chunk, DeviceHeader


class EarlyStatistics:
    """Collects the statistics of epochs of one recording while it is read."""

    def __init__(self, parameters: EpochParameters) -> None:
        self._parameters = parameters
        self._statistics: ChunkStatistics | None = None

    def begin(self, header: DeviceHeader) -> None:
        """Hear of the device."""
        self._statistics = ChunkStatistics(header, self._parameters)

    def see(self, chunk: Chunk, utc_offset_us: int) -> None:
        """Take in one chunk."""
        if self._statistics is not None:
            self._statistics.see(chunk, utc_offset_us)

    def frame(self) -> pl.DataFrame | None:
        """Return what ``summarise_samples`` would give; None where it cannot be made so early."""
        return None if self._statistics is None else self._statistics.frame()

    def keep(self, store: Path, recording_id: str) -> None:
        """Leave the statistics for ``take_statistics``."""
        if (frame := self.frame()) is not None:
            frame.write_ipc(_file(store, recording_id), compression="uncompressed")


def take_statistics(store: Path, recording_id: str) -> pl.DataFrame | None:
    """Return what this process has kept of a recording, once."""
    file = _file(store, recording_id)
    if not file.exists():
        return None
    statistics = pl.read_ipc(file.read_bytes())
    file.unlink()
    return statistics


def _file(store: Path, recording_id: str) -> Path:
    return scratch_folder(store) / f"{recording_id}.statistics.arrow"
