"""What is made of the samples while a device file is read, for the stage of the same run that wants it.

It lies in files without a name, which go with the process; of many recordings only the last are kept. Who does not find
his reads the samples again, with the same result.
"""

import tempfile
import threading
from pathlib import Path
from typing import IO

import polars as pl

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
        if (frame := self.frame()) is None:
            return
        file = tempfile.TemporaryFile(dir=store)  # noqa: SIM115 - lives until it is taken
        frame.write_ipc(file, compression="uncompressed")
        with _LOCK:
            _KEPT[store, recording_id] = file
            while len(_KEPT) > MOST_KEPT:
                _KEPT.pop(next(iter(_KEPT))).close()


MOST_KEPT = 256
"""Recordings of which they are kept: each holds an open file, of 8 MB for a week."""
_KEPT: dict[tuple[Path, str], IO[bytes]] = {}
_LOCK = threading.Lock()


def take_statistics(store: Path, recording_id: str) -> pl.DataFrame | None:
    """Return what this process has kept of a recording, once."""
    with _LOCK:
        file = _KEPT.pop((store, recording_id), None)
    if file is None:
        return None
    with file:
        file.seek(0)
        return pl.read_ipc(file.read())
