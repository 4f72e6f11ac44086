"""The orchestration: the only package that knows Prefect, DuckDB, Great Expectations, files and time."""
