"""What models say about outcomes and exposures."""

import polars as pl

from transforms.schema.words import columns

ASSOCIATION = columns(  # one coefficient of one model
    {
        "outcome": pl.String,  # a count column of night_rate, or a rating of the day after
        "exposure": pl.String,  # a column of exposure_night
        "effect": pl.String,  # within, between
        "analysis": pl.String,  # main, lag, negative_control, next_day, modifier, negative_binomial, ...
        "model": pl.String,  # joint, single, none: what of the other exposures it adjusts for
        "modifier": pl.String,  # null, or the group in which the effect holds
        "family": pl.String,  # within which the q values are made
        "is_exploratory": pl.Boolean,
        "per_unit": pl.Float64,
        "rate_ratio": pl.Float64,
        "difference_score": pl.Float64,  # instead of a ratio, for ratings
        "ci_low": pl.Float64,
        "ci_high": pl.Float64,
        "p_value": pl.Float64,
        "permutation_p_value": pl.Float64,  # beside the model's where few persons are informative
        "q_value": pl.Float64,
        "detectable_rate_ratio": pl.Float64,
        "detectable_difference_score": pl.Float64,
        "e_value_ratio": pl.Float64,
        "e_value_limit_ratio": pl.Float64,
        "participant_count": pl.Int64,
        "informative_participant_count": pl.Int64,  # the exposure varies within, and there is an event
        "night_count": pl.Int64,
        "event_count": pl.Int64,
        "analysed_h": pl.Float64,
        "missing_frac": pl.Float64,
        "imputation_count": pl.Int64,
        "confounders": pl.String,
        "left_out": pl.String,  # what should have been adjusted for, and why it was not
        "method": pl.String,
        "outcome_of_fit": pl.String,  # fitted, or why not
    }
)

CONFOUNDER = columns(  # what the joint model of an exposure adjusts for
    {
        "exposure": pl.String,
        "concept": pl.String,
        "column_names": pl.List(
            pl.String
        ),  # of analysis_night, that measure the concept; empty where none does
    }
)

CAUSAL_EDGE = columns(  # one arrow of the causal graph
    {
        "cause": pl.String,
        "effect": pl.String,
        "reason": pl.String,
    }
)

DOSE_RESPONSE = columns(  # one level of one exposure in a model with a coefficient for each level
    {
        "outcome": pl.String,
        "exposure": pl.String,
        "level": pl.String,
        "level_number": pl.Int32,
        "reference_level": pl.String,
        "rate_ratio": pl.Float64,
        "ci_low": pl.Float64,
        "ci_high": pl.Float64,
        "p_value": pl.Float64,
        "detectable_rate_ratio": pl.Float64,
        "standardised_rate_per_h": pl.Float64,  # of the same nights, had all of them had this level
        "standardised_ci_low_per_h": pl.Float64,
        "standardised_ci_high_per_h": pl.Float64,
        "participant_count": pl.Int64,
        "informative_participant_count": pl.Int64,
        "night_count": pl.Int64,
        "method": pl.String,
    }
)

DOSE_CURVE = columns(  # one point of a curve without levels
    {
        "outcome": pl.String,
        "exposure": pl.String,
        "value": pl.Float64,  # of the exposure
        "reference_value": pl.Float64,
        "rate_ratio": pl.Float64,
        "ci_low": pl.Float64,
        "ci_high": pl.Float64,
        "nonlinearity_p_value": pl.Float64,
        "knot_count": pl.Int64,
        "participant_count": pl.Int64,
        "informative_participant_count": pl.Int64,
        "night_count": pl.Int64,
        "method": pl.String,
    }
)

PERSON_ASSOCIATION = columns(  # the same question within one person
    {
        "participant_id": pl.String,
        "outcome": pl.String,
        "exposure": pl.String,
        "per_unit": pl.Float64,
        "night_count": pl.Int64,
        "event_count": pl.Int64,
        "own_rate_ratio": pl.Float64,
        "own_ci_low": pl.Float64,
        "own_ci_high": pl.Float64,
        "own_detectable_rate_ratio": pl.Float64,
        "rate_ratio": pl.Float64,  # after shrinkage towards the cohort
        "ci_low": pl.Float64,
        "ci_high": pl.Float64,
        "own_weight_frac": pl.Float64,
        "method": pl.String,
    }
)
