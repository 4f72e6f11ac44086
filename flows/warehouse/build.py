"""Build the warehouse aside from Parquet and SQL, and put it in place in one step.

The build has two catalogs: ``core``, in memory, whose views read the Parquet of the store; and the new file, in which
the numbered files of ``sql/`` make the tables. What SQL cannot compute (quantiles, model fits, disclosure control)
is computed between two files: where a file reads ``core.<dataset>`` of COMPUTED, that dataset is made from the tables
which stand by then. Nothing of ``core`` remains in the published file.
"""

import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl

from flows.paths import sql_folder
from flows.store.atomic import scratch_folder
from flows.store.fingerprint import fingerprint
from flows.warehouse.core_views import DATASETS, make_view, parquet_files
from flows.warehouse.layers import make_layers
from flows.warehouse.sql_files import SqlFile, load_sql_files
from transforms import schema
from transforms.errors import ContractError
from transforms.parameters import StudyParameters, describe

STORAGE_VERSION = "v1.5.0"
"""Format of the file; DuckDB clients from 1.5 on read it."""


@dataclass(frozen=True)
class BuiltWarehouse:
    """A finished warehouse that is not published yet."""

    path: Path
    run_id: str
    seconds: Mapping[str, float] = field(default_factory=dict)
    """What each table took, in the order of the build; ``core.<dataset>`` is what was computed between two files."""

    @property
    def folder(self) -> Path:
        """The folder of the build."""
        return self.path.parent

    def discard(self) -> None:
        """Remove the build."""
        shutil.rmtree(self.folder, ignore_errors=True)


def build_warehouse(
    store: Path,
    parameters: StudyParameters,
    *,
    code_version: str,
    secret: bytes,
    sql: Path | None = None,
    memory_limit_mb: int | None = None,
    worker_count: int | None = None,
) -> BuiltWarehouse:
    """Make every table of the warehouse in a new file beside the published one.

    Args:
        store: Folder with ``core/``.
        parameters: All parameters of the study; each becomes a row of ``study_parameter``.
        code_version: What ``run.code_version`` says.
        secret: The store's, from which the noise of ``cohort_summary`` is drawn.
        sql: Folder of the numbered files; the checkout's own by default.
        memory_limit_mb: Beyond this DuckDB spills to disk; by default half of the machine's memory.
        worker_count: Threads; by default all cores.

    Raises ContractError naming file and line where SQL fails, or the parameter that SQL reads and nobody defines.
    """
    from flows.warehouse.computed import COMPUTED  # statistics, which a look at the ledger does not need

    started_at, clock_s = datetime.now(UTC), time.monotonic()
    files = load_sql_files(sql or sql_folder())
    parameter_rows = parameter_frame(parameters)
    _require_parameters(files, parameter_rows)

    folder = _new_build_folder(store)
    path = folder / "warehouse.duckdb"
    connection = duckdb.connect(
        config={
            "memory_limit": f"{memory_limit_mb or half_of_memory_mb()}MiB",
            "temp_directory": str(folder / "spill"),
            "threads": worker_count or len(os.sched_getaffinity(0)),
        }
    )
    try:
        # a warehouse is the same wherever it is built; local times come from named zones only
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("attach ':memory:' as core")
        inputs = {name: parquet_files(store, name) for name in DATASETS}
        for name in DATASETS:
            make_view(connection, name, inputs[name])

        def supply(name: str, frame: pl.DataFrame) -> None:
            frame.write_parquet(folder / f"{name}.parquet")
            make_view(connection, name, [folder / f"{name}.parquet"], frame.schema)

        run = _run_frame(connection, store, files, parameter_rows, inputs, code_version)
        # the clock may be set back meanwhile
        ended_at = started_at + timedelta(seconds=time.monotonic() - clock_s)
        run = run.with_columns(started_at=pl.lit(started_at), ended_at=pl.lit(ended_at)).cast(schema.RUN)
        supply("study_parameter", parameter_rows)
        supply("run", _with_earlier_runs(store, run))
        supply("sql_file", _file_frame(files))

        connection.execute(f"attach '{path}' as warehouse (storage_version '{STORAGE_VERSION}')")
        connection.execute("use warehouse")
        seconds: dict[str, float] = {}
        for file in files:
            for name in sorted(file.core_datasets & COMPUTED.keys()):
                if (dataset := f"core.{name}") not in seconds:
                    with _timed(seconds, dataset):
                        supply(name, COMPUTED[name](connection, parameters, secret))
            with _timed(seconds, file.table):
                file.run(connection)
        make_layers(connection, "warehouse", files)
        connection.execute("checkpoint warehouse")
        connection.execute("use memory")
        connection.execute("detach warehouse")
    except BaseException:
        connection.close()
        shutil.rmtree(folder, ignore_errors=True)
        raise
    connection.close()
    run.write_parquet(folder / "run.parquet")
    return BuiltWarehouse(path, run.item(0, "run_id"), seconds)


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    seconds[name] = time.perf_counter() - started


def _new_build_folder(store: Path) -> Path:
    folder = scratch_folder(store) / f"warehouse-{uuid.uuid4().hex[:8]}"
    folder.mkdir()
    return folder


def half_of_memory_mb() -> int:
    """Return what DuckDB may take where nobody says otherwise [MiB]."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**21


def parameter_frame(parameters: StudyParameters) -> pl.DataFrame:
    """Return STUDY_PARAMETER: one row for each parameter."""
    rows = [
        {
            "name": row.name,
            "value": _as_text(row.value),
            "value_number": float(row.value) if isinstance(row.value, bool | int | float) else None,
            "unit": row.unit,
            "compared": row.compared,
            "source": row.source,
            "meaning": row.meaning,
        }
        for row in describe.rows(parameters)
    ]
    return pl.DataFrame(rows, schema=schema.STUDY_PARAMETER)


def _file_frame(files: Iterable[SqlFile]) -> pl.DataFrame:
    rows = [(file.table, f"sql/{file.path.name}", file.header["Grain"], list(file.layers)) for file in files]
    return pl.DataFrame(rows, schema=schema.SQL_FILE, orient="row")


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(_as_text(part) for part in value)
    return str(value)


def _require_parameters(files: Iterable[SqlFile], parameters: pl.DataFrame) -> None:
    known = set(parameters["name"])
    for file in files:
        unknown = sorted(file.parameter_names - known)
        if unknown:
            raise ContractError(
                f"{file.path}: reads the parameters {', '.join(unknown)}, which no class of transforms/parameters defines"
            )


def _run_frame(
    connection: duckdb.DuckDBPyConnection,
    store: Path,
    files: Iterable[SqlFile],
    parameters: pl.DataFrame,
    inputs: Mapping[str, list[Path]],
    code_version: str,
) -> pl.DataFrame:
    """Return the row of this build, but for its times."""
    from flows.warehouse.computed import COMPUTED

    parameter_hash = fingerprint(parameters.rows())
    read = frozenset[str]().union(*(file.core_datasets for file in files)) - COMPUTED.keys() - {"run"}
    content = [
        (path.relative_to(store).as_posix(), _file_hash(path))
        for name in sorted(read)
        for path in inputs.get(name, [])
    ]
    counts = {
        f"{name}_count": connection.sql(f"select count(*) from core.{name}").fetchall()[0][0]
        for name in ("recording", "rejected_recording", "rejected_entry", "night", "movement")
    }
    counts["participant_count"] = connection.sql(
        "select count(*) from (select participant_id from core.participant union select participant_id from core.night "
        "union select participant_id from core.recording) where participant_id is not null"
    ).fetchall()[0][0]
    row = {
        "run_id": fingerprint([file.text for file in files], code_version, parameter_hash, content),
        "code_version": code_version,
        "parameter_hash": parameter_hash,
        **counts,
    }
    return pl.DataFrame([row], schema=schema.RUN)


def _file_hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "blake2b").hexdigest()


def _with_earlier_runs(store: Path, run: pl.DataFrame) -> pl.DataFrame:
    earlier = [pl.read_parquet(path) for path in parquet_files(store, "run")]
    history = pl.concat([*(frame.select(run.columns) for frame in earlier), run])
    # the same build again takes the place of its earlier row; this one is the last, whatever the clock said
    history = history.unique("run_id", keep="last", maintain_order=True)
    return pl.concat([history[:-1].sort("started_at", "run_id"), history[-1:]])
