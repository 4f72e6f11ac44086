"""The domain library: polars and numpy in, polars out; no files, no clock, no Prefect, no DuckDB.

Order of imports, lowest first: errors, schema, parameters, clock, recording; then readers, and the measures
(acceleration, calibration, epochs, wear, sleep, nights, movements, scoring, exposures); then statistics and simulation.
"""
