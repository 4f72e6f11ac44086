"""Persons, devices, rates and diaries as rows of the OMOP common data model 5.4.

Wearables have no concepts there: every concept is 0, "no matching concept", and the word of ours stands as source value.
A person without a year of birth cannot be told there, and is listed in ``not_exported.csv``.

Source: OMOP CDM 5.4 (ohdsi.github.io/CommonDataModel), tables person, observation_period, device_exposure, measurement and
observation. Times are UTC.
"""

from pathlib import Path

import duckdb

_MEASURED = {
    "jerk_rate_per_h": "1/h",
    "jerk_sleep_rate_per_h": "1/h",
    "hypnic_jerk_rate_per_h": "1/h",
    "aplm_wasm_per_h": "1/h",
    "aplm_aasm_per_h": "1/h",
    "analysed_h": "h",
}
_OBSERVED = {
    "caffeine_mg": "mg",
    "caffeine_after_14h_mg": "mg",
    "exercise_met_min": "MET min",
    "vigorous_min": "min",
    "stress_score": "points",
    "magnesium_mg": "mg",
    "calcium_mg": "mg",
    "iron_mg": "mg",
    "vitamin_b6_mg": "mg",
    "vitamin_b12_ug": "ug",
}


def write(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write a CSV file for each table, with all of its columns in their order."""
    numbered = """
        select
            participant_id, sex, birth_year,
            row_number() over (order by participant_id)::int as person_id
        from participant
        where birth_year is not null
    """
    night = "select participant_id, night_date, sleep_end_at from night where night_date is not null"
    queries = {
        "person": f"""
            select
                person_id, 0 as gender_concept_id, birth_year as year_of_birth, null as month_of_birth,
                null as day_of_birth, null as birth_datetime, 0 as race_concept_id, 0 as ethnicity_concept_id,
                null as location_id, null as provider_id, null as care_site_id, participant_id as person_source_value,
                sex as gender_source_value, 0 as gender_source_concept_id, null as race_source_value,
                0 as race_source_concept_id, null as ethnicity_source_value, 0 as ethnicity_source_concept_id
            from ({numbered}) order by person_id
        """,
        "observation_period": f"""
            select
                person_id as observation_period_id, person_id, min(night_date) as observation_period_start_date,
                max(night_date) + 1 as observation_period_end_date, 0 as period_type_concept_id
            from ({night}) inner join ({numbered}) using (participant_id) group by person_id order by person_id
        """,
        "device_exposure": f"""
            select
                row_number() over (order by person_id, started_at, recording_id)::int as device_exposure_id,
                person_id, 0 as device_concept_id,
                started_at::date as device_exposure_start_date, started_at::timestamp as device_exposure_start_datetime,
                ended_at::date as device_exposure_end_date, ended_at::timestamp as device_exposure_end_datetime,
                0 as device_type_concept_id, recording_id as unique_device_id, null as production_id, 1 as quantity,
                null as provider_id, null as visit_occurrence_id, null as visit_detail_id,
                left(concat_ws(' ', device_model, body_site), 50) as device_source_value, 0 as device_source_concept_id,
                null as unit_concept_id, null as unit_source_value, null as unit_source_concept_id
            from recording inner join ({numbered}) using (participant_id) order by 1
        """,
        "measurement": f"""
            select
                row_number() over (order by person_id, night_date, name)::int as measurement_id, person_id,
                0 as measurement_concept_id, night_date as measurement_date, null as measurement_datetime,
                null as measurement_time, 0 as measurement_type_concept_id, null as operator_concept_id,
                round(value, 3) as value_as_number, null as value_as_concept_id, 0 as unit_concept_id,
                null as range_low, null as range_high, null as provider_id, null as visit_occurrence_id,
                null as visit_detail_id, name as measurement_source_value, 0 as measurement_source_concept_id,
                {_units("name", _MEASURED)} as unit_source_value, 0 as unit_source_concept_id,
                null as value_source_value, null as measurement_event_id, null as meas_event_field_concept_id
            from (unpivot night_rate on {", ".join(_MEASURED)} into name name value value)
            inner join ({numbered}) using (participant_id) order by 1
        """,
        "observation": f"""
            select
                row_number() over (order by person_id, night_date, name)::int as observation_id, person_id,
                0 as observation_concept_id, night_date as observation_date, null as observation_datetime,
                0 as observation_type_concept_id, round(value, 3) as value_as_number, null as value_as_string,
                null as value_as_concept_id, null as qualifier_concept_id, 0 as unit_concept_id, null as provider_id,
                null as visit_occurrence_id, null as visit_detail_id, name as observation_source_value,
                0 as observation_source_concept_id, {_units("name", _OBSERVED)} as unit_source_value,
                null as qualifier_source_value, null as value_source_value, null as observation_event_id,
                null as obs_event_field_concept_id
            from (unpivot exposure_night on {", ".join(_OBSERVED)} into name name value value)
            inner join ({numbered}) using (participant_id) order by 1
        """,
        "not_exported": """
            select participant_id, 'no year of birth, which person wants' as reason
            from participant where birth_year is null order by participant_id
        """,
    }
    for name, query in queries.items():
        connection.sql(query).write_csv(str(folder / f"{name}.csv"))


def _units(column: str, units: dict[str, str]) -> str:
    branches = " ".join(f"when '{name}' then '{unit}'" for name, unit in units.items())
    return f"case {column} {branches} end"
