"""What of a survey's estimates may leave: small answers, and others from which these could be computed, are withheld."""

import polars as pl


def enough_cases(minimum_count: int) -> pl.Expr:
    """Tell of a model or a level (respondent_count, case_count) whether enough persons stand on both sides."""
    others = pl.col("respondent_count") - pl.col("case_count")
    return (pl.col("case_count") >= minimum_count) & (others >= minimum_count)


def withheld_answers(answers: pl.DataFrame, minimum_count: int) -> pl.DataFrame:
    """Withhold the numbers of rare answers; return ``answers`` with ``is_suppressed``, withheld numbers null.

    One row is one answer of one cycle, or of all cycles pooled (survey, cycle, leg_jerk_frequency, respondent_count).
    Shares of all answers make 100 %, and cycles make up the pooled rows: an answer that is rare in any cycle is withheld
    in all of them, and where it is the only one, the next rarest with it.
    """
    fewest = (
        answers.group_by("survey", "leg_jerk_frequency")
        .agg(pl.col("respondent_count").min())
        .sort("survey", "respondent_count", "leg_jerk_frequency")
    )
    is_rare = pl.col("respondent_count") < minimum_count
    place = pl.int_range(pl.len()).over("survey")
    decided = fewest.select(
        "survey",
        "leg_jerk_frequency",
        (is_rare | (is_rare.any().over("survey") & (place == 1))).alias("is_suppressed"),
    )
    keys = {"survey", "cycle", "leg_jerk_frequency", "is_pooled", "is_suppressed"}
    joined = answers.join(decided, on=["survey", "leg_jerk_frequency"], how="left", maintain_order="left")
    return joined.with_columns(
        pl.when(~pl.col("is_suppressed")).then(pl.col(name)).alias(name)
        for name in answers.columns
        if name not in keys
    )
