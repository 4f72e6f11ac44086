"""Export what may leave the house: the cohort summary as tables and as a page, with dictionary and manifest.

Groups are taken from ``cohort_summary``, the one table of groups that has passed disclosure control, and rate ratios from
``association``, each the coefficient of a model over at least as many participants; nothing is computed from them.
"""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from flows.pages import TEMPLATES
from flows.release.gate import Ready, attack_report, make_ready, require_closed
from flows.release.history import Released, is_whole, record
from flows.release.report import report
from flows.release.source import Source, minimum_participant_count, planned_title
from flows.release.survey import released_attrition, released_survey, survey_page
from flows.release.tables import disarmed
from flows.settings import Registration, StudySettings
from flows.store.atomic import atomic_folder
from flows.store.fingerprint import fingerprint
from flows.warehouse.publish import published_run_id
from flows.warehouse.published import open_warehouse
from transforms.parameters import StudyParameters


def attack_release(settings: StudySettings) -> str:
    """Tell what an outsider could work back of a release made now; nothing is released."""
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
    record(store, Released(release_id, ready.told, ready.contributions, ready.summary, ready.associations))
    return folder


def _write(folder: Path, source: Source, study_id: str, release_id: str) -> None:
    with atomic_folder(folder) as aside:
        tables = {"cohort_summary": source.summary, "association": source.associations, **source.survey}
        for name, frame in tables.items():
            disarmed(frame).write_csv(aside / f"{name}.csv")
            frame.write_parquet(aside / f"{name}.parquet")
        _write_workbook(aside / "cohort_summary.xlsx", source)
        disarmed(source.dictionary).write_csv(aside / "data_dictionary.csv")
        (aside / "report.html").write_text(report(source, study_id, release_id), encoding="utf-8")
        if source.survey:
            page = survey_page(
                source.survey,
                source.survey_attrition,
                study_id=study_id,
                release_id=release_id,
                minimum=minimum_participant_count(source),
            )
            (aside / "survey.html").write_text(page, encoding="utf-8")
        files = sorted(path for path in aside.iterdir() if path.is_file())
        manifest = {
            "release_id": release_id,
            "study_id": study_id,
            "run_id": source.run["run_id"],
            "code_version": source.run["code_version"],
            "parameter_hash": source.run["parameter_hash"],
            "parameters": dict(source.parameters.select("name", "value").rows()),
            "minimum_participant_count": minimum_participant_count(source),
            "disclosure_control": (
                "Groups with too few contributors, or that others would give back, are withheld; sums carry noise that is "
                "keyed to the persons behind them, and are rounded; a group that few persons changed keeps earlier numbers."
            ),
            "cell_count": source.summary.height,
            "withheld_cell_count": int(source.summary["is_suppressed"].sum()),
            "files": {path.name: _describe(path) for path in files},
        }
        (aside / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def _read(
    connection: duckdb.DuckDBPyConnection,
    ready: Ready,
    parameters: StudyParameters,
    registration: Registration | None,
) -> Source:
    run = connection.sql("from run order by started_at desc, run_id limit 1").pl().row(0, named=True)
    ((first_night,),) = connection.sql("select min(night_date) from night").fetchall()
    return Source(
        planned=planned_title(registration, first_night),
        associations=ready.associations,
        summary=ready.summary,
        dictionary=connection.sql(
            "select table_name, column_name, type, unit, description, plmscore_name, nsrr_name, table_description "
            "from data_dictionary order by table_name, column_number"
        ).pl(),
        parameters=connection.sql("from study_parameter order by name").pl(),
        run=run,
        survey=released_survey(connection, parameters.release),
        survey_attrition=released_attrition(connection, parameters.release),
    )


def _release_id(source: Source, study_id: str) -> str:
    style = [path.read_text(encoding="utf-8") for path in sorted(TEMPLATES.glob("*"))]
    return fingerprint(
        study_id,
        source.planned,
        source.summary.rows(),
        source.associations.rows(),
        source.dictionary.rows(),
        source.parameters.rows(),
        source.run["code_version"],
        {name: frame.rows() for name, frame in source.survey.items()},
        style,
    )


def _describe(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {"sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}


def _write_workbook(path: Path, source: Source) -> None:
    from xlsxwriter import Workbook

    with Workbook(str(path)) as workbook:
        # the only property that would tell when the file was made
        workbook.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)})
        disarmed(source.summary).write_excel(workbook, worksheet="cohort_summary", autofit=True)
        disarmed(source.associations).write_excel(workbook, worksheet="association", autofit=True)
        own = source.dictionary.filter(pl.col("table_name").is_in(["cohort_summary", "association"]))
        disarmed(own).write_excel(workbook, worksheet="data_dictionary", autofit=True)
