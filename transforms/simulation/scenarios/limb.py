"""From a night's happenings to what one site goes through: postures, rotations, bursts, and what comes through the bed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from scipy.signal import butter, sosfilt

from transforms.intervals import Floats
from transforms.parameters.scenarios import MotionParameters
from transforms.parameters.simulation import ShapeParameters
from transforms.simulation.body import SiteCourse
from transforms.simulation.excursion import Excursion, active_s, peak_g, scaled_to_peak
from transforms.simulation.posture import Gait, Posture, Site, gravity_in, rotation, site_of, strap
from transforms.simulation.scenarios.happenings import Happening
from transforms.simulation.scenarios.timeline import Timeline
from transforms.simulation.shapes import jerk, leg_movement, log_within, rhythm, shake, tremor, unit, within

_SPARK_HZ = 200.0  # rate at which noise bursts are drawn
_BURST_S = (0.03, 0.15)  # of myoclonus and of REM twitches: AASM, 150 ms at most
_SIDES: tuple[Posture, ...] = ("left_side", "right_side")
_LYING: tuple[Posture, ...] = ("supine", "left_side", "right_side", "prone")
_EVENING: tuple[tuple[Posture, float], ...] = (("sitting", 0.7), ("standing", 0.15), ("feet_up", 0.15))
_FIDGETS_PER_H = 50.0
_STIRS = 24  # unlike movements of somebody up; they are background, not truth
_SWAY = 0.25  # of a lying limb awake, to a standing one's


@dataclass(frozen=True, slots=True, kw_only=True)
class Spark:
    """Acceleration that is no rotation: added along a direction from a moment on, at _SPARK_HZ."""

    onset_s: float
    wave_g: Floats
    direction: Floats

    def at(self, time_s: Floats) -> Floats:
        """Values at ``time_s``, shape (3, n) [g]; zero outside."""
        grid_s = self.onset_s + np.arange(self.wave_g.size) / _SPARK_HZ
        return self.direction[:, None] * np.interp(time_s, grid_s, self.wave_g, left=0.0, right=0.0)

    @property
    def lasts_s(self) -> float:
        """Length of the wave."""
        return self.wave_g.size / _SPARK_HZ


@dataclass(frozen=True, slots=True, kw_only=True)
class Felt:
    """What one site felt of a happening."""

    index: int
    onset_s: float
    duration_s: float
    amplitude_g: float
    tilt_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Limb:
    """One site's night: the course, the sparks on top of it, and what was felt of which happening."""

    course: SiteCourse
    sparks: tuple[Spark, ...]
    felt: tuple[Felt, ...]


def noise_burst(rng: Generator, lasts_s: float, peak_g: float, band_hz: tuple[float, float]) -> Floats:
    """Noise of a band under a half sine, scaled to its peak."""
    count = max(int(lasts_s * _SPARK_HZ), 4)
    drawn = sosfilt(
        butter(2, band_hz, "bandpass", fs=_SPARK_HZ, output="sos"), rng.standard_normal(count + 40)
    )[40:]
    shaped = drawn * np.sin(np.pi * (np.arange(count) + 0.5) / count)
    return np.asarray(shaped * peak_g / max(float(np.abs(shaped).max()), 1e-9))


class _Builder:
    """Collects postures, movements and sparks of one site in order of time."""

    def __init__(
        self, rng: Generator, site: Site, body_site: str, motion: MotionParameters, shape: ShapeParameters
    ) -> None:
        self.rng, self.site, self.motion, self.shape = rng, site, motion, shape
        self.side = body_site.split("_", maxsplit=1)[0]
        self.lever = np.array([-site.lever_m, 0.0, 0.0])
        self.changes: list[tuple[float, float, Floats]] = []
        self.excursions: list[tuple[Excursion, Floats]] = []
        self.gaits: list[Gait] = []
        self.awake: list[tuple[float, float, float]] = []
        self.sparks: list[Spark] = []
        self.felt: list[Felt] = []
        rest = gravity_in(rng, site, "sitting")
        self.stirs = [
            leg_movement(
                rng, shape, 0.0, float(rng.uniform(0.5, 2.5)), log_within(rng, (0.02, 0.3)), self.lever, rest
            )
            for _ in range(_STIRS)
        ]

    @property
    def gravity(self) -> Floats:
        return self.changes[-1][2]

    def change(self, at_s: float, width_s: float, gravity: Floats) -> None:
        self.changes.append((at_s, width_s, gravity))

    def lying(self) -> Floats:
        """Draw a posture in bed, unlike the present one."""
        rng, motion = self.rng, self.motion
        if motion.is_on_side:
            return np.array([0.0, -1.0 if self.gravity[1] > 0.0 else 1.0, 0.0])
        if rng.random() < motion.knees_up_share:
            return unit(np.array([0.72, 0.1, 0.68]) + 0.08 * rng.standard_normal(3))
        drawn = [gravity_in(rng, self.site, _LYING[int(rng.integers(4))]) for _ in range(4)]
        return min(drawn, key=lambda gravity: float(gravity @ self.gravity))

    def upright(self, start_s: float, end_s: float, *, walks: bool) -> None:
        """Awake out of bed: postures, steps, fidgets."""
        rng, site = self.rng, self.site
        at_s = start_s
        while at_s < end_s - 1.0:
            names, shares = zip(*_EVENING, strict=True)
            posture: Posture = "standing" if walks else names[int(rng.choice(len(names), p=shares))]
            until_s = min(
                at_s + float(rng.uniform(20.0, 120.0) if walks else rng.uniform(180.0, 1500.0)), end_s
            )
            self.change(at_s, min(1.5, until_s - at_s), gravity_in(rng, site, posture))
            if (walks and rng.random() < 0.5) or (not walks and rng.random() < 0.25):
                walked_s = min(until_s, at_s + float(rng.uniform(15.0, 180.0)))
                self.gaits.append(
                    Gait(
                        started_s=at_s + 1.6,
                        ended_s=max(walked_s, at_s + 2.0),
                        cycle_hz=float(rng.uniform(0.75, 1.0)),
                        swing_rad=float(rng.uniform(0.3, 0.6)),
                        impact_g=float(rng.uniform(0.3, 1.2)),
                    )
                )
                at_s = max(walked_s, at_s + 2.0)
                until_s = max(until_s, at_s)  # two steps may reach past the end
                self.change(at_s, 1.0, gravity_in(rng, site, posture))
            self.awake.append((at_s, until_s, site.sway_rad))
            # Standing people shift their weight every few seconds, sitting ones fidget.
            per_h = 400.0 if posture == "standing" else _FIDGETS_PER_H * site.day_restlessness
            for moved_s in np.sort(
                rng.uniform(at_s, until_s, rng.poisson(per_h * (until_s - at_s) / 3600.0))
            ):
                stir = self.stirs[int(rng.integers(_STIRS))]
                self.excursions.append((replace(stir, onset_s=float(moved_s)), self.gravity))
                shifted = unit(self.gravity + 0.03 * rng.standard_normal(3))
                self.change(float(moved_s) + 0.3 * stir.end_s, 0.5 * stir.end_s, shifted)
            at_s = until_s

    def happen(self, index: int, happening: Happening) -> None:
        reach = self._reach(happening)
        size_g = happening.size_g * reach
        if size_g < 0.008:
            return
        gravity = self.gravity
        lag_s = (
            float(self.rng.uniform(0.0, 0.25)) if happening.side == "both" and self.side == "right" else 0.0
        )
        onset_s = happening.onset_s + lag_s
        if happening.sort == "gross_movement":
            self._turn(happening, onset_s)
        drawer: Callable[[Happening, float, float, Floats], tuple[float, float]] = getattr(
            self, f"_{happening.sort}"
        )
        duration_s, amplitude_g = drawer(happening, onset_s, size_g, gravity)
        if happening.sort == "leg_movement" and not self.motion.is_on_side:
            # A leg does not come to lie quite where it lay.
            settles = rotation(unit(self.rng.standard_normal(3)), self._settles_rad())
            self.change(onset_s + 0.5 * duration_s, 0.5 * duration_s, unit(settles @ self.gravity))
        tilt = float(np.clip(gravity @ self.gravity, -1.0, 1.0))
        self.felt.append(
            Felt(
                index=index,
                onset_s=onset_s,
                duration_s=duration_s,
                amplitude_g=amplitude_g,
                tilt_deg=float(np.degrees(np.arccos(tilt))),
            )
        )

    def _settles_rad(self) -> float:
        return float(np.radians(self.motion.leg_shift_deg * abs(self.rng.standard_normal())))

    def _reach(self, happening: Happening) -> float:
        """Amplitude at this site to that at the ankle of the leading leg."""
        if happening.side == "body":
            return self.site.body_reach * float(self.rng.uniform(0.7, 1.0))
        if happening.side in {"both", self.side}:
            behind = happening.side == "both" and self.side == "right"
            return self.site.leg_reach * (float(self.rng.uniform(0.4, 1.0)) if behind else 1.0)
        return 0.0

    def _turn(self, happening: Happening, onset_s: float) -> None:
        rng = self.rng
        width_s = min(float(rng.uniform(1.0, 4.0)), 0.7 * happening.duration_s)
        if happening.turns:
            after = self.lying()
        else:
            axis = self.gravity if self.motion.is_on_side else unit(rng.standard_normal(3))
            after = unit(rotation(axis, np.radians(happening.shift_deg)) @ self.gravity)
        self.change(onset_s + float(rng.uniform(0.0, 0.8)) * (happening.duration_s - width_s), width_s, after)

    def _placed(self, drawn: Excursion, gravity: Floats, size_g: float) -> tuple[float, float]:
        if self.motion.is_on_side:
            drawn = scaled_to_peak(replace(drawn, axis=unit(gravity)), size_g, gravity)
        self.excursions.append((drawn, gravity))
        return drawn.end_s, peak_g(drawn, gravity)

    def _gross_movement(
        self, what: Happening, onset_s: float, size_g: float, gravity: Floats
    ) -> tuple[float, float]:
        drawn = shake(self.rng, self.shape, onset_s, what.duration_s, size_g, self.lever, gravity)
        return self._placed(drawn, gravity, size_g)

    def _leg_movement(
        self, what: Happening, onset_s: float, size_g: float, gravity: Floats
    ) -> tuple[float, float]:
        moves_s = max(what.duration_s - what.held_s, 0.55)
        drawn = leg_movement(self.rng, self.shape, onset_s, moves_s, size_g, self.lever, gravity)
        if what.held_s > 0.0 and drawn.step_onset_s.size > 1:
            # The limb stays where the first pull brought it, then the rest follows.
            later = drawn.step_onset_s.copy()
            later[1:] += what.held_s
            drawn = replace(
                drawn,
                step_onset_s=later,
                ring_onset_s=drawn.ring_onset_s + np.where(np.arange(later.size) > 0, what.held_s, 0.0),
            )
        return self._placed(drawn, gravity, size_g)

    def _jerk(self, what: Happening, onset_s: float, size_g: float, gravity: Floats) -> tuple[float, float]:
        drawn = jerk(self.rng, self.shape, onset_s, size_g, self.lever, gravity)
        _, amplitude_g = self._placed(drawn, gravity, size_g)
        return active_s(drawn, gravity), amplitude_g

    _hypnic_jerk = _twitch = _jerk

    def _rhythmic_movement(
        self, what: Happening, onset_s: float, size_g: float, gravity: Floats
    ) -> tuple[float, float]:
        drawn = rhythm(self.rng, self.shape, onset_s, what.duration_s, size_g, self.lever, gravity)
        return self._placed(drawn, gravity, size_g)

    def _foot_tremor(
        self, what: Happening, onset_s: float, size_g: float, gravity: Floats
    ) -> tuple[float, float]:
        rng = self.rng
        if not self.motion.tremor_is_noisy:
            drawn = tremor(rng, self.shape, onset_s, what.duration_s, size_g, self.lever, gravity)
            return self._placed(drawn, gravity, size_g)
        hz = float(within(rng, self.shape.tremor_hz))
        direction = unit(rng.standard_normal(3))
        bursts_s = np.arange(0.0, what.duration_s, 1.0 / hz)
        width_s = min(0.5 / hz, 0.4)
        for burst_s in bursts_s.tolist():
            wave = noise_burst(rng, width_s, size_g * float(rng.uniform(0.7, 1.0)), (4.0, 12.0))
            self.sparks.append(Spark(onset_s=onset_s + burst_s, wave_g=wave, direction=direction))
        return float(bursts_s[-1] + width_s), size_g

    def _spark(self, onset_s: float, wave: Floats) -> tuple[float, float]:
        self.sparks.append(Spark(onset_s=onset_s, wave_g=wave, direction=unit(self.rng.standard_normal(3))))
        return wave.size / _SPARK_HZ, float(np.abs(wave).max())

    def _burst(self, what: Happening, onset_s: float, size_g: float, gravity: Floats) -> tuple[float, float]:
        """Twitch of a fascicle: the limb hardly turns, the skin shakes and rings down."""
        rng = self.rng
        lasts_s = float(within(rng, _BURST_S))
        wave = np.concatenate([noise_burst(rng, lasts_s, 1.0, (8.0, 30.0)), np.zeros(int(0.4 * _SPARK_HZ))])
        since_s = np.arange(wave.size) / _SPARK_HZ
        wave += 0.7 * np.exp(-since_s * 14.0) * np.sin(2.0 * np.pi * float(rng.uniform(5.0, 10.0)) * since_s)
        return self._spark(onset_s, wave * size_g / float(np.abs(wave).max()))

    _myoclonus = _rem_twitch = _burst

    def _partner(
        self, what: Happening, onset_s: float, size_g: float, gravity: Floats
    ) -> tuple[float, float]:
        return self._spark(onset_s, noise_burst(self.rng, what.duration_s, size_g, (0.8, 5.0)))

    def _pet(self, what: Happening, onset_s: float, size_g: float, gravity: Floats) -> tuple[float, float]:
        """A landing rings in the mattress, then steps."""
        rng = self.rng
        since_s = np.arange(int(what.duration_s * _SPARK_HZ)) / _SPARK_HZ
        wave = np.exp(-since_s * float(rng.uniform(4.0, 8.0))) * np.sin(
            2.0 * np.pi * float(rng.uniform(3.0, 7.0)) * since_s
        )
        wave += 0.2 * noise_burst(rng, what.duration_s, 1.0, (1.0, 8.0))[: since_s.size]
        return self._spark(onset_s, wave * size_g / float(np.abs(wave).max()))


def draw_limb(
    rng: Generator,
    body_site: str,
    line: Timeline,
    happenings: Sequence[Happening],
    motion: MotionParameters,
    shape: ShapeParameters,
) -> Limb:
    """Lead one site through evening, night and morning."""
    site = site_of(body_site)
    builder = _Builder(rng, site, body_site, motion, shape)
    builder.change(0.0, 1.0, gravity_in(rng, site, "sitting"))
    if line.nap is None:
        builder.upright(0.0, line.lights_off_s - 40.0, walks=False)
    else:
        builder.upright(0.0, line.nap[0] - 60.0, walks=False)
        builder.change(line.nap[0] - 50.0, 3.0, builder.lying())
        builder.upright(line.nap[1] + 60.0, line.lights_off_s - 40.0, walks=False)
    builder.change(line.lights_off_s - 35.0, 4.0, builder.lying())
    left = list(line.out_of_bed)
    for index, happening in enumerate(happenings):
        while left and left[0][0] < happening.onset_s:
            _leave_bed(builder, left.pop(0))
        builder.happen(index, happening)
    for episode in left:
        _leave_bed(builder, episode)
    builder.upright(line.lights_on_s + 20.0, line.ends_s, walks=True)
    awake = [(start, end, _SWAY * site.sway_rad) for start, end in line.awake_in_bed]
    return Limb(
        course=_course(builder, body_site, awake, motion),
        sparks=tuple(builder.sparks),
        felt=tuple(builder.felt),
    )


def _leave_bed(builder: _Builder, episode: tuple[float, float]) -> None:
    builder.upright(*episode, walks=True)
    builder.change(episode[1], 4.0, builder.lying())


def _course(
    builder: _Builder, body_site: str, awake: list[tuple[float, float, float]], motion: MotionParameters
) -> SiteCourse:
    rng, site = builder.rng, builder.site
    excursions = sorted(builder.excursions, key=lambda pair: pair[0].onset_s)
    spans = [(one.onset_s, one.onset_s + one.span_s) for one, _ in excursions]
    changes = sorted(builder.changes, key=lambda change: change[0])
    at_s = np.array([at for at, _, _ in changes])
    width_s = np.minimum([width for _, width, _ in changes], np.append(np.diff(at_s), np.inf))
    tilt = np.eye(3) if motion.is_on_side else strap(rng, 20.0, is_upside_down=bool(rng.random() < 0.2))
    return SiteCourse(
        body_site=body_site,
        strap=tilt,
        change_at_s=at_s,
        change_width_s=np.maximum(width_s, 1e-3),
        gravity=np.array([gravity for _, _, gravity in changes]),
        gaits=tuple(builder.gaits),
        excursions=tuple(excursions),
        excursion_span_s=np.array(spans).reshape(-1, 2),
        nonwear=(),
        breathing_g=site.breathing * float(rng.uniform(0.0005, 0.003)),
        breathing_hz=float(rng.uniform(0.2, 0.3)),
        awake=tuple(sorted([*builder.awake, *awake])),
    )
