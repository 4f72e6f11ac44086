"""Parameters of wake in bed, as told by movements."""

from dataclasses import dataclass

from transforms.parameters.describe import quantity

_OURS = "engineering choice"


@dataclass(frozen=True, kw_only=True)
class WakefulnessParameters:
    """Two states, each with its own rates of movement."""

    step_s: float = quantity("step of the two-state model", unit="s", source=_OURS)
    posture_change_deg: float = quantity(
        "tilt that stays and makes a movement a change of posture",
        unit="deg",
        compared=">= is a change",
        source=f"{_OURS}: the 5 degrees of van Hees 2015, seen in three dimensions instead of one angle",
    )
    wake_per_h: float = quantity("changes of posture awake in bed", unit="1/h", source=_OURS)
    sleep_per_h: float = quantity(
        "changes of posture asleep",
        unit="1/h",
        source=f"{_OURS}; healthy sleepers shift 1 to 4 times an hour",
    )
    min_movement_s: float = quantity(
        "duration of a leg movement", unit="s", compared=">= counts", source="WASM 2016"
    )
    series_min_s: float = quantity(
        "interval of a periodic series, whose members are slept through and are not lone",
        unit="s",
        compared=">= goes on",
        source="WASM 2016",
    )
    series_max_s: float = quantity("the same", unit="s", compared="<= goes on", source="WASM 2016")
    series_count: int = quantity(
        "leg movements in such a series", unit="1", compared=">= is one", source="WASM 2016"
    )
    lone_wake_per_h: float = quantity("lone leg movements awake in bed", unit="1/h", source=_OURS)
    lone_sleep_per_h: float = quantity("lone leg movements asleep", unit="1/h", source=_OURS)
    wakings_per_h: float = quantity("wake episodes per hour asleep", unit="1/h", source=_OURS)
    wake_episode_min: float = quantity("mean length of a wake episode", unit="min", source=_OURS)
    latency_min: float = quantity("mean time from lights-off to sleep", unit="min", source=_OURS)
    sleep_h: float = quantity("mean time from sleep onset to the last waking", unit="h", source=_OURS)
    min_wake_probability: float = quantity(
        "probability from which a stretch is wake", unit="1", compared=">= is wake", source=_OURS
    )
    min_wake_min: float = quantity(
        "wake that is reported", unit="min", compared=">= is reported", source=_OURS
    )


POSTURE_2026 = WakefulnessParameters(
    step_s=30,
    posture_change_deg=3,
    wake_per_h=10,
    sleep_per_h=2,
    min_movement_s=0.5,
    series_min_s=10,
    series_max_s=90,
    series_count=4,
    lone_wake_per_h=10,
    lone_sleep_per_h=4,
    wakings_per_h=0.4,
    wake_episode_min=10,
    latency_min=20,
    sleep_h=7.5,
    min_wake_probability=0.5,
    min_wake_min=1,
)
"""Wake in bed of adults."""
