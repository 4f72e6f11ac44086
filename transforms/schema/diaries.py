"""What people say about themselves, and the values that it is held against."""

import polars as pl

from transforms.schema.nutrients import INTAKES
from transforms.schema.words import INSTANT, BodySite, ExerciseIntensity, NutrientOrigin, StressScale, columns

REJECTED_ENTRY = columns(
    {
        "file_name": pl.String,
        "line_number": pl.Int64,
        "column_name": pl.String,
        "value": pl.String,
        "reason": pl.String,
    }
)

SLEEP_DIARY = columns(
    {
        "participant_id": pl.String,
        "night_date": pl.Date,
        "lights_off_at": INSTANT,
        "sleep_onset_at": INSTANT,
        "sleep_end_at": INSTANT,
        "lights_on_at": INSTANT,
        "time_zone": pl.String,
        "has_own_time_zone": pl.Boolean,  # the row itself named its zone: somebody travels
        "lights_off_source": pl.String,  # who told each time: diary, or the maker of an export
        "sleep_onset_source": pl.String,
        "sleep_end_source": pl.String,
        "lights_on_source": pl.String,
        "wake_between_min": pl.Float64,  # between sleeps that were united into this night
    }
)

NAP = columns(
    {
        "participant_id": pl.String,
        "started_at": INSTANT,
        "ended_at": INSTANT,
        "duration_min": pl.Float64,
        "time_zone": pl.String,
        "told_by": pl.String,
    }
)

# In the diary frames `logged_date` is the local calendar day that the row speaks of.
CAFFEINE_INTAKE = columns(
    {
        "participant_id": pl.String,
        "logged_date": pl.Date,
        "taken_at": INSTANT,  # null where only the day is known
        "caffeine_mg": pl.Float64,
        "source": pl.String,
        "entry_number": pl.Int32,  # place among equal doses that one export tells of
        "clock_h": pl.Float64,  # by the clock on the wall where it was taken
        "time_zone": pl.String,
        "told_by": pl.String,
    }
)

EXERCISE_BOUT = columns(
    {
        "participant_id": pl.String,
        "logged_date": pl.Date,
        "started_at": INSTANT,
        "ended_at": INSTANT,
        "duration_min": pl.Float64,
        "met": pl.Float64,
        "intensity": ExerciseIntensity,
        "activity": pl.String,
        "is_relaxation": pl.Boolean,  # yoga, stretching, meditation ...
        "time_zone": pl.String,
        "told_by": pl.String,
    }
)

STRESS_RATING = columns(
    {
        "participant_id": pl.String,
        "logged_date": pl.Date,
        "rated_at": INSTANT,
        "scale": StressScale,
        "score": pl.Float64,
        "time_zone": pl.String,
        "told_by": pl.String,
    }
)

NUTRIENT_DAY = columns(
    {
        "participant_id": pl.String,
        "logged_date": pl.Date,
        "origin": NutrientOrigin,
        **INTAKES,
        "told_by": pl.String,
    }
)

MEDICATION_USE = columns(
    {
        "participant_id": pl.String,
        "taken_at": INSTANT,  # a single dose
        "start_date": pl.Date,  # or a course, both days included
        "end_date": pl.Date,
        "drug": pl.String,
        "drug_class": pl.String,
        "dose_mg": pl.Float64,
        "atc": pl.String,
        "time_zone": pl.String,
        "told_by": pl.String,
    }
)

DAYTIME_RATING = columns(
    {
        "participant_id": pl.String,
        "logged_date": pl.Date,
        "scale": pl.String,
        "score": pl.Float64,
        "told_by": pl.String,
    }
)

DIETARY_REFERENCE_INTAKE = columns(  # transforms/tables/dietary_reference_intake.csv
    {
        "nutrient": pl.String,
        "unit": pl.String,
        "sex": pl.String,
        "age_from_year": pl.Int32,
        "age_to_year": pl.Int32,  # inclusive
        "is_pregnant": pl.Boolean,
        "kind": pl.String,  # RDA, or AI where no RDA is set
        "allowance": pl.Float64,
        "upper_limit": pl.Float64,  # null where none is set
        "upper_limit_applies_to": pl.String,
        "source": pl.String,
    }
)

ACTIVITY_SPAN = columns(  # five minutes of one recording at the wrist or hip
    {
        "participant_id": pl.String,
        "recording_id": pl.String,
        "body_site": BodySite,
        "start_at": INSTANT,
        "worn_min": pl.Float64,
        "moderate_min": pl.Float64,
        "vigorous_min": pl.Float64,
    }
)
