"""Hold a built warehouse against its expectations, and write what was found as pages that can be shown to anyone.

One suite for each table, ``expectations/<table>.json``, read by Great Expectations: type, kwargs, unit, source, a
sentence, and a severity. A failed critical expectation keeps the warehouse from being published. What is written
holds counts only, no identifiers and no values.
"""

import json
import logging
import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flows.pages import render
from flows.paths import expectations_folder
from flows.store.atomic import atomic_folder, write_text
from flows.warehouse.build import half_of_memory_mb
from flows.warehouse.finite import unfinished_numbers
from flows.warehouse.keys import NO_KEY, Key, read_keys
from transforms.errors import ContractError, ExpectationError

SEVERITIES = ("critical", "warning")


@dataclass(frozen=True)
class Check:
    """One expectation and what became of it."""

    table: str
    type: str
    rule: str
    notes: str
    unit: str
    source: str
    severity: str
    success: bool
    element_count: int | None
    unexpected_count: int | None
    error: str | None
    proof: str = ""
    """What of the table itself makes it hold, so that it was not asked."""


def preload() -> threading.Thread:
    """Import Great Expectations in the background; it takes seconds that other work can fill."""
    thread = threading.Thread(target=_import_great_expectations, name="great-expectations", daemon=True)
    thread.start()
    return thread


def _import_great_expectations() -> Any:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations

    # it raises its own voice to INFO when imported
    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)

    from flows.warehouse import gx_duckdb  # noqa: F401 - registers itself with SQLAlchemy

    return great_expectations


def load_suites(folder: Path | None = None) -> dict[str, dict[str, Any]]:
    """Read every suite by the name of its table.

    Raises ContractError where a suite is not named like its file, or an expectation lacks unit, source, notes or a
    severity of SEVERITIES.
    """
    suites = {}
    for path in sorted((folder or expectations_folder()).glob("*.json")):
        suite = json.loads(path.read_text(encoding="utf-8"))
        if suite["name"] != path.stem:
            raise ContractError(
                f"{path}: the suite is named {suite['name']!r}; a suite is named like its table and file"
            )
        for number, entry in enumerate(suite["expectations"], start=1):
            meta = entry.get("meta", {})
            if not (meta.get("unit") and meta.get("source") and entry.get("notes")):
                raise ContractError(f"{path}: expectation {number} lacks meta.unit, meta.source or notes")
            if entry.get("severity") not in SEVERITIES:
                raise ContractError(f"{path}: expectation {number} wants severity {' or '.join(SEVERITIES)}")
        suites[path.stem] = suite
    return suites


def check_tables(
    warehouse: Path, suites: Mapping[str, Mapping[str, Any]], *, memory_limit_mb: int | None = None
) -> list[Check]:
    """Run every suite on its table; an expectation that cannot be evaluated has failed.

    What a table's own key makes impossible (DuckDB lets no row in that breaks it) is told and not asked.
    """
    keys = read_keys(warehouse)
    with _data_source(warehouse, memory_limit_mb or half_of_memory_mb()) as (great_expectations, source):
        return [
            check
            for table, suite in suites.items()
            for check in _check_table(
                great_expectations, source, table, suite["expectations"], keys.get(table, NO_KEY)
            )
        ]


@contextmanager
def _data_source(warehouse: Path, memory_limit_mb: int) -> Iterator[tuple[Any, Any]]:
    great_expectations = _import_great_expectations()
    from great_expectations.data_context.types.base import ProgressBarsConfig

    from flows.warehouse.gx_duckdb import closed_afterwards
    from flows.warehouse.gx_quick import without_repetition

    with closed_afterwards(), without_repetition():
        context = great_expectations.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        yield (
            great_expectations,
            context.data_sources.add_sql(
                "warehouse",
                connection_string=f"duckdb:///{warehouse}",
                create_temp_table=False,
                # beyond the limit it spills beside the file, as the build does
                kwargs={
                    "connect_args": {"read_only": True, "config": {"memory_limit": f"{memory_limit_mb}MiB"}}
                },
            ),
        )


def _check_table(
    great_expectations: Any, source: Any, table: str, entries: list[dict[str, Any]], key: Key
) -> Iterator[Check]:
    # results come in an order of their own
    numbered = [
        {**entry, "meta": {**entry["meta"], "position": position}}
        for position, entry in enumerate(entries)
        if not key.proves(entry)
    ]
    by_position: dict[int, Any] = {}
    try:
        by_position = _asked(great_expectations, source, table, numbered)
    except Exception as error:  # noqa: BLE001 - a table that is not there is a failed check, not the end of all others
        for entry in entries:
            yield _check(table, entry, error=type(error).__name__)
        return
    finally:
        source.assets.clear()  # all of them are written out again with every new one
    for position, entry in enumerate(entries):
        if proof := key.proves(entry):
            yield replace(
                _check(table, entry),
                success=True,
                error=None,
                proof=proof,
                element_count=key.row_count,
                unexpected_count=0,
            )
        else:
            yield _check(table, entry, by_position.get(position))


def _asked(great_expectations: Any, source: Any, table: str, entries: list[dict[str, Any]]) -> dict[int, Any]:
    """Have expectations judged; return each result by its position in the suite."""
    if not entries:
        return {}
    asset = source.add_table_asset(table, table_name=table)
    batch = asset.get_batch(asset.build_batch_request())
    suite = great_expectations.ExpectationSuite(name=table, expectations=entries)
    results = batch.validate(suite, result_format={"result_format": "BASIC", "partial_unexpected_count": 0})
    return {result.expectation_config.meta["position"]: result for result in results.results}


def _check(table: str, entry: Mapping[str, Any], result: Any = None, error: str | None = None) -> Check:
    """Keep of a result what tells nothing about anybody: whether it held, and two counts."""
    counts: Mapping[str, Any] = {}
    if result is not None:
        counts = result.result or {}
        if result.exception_info and _raised(result.exception_info):
            error = "the expectation could not be evaluated"
    elif error is None:
        error = "the expectation has no result"
    unexpected = counts.get("unexpected_count")
    if entry["type"] == "unexpected_rows_expectation":
        unexpected = counts.get("observed_value")
    return Check(
        table=table,
        type=entry["type"],
        rule=_rule(table, entry),
        notes=entry["notes"],
        unit=entry["meta"]["unit"],
        source=entry["meta"]["source"],
        severity=entry["severity"],
        success=error is None and bool(result.success),
        element_count=counts.get("element_count"),
        unexpected_count=unexpected if isinstance(unexpected, int) else None,
        error=error,
    )


def _raised(exception_info: Any) -> bool:
    if "raised_exception" in exception_info:
        return bool(exception_info["raised_exception"])
    return any(entry.get("raised_exception") for entry in exception_info.values())


def _rule(table: str, entry: Mapping[str, Any]) -> str:
    """Say the rule in one line; for a query the query itself, to be run by `legjumps sql`."""
    kwargs = dict(entry["kwargs"])
    if "unexpected_rows_query" in kwargs:
        return str(kwargs["unexpected_rows_query"]).format(batch=table)
    name = entry["type"].removeprefix("expect_")
    return f"{name}: " + ", ".join(f"{key} = {json.dumps(value)}" for key, value in kwargs.items())


def validate_warehouse(
    warehouse: Path,
    store: Path,
    run_id: str,
    *,
    suites: Mapping[str, Mapping[str, Any]] | None = None,
    memory_limit_mb: int | None = None,
) -> Path:
    """Check every suite, write ``quality/<run_id>/`` and ``quality/index.html``, return the page of this run.

    Raises ExpectationError, after the page is written, naming each critical expectation that failed.
    """
    started = time.perf_counter()
    suites = suites if suites is not None else load_suites()
    checks = check_tables(warehouse, suites, memory_limit_mb=memory_limit_mb)
    checks += _finite(warehouse, memory_limit_mb or half_of_memory_mb())
    summary = {
        "run_id": run_id,
        "checked_at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        "check_count": len(checks),
        "critical_failed": _failed(checks, "critical"),
        "warning_failed": _failed(checks, "warning"),
    }
    folder = store / "quality" / run_id
    with atomic_folder(folder) as aside:
        page = render(
            "validation.html.j2",
            **summary,
            checks=checks,
            failed=[check for check in checks if not check.success],
            tables=[
                _table_entry(name, suites.get(name, {}), checks)
                for name in sorted({*suites, *(check.table for check in checks)})
            ],
            duration_s=time.perf_counter() - started,
        )
        (aside / "index.html").write_text(page, encoding="utf-8")
        content = {**summary, "checks": [asdict(check) for check in checks]}
        (aside / "results.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    write_text(store / "quality" / "index.html", render("validation_index.html.j2", runs=_summaries(store)))

    broken = [check for check in checks if check.severity == "critical" and not check.success]
    if broken:
        told = "\n".join(
            f"  {check.table}: {check.notes} [{check.rule}]{_how_many(check)}" for check in broken
        )
        raise ExpectationError(
            f"{len(broken)} critical expectations failed, nothing is published; see {folder / 'index.html'}\n{told}"
        )
    return folder / "index.html"


def _finite(warehouse: Path, memory_limit_mb: int) -> list[Check]:
    return [
        Check(
            table=table,
            type="every_number_is_finite",
            rule=rule,
            notes="Every number is one: none is infinite, none is not a number.",
            unit="1",
            source="definition",
            severity="critical",
            success=count == 0,
            element_count=total,
            unexpected_count=count,
            error=None,
        )
        for table, (rule, count, total) in unfinished_numbers(
            warehouse, memory_limit_mb=memory_limit_mb
        ).items()
    ]


def _failed(checks: list[Check], severity: str) -> int:
    return sum(check.severity == severity and not check.success for check in checks)


def _how_many(check: Check) -> str:
    if check.error:
        return f": {check.error}"
    return f": {check.unexpected_count} rows" if check.unexpected_count is not None else ""


def _table_entry(name: str, suite: Mapping[str, Any], checks: list[Check]) -> dict[str, Any]:
    own = [check for check in checks if check.table == name]
    return {
        "name": name,
        "purpose": suite.get("meta", {}).get("purpose", ""),
        "checks": own,
        "failed": sum(not check.success for check in own),
        "critical_failed": _failed(own, "critical"),
    }


def _summaries(store: Path) -> list[dict[str, Any]]:
    found = [
        json.loads(path.read_text(encoding="utf-8")) for path in (store / "quality").glob("*/results.json")
    ]
    return sorted(found, key=lambda run: (run["checked_at"], run["run_id"]), reverse=True)
