"""How numbers are named."""

UNIT_SUFFIXES = (
    *(
        "_s",
        "_min",
        "_h",
        "_hz",
        "_g",
        "_mg",
        "_ug",
        "_kg",
        "_kcal",
        "_deg",
        "_c",
        "_lux",
        "_bpm",
        "_um",
        "_mm",
        "_uv",
    ),
    *("_per_h", "_g_per_s", "_deg_per_s", "_ug_l", "_pct", "_frac", "_met_min", "_mb"),
    *(
        "_count",
        "_amount",
        "_index",
        "_ratio",
        "_score",
        "_z",
        "_mean",
        "_sd",
        "_year",
        "_number",
        "_row",
        "_low",
        "_high",
    ),
)
"""Endings that tell a number's unit, or that it has none (counts, indices, ratios, scores)."""

NAMES_OF_THE_CONTRACT = frozenset(
    {
        "confidence",
        "sleep_confidence",
        "met",
        "score",
        "allowance",
        "upper_limit",
        "value",
        "level",
        "lower",
        "upper",
        "p_value",
        "q_value",
        "sensitivity",
    }
    | {"precision", "f1", "per_unit", "degrees_of_freedom", "effect"}
    | {
        "permutation_p_value",
        "control_q_value",
        "unworn_q_value",
        "clock_hour",
        "nonlinearity_p_value",
        "reference_value",
    }
)
"""Numeric columns whose names the contract fixes without a unit; their comments state it."""
