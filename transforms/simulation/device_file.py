"""A simulated recording as the bytes of a device file, and what befalls such files."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import BinaryIO
from zoneinfo import ZoneInfo

import numpy as np

from transforms.parameters.simulation import SimulationParameters
from transforms.simulation.axivity_cwa import BLOCK_BYTES, HEADER_BYTES, CwaDevice, data_blocks, header
from transforms.simulation.participant import SimulatedParticipant, SimulatedRecording
from transforms.simulation.signal import NOISE_BLOCK_S, counts, stamp_s, temperature_c


def cwa_parts(
    participant: SimulatedParticipant,
    recording: SimulatedRecording,
    device: CwaDevice,
    parameters: SimulationParameters,
) -> Iterator[bytes]:
    """Yield the bytes of one device file: the header, then the data blocks of one hour after the other."""
    zone = ZoneInfo(participant.plan.time_zone)
    local = participant.origin.astimezone(zone).replace(tzinfo=None)
    local_s = (local - datetime(1970, 1, 1)).total_seconds()  # noqa: DTZ001 - the device's clock knows no zone
    yield header(device, local, local + timedelta(seconds=participant.duration_s))
    course, sensor = recording.course, recording.sensor
    seed = np.random.SeedSequence([*recording.thermal_seed, 1])
    minutes_c = temperature_c(course, parameters.sensor, np.random.default_rng(seed), participant.duration_s)
    minute_s = 60.0 * np.arange(minutes_c.size)
    hour = round(NOISE_BLOCK_S * sensor.rate_hz)
    size = device.samples_per_block
    sequence = 0
    kept_back = np.empty((0, 3), dtype=np.int16)  # an hour need not be whole blocks
    for first in range(0, recording.sample_count, hour):
        drawn = counts(course, sensor, first, min(hour, recording.sample_count - first))
        values = np.concatenate([kept_back, drawn])
        block_count = values.shape[0] // size
        block_s = (first - kept_back.shape[0] + size * np.arange(block_count)) / sensor.true_rate_hz
        kept_back = values[block_count * size :]
        kept = np.ones(block_count, dtype=bool)
        for start_s, end_s in recording.gaps:
            kept &= (block_s + size / sensor.rate_hz <= start_s) | (block_s >= end_s)
        values = values[: block_count * size].reshape(block_count, size, 3)[kept].reshape(-1, 3)
        block_s = block_s[kept]
        light_lux = np.where((block_s + local_s) % 86_400 < 7 * 3600, 1.0, 60.0)
        yield data_blocks(
            device,
            values,
            local_s + stamp_s(sensor, block_s),
            np.interp(block_s, minute_s, minutes_c),
            light_lux,
            4.2 - 0.4 * first / max(recording.sample_count, 1),
            sequence,
        )
        sequence += block_s.size


def damage(file: BinaryIO, rng: np.random.Generator) -> None:
    """Overwrite bytes in a few data blocks, so that their checksums fail, and the header of one."""
    block_count = (file.tell() - HEADER_BYTES) // BLOCK_BYTES
    for turn, block in enumerate(
        np.sort(rng.choice(block_count, min(5, block_count), replace=False)).tolist()
    ):
        file.seek(HEADER_BYTES + block * BLOCK_BYTES + (0 if turn == 0 else 200))
        file.write(rng.bytes(24))
