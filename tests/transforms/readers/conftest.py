"""Device files that the tests write themselves."""

import importlib.util
import io
from pathlib import Path

import numpy as np
import pytest

from transforms.readers import open_reader


def _module(name: str):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def cwa():
    """The independent writer of Axivity blocks."""
    return _module("cwa_blocks")


@pytest.fixture(scope="session")
def gen():
    """The independent writer of GENEActiv pages."""
    return _module("geneactiv_pages")


@pytest.fixture(scope="session")
def gt3x():
    """The independent writer of ActiGraph records and archives."""
    return _module("gt3x_records")


class Read:
    """Everything that a reader gave, joined."""

    def __init__(self, content: bytes, name: str) -> None:
        reader = open_reader(io.BytesIO(content), name, len(content))
        self.chunks = list(reader.chunks())
        self.header = reader.header
        self.faults = reader.faults
        self.companions = reader.companions
        self.times_us = self._joined("times_us", np.empty(0, np.int64))
        self.counts = self._joined("counts", np.empty((0, 3), np.int16))
        self.gyro_counts = self._joined("gyro_counts", np.empty((0, 3), np.int16))
        self.acceleration_g = self._joined("acceleration_g", np.empty((0, 3), np.float32))

    def _joined(self, name, nothing):
        parts = [getattr(chunk, name) for chunk in self.chunks]
        return nothing if not parts or parts[0] is None else np.concatenate(parts)

    @property
    def in_g(self) -> np.ndarray:
        if self.header.scale_g_per_count is None:
            return self.acceleration_g.astype(float)
        return self.counts * np.array(self.header.scale_g_per_count) + np.array(self.header.offset_g)

    @property
    def segments(self) -> list[tuple[int, int]]:
        """(segment_index, samples) in order."""
        lengths: dict[int, int] = {}
        for chunk in self.chunks:
            lengths[chunk.segment_index] = lengths.get(chunk.segment_index, 0) + len(chunk)
        return list(lengths.items())

    def causes(self) -> list[str]:
        return [fault.cause for fault in self.faults]

    def companion(self, name: str) -> np.ndarray:
        return np.concatenate([getattr(companion, name) for companion in self.companions])


@pytest.fixture(scope="session")
def read():
    """Read bytes to the end."""
    return Read
