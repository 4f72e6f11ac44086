"""Noise that the same persons always get, and rounding.

The cell-key method: every person has a secret number, a cell's key is the sum of those of its contributors, and the key
draws the noise. The same persons give the same noise in every table and every release, so that asking twice does not
average it away; one person more or less gives another. Sums are magnitudes, not frequencies, so the noise is a share of
what the largest contributor brings.

Source: Fraser and Wooton 2005, Thompson, Broadfoot and Elazar 2013 (Australian Bureau of Statistics, TableBuilder).
Deviation: the share is drawn evenly between two limits, not from a tabulated distribution with minimal entropy.
"""

import hashlib
import hmac
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from transforms.parameters.release import ReleaseParameters

Keys = npt.NDArray[np.uint64]

_RANGE = float(2**64)


def record_keys(participant_ids: Sequence[str], secret: bytes) -> Keys:
    """Return the secret number of every person, evenly distributed over 64 bits."""
    return np.array([_number(secret, "person", name) for name in participant_ids], dtype=np.uint64)


def cell_key(records: Keys) -> int:
    """Return the key of a cell: the sum of its persons' numbers modulo 2**64, in whatever order they come."""
    return int(np.add.reduce(records, dtype=np.uint64)) if len(records) else 0


def noise_frac(key: int, measure: str, secret: bytes, parameters: ReleaseParameters) -> float:
    """Draw the noise of one measure of a cell, as a share of its largest contributor; never near zero."""
    drawn = _number(secret, measure, str(key)) / _RANGE
    sign = 1.0 if drawn < 0.5 else -1.0
    size = (2.0 * drawn) % 1.0
    least, most = parameters.noise_least_frac, parameters.noise_most_frac
    return sign * (least + size * (most - least))


def to_base(value: float, base: int) -> int:
    """Round to the nearest multiple of ``base``; halves go up, and nothing becomes zero that was not."""
    return max(base, base * math.floor(value / base + 0.5)) if value > 0 else 0


def to_digits(value: float, digits: int) -> float:
    """Round to ``digits`` significant digits."""
    return float(f"{value:.{digits - 1}e}")


def digits_reach(value: float, digits: int) -> float:
    """Return how far a value may lie from what ``to_digits`` told of it."""
    return 0.5 * 10.0 ** (math.floor(math.log10(abs(value))) + 1 - digits) if value else 0.0


def _number(secret: bytes, purpose: str, name: str) -> int:
    digest = hmac.new(secret, f"{purpose}\x1f{name}".encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big")
