"""The named scenarios: each an ordinary night in which one thing is as it is with some people or some devices."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from transforms.parameters.scenarios import ORDINARY_2026, ScenarioParameters


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A name, what is different, where its rates come from, and what its nights are drawn from."""

    name: str
    meaning: str
    source: str
    parameters: ScenarioParameters


def _scenario(
    name: str,
    meaning: str,
    source: str,
    *,
    rest: Mapping[str, Any] | None = None,
    motion: Mapping[str, Any] | None = None,
    worn: Mapping[str, Any] | None = None,
) -> Scenario:
    base = ORDINARY_2026
    return Scenario(
        name=name,
        meaning=meaning,
        source=source,
        parameters=ScenarioParameters(
            rest=replace(base.rest, **(rest or {})),
            motion=replace(base.motion, **(motion or {})),
            worn=replace(base.worn, **(worn or {})),
        ),
    )


_NO_SERIES = {"periodic_per_h": (0.0, 0.0)}
_RESTLESS = {"periodic_per_h": (20.0, 60.0)}
_QUIET = {
    "wake_large_per_h": (0.0, 0.0),
    "wake_leg_per_h": (0.0, 0.0),
    "waking_moves_share": 0.0,
}
_WITHOUT_REST = {"lone_per_h": (0.0, 1.0), "twitches_per_h": 0.0}
_SPELLS_MIN = (30.0, 45.0, 70.0)
_IBRAHIM = "Ibrahim 2023: median 6.8 large movements an hour, IQR 4.5 to 10.8"
_FRAUSCHER = "Frauscher 2014: 90th percentile 143.7 bursts an hour in healthy sleepers"
_FERRI = "Ferri 2006, 2016: intervals and isolated movements of restless legs and controls"

_ALL = (
    _scenario(
        "clean",
        "few movements, a quiet sensor",
        "engineering choice: what the first simulator made",
        motion={"large_per_h": (2.0, 0.2), "turn_share": (0.9, 0.9), "lone_per_h": (1.0, 3.0)},
        worn={"noise_mg": (2.0, 4.0), "wander_mg": 0.5, "slow_mg": 0.3},
    ),
    _scenario("ordinary", "published rates of everything", _IBRAHIM),
    _scenario(
        "healthy_7_large_per_h",
        "a healthy sleeper with 7 large movements an hour, no series",
        _IBRAHIM,
        motion=_NO_SERIES | {"large_per_h": (7.0, 0.05)},
    ),
    _scenario(
        "healthy_11_large_per_h",
        "the upper quartile of large movements, no series",
        _IBRAHIM,
        motion=_NO_SERIES | {"large_per_h": (10.8, 0.05)},
    ),
    _scenario(
        "large_and_periodic",
        "7 large movements an hour and periodic ones",
        _IBRAHIM,
        motion=_RESTLESS | {"large_per_h": (7.0, 0.05)},
    ),
    _scenario(
        "lone_lm_15",
        "15 lone leg movements an hour asleep",
        _FERRI,
        motion=_NO_SERIES | {"lone_per_h": (15.0, 15.0)},
    ),
    _scenario(
        "lone_lm_30",
        "30 lone leg movements an hour asleep",
        _FERRI,
        motion=_NO_SERIES | {"lone_per_h": (30.0, 30.0)},
    ),
    _scenario(
        "plm_double",
        "periodic movements, 4 in 10 with a second one 1 to 3 s after",
        _FERRI,
        motion=_RESTLESS | {"double_share": 0.4},
    ),
    _scenario(
        "plm_7_s",
        "leg movements every 7 s",
        "Ferri 2006: short intervals; below 10 s no series by WASM 2016",
        motion=_RESTLESS | {"imi_s": (6.5, 7.5), "imi_log_sd": 0.1},
    ),
    _scenario(
        "quiet_wake",
        "nobody moves awake",
        "actigraphy's known blindness: specificity for wake 0.3 to 0.5 (Quante 2018)",
        motion=_QUIET,
    ),
    _scenario(
        "insomnia_quiet_latency",
        "40 to 80 min awake and still before sleep",
        "Lichstein 2003: latency above 31 min is insomnia; as issue",
        rest={"latency_min": (40.0, 80.0)},
        motion={"wake_large_per_h": (1.0, 3.0), "wake_leg_per_h": (1.0, 3.0)},
    ),
    _scenario(
        "insomnia",
        "40 to 80 min awake before sleep, moving; long wakings",
        "Lichstein 2003",
        rest={"latency_min": (40.0, 80.0), "sleep_bout_min": 35.0, "wake_bout_min": (3.0, 45.0)},
    ),
    _scenario(
        "restless_plm_in_wake",
        "restless legs: a movement every 12 to 28 s before sleep",
        "Michaud 2001; Montplaisir 1998",
        rest={"latency_min": (30.0, 60.0)},
        motion=_RESTLESS | {"wake_periodic_share": 0.85},
    ),
    _scenario(
        "restless_standing",
        "restless legs: up from bed, standing and walking, before sleep and at night",
        "IRLSSG 2014: relief by walking",
        rest={
            "latency_min": (40.0, 80.0),
            "long_wake_min": (30.0, 60.0),
            "out_of_bed_count": 3.0,
            "out_of_bed_min": (5.0, 20.0),
        },
        motion=_RESTLESS | {"wake_periodic_share": 0.3},
    ),
    _scenario(
        "two_legs_apart",
        "two ankles, their clocks 4 s and 80 ppm apart",
        "AX3 data sheet: 50 to 100 ppm",
        motion=_RESTLESS,
        worn={"body_sites": ("left_ankle", "right_ankle"), "clock_offset_s": 4.0, "clock_drift_ppm": 80.0},
    ),
    _scenario(
        "two_legs",
        "two ankles, one clock",
        _FERRI,
        motion=_RESTLESS,
        worn={"body_sites": ("left_ankle", "right_ankle")},
    ),
    _scenario(
        "axis_along_gravity",
        "on the side: no leg movement tilts, only turns from side to side do",
        "mechanics; De Koninck 1992: most lie on a side",
        motion={"is_on_side": True},
    ),
    _scenario(
        "fragmentary_myoclonus",
        "143.7 bursts of 150 ms an hour of NREM",
        _FRAUSCHER,
        motion={"myoclonus_per_h": 143.7},
    ),
    _scenario(
        "rem_twitches",
        "clusters of twitches in REM",
        "Frauscher 2012: phasic muscle activity in REM",
        motion={"rem_clusters_per_h": 20.0},
    ),
    _scenario(
        "heavy_tailed_noise",
        "noise of a standing ankle: heavy tails that swell",
        "real sensors at rest on a leg: 5 to 13 mg; reported, not published",
        worn={"noise_mg": (6.0, 9.0), "tail_df": 3.0, "swell_log_sd": 0.35, "slow_mg": 4.0},
    ),
    _scenario(
        "noise_13_mg",
        "13 mg of noise, rising below 0.5 Hz, means that wander by 11 mg",
        "real sensors at rest on a leg: 5 to 13 mg; reported, not published",
        worn={
            "noise_mg": (11.0, 13.0),
            "tail_df": 5.0,
            "swell_log_sd": 0.2,
            "slow_mg": 6.0,
            "wander_mg": 11.0,
        },
    ),
    _scenario("resolution_15_6_mg", "AX3 at 8 g and 10 bit", "AX3 manual", worn={"resolution_mg": (15.6,)}),
    _scenario(
        "resolution_3_9_mg", "13 bit at 16 g", "AX3 and GENEActiv manuals", worn={"resolution_mg": (3.9,)}
    ),
    _scenario("resolution_0_24_mg", "16 bit at 8 g", "AX6 manual", worn={"resolution_mg": (0.24,)}),
    _scenario(
        "warm_drift",
        "offsets that go with the temperature",
        "ADXL345 data sheet: up to 1.2 mg per degree",
        worn={"warmth_mg_per_c": 1.2, "wander_mg": 6.0},
    ),
    _scenario(
        "noisy_tremor",
        "trains of foot tremor whose bursts are noise",
        "Chervin 2003: bursts of 100 to 500 ms at 1 to 2 Hz",
        motion={"tremor_count": 3.0, "tremor_is_noisy": True},
    ),
    _scenario("tremor", "trains of foot tremor", "Wichniak 2001", motion={"tremor_count": 3.0}),
    _scenario(
        "rhythmic", "one rhythmic episode a night", "Theodore 1994: mean 62 s", motion={"rhythmic_count": 1}
    ),
    _scenario(
        "diary_hour_off",
        "a diary an hour off",
        "Auger 2013 and users' reports: a clock not set",
        worn={"diary": "hour_off"},
    ),
    _scenario("no_diary", "no diary", "contract", worn={"diary": "none"}),
    _scenario(
        "idle_sleep_mode",
        "ActiGraph in idle sleep mode: no samples while still",
        "ActiGraph: after 10 s below 40 mg",
        worn={"has_idle_sleep": True, "resolution_mg": (3.9,)},
    ),
    _scenario(
        "partner_and_pet",
        "a partner's turns and a pet's jumps through the mattress",
        "Pankhurst 1994; Patel 2017",
        motion={"partner_per_h": 5.0, "pet_per_h": 1.0},
    ),
    _scenario(
        "partner", "a partner's turns through the mattress", "Pankhurst 1994", motion={"partner_per_h": 5.0}
    ),
    _scenario(
        "strap_resonance", "a loose strap that rings at 9 Hz", "engineering choice", worn={"strap_hz": 9.0}
    ),
    _scenario(
        "foot",
        "worn at the foot",
        "mechanics of a lever",
        motion=_RESTLESS,
        worn={"body_sites": ("left_foot",)},
    ),
    _scenario(
        "calf",
        "worn at the calf",
        "mechanics of a lever",
        motion=_RESTLESS,
        worn={"body_sites": ("left_calf",)},
    ),
    _scenario(
        "thigh",
        "worn at the thigh",
        "mechanics of a lever",
        motion=_RESTLESS,
        worn={"body_sites": ("left_thigh",)},
    ),
    _scenario(
        "one_leg_alternating",
        "movements that change legs, one leg worn",
        "Ferri 2017: 42 % of movements are of one leg",
        motion=_RESTLESS | {"is_alternating": True},
    ),
    _scenario("nap", "a nap of 20 to 90 min before the night", "Milner 2009", rest={"nap_min": (20.0, 90.0)}),
    _scenario(
        "split_sleep",
        "two sleeps with 1 to 2 h awake between",
        "Ekirch 2005",
        rest={"long_wake_min": (60.0, 120.0)},
    ),
    _scenario(
        "nonwear_warm",
        "taken off for 30 to 70 min, at skin temperature",
        "under the blanket; engineering choice",
        worn={"nonwear_min": _SPELLS_MIN, "is_nonwear_warm": True},
    ),
    _scenario(
        "nonwear_with_thermometer",
        "taken off for 30 to 70 min",
        "engineering choice",
        worn={"nonwear_min": _SPELLS_MIN},
    ),
    _scenario(
        "nonwear_no_thermometer",
        "taken off for 30 to 70 min, no thermometer",
        "engineering choice",
        worn={"nonwear_min": _SPELLS_MIN, "thermometer": "none"},
    ),
    _scenario(
        "nonwear_stuck_thermometer",
        "taken off for 30 to 70 min, the thermometer always shows the same",
        "engineering choice",
        worn={"nonwear_min": _SPELLS_MIN, "thermometer": "stuck"},
    ),
    _scenario(
        "wrist_beside_ankle",
        "an ankle and a wrist",
        "contract",
        worn={"body_sites": ("left_ankle", "left_wrist"), "clock_offset_s": 1.0, "clock_drift_ppm": 20.0},
    ),
    _scenario(
        "wrist_beside_ankle_no_diary",
        "an ankle and a wrist, no diary",
        "contract",
        worn={"body_sites": ("left_ankle", "left_wrist"), "diary": "none"},
    ),
    _scenario(
        "knees_up",
        "one in five turns ends with the shank propped up like a sitting person's",
        "engineering choice",
        motion={"knees_up_share": 0.2},
    ),
    _scenario(
        "held_flexion",
        "half of the leg movements hold the limb for 0.5 to 2 s",
        "AASM: tonic dorsiflexion",
        motion=_RESTLESS | {"held_share": 0.5},
    ),
    _scenario("rates_25_100_hz", "25 and 100 Hz", "devices in use", worn={"rate_hz": (25.0, 100.0)}),
    _scenario(
        "everything",
        "all of it at once, as far as it goes together",
        "the sources of the others",
        rest={"latency_min": (8.0, 60.0), "out_of_bed_count": 0.5},
        motion={
            "lone_per_h": (1.0, 20.0),
            "double_share": 0.15,
            "held_share": 0.2,
            "myoclonus_per_h": 20.0,
            "rem_clusters_per_h": 6.0,
            "wake_periodic_share": 0.15,
            "partner_per_h": 1.5,
            "knees_up_share": 0.05,
        },
        worn={
            "rate_hz": (25.0, 50.0, 100.0),
            "resolution_mg": (15.6, 3.9, 0.24),
            "noise_mg": (4.0, 11.0),
            "tail_df": 5.0,
            "swell_log_sd": 0.2,
            "slow_mg": 3.0,
            "wander_mg": 6.0,
        },
    ),
)

SCENARIOS: Mapping[str, Scenario] = {scenario.name: scenario for scenario in _ALL}
