"""What stands in a file as samples and was not measured: gaps that a device or an export filled. The same for every format.

An export writes zeros where the device slept or a block was lost, or repeats the last sample. No sensor under gravity
shows zeros on all axes for a second, and none whose steps are finer than its noise shows one value for a second. Such
stretches are taken out and cut the segment like a gap; of a repetition the first sample, which was measured, stays.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transforms.clock import SECOND_US
from transforms.parameters.reading import ReadingParameters
from transforms.readers.fault_log import FaultLog
from transforms.recording import Chunk, Companion, DeviceHeader, Fault, Reader, Scan

KNOWN_FILLING = {
    "actilife_csv": ("idle_sleep", "the device slept while nothing moved it, and the export fills this time"),
    "omgui_wav": ("gap", "OMGUI fills gaps"),
}
"""What formats are known to fill, as a cause and in words."""


@dataclass(kw_only=True)
class _Filling:
    """A run of equal samples that goes on at the end of what was seen."""

    value: NDArray[Any]
    cause: str
    started_us: int
    ended_us: int
    sample_count: int


class MeasuredReader:
    """Gives what another reader gives, without what was not measured."""

    def __init__(
        self,
        reader: Reader,
        parameters: ReadingParameters,
        *,
        packing_damage: Callable[[], str | None] = lambda: None,
    ) -> None:
        """Begin; ``packing_damage`` tells what is wrong with the packing, known once it was gone through to its end."""
        self._reader = reader
        self._parameters = parameters
        self._log = FaultLog()
        self._packing_damage = packing_damage
        self._segment_index = -1
        self._source_segment: int | None = None
        self._tail: Chunk | None = None
        self._filling: _Filling | None = None
        self._pair_count = 0
        self._changed_count = 0
        scale = reader.header.scale_g_per_count
        self._resolution_g = None if scale is None else max(scale)

    @property
    def companions(self) -> list[Companion]:
        """What was read so far and not taken away."""
        return self._reader.companions

    @companions.setter
    def companions(self, companions: list[Companion]) -> None:
        self._reader.companions = companions

    @property
    def header(self) -> DeviceHeader:
        """Facts about the device and its settings."""
        return self._reader.header

    @property
    def faults(self) -> list[Fault]:
        """What was found wrong so far."""
        return [*self._reader.faults, *self._packing_faults(), *self._log.listing()]

    def scan(self) -> Scan:
        """Return span and faults from header and block marks only."""
        scan = self._reader.scan()
        return replace(scan, faults=(*scan.faults, *self._packing_faults(), *self._log.listing()))

    def _packing_faults(self) -> list[Fault]:
        damage = self._packing_damage()
        if damage is None:
            return []
        cause = "bad_checksum" if "checksum" in damage else "truncated"
        return [Fault(cause=cause, detail=f"in its archive: {damage}")]

    def chunks(self) -> Iterator[Chunk]:
        """Yield the samples that were measured, in time order."""
        for chunk in self._reader.chunks():
            if len(chunk):
                yield from self._measured(chunk)
        if self._tail is not None:
            yield self._tail
        self._end_filling()

    def _least(self, rate_hz: float, *, is_zero: bool) -> int:
        if is_zero:
            return max(round(self._parameters.zero_signal_s * rate_hz), 2)
        least_s = round(self._parameters.repeated_signal_s * rate_hz)
        return max(least_s, self._parameters.repeated_signal_samples)

    def _measured(self, chunk: Chunk) -> Iterator[Chunk]:
        values = chunk.values
        if chunk.segment_index != self._source_segment:
            if self._tail is not None:
                yield self._tail
                self._tail = None
            self._end_filling()
            self._source_segment = chunk.segment_index
            self._segment_index += 1
        start = 0
        tail = self._tail
        if self._filling is not None:
            start = self._go_on(self._filling, chunk)
        elif tail is not None:
            start = self._begun_by(tail, chunk)
            # of a tail that was the beginning of a repetition only the first sample was measured
            given = len(tail) if start == 0 else int(tail.values[-1].any())
            if given:
                yield _part(tail, 0, given, tail.segment_index)
            self._tail = None
        rate_hz = chunk.sampling_rate_hz
        least = min(self._least(rate_hz, is_zero=True), self._least(rate_hz, is_zero=False))
        runs = _runs(values, start, least)
        self._take_evidence(values, runs)
        for first, end in runs:
            cause = self._cause(values[first], end - first, rate_hz)
            if cause is None:
                continue
            kept_until = first if not values[first].any() else first + 1
            if kept_until > start:
                yield _part(chunk, start, kept_until, self._segment_index)
            self._begin_filling(chunk, kept_until, end, cause)
            if end < len(chunk):
                self._end_filling()
                self._segment_index += 1
            start = end
        if start >= len(chunk):
            return
        equal = _trailing(values, least)
        end = len(chunk) - equal if least // 4 < equal < len(chunk) - start else len(chunk)
        if end > start:
            yield _part(chunk, start, end, self._segment_index)
        if end < len(chunk):
            self._tail = _part(chunk, end, len(chunk), self._segment_index, is_kept=True)

    def _go_on(self, filling: _Filling, chunk: Chunk) -> int:
        """Let a run of the chunk before go on; return where in this chunk it ends."""
        lead = _leading(chunk.values, filling.value)
        if lead:
            filling.ended_us = int(chunk.times_us[lead - 1]) + round(SECOND_US / chunk.sampling_rate_hz)
            filling.sample_count += lead
        if lead < len(chunk):
            self._end_filling()
            self._segment_index += 1
        return lead

    def _begun_by(self, tail: Chunk, chunk: Chunk) -> int:
        """Return where the run ends that began with the tail of the chunk before; 0 where the tail is to be given."""
        value = tail.values[-1].copy()
        lead = _leading(chunk.values, value)
        cause = self._cause(value, len(tail) + lead, chunk.sampling_rate_hz)
        if cause is None or not lead:
            return 0
        kept = int(value.any())
        self._filling = _Filling(
            value=value,
            cause=cause,
            started_us=int(tail.times_us[kept]) if len(tail) > kept else int(chunk.times_us[0]),
            ended_us=int(chunk.times_us[0]),
            sample_count=len(tail) - kept,
        )
        return self._go_on(self._filling, chunk)

    def _begin_filling(self, chunk: Chunk, first: int, end: int, cause: str) -> None:
        self._filling = _Filling(
            value=chunk.values[first].copy(),
            cause=cause,
            started_us=int(chunk.times_us[first]),
            ended_us=int(chunk.times_us[end - 1]) + round(SECOND_US / chunk.sampling_rate_hz),
            sample_count=end - first,
        )

    def _end_filling(self) -> None:
        filling, self._filling = self._filling, None
        if filling is None:
            return
        what = "zeros on all axes" if filling.cause == "zero_signal" else "one value repeated"
        cause, what = KNOWN_FILLING.get(self.header.file_format, (filling.cause, what))
        self._log.add(
            Fault(
                cause=cause,
                started_us=filling.started_us,
                ended_us=filling.ended_us,
                sample_count=filling.sample_count,
                detail=f"{what}: not measured, left out",
            )
        )

    def _take_evidence(self, values: NDArray[Any], runs: list[tuple[int, int]]) -> None:
        """Learn, outside of long runs, how often neighbours differ and, where the file holds g, by how little."""
        step = max(len(values) // 4096, 1)
        at = np.arange(0, len(values) - 1, step)
        for first, end in runs:
            at = at[(at < first - 1) | (at >= end)]
        if not len(at):
            return
        distance = np.abs(values[at + 1].astype(np.float64) - values[at])
        self._pair_count += len(at)
        self._changed_count += int((distance > 0).any(axis=1).sum())
        if self.header.scale_g_per_count is None:
            steps = distance[distance > 1e-7]
            if len(steps):
                finest = float(steps.min())
                known = self._resolution_g
                self._resolution_g = finest if known is None else min(known, finest)

    def _cause(self, value: NDArray[Any], length: int, rate_hz: float) -> str | None:
        """Return why a run of equal samples was not measured; None where it may have been."""
        if not value.any():
            return "zero_signal" if length >= self._least(rate_hz, is_zero=True) else None
        is_fine = (
            self._resolution_g is not None and self._resolution_g <= self._parameters.repeated_resolution_g
        )
        is_noisy = (
            self._pair_count >= self._parameters.repeated_signal_samples
            and self._changed_count >= self._parameters.repeated_noise_frac * self._pair_count
        )
        is_long = length >= self._least(rate_hz, is_zero=False)
        return "repeated_signal" if is_long and is_fine and is_noisy else None


def _part(chunk: Chunk, start: int, end: int, segment_index: int, *, is_kept: bool = False) -> Chunk:
    """Return some of a chunk's samples; copied where they are to be kept for longer than the chunk."""
    if start == 0 and end == len(chunk) and chunk.segment_index == segment_index:
        return chunk

    def part(values: Any) -> Any:
        if values is None:
            return None
        return values[start:end].copy() if is_kept else values[start:end]

    return replace(
        chunk,
        segment_index=segment_index,
        times_us=part(chunk.times_us),
        counts=part(chunk.counts),
        acceleration_g=part(chunk.acceleration_g),
        gyro_counts=part(chunk.gyro_counts),
        gyro_deg_per_s=part(chunk.gyro_deg_per_s),
    )


def _is_change(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell of each sample but the first whether it differs from the one before."""
    changed = values[1:, 0] != values[:-1, 0]
    for axis in (1, 2):
        changed |= values[1:, axis] != values[:-1, axis]
    return np.asarray(changed)


def _runs(values: NDArray[Any], start: int, least: int) -> list[tuple[int, int]]:
    """Return [first, end) of the runs of at least ``least`` equal samples from ``start`` on.

    Such a run shows in samples that lie half of it apart, so that only few samples are looked at.
    """
    apart = max(least // 2, 1)
    points = np.arange(start, len(values), apart)
    if len(points) < 2:
        return []
    alike = _without_chance(~_is_change(values[points]), values, points, apart)
    if not alike.any():
        return []
    edges = np.flatnonzero(np.diff(alike, prepend=False, append=False))
    found: list[tuple[int, int]] = []
    for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        low = max(int(points[first]) - apart + 1, start)
        high = min(int(points[last]) + apart, len(values))
        limits = np.concatenate(([0], np.flatnonzero(_is_change(values[low:high])) + 1, [high - low]))
        long = np.flatnonzero(np.diff(limits) >= least).tolist()
        found += [(low + int(limits[index]), low + int(limits[index + 1])) for index in long]
    return found


def _without_chance(
    alike: NDArray[np.bool_], values: NDArray[Any], points: NDArray[np.int64], apart: int
) -> NDArray[np.bool_]:
    """Leave of the pairs of points that are alike those between which two more samples are, too: noise repeats itself."""
    pairs = np.flatnonzero(alike)
    for part in (2, 3):
        if len(pairs) and apart > part:
            first = values[points[pairs]]
            pairs = pairs[(values[points[pairs] + apart // part] == first).all(axis=1)]
    kept = np.zeros(len(alike), np.bool_)
    kept[pairs] = True
    return kept


def _leading(values: NDArray[Any], value: NDArray[Any]) -> int:
    """Return how many samples at the beginning equal ``value``."""
    length = 1024
    while True:
        differs = (values[:length] != value).any(axis=1)
        if differs.any():
            return int(np.argmax(differs))
        if length >= len(values):
            return len(values)
        length *= 8


def _trailing(values: NDArray[Any], most: int) -> int:
    """Return how many samples at the end equal the last one, at most ``most``."""
    differs = (values[-most:] != values[-1]).any(axis=1)
    return len(differs) - (int(np.flatnonzero(differs)[-1]) + 1 if differs.any() else 0)
