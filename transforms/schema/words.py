"""The words and types that columns share: instants, body sites, kinds, sources."""

from collections.abc import Mapping

import polars as pl

INSTANT = pl.Datetime("us", "UTC")


def columns(types: Mapping[str, pl.DataType | type[pl.DataType]]) -> pl.Schema:
    """Return the schema of a frame; polars' own constructor does not type a mix of classes and instances."""
    return pl.Schema(types)


BODY_SITES = (
    "left_ankle",
    "right_ankle",
    "left_foot",
    "right_foot",
    "left_calf",
    "right_calf",
    "left_thigh",
    "right_thigh",
    "left_wrist",
    "right_wrist",
    "trunk",
    "hip",
    "other",
)

LEG_SITES = tuple(
    site for site in BODY_SITES if site.rsplit("_", 1)[-1] in {"ankle", "foot", "calf", "thigh"}
)

WRIST_SITES = ("left_wrist", "right_wrist")

BodySite = pl.Enum(BODY_SITES)

Side = pl.Enum(["left", "right", "both", "other"])

MovementKind = pl.Enum(
    ["hypnic_jerk", "leg_movement", "gross_movement", "foot_tremor", "rhythmic_movement", "twitch"]
)

STAGES = ("w", "n1", "n2", "n3", "r")

Stage = pl.Enum(STAGES)

ScoredEventKind = pl.Enum(["leg_movement", "respiratory", "arousal", *(f"stage_{stage}" for stage in STAGES)])

State = pl.Enum(["in_bed", "sleep", "wake", "nrem", "n1", "n2", "n3", "r"])

Phase = pl.Enum(["pre_sleep", "sleep_onset", "sleep", "wake_in_bed"])

NO_LEG_RECORDING = "no_leg_recording"
NO_SLEEP_WINDOW = "no_sleep_window"
NOT_WORN = "not_worn"
SIGNAL_MISSING = "signal_missing"
IDLE_SLEEP_MODE = "idle_sleep_mode"
"""The signal is missing for the most part because the device sleeps while nothing moves it."""
RATE_TOO_LOW = "sampling_rate_too_low"
TOO_SHORT_IN_BED = "time_in_bed_too_short"
EXCLUSION_REASONS = (
    NO_LEG_RECORDING,
    RATE_TOO_LOW,
    NO_SLEEP_WINDOW,
    TOO_SHORT_IN_BED,
    NOT_WORN,
    IDLE_SLEEP_MODE,
    SIGNAL_MISSING,
)
"""Why a night is out, in the order in which they are asked; a night has the first that applies."""

SleepWindowSource = pl.Enum(["diary", "psg", "wrist_hdcza", "leg_hdcza", "none"])

MovementSource = pl.Enum(["acceleration", "electromyogram"])

Sex = pl.Enum(["female", "male", "other"])

NutrientOrigin = pl.Enum(["food", "supplement", "food_and_supplement"])
"""The last is a total that an export does not part."""

StressScale = pl.Enum(["rating_0_10", "pss4", "pss10", "stai_state"])

ExerciseIntensity = pl.Enum(["light", "moderate", "vigorous"])
