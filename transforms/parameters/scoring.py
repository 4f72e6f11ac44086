"""Scoring rules of leg movements: one class, one instance for each published standard."""

from dataclasses import dataclass
from typing import Literal

from transforms.errors import SettingsError
from transforms.parameters.describe import quantity

_WASM = "Ferri et al. 2016, Sleep Med 26:86-95 (WASM 2016)"
_TABLE = "comparison of both standards in Clin Neurophysiol Pract 2022;7:285, table 3"
_PLMSCORE = "PLMScoRe (Fulda) R/lm_score.R at 68912a3, run in R 4.2.2"
_AASM = "AASM Manual for the Scoring of Sleep, version 3 (2023), leg movement rules"

_OPTIONS = {
    "leg_combination": ("pause", "onset"),
    "short_interval": ("break", "skip"),
    "respiratory_anchor": ("event", "event_end"),
    "respiratory_part": ("any", "whole"),
}
"""Words of the named options; study.toml can hold any text."""


@dataclass(frozen=True, kw_only=True)
class ScoringRules:
    """What makes a leg movement, a combined movement and a periodic series under one standard."""

    name: str = quantity(
        "Short name of the rule set; part of every series id.", unit="1", source="this project"
    )
    min_movement_s: float = quantity(
        "Shortest leg movement; shorter ones are not leg movements and interrupt nothing.",
        unit="s",
        compared=">= counts",
        source=f"{_TABLE}; {_PLMSCORE}, lm_dur1",
    )
    max_single_leg_s: float = quantity(
        "Longest candidate movement of one leg.",
        unit="s",
        compared="<= counts",
        source=f"{_TABLE}; {_PLMSCORE}, lm_dur2",
    )
    same_leg_join_gap_s: float = quantity(
        "Movements of one leg with a shorter pause (offset to onset) are one movement.",
        unit="s",
        compared="< joins",
        source=f"{_PLMSCORE}, lm_unil; the same follows from the offset rule of both standards (0.5 s of rest)",
    )
    leg_combination: Literal["pause", "onset"] = quantity(
        "What is compared when the legs are combined: the pause from the running offset to the next onset, chained"
        " ('pause'), or the distance from the first onset, not chained ('onset').",
        unit="1",
        source=f"{_WASM}; {_AASM}",
    )
    leg_combination_s: float = quantity(
        "Movements of both legs that are closer are one movement.",
        unit="s",
        compared="< combines",
        source=f"{_PLMSCORE}, lm_bil (0.5 s, WASM); {_AASM} (5 s between onsets)",
    )
    max_combined_s: float = quantity(
        "Longest candidate movement of both legs, first onset to last offset.",
        unit="s",
        compared="<= counts",
        source=f"{_WASM}; under AASM two movements of at most 10 s with onsets less than 5 s apart cannot exceed it",
    )
    max_combined_members: int = quantity(
        "Most single-leg movements in one candidate movement of both legs.",
        unit="1",
        compared="<= counts",
        source=f"{_WASM}; {_PLMSCORE}, lm_bil; AASM has no such rule: 6 cannot be exceeded there, since single-leg"
        " movements and their pauses last 0.5 s each and only the other leg is combined within 5 s",
    )
    does_noncandidate_interrupt: bool = quantity(
        "A movement that is too long, has too many members or is of another kind ends a series; otherwise it is"
        " not scored and the series runs on.",
        unit="1",
        source=f"{_WASM}, rules 3.2.1 and 3.3.6; AASM does not score such movements and names no end of a series"
        f" ({_TABLE})",
    )
    min_interval_s: float = quantity(
        "Shortest periodic interval, onset to onset.",
        unit="s",
        compared=">= counts",
        source=f"{_WASM}; {_AASM}",
    )
    max_interval_s: float = quantity(
        "Longest periodic interval, onset to onset.",
        unit="s",
        compared="see next",
        source=f"{_WASM}; {_AASM}",
    )
    is_max_interval_included: bool = quantity(
        "An interval of exactly the longest counts.",
        unit="1",
        source=f"abstract of {_WASM} ('<= 90 s') and {_PLMSCORE}: true; SOMAS computes with '< 90'",
    )
    min_series_members: int = quantity(
        "Fewest consecutive movements of a series.",
        unit="1",
        compared=">= counts",
        source=f"{_WASM}; {_AASM}",
    )
    short_interval: Literal["break", "skip"] = quantity(
        "What an interval below the shortest does: end the series, or pass over the later movement and measure on"
        " from the earlier.",
        unit="1",
        source=f"{_WASM}: break; AASM is silent ({_TABLE}), break as psgscoring 0.37.0 does; skip as WASM 2006",
    )
    can_short_interval_start: bool = quantity(
        "A movement that came after too short an interval may be the first of a new series.",
        unit="1",
        source=f"{_PLMSCORE} and MATPLM: true; SOMAS: false; the first author of PLMScoRe co-wrote the standard",
    )
    is_sleep_only: bool = quantity(
        "Only movements of which a part lies in sleep are scored; otherwise series run over the time in bed and"
        " sleep or wake is told afterwards.",
        unit="1",
        source=f"{_AASM}; {_WASM}, rule 2.4.4",
    )
    is_respiratory_excluded: bool = quantity(
        "Movements next to a respiratory event are not scored; otherwise series are built with all movements,"
        " and a second time without those.",
        unit="1",
        source=f"{_AASM}; {_WASM}",
    )
    respiratory_anchor: Literal["event", "event_end"] = quantity(
        "What the respiratory window surrounds: the whole event or its end.", unit="1", source=_TABLE
    )
    respiratory_before_s: float = quantity(
        "Window before the anchor.", unit="s", compared=">= is inside", source=f"{_TABLE}; {_PLMSCORE}"
    )
    respiratory_after_s: float = quantity(
        "Window after the anchor.", unit="s", compared="<= is inside", source=f"{_TABLE}; {_PLMSCORE}"
    )
    respiratory_part: Literal["any", "whole"] = quantity(
        "How much of a movement must lie in the window.",
        unit="1",
        source=f"{_TABLE}; AASM FAQ M.5 (entire movement)",
    )
    arousal_gap_s: float = quantity(
        "Arousal and movement belong together when they overlap or the pause between them is shorter.",
        unit="s",
        compared="< associates",
        source=_TABLE,
    )
    other_kinds_gap_s: float = quantity(
        "Events of one other kind (twitch, turn, tremor ...) with a shorter pause are one movement.",
        unit="s",
        compared="< joins",
        source="engineering choice: the pause rule of leg movements, because the clocks of two bands differ by tenths"
        " of a second",
    )

    def __post_init__(self) -> None:
        """Raise SettingsError when the values contradict each other."""
        faults = [
            (self.min_movement_s <= 0, "min_movement_s must be above 0"),
            (self.max_single_leg_s < self.min_movement_s, "max_single_leg_s is below min_movement_s"),
            (self.max_combined_s < self.min_movement_s, "max_combined_s is below min_movement_s"),
            (self.max_interval_s <= self.min_interval_s, "max_interval_s must exceed min_interval_s"),
            (self.min_series_members < 2, "min_series_members must be at least 2"),
            (self.max_combined_members < 1, "max_combined_members must be at least 1"),
            (
                min(
                    self.same_leg_join_gap_s,
                    self.leg_combination_s,
                    self.other_kinds_gap_s,
                    self.min_interval_s,
                )
                < 0,
                "gaps and intervals cannot be negative",
            ),
            *(
                (getattr(self, name) not in words, f"{name} must be one of {', '.join(words)}")
                for name, words in _OPTIONS.items()
            ),
        ]
        found = [text for is_wrong, text in faults if is_wrong]
        if found:
            raise SettingsError(f"scoring rules {self.name!r}: {'; '.join(found)}; correct [parameters]")


WASM_2016 = ScoringRules(
    name="wasm",
    min_movement_s=0.5,
    max_single_leg_s=10.0,
    same_leg_join_gap_s=0.5,
    leg_combination="pause",
    leg_combination_s=0.5,
    max_combined_s=15.0,
    max_combined_members=4,
    does_noncandidate_interrupt=True,
    min_interval_s=10.0,
    max_interval_s=90.0,
    is_max_interval_included=True,
    min_series_members=4,
    short_interval="break",
    can_short_interval_start=True,
    is_sleep_only=False,
    is_respiratory_excluded=False,
    respiratory_anchor="event_end",
    respiratory_before_s=2.0,
    respiratory_after_s=10.25,
    respiratory_part="any",
    arousal_gap_s=0.5,
    other_kinds_gap_s=0.5,
)
"""World Association of Sleep Medicine 2016, as PLMScoRe computes it."""

AASM_2023 = ScoringRules(
    name="aasm",
    min_movement_s=0.5,
    max_single_leg_s=10.0,
    same_leg_join_gap_s=0.5,
    leg_combination="onset",
    leg_combination_s=5.0,
    max_combined_s=15.0,
    max_combined_members=6,
    does_noncandidate_interrupt=False,
    min_interval_s=5.0,
    max_interval_s=90.0,
    is_max_interval_included=True,
    min_series_members=4,
    short_interval="break",
    can_short_interval_start=True,
    is_sleep_only=True,
    is_respiratory_excluded=True,
    respiratory_anchor="event",
    respiratory_before_s=0.5,
    respiratory_after_s=0.5,
    respiratory_part="whole",
    arousal_gap_s=0.5,
    other_kinds_gap_s=0.5,
)
"""American Academy of Sleep Medicine, manual version 3."""


@dataclass(frozen=True, kw_only=True)
class IntervalClassParameters:
    """Classes of the histogram of intermovement intervals."""

    width_s: float = quantity(
        "Width of a class [lower, upper).", unit="s", source="Ferri 2006, Sleep 29:759: 2 s"
    )
    max_s: float = quantity(
        "Upper end of the last class; longer intervals are counted in an open class above it.",
        unit="s",
        compared="< is inside",
        source="Ferri 2006, Sleep 29:759: 100 s",
    )


FERRI_2006_CLASSES = IntervalClassParameters(width_s=2.0, max_s=100.0)
