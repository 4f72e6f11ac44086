"""What a simulated participant writes into the diaries: rounded, in local wall time, with days left out.

All values are text, as in the files. A day that was lived without coffee or exercise and is logged has a row with 0; a
day that was not logged has none.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from transforms.parameters.simulation import BehaviourParameters
from transforms.schema import NUTRIENTS
from transforms.simulation.behaviour import Day
from transforms.simulation.night import Night
from transforms.simulation.participant import SimulatedParticipant, stream

HEADERS = {
    "sleep": ("participant_id", "night_date", "lights_off", "sleep_onset", "sleep_end", "lights_on"),
    "caffeine": ("participant_id", "taken_at", "caffeine_mg", "source", "amount", "unit"),
    "exercise": ("participant_id", "started_at", "duration_min", "met", "intensity"),
    "stress": ("participant_id", "rated_at", "scale", "score"),
    "nutrients": ("participant_id", "date", "origin", *(nutrient.column for nutrient in NUTRIENTS)),
    "medication": ("participant_id", "start_date", "end_date", "drug", "drug_class", "dose_mg"),
    "daytime": ("participant_id", "date", "scale", "score"),
}
PARTICIPANT_HEADER = (
    *("participant_id", "sex", "birth_year", "weight_kg", "time_zone", "is_pregnant", "is_smoker"),
    *("uses_oral_contraceptive", "ferritin_ug_l", "irls_score"),
)
_BY_SOURCE = {
    64.0: ("espresso", "1", "shot"),
    96.0: ("coffee", "1", "cup"),
    200.0: ("caffeine_tablet", "1", "tablet"),
}

Row = tuple[str, ...]


def participant_row(participant: SimulatedParticipant) -> Row:
    """One row of participants.csv."""
    person = participant.person
    return (
        *(person.participant_id, person.sex, str(person.birth_year), f"{person.weight_kg:.1f}"),
        *(participant.plan.time_zone, "false", str(person.is_smoker).lower()),
        *(
            str(person.uses_oral_contraceptive).lower(),
            f"{person.ferritin_ug_l:.1f}",
            f"{person.irls_score:.0f}",
        ),
    )


@dataclass
class _Writer:
    """Collects the rows of one participant."""

    participant: SimulatedParticipant
    parameters: BehaviourParameters
    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in HEADERS})

    def add(self, diary: str, *cells: str) -> None:
        self.rows[diary].append((self.participant.plan.participant_id, *cells))

    def rounded(self, local: datetime) -> str:
        step_s = 60.0 * self.parameters.rounding_min
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        steps = round((local - midnight).total_seconds() / step_s)
        return (midnight + timedelta(seconds=steps * step_s)).isoformat(timespec="minutes")

    def at_clock(self, day: date, clock_h: float) -> str:
        return self.rounded(datetime.combine(day, datetime.min.time()) + timedelta(hours=clock_h))

    def on_axis(self, seconds: float) -> str:
        local = (self.participant.origin + timedelta(seconds=seconds)).astimezone(
            ZoneInfo(self.participant.plan.time_zone)
        )
        return self.rounded(local.replace(tzinfo=None))

    def sleep(self, night: Night, is_missing: bool, has_onset: bool, misjudged_s: float) -> None:
        if is_missing:
            return
        onset_s = max(night.sleep_onset_s + misjudged_s, night.lights_off_s)
        self.add(
            "sleep",
            night.night_date.isoformat(),
            self.on_axis(night.lights_off_s),
            self.on_axis(onset_s) if has_onset else "",
            self.on_axis(night.sleep_end_s),
            self.on_axis(night.lights_on_s),
        )

    def caffeine(self, day: date, lived: Day) -> None:
        last = ""
        for intake in lived.intakes:
            taken_at = self.at_clock(day, intake.clock_h)
            if taken_at == last:  # nobody writes the same line twice
                taken_at = self.at_clock(day, intake.clock_h + self.parameters.rounding_min / 60.0)
            last = taken_at
            by_source = _BY_SOURCE.get(intake.caffeine_mg)
            cells = ("", *by_source) if by_source else (f"{intake.caffeine_mg:.0f}", "", "", "")
            self.add("caffeine", taken_at, *cells)
        if not lived.intakes:
            self.add("caffeine", f"{day.isoformat()}T12:00", "0", "", "", "")

    def exercise(self, day: date, lived: Day) -> None:
        if lived.bout is None:
            self.add("exercise", f"{day.isoformat()}T12:00", "0", "", "")
        else:
            bout = lived.bout
            self.add(
                "exercise",
                self.at_clock(day, bout.clock_h),
                f"{5 * round(bout.duration_min / 5)}",
                f"{bout.met:.1f}",
                "",
            )

    def stress(self, day: date, lived: Day) -> None:
        self.add(
            "stress", self.at_clock(day, lived.stress_clock_h), "rating_0_10", f"{lived.stress_score:.0f}"
        )

    def nutrients(self, day: date, lived: Day) -> None:
        # what nobody simulates stays empty
        food = {one.column: getattr(lived, one.column) for one in NUTRIENTS if hasattr(lived, one.column)}
        pills = dict.fromkeys(food, 0.0) | {"magnesium_mg": lived.magnesium_supplement_mg}
        taken = {"food": (food, 1), "supplement": (pills, 0)}
        for origin, (amounts, digits) in taken.items():
            if any(amounts.values()):
                told = (f"{amounts[n.column]:.{digits}f}" if n.column in amounts else "" for n in NUTRIENTS)
                self.add("nutrients", day.isoformat(), origin, *told)


def diary_rows(participant: SimulatedParticipant, parameters: BehaviourParameters) -> dict[str, list[Row]]:
    """Return the rows of every diary of one participant, in order of time; the day before the first night too."""
    plan = participant.plan
    rng = stream(plan.seed, plan.index, "diary")
    writer = _Writer(participant, parameters)
    nights = (participant.night_before, *participant.nights)
    daily: Iterable[Callable[[date, Day], None]] = (
        writer.caffeine,
        writer.exercise,
        writer.stress,
        writer.nutrients,
    )
    jerks = dict(
        participant.truth.filter(
            (pl.col("record") == "movement") & pl.col("kind").is_in(["hypnic_jerk", "twitch", "leg_movement"])
        )
        .group_by("night_date")
        .len()
        .iter_rows()
    )
    for night, lived in zip(nights, participant.days, strict=True):
        is_missing = rng.random(6) < parameters.missing_day_share
        misjudged_s = 300.0 * float(rng.standard_normal())
        writer.sleep(night, bool(is_missing[0]), bool(rng.random() < 0.8), misjudged_s)
        for write, is_left_out in zip(daily, is_missing[1:5], strict=True):
            if not is_left_out:
                write(night.night_date, lived)
        if not is_missing[5]:
            wakes = (night.night_date + timedelta(days=1)).isoformat()
            disturbed = 0.8 * (jerks.get(night.night_date, 0) / 60.0) + 7.4 - night.sleep_h
            noise = rng.standard_normal(2)
            kss = min(max(round(3.5 + disturbed + noise[0]), 1), 9)
            focus = min(max(round(7.0 - disturbed + noise[1]), 0), 10)
            writer.add("daytime", wakes, "kss", str(kss))
            writer.add("daytime", wakes, "concentration_0_10", str(focus))
    drug = participant.person.drug
    if drug is not None:
        name, drug_class, dose_mg = drug
        began = plan.first_night - timedelta(days=int(rng.integers(20, 400)))
        writer.add("medication", began.isoformat(), "", name, drug_class, f"{dose_mg:g}")
    return writer.rows
