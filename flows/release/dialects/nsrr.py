"""Analysed nights as a data set of the National Sleep Research Resource: a data set, variables and domains.

Source: the data dictionaries of sleepdata.org (spout): variables with folder, id, display_name, description, type, units,
domain, labels, calculation, commonly_used and forms; domains with domain_id, value, display_name and description.
"""

import csv
from pathlib import Path

import duckdb

VARIABLES = (
    *("folder", "id", "display_name", "description", "type", "units"),
    *("domain", "labels", "calculation", "commonly_used", "forms"),
)
DOMAINS = ("domain_id", "value", "display_name", "description")
_YES_OR_NO = "noyes"
_COMMON = {"jerk_rate_per_h", "jerk_sleep_rate_per_h", "aplm_wasm_per_h", "caffeine_mg", "tst_h"}


def write(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write ``legjumps-nights.csv``, ``variables.csv`` and ``domains.csv``."""
    described = connection.sql(
        "select column_name, type, unit, description, nsrr_name from data_dictionary "
        "where table_name = 'analysis_night' order by column_number"
    ).fetchall()
    columns = ", ".join(
        f'"{name}"::int as "{name}"'
        if kind == "BOOLEAN"
        else f'array_to_string("{name}", \';\') as "{name}"'
        if kind.endswith("[]")
        else f"""strftime("{name}", '%Y-%m-%dT%H:%M:%SZ') as "{name}" """
        if kind.startswith("TIMESTAMP")
        else f'"{name}"'
        for name, kind, *_ in described
    )
    connection.sql(f"select {columns} from analysis_night order by participant_id, night_date").write_csv(
        str(folder / "legjumps-nights.csv")
    )
    with (folder / "variables.csv").open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(VARIABLES)
        for name, kind, unit, description, peer in described:
            domain = _YES_OR_NO if kind == "BOOLEAN" else ""
            labels = f"compare {peer}" if peer else ""
            told = (
                "Nights",
                name,
                name.replace("_", " "),
                description,
                _kind(name, kind),
                "" if unit in {None, "1"} else unit,
            )
            out.writerow([*told, domain, labels, "", str(name in _COMMON).lower(), ""])
    with (folder / "domains.csv").open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(DOMAINS)
        out.writerows([(_YES_OR_NO, 0, "No", ""), (_YES_OR_NO, 1, "Yes", "")])


def _kind(name: str, kind: str) -> str:
    if name == "participant_id":
        return "identifier"
    if kind == "BOOLEAN":
        return "choices"
    if kind == "DATE":
        return "date"
    if kind in {"BIGINT", "INTEGER", "HUGEINT", "SMALLINT", "TINYINT"}:
        return "integer"
    return "numeric" if kind in {"DOUBLE", "FLOAT"} or kind.startswith("DECIMAL") else "string"
