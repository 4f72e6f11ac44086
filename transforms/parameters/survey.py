"""Whom a survey is asked about, and what is told of it."""

from dataclasses import dataclass

from transforms.parameters.describe import quantity


@dataclass(frozen=True, kw_only=True)
class SurveyParameters:
    """Who enters the models of a survey, and which answers count as what."""

    adult_age_year: int = quantity(
        "Age from which a respondent enters a model.",
        unit="year",
        compared=">= enters",
        source="NHANES Analytic Guidelines: adults are 20 and over; smoking and alcohol are asked of them alone",
    )
    short_sleep_h: float = quantity(
        "Usual sleep below this is short.",
        unit="h",
        compared="< is short",
        source="Watson 2015, doi:10.5665/sleep.4716: 7 h or more",
    )
    min_case_count: int = quantity(
        "Cases, and people without, that a model needs.",
        unit="1",
        compared=">= is fitted",
        source="engineering choice: ten, as of released cells; a model of fewer answers with its own noise",
    )


ADULTS_2008 = SurveyParameters(adult_age_year=20, short_sleep_h=7.0, min_case_count=10)
"""Adults, asked as in 2005 to 2008."""
