"""How a recording begins: what a longer export of the same recording has in common with a shorter one."""

import hashlib

import numpy as np

from transforms.recording import Chunk, DeviceHeader

LENGTH = 256
"""Samples that are compared."""
LEAST_DISTINCT = 16
"""Different samples among them: a sensor that is still and noiseless tells nothing of itself."""


class Beginning:
    """Collects the first samples of a recording while it is read."""

    def __init__(self) -> None:
        self._times: list[np.ndarray] = []
        self._values: list[np.ndarray] = []
        self._count = 0

    def see(self, chunk: Chunk) -> None:
        """Take what is still needed of one chunk."""
        wanted = LENGTH - self._count
        if wanted > 0 and len(chunk):
            self._times.append(np.asarray(chunk.times_us[:wanted]))
            self._values.append(np.asarray(chunk.values[:wanted], np.float64))
            self._count += len(self._times[-1])

    def digest(self, header: DeviceHeader) -> str | None:
        """Hash device, first instants and first samples; None where they could be those of any other device."""
        if self._count < LENGTH:
            return None
        values = np.concatenate(self._values)
        if len(np.unique(values, axis=0)) < LEAST_DISTINCT:
            return None
        digest = hashlib.sha256(f"{header.device_model} {header.serial_number}".encode())
        digest.update(np.concatenate(self._times).astype(np.int64).tobytes())
        digest.update(values.tobytes())
        return digest.hexdigest()[:16]
