"""For every rule across rows or tables, by table: a statement that breaks it and nothing else needs to know.

The key is the start of the rule's note. Rules on one column are broken by the test itself.
"""

VIOLATIONS: dict[str, dict[str, str]] = {
    "recording": {
        "The wearer is in participant": "update recording set participant_id = 'nobody' where rowid = {row}",
        "Nobody wears a device longer": "update recording set wear_h = 1000 where rowid = {row}",
    },
    "night": {
        "The sleeper is in participant": "update night set participant_id = 'nobody' where rowid = {row}",
        "A night ends on the next day": "update night set wake_date = night_date where rowid = {row}",
        "Noon to noon": "update night set window_end_at = window_start_at where rowid = {row}",
        "Sleep within the sleep period": "update night set tst_h = spt_h + 1 where rowid = {row}",
        "The sleep period lies": "update night set in_bed_h = spt_h - 1 where rowid = {row}",
        "What was analysed lies": "update night set analysed_h = in_bed_h + 1 where rowid = {row}",
        "Analysed time is sleep or wake": "update night set analysed_wake_h = 5 where rowid = {row}",
        "A night is excluded for a reason": "update night set is_eligible = false, exclusion_reason = null where rowid = {row}",
    },
    "movement": {
        "The night of a movement": "update movement set night_date = date '1999-01-01' where rowid = {row}",
        "The length is the difference": "update movement set duration_s = 77 where rowid = {row}",
        "A candidate is a leg movement": "update movement set is_clm = true, duration_s = 20 where rowid = {row}",
        "Only candidates form series": "update movement set is_clm = false, wasm_series_id = 's' where rowid = {row}",
        "A series has at least four": "update movement set is_clm = true, wasm_series_id = 't' where rowid = {row}",
    },
    "wake_episode": {
        "Episodes of a night do not overlap": "update wake_episode set ended_at = ended_at + interval 3 hour where rowid = 0",
    },
    "night_rate": {
        "Every night has its row": "delete from night_rate where rowid = {row}",
        "There is a count exactly": "update night_rate set jerk_count = null where rowid = {row}",
        "A leg jump is": "update night_rate set jerk_count = 100000 where rowid = {row}",
        "Candidates are leg movements": "update night_rate set clm_count = leg_movement_count + 1 where rowid = {row}",
        "Candidates are periodic": "update night_rate set isolated_lm_count = 100000 where rowid = {row}",
        "A rate is its count over its hours": "update night_rate set jerk_rate_per_h = 7777, aplm_wasm_count = 3 where rowid = {row}",
        "Where sleep is known": "update night_rate set jerk_sleep_count = 7, jerk_wake_count = 7, jerk_count = 15 where rowid = {row}",
        "No movement is counted twice": "update night_rate set foot_tremor_count = 100000 where rowid = {row}",
        "A hundred nights with the same count": "",  # shown by itself: it wants a table of equal counts
    },
    "night_hour": {
        "Sleep lies within": "update night_hour set analysed_sleep_h = 2 where rowid = {row}",
        "Jerks in sleep are": "update night_hour set jerk_sleep_count = jerk_count + 1 where rowid = {row}",
    },
    "person_summary": {
        "Nobody who is analysed": "delete from person_summary where rowid = {row}",
        "Every number that is told": "update person_summary set jerk_rate_mean_per_h = -1 where rowid = {row}",
    },
    "exposure_night": {
        "Every night has its row": "delete from exposure_night where rowid = {row}",
        "A day without an entry": (
            "update exposure_night set is_caffeine_logged = false, caffeine_mg = 5, "
            "is_exercise_logged = false, exercise_met_min = 5 where rowid = {row}"
        ),
        "A part is not larger": "update exposure_night set caffeine_mg = 1, caffeine_after_14h_mg = 2 where rowid = {row}",
        "A score lies within its scale": "update exposure_night set stress_scale = 'pss4', stress_score = 17 where rowid = {row}",
    },
    "analysis_night": {
        "A rate needs hours": "update analysis_night set analysed_h = 0 where rowid = {row}",
        "No eligible night is lost": "delete from analysis_night where rowid = {row}",
        "No other night slips in": "update analysis_night set night_date = date '1999-01-01' where rowid = {row}",
    },
    "group_rate": {
        "Each grouping of nights": (
            "update group_rate set night_count = night_count + 1 where level = 'weekend'"
        ),
        "The hours of the night": "update group_rate set jerk_count = jerk_count + 1 where level = '0 to 1 h'",
    },
    "inclusion": {
        "Nobody vanishes": "delete from inclusion where participant_id = 'P000003'",
        "No night vanishes": "delete from inclusion where participant_id = 'P000003'",
    },
    "passage": {
        "A stage is passed once": "insert into passage from passage limit 1",
        "What passed is analysed": "update passage set night_date = date '1999-01-01' where rowid = (select min(rowid) from passage where stage = 'eligible' and reason = 'in')",
    },
    "attrition": {
        "Nights in and out": "update attrition set night_count = 1 where stage = 'eligible' and not is_in",
        "What passed": "update attrition set night_count = 1 where stage = 'eligible' and is_in",
        "Known and unknown": "update attrition set night_count = 1 where stage = 'stress known'",
        "Participants in and out": "update attrition set participant_count = 1 where stage = 'recorded'",
    },
    "cohort_summary": {
        "No small cell": "update cohort_summary set participant_count = 5 where rowid = {row}",
        "A withheld cell": "update cohort_summary set is_suppressed = true, jerk_count = 3 where rowid = {row}",
        "A single withheld cell": (
            "update cohort_summary set is_suppressed = (level = 'weekend') where grouping_name = 'day of the week'"
        ),
        "Every group is listed": "update cohort_summary set level = 'no such' where rowid = {row}",
    },
    "night_course": {
        "A withheld hour": "update night_course set is_suppressed = true, jerk_count = 3 where rowid = {row}",
    },
    "data_dictionary": {
        "Every number has a unit": "update data_dictionary set unit = null, type = 'DOUBLE' where rowid = {row}",
    },
    "run": {
        "A study grows": (
            "insert into run select * replace (started_at + interval 1 day as started_at, 0 as night_count) "
            "from run limit 1"
        ),
    },
    "scored_leg_movement": {
        "The sleeper is in participant": "update scored_leg_movement set participant_id = 'nobody' where rowid = {row}",
        "A candidate lasts": "update scored_leg_movement set is_clm = true, duration_s = 20 where rowid = {row}",
        "Only candidates form series": "update scored_leg_movement set is_clm = false, wasm_series_id = 's' where rowid = {row}",
    },
    "leg_movement_report": {
        "Candidates are periodic": "update leg_movement_report set isolated_lm_count = 100000 where rowid = {row}",
        "A rate is its count": "update leg_movement_report set plm_per_h = 300, state_h = 2, plm_count = 1 where rowid = {row}",
    },
    "agreement": {
        "Nobody is held": "update agreement set candidate = scorer where rowid = {row}",
        "A match has one": "update agreement set matched_count = 100000 where rowid = {row}",
        "The difference is": "update agreement set difference_per_h = 777 where rowid = {row}",
    },
    "sleep_agreement": {
        "Sleep is part": "update sleep_agreement set sensor_sleep_h = 777 where rowid = {row}",
    },
    "agreement_summary": {
        "The limit of electromyography": (
            "update agreement_summary set measure = 'sensitivity_at_threshold', note = null where rowid = {row}"
        ),
    },
    "exposure_level": {
        "A level has a limit": "update exposure_level set lower = null, upper = null where rowid = {row}",
    },
}
for _table, _estimate in (
    ("association", "rate_ratio"),
    ("association_sensitivity", "rate_ratio"),
    ("next_day_association", "difference_score"),
):
    VIOLATIONS[_table] = {
        "There is an estimate exactly": (
            f"update {_table} set {_estimate} = null, outcome_of_fit = 'fitted' where rowid = {{row}}"
        ),
    }
for _table in ("association", "association_sensitivity"):
    VIOLATIONS[_table] |= {
        "Every number that is told": f"update {_table} set ci_high = 'infinity' where rowid = {{row}}",
        "A ratio of fewer": (
            f"update {_table} set outcome_of_fit = 'fitted', rate_ratio = 1, informative_participant_count = 3 "
            "where rowid = {row}"
        ),
    }
VIOLATIONS["association"] |= {
    "Many questions": "update association set p_value = 0.5, q_value = 0.1 where rowid = {row}",
    "A larger effect": "update association set effect = 'within', rate_ratio = 9 where rowid = {row}",
}
VIOLATIONS["association_sensitivity"] |= {
    "An answer should not depend": (
        "update association_sensitivity set outcome = 'jerk_count', exposure = 'caffeine_mg', effect = 'within', "
        "analysis = 'unadjusted', rate_ratio = 9 where rowid = {row}"
    ),
}
VIOLATIONS["dose_response"] = {
    "Every number that is told": "update dose_response set ci_high = 'infinity' where rowid = {row}",
    "The interval holds the estimate": "update dose_response set standardised_rate_per_h = 1e9 where rowid = {row}",
    "The reference is compared": "update dose_response set reference_level = level, rate_ratio = 2 where rowid = {row}",
}
VIOLATIONS["dose_curve"] = {
    "Every number that is told": "update dose_curve set ci_high = 'infinity' where rowid = {row}",
    "The reference is compared": "update dose_curve set reference_value = value, rate_ratio = 2 where rowid = {row}",
}
VIOLATIONS["person_association"] = {
    "Every number that is told": "update person_association set own_ci_high = 'infinity' where rowid = {row}",
    "The person is in participant": "update person_association set participant_id = 'nobody' where rowid = {row}",
}
VIOLATIONS["exposure_rate"] = {
    "A rate is its count": "update exposure_rate set jerk_rate_per_h = 777, jerk_count = 1, analysed_h = 8 where rowid = {row}",
    "There is a rate exactly": "update exposure_rate set jerk_rate_per_h = null, night_count = 9 where rowid = {row}",
    "Levels and unknown": "update exposure_rate set night_count = night_count + 1000 where rowid = {row}",
}
for _family in ("caffeine", "exercise", "stress", "nutrient"):
    VIOLATIONS[f"jerk_rate_by_{_family}"] = {
        "Every level of the family": f"delete from jerk_rate_by_{_family} where rowid = {{row}}",
    }
VIOLATIONS["nutrient"] = {
    "Every nutrient has allowances": "update nutrient set nutrient = 'gold' where rowid = {row}",
}
VIOLATIONS["nutrient_column"] = {
    "Nothing of a template": "update nutrient_column set description = description || chr(123) where rowid = {row}",
}
VIOLATIONS["night_intake"] = {
    "Food and supplements": "update night_intake set total_amount = 1, food_amount = 2 where rowid = {row}",
    "A ratio is its amount": "update night_intake set total_amount = 1, allowance = 1, rda_ratio = 9 where rowid = {row}",
    "An amount comes from": "update night_intake set total_amount = 1, is_logged = false where rowid = {row}",
}
VIOLATIONS |= {
    "survey_person": {
        "Caffeine after 14:00": "update survey_person set caffeine_day1_mg = 1, caffeine_after_14h_day1_mg = 9 where rowid = {row}",
        "Who is active": (
            "update survey_person set has_vigorous_leisure_activity = true, has_vigorous_activity = false where rowid = {row}"
        ),
        "All respondents together": "update survey_person set exam_represented_count = 9e9 where rowid = {row}",
    },
    "survey_leg_jerk": {
        "The answers of a cycle": "update survey_leg_jerk set represented_pct = 99.9 where rowid = {row}",
        "A mean lies": "update survey_leg_jerk set mean_caffeine_mg = 1, mean_caffeine_low_mg = 2 where rowid = {row}",
        "Pooled cycles": "update survey_leg_jerk set is_pooled = true, respondent_count = 7 where rowid = {row}",
    },
    "survey_attrition": {
        "Who is left": "update survey_attrition set excluded_count = 7777 where stage_number = 3",
        "Cases are respondents": "update survey_attrition set case_count = respondent_count + 1 where rowid = {row}",
    },
    "survey_association": {
        "There is an estimate": (
            "update survey_association set odds_ratio = null, outcome_of_fit = 'fitted' where rowid = {row}"
        ),
        "An estimate lies": "update survey_association set odds_ratio = 2, ci_low = 3, ci_high = 4 where rowid = {row}",
        "Many questions": "update survey_association set p_value = 0.5, q_value = 0.1 where rowid = {row}",
        "Cases are respondents": "update survey_association set case_count = respondent_count + 1 where rowid = {row}",
    },
    "survey_dose_response": {
        "There is an estimate": (
            "update survey_dose_response set odds_ratio = null, outcome_of_fit = 'fitted' where rowid = {row}"
        ),
        "The reference is compared": (
            "update survey_dose_response set level = reference_level, odds_ratio = 2 where rowid = {row}"
        ),
    },
    "exposure_evidence": {
        "An effect lies": "update exposure_evidence set effect = 2, ci_low = 3, ci_high = 4 where rowid = {row}",
        "Rates of sensors": (
            "update exposure_evidence set source = 'survey', effect_kind = 'rate ratio' where rowid = {row}"
        ),
    },
}
for _table in (
    "caffeine_intake",
    "daytime_rating",
    "exercise_bout",
    "medication_use",
    "nutrient_day",
    "stress_rating",
):
    VIOLATIONS.setdefault(_table, {})["No entry counts twice"] = (
        f"insert into {_table} select * from {_table} where rowid = {{row}}"
    )
