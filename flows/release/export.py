"""Export what may leave the house: the cohort summary as tables and as a page, with dictionary and manifest.

Groups are taken from ``cohort_summary``, the one table of groups that has passed disclosure control, and rate ratios from
``association``, each the coefficient of a model over at least as many participants; nothing is computed from them.
"""

import json
from contextlib import nullcontext
from pathlib import Path

import duckdb

from flows.pages import TEMPLATES
from flows.release.gate import Ready, attack_report, make_ready, require_closed
from flows.release.history import Released, is_whole, record
from flows.release.metadata import About, write_metadata
from flows.release.report import report
from flows.release.source import Source, minimum_participant_count, planned_title
from flows.release.survey import survey_page
from flows.release.tables import disarmed, limits_of, lowest_minimum, released_dictionary
from flows.release.workbook import write_workbook
from flows.settings import Registration, StudySettings
from flows.store.atomic import atomic_folder
from flows.store.fingerprint import fingerprint
from flows.store.opening import opened_store
from flows.warehouse.publish import published_run_id
from flows.warehouse.published import open_warehouse, run_of
from transforms.parameters import StudyParameters


def attack_release(settings: StudySettings) -> str:
    """Tell what an outsider could work back of a release made now; nothing is released."""
    # a store elsewhere is brought with its record of releases by whoever holds it
    with (
        nullcontext() if settings.address is None else opened_store(settings.store, address=settings.address)
    ):
        published_run_id(settings)
        with open_warehouse(settings.store) as connection:
            return attack_report(make_ready(connection, settings.store, settings.parameters))


def export_release(
    store: Path, *, study_id: str, parameters: StudyParameters, registration: Registration | None = None
) -> Path:
    """Write ``release/<release_id>/`` and return it.

    The id is a hash of what is released, so that the same content is written once, with the same bytes; a release that
    exists is left as it is. Whatever leaves is put on record, for the next release to be held against.

    Raises SettingsError where no warehouse is published, ExpectationError where what is withheld could be worked back.
    """
    with open_warehouse(store) as connection:
        ready = make_ready(connection, store, parameters)
        require_closed(ready, parameters)
        source = _read(connection, ready, parameters, registration)
    release_id = _release_id(source, study_id)
    folder = store / "release" / release_id
    if not is_whole(folder):
        _write(folder, source, study_id, release_id)
    record(
        store,
        Released(
            release_id,
            ready.told,
            ready.contributions,
            ready.summary,
            {**ready.tables, **ready.survey},
            limits_of(parameters.release),
            ready.figures,
            attack_report(ready),
        ),
    )
    return folder


def _write(folder: Path, source: Source, study_id: str, release_id: str) -> None:
    with atomic_folder(folder) as aside:
        tables = source.leaving
        dictionary = released_dictionary(source.dictionary, tables)
        for name, frame in tables.items():
            disarmed(frame).write_csv(aside / f"{name}.csv")
            frame.write_parquet(aside / f"{name}.parquet")
        write_workbook(aside / "cohort_summary.xlsx", tables, dictionary)
        disarmed(dictionary).write_csv(aside / "data_dictionary.csv")
        (aside / "report.html").write_text(report(source, study_id, release_id), encoding="utf-8")
        if source.survey:
            page = survey_page(
                {**source.tables, **source.survey},
                source.survey_attrition,
                study_id=study_id,
                release_id=release_id,
                minimum=minimum_participant_count(source),
            )
            (aside / "survey.html").write_text(page, encoding="utf-8")
        files = write_metadata(aside, About(study_id, release_id, source.last_month), tables, dictionary)
        manifest = {
            "release_id": release_id,
            "study_id": study_id,
            "run_id": source.run["run_id"],
            "code_version": source.run["code_version"],
            "parameter_hash": source.run["parameter_hash"],
            "parameters": dict(source.parameters.select("name", "value").rows()),
            "minimum_participant_count": minimum_participant_count(source),
            "lowest_minimum_participant_count": lowest_minimum(),
            "disclosure_control": (
                "Groups with too few contributors, or that others would give back, are withheld; sums carry noise that is "
                "keyed to the persons behind them, and are rounded; a group that few persons changed stays as the last "
                "release had it. The study sets the fewest contributors; never below "
                f"{lowest_minimum()}."
            ),
            "cell_count": source.summary.height,
            "withheld_cell_count": int(source.summary["is_suppressed"].sum()),
            "files": files,
        }
        (aside / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def _read(
    connection: duckdb.DuckDBPyConnection,
    ready: Ready,
    parameters: StudyParameters,
    registration: Registration | None,
) -> Source:
    ((first_night, last_month),) = connection.sql(
        "select min(night_date), date_trunc('month', max(night_date))::date from night"
    ).fetchall()
    return Source(
        planned=planned_title(registration, first_night),
        summary=ready.summary,
        tables=ready.tables,
        figures=ready.figures,
        dictionary=connection.sql(
            "select * exclude (column_number) from data_dictionary order by table_name, column_number"
        ).pl(),
        parameters=connection.sql("from study_parameter order by name").pl(),
        run=run_of(connection),
        survey=ready.survey,
        survey_attrition=ready.figures["survey_attrition"],
        reference={
            "exposure_level": connection.sql("from exposure_level order by exposure, level_number").pl(),
            "dietary_reference_intake": connection.sql("from dietary_reference_intake order by all").pl(),
            "causal_edge": connection.sql("from causal_edge order by cause, effect").pl(),
            # text, because a list has no place in a CSV file
            "confounder": connection.sql(
                "select * replace (array_to_string(column_names, ', ') as column_names) from confounder "
                "order by exposure, concept"
            ).pl(),
        },
        last_month=last_month,
    )


def _release_id(source: Source, study_id: str) -> str:
    style = [path.read_text(encoding="utf-8") for path in sorted(TEMPLATES.glob("*"))]
    return fingerprint(
        study_id,
        source.planned,
        source.summary.rows(),
        source.dictionary.rows(),
        source.parameters.rows(),
        source.run["code_version"],
        {name: frame.rows() for name, frame in source.leaving.items()},
        {name: frame.rows() for name, frame in source.figures.items()},
        style,
    )
