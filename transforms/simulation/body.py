"""From a participant's days and nights to what one body site goes through: postures, gait, movements, non-wear."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.random import Generator

from transforms.intervals import Floats
from transforms.parameters.simulation import SensorParameters, ShapeParameters
from transforms.simulation.excursion import Excursion, active_s, peak_g
from transforms.simulation.movements import PlannedMovement
from transforms.simulation.night import Interval, Night
from transforms.simulation.posture import Gait, Posture, Site, gravity_in, site_of, strap
from transforms.simulation.shapes import LASTING, jerk, leg_movement, log_within, unit, within

State = Posture | Literal["walking", "running", "pedalling"]

_TEMPLATE_COUNT = 40  # unlike fidgets by day; they are background, not truth
_FIDGET_SHIFT = 0.03  # of gravity, by a fidget of somebody awake
_SWAY_LYING = 0.25  # of the sway of a limb that is not supported
_SMALL_SHIFT = 0.06  # of gravity, when a gross movement ends in the posture it began in


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """One stretch of the day in one state; seconds of the participant's axis."""

    started_s: float
    ended_s: float
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteCourse:
    """Everything that happens to one site; ``change_*`` are the postures, each reached by a smooth turn."""

    body_site: str
    strap: Floats  # site frame to sensor frame
    change_at_s: Floats
    change_width_s: Floats
    gravity: Floats  # shape (changes, 3), site frame, after each change
    gaits: tuple[Gait, ...]
    excursions: tuple[tuple[Excursion, Floats], ...]  # with gravity at rest, by onset
    excursion_span_s: Floats  # of each: onset and when its ringing is spent, shape (excursions, 2)
    nonwear: tuple[Interval, ...]
    breathing_g: float
    breathing_hz: float
    awake: tuple[tuple[float, float, float], ...]  # from, to, and the sway of a waking limb [rad, RMS]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeltMovement:
    """What one site felt of a planned movement."""

    movement_index: int
    body_site: str
    onset_s: float
    duration_s: float
    amplitude_g: float
    tilt_deg: float  # between the postures before and after


_GAITS: dict[str, tuple[tuple[float, float], tuple[float, float], tuple[float, float]]] = {
    # cycles per second, swing [rad], heel impact [g]; two steps are one cycle
    "walking": ((0.8, 1.0), (0.4, 0.6), (0.5, 1.4)),
    "running": ((1.25, 1.45), (0.6, 0.8), (2.0, 4.0)),
    "pedalling": ((0.9, 1.4), (0.3, 0.5), (0.0, 0.0)),
}


_PASTIMES: tuple[tuple[State, float, tuple[float, float]], ...] = (
    # what people do, the share of it among the bouts of a day, and how long a bout lasts [min]
    ("sitting", 0.45, (5.0, 40.0)),
    ("walking", 0.30, (0.5, 8.0)),
    ("standing", 0.17, (1.0, 8.0)),
    ("feet_up", 0.08, (8.0, 25.0)),
)
_PASTIME_SHARES = np.cumsum([share for _, share, _ in _PASTIMES])[:-1]
_CHANGES_EVERY_S = 400.0  # a sitting leg is put elsewhere


def day_stretches(
    rng: Generator, started_s: float, ended_s: float, exercise: tuple[float, float, State] | None
) -> list[Stretch]:
    """Fill a stretch of day with sitting, standing, walking, feet up; ``exercise`` is (start, end, state)."""
    found: list[Stretch] = []
    at_s = started_s
    while at_s < ended_s:
        if exercise is not None and exercise[0] <= at_s < exercise[1]:
            state, until_s = exercise[2], exercise[1]
        else:
            state, _, bounds_min = _PASTIMES[int(np.searchsorted(_PASTIME_SHARES, rng.random()))]
            length_min = float(within(rng, bounds_min))
            until_s = at_s + 60.0 * length_min
            if exercise is not None and at_s < exercise[0] < until_s:
                until_s = exercise[0]
        until_s = min(until_s, ended_s)
        found.append(Stretch(started_s=at_s, ended_s=until_s, state=state))
        at_s = until_s
    return found


class _Course:
    """Collects the posture changes and movements of one site."""

    def __init__(self, rng: Generator, site: Site, shape: ShapeParameters) -> None:
        self.rng, self.site, self.shape = rng, site, shape
        self.at_s: list[float] = []
        self.width_s: list[float] = []
        self.gravity: list[Floats] = []
        self.gaits: list[Gait] = []
        self.awake: list[tuple[float, float, float]] = []
        self.excursions: list[tuple[Excursion, Floats]] = []
        self._lever = np.array([-site.lever_m, 0.0, 0.0])
        rest = gravity_in(rng, site, "supine")
        self._templates = [
            leg_movement(
                rng,
                shape,
                0.0,
                float(rng.uniform(0.6, 3.0)),
                log_within(rng, (0.03, 0.5)),
                self._lever,
                rest,
            )
            for _ in range(_TEMPLATE_COUNT)
        ]

    def change(self, at_s: float, width_s: float, gravity: Floats) -> None:
        self.at_s.append(at_s)
        self.width_s.append(width_s)
        self.gravity.append(gravity)

    def day(self, stretches: Sequence[Stretch], fidgets_per_h: float) -> None:
        rng, site = self.rng, self.site
        for stretch in stretches:
            length_s = stretch.ended_s - stretch.started_s
            is_still = stretch.state not in _GAITS
            posture: Posture = stretch.state if is_still else "standing"  # type: ignore[assignment]
            if stretch.state == "pedalling":
                posture = "sitting"
            self.change(stretch.started_s, min(1.5, length_s), gravity_in(rng, site, posture))
            if not is_still:
                cycle, swing, impact = _GAITS[stretch.state]
                self.gaits.append(
                    Gait(
                        started_s=stretch.started_s,
                        ended_s=stretch.ended_s,
                        cycle_hz=float(within(rng, cycle)),
                        swing_rad=float(within(rng, swing)),
                        impact_g=float(within(rng, impact)),
                    )
                )
                continue
            self.awake.append((stretch.started_s, stretch.ended_s, site.sway_rad))
            moves_s = np.sort(
                stretch.started_s + 2.0 + rng.random(int(rng.poisson(length_s / _CHANGES_EVERY_S))) * length_s
            )
            moves = [(float(at_s), True) for at_s in moves_s]
            count = int(rng.poisson(fidgets_per_h * site.day_restlessness * length_s / 3600.0))
            moves += [(float(at_s), False) for at_s in stretch.started_s + 2.0 + rng.random(count) * length_s]
            # A sitting leg is put elsewhere every few minutes; after a mere fidget it is not quite where it was.
            for at_s, is_elsewhere in sorted(moves):
                if at_s > stretch.ended_s - 6.0:
                    break
                if is_elsewhere:
                    self.change(at_s, float(rng.uniform(0.8, 2.0)), gravity_in(rng, site, posture))
                    continue
                template = self._templates[int(rng.integers(_TEMPLATE_COUNT))]
                self.excursions.append((replace(template, onset_s=at_s), self.gravity[-1]))
                self.change(at_s + 0.2, 0.8, unit(self.gravity[-1] + _FIDGET_SHIFT * rng.standard_normal(3)))

    def night(
        self,
        night: Night,
        first_posture: Posture,
        movements: Sequence[tuple[int, PlannedMovement]],
        body_site: str,
    ) -> list[FeltMovement]:
        rng, site = self.rng, self.site
        self.change(night.lights_off_s - 60.0, 3.0, gravity_in(rng, site, first_posture))
        self.awake += [(start_s, end_s, _SWAY_LYING * site.sway_rad) for start_s, end_s in night.wake_in_bed]
        felt: list[FeltMovement] = []
        for index, planned in movements:
            amplitude_g = planned.amplitude_g.get(body_site)
            onset_s = planned.onset_s + planned.lag_s.get(body_site, 0.0)
            gravity = self.gravity[-1]
            if planned.kind == "gross_movement":
                self._turn(planned, onset_s, gravity)
            if amplitude_g is not None:
                felt.append(self._move(planned, index, onset_s, amplitude_g, gravity, body_site))
        return felt

    def _turn(self, planned: PlannedMovement, onset_s: float, gravity: Floats) -> None:
        rng = self.rng
        turn_s = min(float(within(rng, self.shape.turn_s)), 0.7 * planned.duration_s)
        if planned.posture is None:
            after = unit(gravity + _SMALL_SHIFT * rng.standard_normal(3))
        else:
            after = gravity_in(rng, self.site, planned.posture)
        self.change(onset_s + 0.15 * (planned.duration_s - turn_s), turn_s, after)

    def _move(
        self,
        planned: PlannedMovement,
        index: int,
        onset_s: float,
        amplitude_g: float,
        gravity: Floats,
        body_site: str,
    ) -> FeltMovement:
        rng, shape = self.rng, self.shape
        lasting = LASTING.get(planned.kind)
        if lasting is None:
            excursion = jerk(rng, shape, onset_s, amplitude_g, self._lever, gravity)
            duration_s = active_s(excursion, gravity)
        else:
            shorter = 1.0 if onset_s == planned.onset_s else float(rng.uniform(0.85, 1.0))
            length_s = max(planned.duration_s * shorter, shape.leg_movement_s[0])
            excursion = lasting(rng, shape, onset_s, length_s, amplitude_g, self._lever, gravity)
            duration_s = excursion.end_s
        self.excursions.append((excursion, gravity))
        after = self.gravity[-1]
        return FeltMovement(
            movement_index=index,
            body_site=body_site,
            onset_s=onset_s,
            duration_s=duration_s,
            amplitude_g=peak_g(excursion, gravity),
            tilt_deg=float(np.degrees(np.arccos(np.clip(gravity @ after, -1.0, 1.0)))),
        )


def site_course(
    rng: Generator,
    body_site: str,
    days: Sequence[Sequence[Stretch]],
    nights: Sequence[tuple[Night, Posture, Sequence[tuple[int, PlannedMovement]]]],
    nonwear: Sequence[Interval],
    breathing_hz: float,
    fidgets_per_h: float,
    shape: ShapeParameters,
    sensor: SensorParameters,
    *,
    is_upside_down: bool = False,
) -> tuple[SiteCourse, list[FeltMovement]]:
    """Join days and nights to the course of one site.

    ``days`` has one element more than ``nights``: day, night, day, ..., night, day. Movements carry their index in
    the participant's list, which the felt movements refer to.
    """
    site = site_of(body_site)
    course = _Course(rng, site, shape)
    strapped = strap(rng, sensor.mounting_deg, is_upside_down)
    felt: list[FeltMovement] = []
    for day, (night, first_posture, movements) in zip(days, nights, strict=False):
        course.day(day, fidgets_per_h)
        felt += course.night(night, first_posture, movements, body_site)
    course.day(days[-1], fidgets_per_h)
    excursions = sorted(course.excursions, key=lambda pair: pair[0].onset_s)
    spans = [(excursion.onset_s, excursion.onset_s + excursion.span_s) for excursion, _ in excursions]
    order = np.argsort(np.array(course.at_s), kind="stable")
    at_s = np.array(course.at_s)[order]
    # A change that starts while the one before is under way cuts it short.
    width_s = np.minimum(np.array(course.width_s)[order], np.append(np.diff(at_s), np.inf))
    return (
        SiteCourse(
            body_site=body_site,
            strap=strapped,
            change_at_s=at_s,
            change_width_s=np.maximum(width_s, 1e-3),
            gravity=np.array(course.gravity)[order],
            gaits=tuple(course.gaits),
            excursions=tuple(excursions),
            excursion_span_s=np.array(spans).reshape(-1, 2),
            nonwear=tuple(nonwear),
            breathing_g=site.breathing * float(within(rng, sensor.breathing_mg)) / 1000.0,
            breathing_hz=breathing_hz,
            awake=tuple(course.awake),
        ),
        felt,
    )
