-- ----------------------------------------------------------------------------
-- 468_exposure_evidence: what sensors of this study and a survey say of one exposure
--
-- Grain    one row per exposure, source
-- Reads    association, survey_association, nutrient
-- Writes   exposure_evidence
-- Source   association: jerks within persons; survey_association: leg jerks often, model full
-- ----------------------------------------------------------------------------

create or replace table exposure_evidence as

with

-- exposures that are measured in their own way on each side stand under one theme
theme_of (exposure, theme) as (

    select
        column_name as exposure,
        'nutrients' as theme
    from nutrient
    union all
    values
    ('caffeine_mg', 'caffeine'),
    ('caffeine_after_14h_mg', 'caffeine'),
    ('caffeine_at_lights_off_mg', 'caffeine'),
    ('exercise_met_min', 'exercise'),
    ('vigorous_min', 'exercise'),
    ('stress_score', 'stress and mood'),
    ('stress_z', 'stress and mood'),
    ('sleep_debt_h', 'sleep')

),

evidence as (

    select
        association.exposure,
        'cohort' as source,
        theme_of.theme,
        'one person''s nights against each other; movements measured by sensors' as design,
        'jerks an hour in bed' as outcome,
        'rate ratio' as effect_kind,
        association.per_unit,
        null as per_what,
        association.rate_ratio as effect,
        association.ci_low,
        association.ci_high,
        association.participant_count,
        association.confounders as adjusted_for,
        'what never changes about a person cannot explain it; what changes with the exposure can'
            as caution,
        association.outcome_of_fit
    from association
    left join theme_of on association.exposure = theme_of.exposure
    where
        association.outcome = 'jerk_count'
        and association.effect = 'within'
        and association.analysis = 'main'
    union all
    select
        survey_association.exposure,
        'survey' as source,
        survey_association.theme,
        survey_association.design,
        'leg jerks often or almost always, by their own account' as outcome,
        'odds ratio' as effect_kind,
        survey_association.per_unit,
        survey_association.per_what,
        survey_association.odds_ratio as effect,
        survey_association.ci_low,
        survey_association.ci_high,
        survey_association.respondent_count as participant_count,
        survey_association.adjusted_for,
        'people are compared who differ in more than the exposure, at one time: which came first is not known'
            as caution,
        survey_association.outcome_of_fit
    from survey_association
    where
        survey_association.outcome = 'leg_jerk_often'
        and survey_association.model = 'full'

)

select
    exposure,
    source,
    theme,
    design,
    outcome,
    effect_kind,
    per_unit,
    per_what,
    effect,
    ci_low,
    ci_high,
    participant_count,
    adjusted_for,
    caution,
    outcome_of_fit
from evidence
order by theme, exposure, source;

alter table exposure_evidence add primary key (exposure, source);

comment on table exposure_evidence is
'A cohort with sensors and a survey beside each other. They need not agree: the one compares a person''s
nights and counts movements of which a sleeper knows little; the other compares people, one recalled day of
each, and what they say of a month; an odds ratio lies further from 1 than a ratio of rates.';
comment on column exposure_evidence.exposure is
'Column of exposure_night, or exposure of the survey; the same name is the same quantity.';
comment on column exposure_evidence.source is 'cohort (this study''s sensors) or survey.';
comment on column exposure_evidence.theme is
'What the exposure belongs to: what each side measures in its own way stands together.';
comment on column exposure_evidence.design is 'Who is compared with whom.';
comment on column exposure_evidence.outcome is 'What was measured or asked.';
comment on column exposure_evidence.effect_kind is 'rate ratio or odds ratio: not to be averaged.';
comment on column exposure_evidence.per_unit is 'Step that the effect is told for [unit of the exposure].';
comment on column exposure_evidence.effect is 'Ratio for that step; empty where nothing could be fitted [1].';
comment on column exposure_evidence.participant_count is 'People in the model.';
comment on column exposure_evidence.adjusted_for is 'What the model adjusts for.';
comment on column exposure_evidence.caution is 'What the design leaves open.';
