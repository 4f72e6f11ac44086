"""Numbers with a meaning: frozen classes, named instances, units and sources.

``StudyParameters`` is all of them for one study; ``DEFAULT`` holds the published ones. study.toml replaces single
values, named ``group.field``.
"""

from dataclasses import dataclass

from transforms.parameters.agreement import SCORER_AGREEMENT, AgreementParameters
from transforms.parameters.calibration import VAN_HEES_2014, CalibrationParameters
from transforms.parameters.cohort import NIGHTLY_COHORT, CohortParameters
from transforms.parameters.epochs import GGIR_EPOCHS, EpochParameters
from transforms.parameters.exposures import ADULT_EXPOSURES, ExposureParameters
from transforms.parameters.kinds import SLEEP_MOVEMENTS_2026, KindParameters
from transforms.parameters.movements import (
    ANKLE_2026,
    SHARED_TURNS_2026,
    ClockParameters,
    DetectionParameters,
)
from transforms.parameters.nights import NOON_TO_NOON_2026, NightParameters
from transforms.parameters.psg import (
    AASM_HYPNOGRAM,
    WASM_2016_EMG,
    EmgParameters,
    HypnogramParameters,
)
from transforms.parameters.reading import LENIENT_READING, ReadingParameters
from transforms.parameters.release import TEN_PARTICIPANTS, ReleaseParameters
from transforms.parameters.restlessness import IMMOBILISATION_HOUR, RestlessnessParameters
from transforms.parameters.scoring import (
    AASM_2023,
    FERRI_2006_CLASSES,
    WASM_2016,
    IntervalClassParameters,
    ScoringRules,
)
from transforms.parameters.sleep import (
    VAN_HEES_2015,
    VAN_HEES_2018,
    InactivityParameters,
    SleepPeriodParameters,
)
from transforms.parameters.survey import ADULTS_2008, SurveyParameters
from transforms.parameters.wakefulness import MOVEMENTS_2026, WakefulnessParameters
from transforms.parameters.wear import GGIR_2023, WearParameters


@dataclass(frozen=True, kw_only=True)
class StudyParameters:
    """Every number with a meaning that a study is made with."""

    reading: ReadingParameters
    calibration: CalibrationParameters
    epochs: EpochParameters
    wear: WearParameters
    inactivity: InactivityParameters
    sleep_period: SleepPeriodParameters
    wakefulness: WakefulnessParameters
    nights: NightParameters
    detection: DetectionParameters
    clocks: ClockParameters
    kinds: KindParameters
    restlessness: RestlessnessParameters
    wasm: ScoringRules
    aasm: ScoringRules
    imi_classes: IntervalClassParameters
    hypnogram: HypnogramParameters
    emg: EmgParameters
    agreement: AgreementParameters
    exposures: ExposureParameters
    cohort: CohortParameters
    survey: SurveyParameters
    release: ReleaseParameters


DEFAULT = StudyParameters(
    reading=LENIENT_READING,
    calibration=VAN_HEES_2014,
    epochs=GGIR_EPOCHS,
    wear=GGIR_2023,
    inactivity=VAN_HEES_2015,
    sleep_period=VAN_HEES_2018,
    wakefulness=MOVEMENTS_2026,
    nights=NOON_TO_NOON_2026,
    detection=ANKLE_2026,
    clocks=SHARED_TURNS_2026,
    kinds=SLEEP_MOVEMENTS_2026,
    restlessness=IMMOBILISATION_HOUR,
    wasm=WASM_2016,
    aasm=AASM_2023,
    imi_classes=FERRI_2006_CLASSES,
    hypnogram=AASM_HYPNOGRAM,
    emg=WASM_2016_EMG,
    agreement=SCORER_AGREEMENT,
    exposures=ADULT_EXPOSURES,
    cohort=NIGHTLY_COHORT,
    survey=ADULTS_2008,
    release=TEN_PARTICIPANTS,
)
