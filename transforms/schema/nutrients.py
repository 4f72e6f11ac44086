"""The nutrients of the diary: one row here is a column of the diary, of the exposures, a family of levels, a question.

Nothing else names them one by one, but tables of what others say: allowances by sex and age
(``transforms/tables/dietary_reference_intake.csv``; without a row there the ratios stay empty), and the names that makers
of exports give them, each in its importer.
"""

from typing import NamedTuple

import polars as pl

from transforms.schema.words import columns


class Nutrient(NamedTuple):
    """One nutrient."""

    name: str
    unit: str
    """Unit of its amounts: mg or ug."""
    title: str
    """Its name in a sentence."""
    highest_intake: float
    """Highest intake of one entry that is believed, some tens of the allowance and of any supplement [unit]."""
    step: float
    """By how much of it a rate ratio is told [unit]; a step that people can picture."""
    has_upper_limit: bool
    """Whether a tolerable upper intake level is set for anybody."""

    @property
    def column(self) -> str:
        """Column of the diary and of the exposures."""
        return f"{self.name}_{self.unit}"

    @property
    def heading(self) -> str:
        """Its name at the beginning of a sentence."""
        return self.title[0].upper() + self.title[1:]

    @property
    def rda_ratio(self) -> str:
        """Column of the exposures that holds it over the recommended allowance."""
        return f"{self.name}_rda_ratio"


NUTRIENTS = (
    Nutrient("magnesium", "mg", "magnesium", 5000, 100.0, has_upper_limit=True),
    Nutrient("calcium", "mg", "calcium", 20_000, 500.0, has_upper_limit=True),
    Nutrient("iron", "mg", "iron", 1000, 10.0, has_upper_limit=True),
    Nutrient("vitamin_b6", "mg", "vitamin B6", 2000, 1.0, has_upper_limit=True),
    Nutrient("vitamin_b12", "ug", "vitamin B12", 20_000, 2.4, has_upper_limit=False),
)

NUTRIENT = columns(
    {
        "nutrient": pl.String,
        "nutrient_number": pl.Int32,  # position in NUTRIENTS, from 1
        "unit": pl.String,
        "title": pl.String,
        "column_name": pl.String,
        "description": pl.String,  # of that column
        "has_upper_limit": pl.Boolean,
    }
)

INTAKES: dict[str, type[pl.DataType]] = {nutrient.column: pl.Float64 for nutrient in NUTRIENTS}
"""The columns of a schema that hold one amount of each nutrient."""


def nutrient_frame() -> pl.DataFrame:
    """Return NUTRIENT: the list as a table."""
    rows = [
        (
            one.name,
            number,
            one.unit,
            one.title,
            one.column,
            f"{one.heading} [{one.unit}].",
            one.has_upper_limit,
        )
        for number, one in enumerate(NUTRIENTS, start=1)
    ]
    return pl.DataFrame(rows, schema=NUTRIENT, orient="row")
