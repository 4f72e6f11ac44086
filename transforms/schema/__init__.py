"""The frames that travel between the parts, one schema each, and the words that their columns use.

Units stand last in a column's name (``_s``, ``_h``, ``_g``, ``_mg``, ``_hz``, ``_deg``, ``_per_h`` ...), instants end
in ``_at`` and are UTC, calendar days end in ``date``, intervals are ``[start, end)``. Missing is null; zero is a
measurement.
"""

from transforms.schema.diaries import (
    CAFFEINE_INTAKE,
    DAYTIME_RATING,
    DIETARY_REFERENCE_INTAKE,
    EXERCISE_BOUT,
    MEDICATION_USE,
    NUTRIENT_DAY,
    REJECTED_ENTRY,
    SLEEP_DIARY,
    STRESS_RATING,
)
from transforms.schema.frames import empty, require
from transforms.schema.naming import NAMES_OF_THE_CONTRACT, UNIT_SUFFIXES
from transforms.schema.nights import (
    CANDIDATE,
    CANDIDATE_WINDOW,
    LEG_EVENT,
    MOVEMENT,
    NIGHT,
    REJECTED_CANDIDATE,
    RESTLESSNESS,
    SIGNAL_BREAK,
    WAKE_EPISODE,
)
from transforms.schema.recordings import (
    CLOCK_ALIGNMENT,
    COMPANION,
    EPOCH,
    FAULT,
    NONWEAR_INTERVAL,
    PARTICIPANT,
    RECORDING,
    REJECTED_RECORDING,
    SEGMENT,
)
from transforms.schema.runs import RUN, STUDY_PARAMETER
from transforms.schema.words import (
    BODY_SITES,
    INSTANT,
    LEG_SITES,
    WRIST_SITES,
    BodySite,
    ExerciseIntensity,
    MovementKind,
    NutrientOrigin,
    Phase,
    Sex,
    Side,
    SleepWindowSource,
    StressScale,
)

__all__ = [
    "BODY_SITES",
    "CAFFEINE_INTAKE",
    "CANDIDATE",
    "CANDIDATE_WINDOW",
    "CLOCK_ALIGNMENT",
    "COMPANION",
    "DAYTIME_RATING",
    "DIETARY_REFERENCE_INTAKE",
    "EPOCH",
    "EXERCISE_BOUT",
    "FAULT",
    "INSTANT",
    "LEG_EVENT",
    "LEG_SITES",
    "MEDICATION_USE",
    "MOVEMENT",
    "NAMES_OF_THE_CONTRACT",
    "NIGHT",
    "NONWEAR_INTERVAL",
    "NUTRIENT_DAY",
    "PARTICIPANT",
    "RECORDING",
    "REJECTED_CANDIDATE",
    "REJECTED_ENTRY",
    "REJECTED_RECORDING",
    "RESTLESSNESS",
    "RUN",
    "SEGMENT",
    "SIGNAL_BREAK",
    "SLEEP_DIARY",
    "STRESS_RATING",
    "STUDY_PARAMETER",
    "UNIT_SUFFIXES",
    "WAKE_EPISODE",
    "WRIST_SITES",
    "BodySite",
    "ExerciseIntensity",
    "MovementKind",
    "NutrientOrigin",
    "Phase",
    "Sex",
    "Side",
    "SleepWindowSource",
    "StressScale",
    "empty",
    "require",
]
