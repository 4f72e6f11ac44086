"""The tables that leave as one workbook: a sheet for each, and one with the meaning of every column."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from flows.release.tables import disarmed


def write_workbook(path: Path, tables: Mapping[str, pl.DataFrame], dictionary: pl.DataFrame) -> None:
    """Write a sheet for each table, and ``data_dictionary`` with the columns of all of them."""
    from xlsxwriter import Workbook

    with Workbook(str(path)) as workbook:
        # the only property that would tell when the file was made
        workbook.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)})
        for name, frame in tables.items():
            disarmed(frame).write_excel(
                workbook, worksheet=name, autofit=True, freeze_panes=(1, 0), float_precision=4
            )
        own = dictionary.filter(pl.col("table_name").is_in(list(tables)))
        disarmed(own).write_excel(workbook, worksheet="data_dictionary", autofit=True, freeze_panes=(1, 0))
