"""What a recording's parts promise."""

import numpy as np
import pytest

from transforms.errors import ContractError
from transforms.recording import Chunk, DeviceHeader


def test_a_serial_number_does_not_show():
    header = DeviceHeader(
        file_format="axivity_cwa", device_model="AX3", sampling_rate_hz=100.0, serial_number="39434"
    )
    assert "39434" not in repr(header)


def test_the_values_of_a_chunk_are_counts_or_g():
    times_us = np.arange(2, dtype=np.int64)
    counts = np.array([[1, 2, 3], [4, 5, 6]], np.int16)
    acceleration_g = counts.astype(np.float32) / 256
    with_counts = Chunk(segment_index=0, sampling_rate_hz=100.0, times_us=times_us, counts=counts)
    with_g = Chunk(segment_index=0, sampling_rate_hz=100.0, times_us=times_us, acceleration_g=acceleration_g)
    assert with_counts.values is counts
    assert with_g.values is acceleration_g
    assert len(with_g) == 2
    with pytest.raises(ContractError, match="neither counts nor g"):
        _ = Chunk(segment_index=0, sampling_rate_hz=100.0, times_us=times_us).values
