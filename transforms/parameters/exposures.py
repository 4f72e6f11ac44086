"""Numbers of what a person did, took and felt before a night."""

from dataclasses import dataclass

from transforms.parameters.describe import quantity

_KINETICS = "IOM 2001, Caffeine for the Sustainment of Mental Task Performance; Blanchard 1983, Eur J Clin Pharmacol 24:93"
_IPAQ = "IPAQ scoring protocol 2005"
_COMPENDIUM = "Ainsworth 2011, doi:10.1249/MSS.0b013e31821ece12"


@dataclass(frozen=True, kw_only=True)
class CaffeineParameters:
    """What caffeine counts before a night, and how much of it is left at lights-off.

    One compartment with first-order absorption: of a dose D, D ka / (ka - ke) (exp(-ke t) - exp(-ka t)) is in the
    body after t hours, with ke = ln 2 / half-life; doses add up.
    """

    window_h: float = quantity(
        "Caffeine this long before lights-off or less counts.",
        unit="h",
        compared="<= counts",
        source="one day; of a dose before that 3.6 % are left at the mean half-life",
        fixed=True,
    )
    afternoon_from_h: float = quantity(
        "Local clock time from which caffeine is late in the day.",
        unit="h",
        compared=">= is late",
        source="Drake 2013, doi:10.5664/jcsm.3170: 400 mg 6 h before bedtime disturb sleep, so 8 h and less are watched",
        fixed=True,
    )
    last_hours_h: float = quantity(
        "Caffeine this long before lights-off or less is just before sleep.",
        unit="h",
        compared="<= counts",
        source="MrOS Sleep, items poxcoff and poxtea",
        fixed=True,
    )
    absorption_per_h: float = quantity(
        "Rate of absorption ka.",
        unit="1/h",
        source="99 % absorbed within 45 min, -ln(0.01) / 0.75 h: IOM 2001",
    )
    half_life_h: float = quantity("Half-life where nothing changes it.", unit="h", source=_KINETICS)
    half_life_pregnant_h: float = quantity(
        "Half-life in pregnancy, all trimesters together.",
        unit="h",
        source="mean of the range 3 to 16 h in reviews; trimester is not asked for",
    )
    smoking_ratio: float = quantity(
        "Smoking multiplies the half-life by this.",
        unit="1",
        source="induction of CYP1A2, about halved: IOM 2001",
    )
    contraceptive_ratio: float = quantity(
        "An oral contraceptive multiplies the half-life by this.",
        unit="1",
        source="inhibition of CYP1A2, about doubled: IOM 2001",
    )
    half_life_short_h: float = quantity(
        "Short half-life of the sensitivity analysis.",
        unit="h",
        source="lower part of the range 1.5 to 9.5 h: IOM 2001",
        fixed=True,
    )
    half_life_middle_h: float = quantity(
        "Middle half-life of the sensitivity analysis, the same for everyone.",
        unit="h",
        source=_KINETICS,
        fixed=True,
    )
    half_life_long_h: float = quantity(
        "Long half-life of the sensitivity analysis.",
        unit="h",
        source="upper part of the range 1.5 to 9.5 h: IOM 2001",
        fixed=True,
    )


@dataclass(frozen=True, kw_only=True)
class ExerciseParameters:
    """How bouts become MET minutes and categories."""

    light_met: float = quantity("MET of light exercise (walking).", unit="MET", source=_IPAQ)
    moderate_met: float = quantity("MET of moderate exercise.", unit="MET", source=_IPAQ)
    vigorous_met: float = quantity("MET of vigorous exercise.", unit="MET", source=_IPAQ)
    moderate_from_met: float = quantity(
        "A bout with this MET is of moderate intensity.",
        unit="MET",
        compared=">= is moderate",
        source=_COMPENDIUM,
    )
    vigorous_from_met: float = quantity(
        "A bout with this MET is vigorous.", unit="MET", compared=">= is vigorous", source=_COMPENDIUM
    )
    moderate_week_met_min: float = quantity(
        "MET minutes of seven days that make the moderate category, with moderate_week_day_count.",
        unit="MET min",
        compared=">= is moderate",
        source=_IPAQ,
    )
    moderate_week_day_count: int = quantity(
        "Days with exercise of seven that the moderate category wants.",
        unit="1",
        compared=">= is enough",
        source=_IPAQ,
    )
    vigorous_week_met_min: float = quantity(
        "MET minutes of seven days that make the high category, with vigorous_week_day_count.",
        unit="MET min",
        compared=">= is high",
        source=_IPAQ,
    )
    vigorous_week_day_count: int = quantity(
        "Days with vigorous exercise of seven that make the high category, with vigorous_week_met_min.",
        unit="1",
        compared=">= is enough",
        source=_IPAQ,
    )
    excessive_week_met_min: float = quantity(
        "MET minutes that make the high category of a week with exercise on each of seven days; a seventh of it on one "
        "day is called excessive here.",
        unit="MET min",
        compared=">= is excessive",
        source=f"{_IPAQ}; 'excessive' for one day is an engineering choice",
    )
    longest_intensity_day_min: float = quantity(
        "Minutes of one intensity on one day that count towards the category of a week, at most.",
        unit="min",
        compared="<= counts",
        source=f"{_IPAQ}: truncated at 180 min a day",
    )
    just_before_bed_h: float = quantity(
        "Exercise that ended this long before lights-off or less ended just before bed.",
        unit="h",
        compared="<= is just before",
        source="Stutz 2019, doi:10.1007/s40279-018-1015-0",
        fixed=True,
    )
    near_bed_h: float = quantity(
        "Exercise that ended this long before lights-off or less ended near bed.",
        unit="h",
        compared="<= is near",
        source="Leota 2025, doi:10.1038/s41467-025-58271-x: no association when exercise ended 4 h or more before sleep",
        fixed=True,
    )
    longest_bout_min: float = quantity(
        "Longest bout that is believed.",
        unit="min",
        compared="<= is believed",
        source=f"{_IPAQ}: 960 min a day",
    )


@dataclass(frozen=True, kw_only=True)
class StressParameters:
    """How a rating is standardised within the person."""

    min_rated_day_count: int = quantity(
        "Rated days, this one included, from which a person's mean and deviation are used.",
        unit="1",
        compared=">= is enough",
        source="engineering choice: with two days the standardised score can only be +0.71 or -0.71",
    )


@dataclass(frozen=True, kw_only=True)
class SleepDebtParameters:
    """How short the nights before were."""

    need_h: float = quantity(
        "Sleep that an adult should get in a night.",
        unit="h",
        source="Watson 2015, doi:10.5665/sleep.4716: 7 h or more",
    )
    window_night_count: int = quantity(
        "Nights before this one over which shortfalls are added up.",
        unit="1",
        compared="<= counts",
        source="engineering choice: one week, as in van Dongen 2003, doi:10.1093/sleep/26.2.117, who follow two",
    )


@dataclass(frozen=True, kw_only=True)
class ActivityCutPointParameters:
    """Moderate-to-vigorous minutes from a worn sensor.

    Found in adults of 21 to 61 years; several published for people of 60 and more are lower (Sanders 2018,
    Migueles 2021), so that a study of old people overrides these.
    """

    wrist_moderate_mg: float = quantity(
        "Mean ENMO at the wrist from which an epoch is of moderate intensity.",
        unit="mg",
        compared=">= is moderate",
        source="Hildebrand 2014, doi:10.1249/MSS.0000000000000289, adults, non-dominant wrist, ActiGraph",
    )
    wrist_vigorous_mg: float = quantity(
        "Mean ENMO at the wrist from which an epoch is vigorous.",
        unit="mg",
        compared=">= is vigorous",
        source="Hildebrand 2014, doi:10.1249/MSS.0000000000000289, adults, non-dominant wrist, ActiGraph",
    )
    hip_moderate_mg: float = quantity(
        "Mean ENMO at the hip from which an epoch is of moderate intensity.",
        unit="mg",
        compared=">= is moderate",
        source="Hildebrand 2014, doi:10.1249/MSS.0000000000000289, adults, hip, ActiGraph",
    )
    hip_vigorous_mg: float = quantity(
        "Mean ENMO at the hip from which an epoch is vigorous.",
        unit="mg",
        compared=">= is vigorous",
        source="Hildebrand 2014, doi:10.1249/MSS.0000000000000289, adults, hip, ActiGraph",
    )


@dataclass(frozen=True, kw_only=True)
class NutritionAppParameters:
    """What an application means by per cent of a daily value."""

    calcium_daily_value_mg: float = quantity(
        "Calcium of 100 % daily value.",
        unit="mg",
        source="assumed: the US daily value until 2016, 21 CFR 101.9; the export does not say which",
    )
    iron_daily_value_mg: float = quantity(
        "Iron of 100 % daily value.",
        unit="mg",
        source="US daily value, the same before and since 2016, 21 CFR 101.9",
    )


@dataclass(frozen=True, kw_only=True)
class SleepDiaryParameters:
    """What is believed of a night that somebody wrote down."""

    longest_in_bed_h: float = quantity(
        "Longest time from the first to the last of a night's times that is believed, of diaries and of exports.",
        unit="h",
        compared="<= is believed",
        source="engineering choice: a slip of 12 h makes 20 h of 8",
    )
    usual_night_count: int = quantity(
        "Nights of the person from which on their usual times judge a night half a day away.",
        unit="1",
        compared="> is enough",
        source="engineering choice: the median of three others",
    )
    usual_within_h: float = quantity(
        "How near an end of the night lies to its usual time or to that of the sensor, or to half a day from it.",
        unit="h",
        compared="<= is near",
        source="engineering choice: twice the spread of bed times between free and working days",
    )


@dataclass(frozen=True, kw_only=True)
class WornSleepParameters:
    """How the sleeps that watches, rings and telephones record become nights and naps."""

    nap_from_h: float = quantity(
        "A sleep that begins at this clock time or later, before nap_until_h, may be a nap.",
        unit="h",
        compared=">= may be",
        source="engineering choice: 10:00, after the end of most nights",
    )
    nap_until_h: float = quantity(
        "A sleep that begins before this clock time, from nap_from_h on, may be a nap.",
        unit="h",
        compared="< may be",
        source="engineering choice: 20:00, before the begin of most nights",
    )
    nap_below_h: float = quantity(
        "A sleep of the day that is shorter than this is a nap; a longer one is the sleep of somebody who works at night.",
        unit="h",
        compared="< is a nap",
        source="engineering choice: 4 h, half a night",
    )
    longest_wake_h: float = quantity(
        "Two sleeps of one night that lie this far apart or less are one night with a wake between.",
        unit="h",
        compared="<= are one night",
        source="engineering choice: 4 h, so that 23:00 to 01:30 and 04:00 to 07:00 are one night",
    )
    told_below_h: float = quantity(
        "A night that is shorter than this is taken and told.",
        unit="h",
        compared="< is told",
        source="Fitbit and Oura call a sleep of 3 h and more the main one",
    )


@dataclass(frozen=True, kw_only=True)
class SourceParameters:
    """When two sources tell of one and the same thing."""

    twin_within_min: float = quantity(
        "Doses of two sources that lie this far apart or less may be one dose.",
        unit="min",
        compared="<= may be",
        source="engineering choice: half an hour, as people write meals",
    )
    twin_dose_frac: float = quantity(
        "Doses of two sources that differ by this part of the larger one or less may be one dose.",
        unit="1",
        compared="<= may be",
        source="engineering choice: cups of one drink differ by as much between tables of contents",
    )


@dataclass(frozen=True, kw_only=True)
class ExposureParameters:
    """All numbers of exposures."""

    caffeine: CaffeineParameters
    exercise: ExerciseParameters
    stress: StressParameters
    sleep_debt: SleepDebtParameters
    activity: ActivityCutPointParameters
    nutrition_app: NutritionAppParameters
    sleep_diary: SleepDiaryParameters
    worn_sleep: WornSleepParameters
    sources: SourceParameters


ONE_COMPARTMENT = CaffeineParameters(
    window_h=24.0,
    afternoon_from_h=14.0,
    last_hours_h=4.0,
    absorption_per_h=6.0,
    half_life_h=5.0,
    half_life_pregnant_h=8.3,
    smoking_ratio=0.5,
    contraceptive_ratio=2.0,
    half_life_short_h=3.0,
    half_life_middle_h=5.0,
    half_life_long_h=8.0,
)
"""Mean adult kinetics."""

IPAQ_2005 = ExerciseParameters(
    light_met=3.3,
    moderate_met=4.0,
    vigorous_met=8.0,
    moderate_from_met=3.0,
    vigorous_from_met=6.0,
    moderate_week_met_min=600.0,
    moderate_week_day_count=5,
    vigorous_week_met_min=1500.0,
    vigorous_week_day_count=3,
    excessive_week_met_min=3000.0,
    longest_intensity_day_min=180.0,
    just_before_bed_h=1.0,
    near_bed_h=4.0,
    longest_bout_min=960.0,
)
"""Weights and categories of the questionnaire, intensities of the compendium."""

HILDEBRAND_2014_ADULTS = ActivityCutPointParameters(
    wrist_moderate_mg=100.6, wrist_vigorous_mg=428.8, hip_moderate_mg=69.1, hip_vigorous_mg=258.7
)
"""Adults, ActiGraph GT3X+, metric ENMO."""

ADULT_EXPOSURES = ExposureParameters(
    caffeine=ONE_COMPARTMENT,
    exercise=IPAQ_2005,
    stress=StressParameters(min_rated_day_count=3),
    sleep_debt=SleepDebtParameters(need_h=7.0, window_night_count=7),
    activity=HILDEBRAND_2014_ADULTS,
    nutrition_app=NutritionAppParameters(calcium_daily_value_mg=1000.0, iron_daily_value_mg=18.0),
    sleep_diary=SleepDiaryParameters(longest_in_bed_h=16.0, usual_night_count=3, usual_within_h=3.0),
    worn_sleep=WornSleepParameters(
        nap_from_h=10.0, nap_until_h=20.0, nap_below_h=4.0, longest_wake_h=4.0, told_below_h=3.0
    ),
    sources=SourceParameters(twin_within_min=30.0, twin_dose_frac=0.25),
)
"""What a study reads unless it says otherwise."""
