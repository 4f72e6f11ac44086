"""Gaps of a recording from a few hundred of its clock marks, for a look at a file that decodes nothing."""

import numpy as np
from numpy.typing import NDArray

from transforms.clock import SECOND_US
from transforms.parameters.reading import ReadingParameters
from transforms.recording import Fault, Scan

PROBES = 256


def probe_positions(total: int) -> NDArray[np.int64]:
    """Numbers of the blocks to look at, first and last among them."""
    return np.unique(np.linspace(0, total - 1, min(total, PROBES)).astype(np.int64))


def judged(
    number: NDArray[np.int64],
    mark_us: NDArray[np.int64],
    *,
    total: int,
    samples_per_block: int,
    rate_hz: float,
    parameters: ReadingParameters,
) -> Scan:
    """Judge a recording by the marks of some of its blocks.

    Time between two probes that the blocks between them do not account for is a gap; gaps shorter than a fiftieth
    of the distance between two probes stay hidden, because they cannot be told from a slow clock.

    Args:
        number: of each probed block within the file, increasing, shape (probes,), at least one.
        mark_us: their clock marks.
        total: number of blocks in the file.
        samples_per_block: of a full block.
        rate_hz: nominal.
        parameters: for the largest deviation of a clock.

    """
    block_us = samples_per_block * SECOND_US / rate_hz
    between = np.diff(number)
    elapsed_us = np.diff(mark_us)
    typical_us = float(np.median(elapsed_us / between)) if len(between) else block_us
    if abs(typical_us / block_us - 1) > parameters.clock_tolerance_frac:
        typical_us = block_us
    excess_us = elapsed_us - between * typical_us
    is_gap = excess_us > np.maximum(block_us, 0.02 * between * typical_us)
    faults = []
    if (elapsed_us < 0).any():
        faults.append(Fault(cause="clock_backwards", detail="between two probed blocks"))
    return Scan(
        started_us=int(mark_us[0] - number[0] * typical_us),
        ended_us=int(mark_us[-1] + (total - number[-1]) * typical_us),
        sample_count=total * samples_per_block,
        gap_s=float(excess_us[is_gap].sum() / SECOND_US),
        faults=tuple(faults),
    )
