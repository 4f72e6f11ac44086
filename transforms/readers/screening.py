"""What the samples themselves tell against a recording: wrong scale, saturation, a settling sensor."""

import numpy as np
from numpy.typing import NDArray

from transforms.clock import SECOND_US
from transforms.parameters.reading import ReadingParameters
from transforms.readers.fault_log import FaultLog
from transforms.recording import Chunk, DeviceHeader, Fault

WINDOWS_PER_CHUNK = 64


class SignalScreen:
    """Looks at each chunk as it passes; no sample is changed.

    Still windows are taken from evenly spread places (at most 64 per chunk), because a median over some
    thousand of them is as good as over all, at a twentieth of the time.
    """

    def __init__(self, header: DeviceHeader, parameters: ReadingParameters) -> None:
        self._header = header
        self._parameters = parameters
        self._log = FaultLog()
        self._still_g: list[NDArray[np.float64]] = []
        self._length_g: list[NDArray[np.float32]] = []  # of one sample a second
        self._lowest_g, self._highest_g = np.full(3, np.inf), np.full(3, -np.inf)
        self._recorded_s = 0.0
        self._clipped: list[tuple[int, int, int]] = []  # first, last time and number of samples
        self._first_us: int | None = None
        self._last_us = 0
        self._scale = header.scale_g_per_count or (1.0, 1.0, 1.0)
        self._limit_g = None
        if header.range_g is not None:
            self._limit_g = header.range_g * (1 - parameters.clipping_margin_frac)

    def see(self, chunk: Chunk) -> None:
        """Take in one chunk."""
        if not len(chunk):
            return
        if self._first_us is None:
            self._first_us = int(chunk.times_us[0])
            self._see_start(chunk)
        self._last_us = int(chunk.times_us[-1])
        self._recorded_s += len(chunk) / chunk.sampling_rate_hz
        every = max(round(chunk.sampling_rate_hz), 1)
        chosen_g = self._in_g(slice(every // 2, None, every), chunk)
        self._length_g.append(np.linalg.norm(chosen_g, axis=1).astype(np.float32))
        self._see_clipping(chunk)
        self._see_stillness(chunk)

    def gravity_median_g(self) -> float | None:
        """Median length of the mean vector of the still windows; None where there are too few."""
        norms = np.concatenate(self._still_g) if self._still_g else np.empty(0)
        if len(norms) < self._parameters.min_still_windows:
            return None
        return float(np.median(norms))

    def length_median_g(self) -> float | None:
        """Median of |a| over one sample a second; None where too little is recorded for a verdict."""
        if self._recorded_s < self._parameters.min_judged_s:
            return None
        lengths = np.concatenate(self._length_g)
        return float(np.median(lengths)) if len(lengths) else None

    def implausible_g(self) -> float | None:
        """Return what the sensor shows instead of about 1 g, None where that is plausible or cannot be judged.

        A person lies, hangs or stands most of the time, so the median over all samples tells the unit even where no
        window is still; the still windows tell it more exactly. What no sensor can show tells of a unit that changes midway.
        """
        for shown_g in (self.gravity_median_g(), self.length_median_g()):
            if shown_g is not None and not (
                self._parameters.min_gravity_g <= shown_g <= self._parameters.max_gravity_g
            ):
                return shown_g
        lengths = np.concatenate(self._length_g) if self._length_g else np.empty(0, np.float32)
        far = lengths[lengths > self._parameters.farthest_g]
        is_far = len(far) > self._parameters.max_far_frac * len(lengths)
        return float(np.median(far)) if is_far and self._recorded_s >= self._parameters.min_judged_s else None

    def faults(self) -> list[Fault]:
        """Return start-up transient and clipped stretches; near either end they are put down to the cable."""
        margin_us = self._parameters.docking_margin_s * SECOND_US
        for start_us, end_us, count in self._clipped:
            first_us = self._first_us or 0
            is_near_end = start_us - first_us <= margin_us or self._last_us - end_us <= margin_us
            self._log.add(
                Fault(
                    cause="usb_spike" if is_near_end else "clipping",
                    started_us=start_us,
                    ended_us=end_us + 1,
                    sample_count=count,
                    detail="an axis is at the end of its range",
                )
            )
        self._clipped.clear()
        constant = [
            axis
            for axis, low, high in zip("xyz", self._lowest_g, self._highest_g, strict=True)
            if low == high
        ]
        if constant and self._recorded_s >= self._parameters.constant_axis_s:
            detail = (
                f"{', '.join(constant)} shows one value throughout: a broken axis, or a column that is none"
            )
            self._log.add(Fault(cause="constant_axis", detail=detail))
        if self.length_median_g() is None:
            detail = f"{self._recorded_s:.1f} s are too short to tell whether the values are in g"
            self._log.add(Fault(cause="gravity_not_judged", detail=detail))
        return self._log.listing()

    def _in_g(self, part: slice | NDArray[np.int64], chunk: Chunk) -> NDArray[np.float64]:
        """Return samples as float64 g, shape (..., 3)."""
        samples = chunk.values[part].astype(np.float64)
        if chunk.counts is not None:
            samples = samples * np.array(self._scale) + np.array(self._header.offset_g or (0.0, 0.0, 0.0))
        return samples

    def _see_start(self, chunk: Chunk) -> None:
        settling = int(self._parameters.transient_settling_s * chunk.sampling_rate_hz)
        reference = int(self._parameters.transient_reference_s * chunk.sampling_rate_hz)
        if settling < 1 or len(chunk) < settling + reference:
            return
        samples_g = self._in_g(slice(0, settling + reference), chunk)
        distance_g = np.abs(samples_g[:settling] - np.median(samples_g[settling:], axis=0)).max(axis=1)
        is_far = distance_g > self._parameters.transient_distance_g
        count = settling if is_far.all() else int(np.argmin(is_far))
        if count:
            self._log.add(
                Fault(
                    cause="start_up_transient",
                    started_us=int(chunk.times_us[0]),
                    ended_us=int(chunk.times_us[count]),
                    sample_count=count,
                    detail="the first samples are far from those that follow",
                )
            )

    def _see_clipping(self, chunk: Chunk) -> None:
        if self._limit_g is None:
            return
        is_clipped = np.zeros(len(chunk), bool)
        for axis in range(3):
            scale = self._scale[axis] if chunk.counts is not None else 1.0
            values = chunk.values[:, axis]
            low, high = -self._limit_g / scale, self._limit_g / scale
            if values.max() >= high or values.min() <= low:
                is_clipped |= (values >= high) | (values <= low)
        index = np.flatnonzero(is_clipped)
        if not len(index):
            return
        times_us = chunk.times_us[index]
        join_us = self._parameters.clipping_join_s * SECOND_US
        starts = np.concatenate(([0], np.flatnonzero(np.diff(times_us) > join_us) + 1))
        ends = np.concatenate((starts[1:], [len(times_us)])) - 1
        for start, end in zip(starts, ends, strict=True):
            stretch = (int(times_us[start]), int(times_us[end]), int(end - start + 1))
            if self._clipped and stretch[0] - self._clipped[-1][1] <= join_us:
                before = self._clipped.pop()
                stretch = (before[0], stretch[1], before[2] + stretch[2])
            self._clipped.append(stretch)

    def _see_stillness(self, chunk: Chunk) -> None:
        width = round(self._parameters.still_window_s * chunk.sampling_rate_hz)
        count = len(chunk) // max(width, 1)
        if width < 2 or not count:
            return
        chosen = np.unique(np.linspace(0, count - 1, min(count, WINDOWS_PER_CHUNK)).astype(np.int64))
        windows_g = self._in_g(chosen[:, None] * width + np.arange(width), chunk)
        self._lowest_g = np.minimum(self._lowest_g, windows_g.min(axis=(0, 1)))
        self._highest_g = np.maximum(self._highest_g, windows_g.max(axis=(0, 1)))
        is_still = (windows_g.std(axis=1) < self._parameters.still_sd_g).all(axis=1)
        # a window of zeros is no measurement of gravity: some devices and exports fill gaps with them
        is_still &= windows_g.any(axis=(1, 2))
        self._still_g.append(np.linalg.norm(windows_g[is_still].mean(axis=1), axis=1))
