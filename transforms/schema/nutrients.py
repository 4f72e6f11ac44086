"""The nutrients of the diary: one row here is a column of the diary, of the exposures, and a family of levels."""

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

    @property
    def column(self) -> str:
        """Column of the diary and of the exposures."""
        return f"{self.name}_{self.unit}"


NUTRIENTS = (
    Nutrient("magnesium", "mg", "magnesium", 5000),
    Nutrient("calcium", "mg", "calcium", 20_000),
    Nutrient("iron", "mg", "iron", 1000),
    Nutrient("vitamin_b6", "mg", "vitamin B6", 2000),
    Nutrient("vitamin_b12", "ug", "vitamin B12", 20_000),
)

NUTRIENT = columns(
    {
        "nutrient": pl.String,
        "nutrient_number": pl.Int32,  # position in NUTRIENTS, from 1
        "unit": pl.String,
        "title": pl.String,
    }
)

INTAKES: dict[str, type[pl.DataType]] = {nutrient.column: pl.Float64 for nutrient in NUTRIENTS}
"""The columns of a schema that hold one amount of each nutrient."""


def nutrient_frame() -> pl.DataFrame:
    """Return NUTRIENT: the list as a table."""
    rows = [(one.name, number, one.unit, one.title) for number, one in enumerate(NUTRIENTS, start=1)]
    return pl.DataFrame(rows, schema=NUTRIENT, orient="row")
