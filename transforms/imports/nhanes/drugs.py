"""Prescription drugs by name, one row a drug, into the classes that the diaries use (transforms/tables/drug_name.csv)."""

from collections.abc import Sequence

import polars as pl

from transforms.diaries.reference import drug_names, plain_drug

DRUG_ITEM = "RXDDRUG"
_UNKNOWN_NAME = r"^(55555|77777|99999)$|UNSPECIFIED"
"""Refused, not known, and groups of which the drug is not told."""
_ELSEWHERE = r" (TOPICAL|OPHTHALMIC|NASAL|OTIC)$"
"""Drops and creams: what they are named after acts where they are put."""


def drugs_of(table: pl.DataFrame) -> pl.DataFrame | None:
    """Return the rows of a table that name a drug: SEQN, RXDDRUG; None where it is no table of drugs."""
    if DRUG_ITEM not in table.columns:
        return None
    return table.select("SEQN", DRUG_ITEM).filter(pl.col(DRUG_ITEM).str.len_chars() > 0)


def classes_by_person(drugs: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return SEQN, drug_classes (sorted) and has_unknown_drug of everybody with a named drug.

    A drug of several ingredients counts for each; one of no listed class is ``other``. Where a name was refused or
    not known, the classes are not all.
    """
    named = pl.concat([pl.DataFrame(schema={"SEQN": pl.String, DRUG_ITEM: pl.String}), *drugs]).unique()
    is_unknown = pl.col(DRUG_ITEM).str.contains(_UNKNOWN_NAME)
    parts = (
        named.with_columns(
            is_unknown.alias("is_unknown"), pl.col(DRUG_ITEM).str.split(";").alias("ingredient")
        )
        .explode("ingredient", empty_as_null=False)
        .with_columns(
            pl.when(~pl.col(DRUG_ITEM).str.contains(_ELSEWHERE))
            .then(plain_drug(pl.col("ingredient").str.strip_chars()))
            .alias("ingredient")
        )
        .join(
            drug_names().select(pl.col("word").alias("ingredient"), "drug_class"), on="ingredient", how="left"
        )
    )
    # what goes with an ingredient of a class is no class of its own
    known = pl.col("drug_class").drop_nulls().unique().sort()
    by_drug = parts.group_by("SEQN", DRUG_ITEM).agg(known, pl.col("is_unknown").first())
    told = (
        pl.when(pl.col("is_unknown"))
        .then(pl.lit([], dtype=pl.List(pl.String)))
        .when(pl.col("drug_class").list.len() == 0)
        .then(pl.lit(["other"]))
        .otherwise("drug_class")
    )
    return (
        by_drug.with_columns(told.alias("drug_class"))
        .group_by("SEQN")
        .agg(
            pl.col("drug_class")
            .list.explode(keep_nulls=False, empty_as_null=False)
            .unique()
            .sort()
            .alias("drug_classes"),
            pl.col("is_unknown").any().alias("has_unknown_drug"),
        )
    )
