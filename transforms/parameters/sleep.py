"""Parameters of sleep and its period from the angle of the z axis."""

from dataclasses import dataclass

from transforms.parameters.describe import quantity

_SIB = "van Hees 2015, doi:10.1371/journal.pone.0142533; GGIR 3.3-7, R/HASIB.R"
_HDCZA = "van Hees 2018, doi:10.1038/s41598-018-31266-z; GGIR 3.3-7, R/HASPT.R"


@dataclass(frozen=True, kw_only=True)
class InactivityParameters:
    """Sustained inactivity: no change of posture for a while."""

    angle_change_deg: float = quantity(
        "Change of angle between epochs that is a change of posture.",
        unit="deg",
        compared="> is a change",
        source=_SIB,
    )
    min_duration_s: float = quantity(
        "Time between changes of posture that is sleep.", unit="s", compared="> is sleep", source=_SIB
    )
    min_change_count: int = quantity(
        "Changes of posture below which a record without long rest is all rest.",
        unit="1",
        compared="< is all rest",
        source=_SIB,
    )


@dataclass(frozen=True, kw_only=True)
class SleepPeriodParameters:
    """HDCZA: the sleep period of one noon-to-noon window without a diary."""

    smoothing_s: float = quantity("Width of the rolling median.", unit="s", source=_HDCZA)
    percentile: float = quantity(
        "Percentile of the smoothed change on which the threshold stands.", unit="pct", source=_HDCZA
    )
    threshold_ratio: float = quantity("Threshold over that percentile.", unit="1", source=_HDCZA)
    min_threshold_deg: float = quantity("Lower limit of the threshold.", unit="deg", source=_HDCZA)
    max_threshold_deg: float = quantity("Upper limit of the threshold.", unit="deg", source=_HDCZA)
    min_block_s: float = quantity("Rest that counts.", unit="s", compared="> counts", source=_HDCZA)
    max_gap_s: float = quantity(
        "Interruption that is bridged.", unit="s", compared="< is bridged", source=_HDCZA
    )


VAN_HEES_2015 = InactivityParameters(angle_change_deg=5, min_duration_s=300, min_change_count=10)
"""Sustained inactivity as in the paper and in GGIR."""

VAN_HEES_2018 = SleepPeriodParameters(
    smoothing_s=300,
    percentile=10,
    threshold_ratio=15,
    min_threshold_deg=0.13,
    max_threshold_deg=0.50,
    min_block_s=1800,
    max_gap_s=3600,
)
"""HDCZA as in the paper and in GGIR (spt_max_gap_ratio 1: no limit to what is bridged)."""
