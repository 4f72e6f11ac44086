"""ActiGraph log.bin: records of one second, each with its own length and checksum.

Layout after the maker's documentation (github.com/actigraph/GT3X-File-Format).
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

SEPARATOR = 0x1E
FRAME_BYTES = 9  # separator, type, time, size and checksum around a payload
LARGEST_RECORD_BYTES = FRAME_BYTES + 0xFFFF
HIGHEST_TYPE = 0x2F
LEAST_LEAP = 8
"""Records of one length in a row that pay for looking at them at once."""
LONGEST_LEAP = 4096


class RecordType(IntEnum):
    """The kinds of record that are read or told of; all others are skipped."""

    ACTIVITY = 0
    EVENT = 3
    HEART_RATE = 4
    LUX = 5
    HEART_RATE_BLE = 14
    PARAMETERS = 21
    SENSOR_DATA = 25
    ACTIVITY2 = 26


@dataclass(frozen=True, kw_only=True, eq=False)
class Records:
    """Records of one window in the order of the file; arrays of shape (records,)."""

    data: bytes
    start: NDArray[np.int64]
    kind: NDArray[np.uint8]
    size: NDArray[np.int64]
    time_s: NDArray[np.int64]
    lost_before: NDArray[np.int64]
    """Damaged stretches of the file directly before each record."""

    def __len__(self) -> int:
        return len(self.start)

    def payload(self, index: int) -> bytes:
        """Content of one record."""
        start = int(self.start[index]) + 8
        return self.data[start : start + int(self.size[index])]


class RecordParser:
    """Cuts the inflated bytes into records, window after window.

    A record whose checksum does not hold is left out; where its length cannot be believed either, the next
    record is searched for.
    """

    def __init__(self) -> None:
        self.lost = 0
        """Damaged stretches after the last record that was given out."""
        self._rest = b""

    def parse(self, piece: bytes, *, is_last: bool) -> Records:
        """Return the records that end in this piece."""
        data = self._rest + piece if self._rest else piece
        starts: list[int] = []
        damaged_at: list[int] = []  # number of records before each damaged stretch
        position = 0
        end = len(data)
        while True:
            position = _walk(data, position, starts)
            if position + FRAME_BYTES > end or (data[position] == SEPARATOR and not is_last):
                # what is left is the beginning of a record
                if position < end and is_last and data[position:].strip(b"\0"):
                    damaged_at.append(len(starts))
                break
            if data[position] == 0:
                position = _after_zeros(data, position)
                continue
            if starts and not _is_whole(data, starts[-1]):
                position = starts.pop() + 1
            found = _search(data, position, is_last=is_last)
            if found is None:
                damaged_at.append(len(starts))
                position = end if is_last else max(position, end - LARGEST_RECORD_BYTES)
                break
            if not damaged_at or damaged_at[-1] != len(starts):
                damaged_at.append(len(starts))
            position = found
        self._rest = b"" if is_last else data[position:]
        return self._records(data, np.array(starts, np.int64), damaged_at)

    def _records(self, data: bytes, start: NDArray[np.int64], damaged_at: list[int]) -> Records:
        octets = np.frombuffer(data, np.uint8)
        size = octets[start + 6].astype(np.int64) | (octets[start + 7].astype(np.int64) << 8)
        good = np.zeros(len(start), bool)
        for length in np.unique(size):
            index = np.flatnonzero(size == length)
            rows = _rows(octets, start[index], int(length) + FRAME_BYTES)
            good[index] = np.bitwise_xor.reduce(rows, axis=1) == 0xFF
        kept = np.flatnonzero(good)
        damaged = np.searchsorted(
            np.sort(np.array(damaged_at, np.int64)), np.arange(len(start)), side="right"
        )
        lost_until = np.cumsum(~good) + damaged  # bad records and damaged stretches before each record
        before = np.diff(lost_until[kept], prepend=-self.lost)
        total = len(start) - len(kept) + len(damaged_at)
        self.lost = total - int(lost_until[kept[-1]]) if len(kept) else self.lost + total
        start = start[kept]
        time_s = np.zeros(len(start), np.int64)
        for place in range(4):
            time_s |= octets[start + 2 + place].astype(np.int64) << (8 * place)
        return Records(
            data=data, start=start, kind=octets[start + 1], size=size[kept], time_s=time_s, lost_before=before
        )


def _walk(data: bytes, position: int, starts: list[int]) -> int:
    """Follow the records by their lengths as far as they lead; return where they do not."""
    end = len(data)
    last = end - FRAME_BYTES
    append = starts.append
    octets = np.frombuffer(data, np.uint8)
    before = patience = 0
    while position <= last and data[position] == SEPARATOR:
        length = FRAME_BYTES + (data[position + 6] | data[position + 7] << 8)
        if position + length > end:
            break
        append(position)
        position += length
        patience -= 1
        if length == before and patience < 0:
            count = _alike(octets, position, length)
            starts.extend(range(position, position + count * length, length))
            position += count * length
            patience = 0 if count >= LEAST_LEAP else LEAST_LEAP
        before = length
    return position


def _alike(octets: NDArray[np.uint8], position: int, length: int) -> int:
    """Return how many records of one length follow one another from ``position`` on."""
    most = min((len(octets) - position) // length, LONGEST_LEAP)
    if most <= 0:
        return 0
    rows = octets[position : position + most * length].reshape(most, length)
    size = length - FRAME_BYTES
    is_alike = (rows[:, 0] == SEPARATOR) & (rows[:, 6] == size & 0xFF) & (rows[:, 7] == size >> 8)
    return most if is_alike.all() else int(np.argmin(is_alike))


def _rows(octets: NDArray[np.uint8], starts: NDArray[np.int64], length: int) -> NDArray[np.uint8]:
    """Return the ``length`` bytes from each start on, shape (starts, length); a view where the starts are evenly apart."""
    apart = np.diff(starts)
    if not len(apart) or (apart[0] >= length and (apart == apart[0]).all()):
        first, step = int(starts[0]), int(apart[0]) if len(apart) else length
        return np.lib.stride_tricks.as_strided(
            octets[first:], (len(starts), length), (step, 1), writeable=False
        )
    edges = np.concatenate(([0], np.flatnonzero(np.diff(apart)) + 1, [len(starts)]))
    if len(edges) * LEAST_LEAP > len(starts):
        data = octets.data
        return np.frombuffer(b"".join([data[at : at + length] for at in starts.tolist()]), np.uint8).reshape(
            -1, length
        )
    rows = np.empty((len(starts), length), np.uint8)
    for first, last in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        rows[first:last] = _rows(octets, starts[first:last], length)
    return rows


def _is_whole(data: bytes, start: int) -> bool:
    following = start + FRAME_BYTES + (data[start + 6] | data[start + 7] << 8)
    if following > len(data):
        return False
    return int(np.bitwise_xor.reduce(np.frombuffer(data, np.uint8, following - start, start))) == 0xFF


def _search(data: bytes, position: int, *, is_last: bool) -> int | None:
    """Find the next record that holds: known kind, right checksum, and another record or the end behind it."""
    end = len(data)
    while (position := data.find(b"\x1e", position)) >= 0 and position + FRAME_BYTES <= end:
        following = position + FRAME_BYTES + (data[position + 6] | data[position + 7] << 8)
        if data[position + 1] <= HIGHEST_TYPE and following <= end:
            is_followed = following == end or data[following] in {SEPARATOR, 0}
            if is_followed and _is_whole(data, position):
                return position
        position += 1
    return None


def _after_zeros(data: bytes, position: int) -> int:
    while position < len(data):
        part = data[position : position + 65_536]
        left = part.lstrip(b"\0")
        if left:
            return position + len(part) - len(left)
        position += len(part)
    return position


def activity_counts(records: Records) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int16]]:
    """Decode all records of raw samples.

    Returns (indices of these records, samples in each, counts (3, samples) in x, y, z order). Records of one byte
    are written when the device is plugged in and hold no sample.
    """
    is_activity = np.isin(records.kind, (RecordType.ACTIVITY, RecordType.ACTIVITY2)) & (records.size > 1)
    index = np.flatnonzero(is_activity)
    kind, size = records.kind[index], records.size[index]
    count = np.where(kind == RecordType.ACTIVITY2, size // 6, size * 2 // 9)
    first = np.concatenate(([0], np.cumsum(count)))
    counts = np.empty((3, int(first[-1])), np.int16)
    starts = records.start[index] + 8
    octets = np.frombuffer(records.data, np.uint8)
    for which in (RecordType.ACTIVITY, RecordType.ACTIVITY2):
        for length in np.unique(size[kind == which]):
            chosen = np.flatnonzero((kind == which) & (size == length))
            samples = _unpack(_rows(octets, starts[chosen], int(length)), which)
            width = samples.shape[2]
            if len(chosen) == len(index):
                counts[:] = samples.reshape(3, -1)
            else:
                place = first[chosen][:, None] + np.arange(width)
                counts[:, place] = samples
    return index, count, counts


def _unpack(rows: NDArray[np.uint8], which: RecordType) -> NDArray[np.int16]:
    """Payloads of one length (records, bytes) to (3, records, samples)."""
    length = rows.shape[1]
    if which == RecordType.ACTIVITY2:
        width = length // 6
        return np.ascontiguousarray(rows[:, : width * 6]).view("<i2").reshape(-1, width, 3).transpose(2, 0, 1)
    width = length * 2 // 9
    padded = -(-width // 2) * 9
    if padded != length:
        rows = np.concatenate((rows, np.zeros((len(rows), max(padded - length, 0)), np.uint8)), axis=1)[
            :, :padded
        ]
    octets = rows.reshape(-1, 9).T.astype(np.uint16)
    # 12 bits with sign, in the order y, x, z: moved to the top of 16 bits, and back with the sign
    values = np.empty((3, rows.shape[0] * padded // 9, 2), np.int16)
    for place, axis in enumerate((1, 0, 2, 1, 0, 2)):
        high = place * 3 // 2
        if place % 2 == 0:
            bits = (octets[high] << 8) | octets[high + 1]
        else:
            bits = (octets[high] << 12) | (octets[high + 1] << 4)
        np.right_shift(bits.view(np.int16), 4, out=values[axis, :, place // 3])
    return values.reshape(3, rows.shape[0], -1)[:, :, :width]


def activity_bin_counts(raw: bytes) -> NDArray[np.int16]:
    """Decode the samples of the old activity.bin, which has no records; shape (3, samples)."""
    width = len(raw) * 2 // 9
    rows = np.frombuffer(raw, np.uint8).reshape(1, -1)
    return np.ascontiguousarray(_unpack(rows, RecordType.ACTIVITY).reshape(3, -1)[:, :width])


def parameter_value(bits: int) -> float:
    """Decode a number of a PARAMETERS record: a fraction of 24 bits and an exponent of 8, both with sign."""
    exponent = (bits >> 24) - 256 if bits >> 31 else bits >> 24
    fraction = bits & 0xFFFFFF
    if fraction & 0x800000:
        fraction -= 1 << 24
    return float(fraction / (1 << 23) * 2.0**exponent)


def parameters(payload: bytes) -> dict[tuple[int, int], int]:
    """Return the values of a PARAMETERS record by address space and identifier, as they are written."""
    usable = len(payload) // 8 * 8
    entries = np.frombuffer(payload[:usable], np.dtype([("space", "<u2"), ("key", "<u2"), ("value", "<u4")]))
    return {(int(entry["space"]), int(entry["key"])): int(entry["value"]) for entry in entries}
