"""How acro_verdicts.csv was made; not run by the tests, for ACRO wants a pandas that this project does not have.

1. In this project's environment:  python -m tests.transforms.disclosure.acro_recipe contributions.csv
2. In one with acro 1.0.2 alone:   python acro_recipe.py contributions.csv acro_verdicts.csv

Each person who brings an event to a cell is one row, so that ACRO counts contributors; its limits are its own defaults
(10 contributors, n = 2 and k = 90 %, p = 10 %).
"""

import sys

COHORTS = {1: 40, 2: 60, 3: 90, 4: 120, 5: 160, 6: 200}
"""Participants of the cohort of each seed."""


def write_contributions(path):
    import polars as pl

    from tests.transforms.disclosure.cohorts import cohort, contributions_of
    from transforms.disclosure.contributors import CELL, MEASURES

    frames = [
        contributions_of(cohort(seed, count))
        .unpivot(list(MEASURES), index=[*CELL, "participant_id"], variable_name="measure")
        .filter(pl.col("value") > 0)
        .with_columns(pl.lit(seed).alias("seed"))
        for seed, count in COHORTS.items()
    ]
    columns = ["seed", *CELL, "measure", "participant_id"]
    pl.concat(frames).sort(columns).select(*columns, "value").write_csv(path)


def write_verdicts(source, path):
    import acro
    import pandas as pd

    rows = []
    contributions = pd.read_csv(source)
    for (seed, grouping, measure), own in contributions.groupby(["seed", "grouping_name", "measure"]):
        session = acro.ACRO(suppress=False)
        place = own["measure"].rename("column")
        session.crosstab(own["level"], columns=place, values=own["value"], aggfunc="sum")
        outcome = session.results.get_index(0).outcome
        rows += [
            (seed, grouping, level, measure, str(verdict).strip(" ;"))
            for level, verdict in outcome[measure].items()
        ]
    names = ["seed", "grouping_name", "level", "measure", "verdict"]
    pd.DataFrame(rows, columns=names).to_csv(path, index=False)


if __name__ == "__main__":
    if len(sys.argv) == 2:
        write_contributions(sys.argv[1])
    else:
        write_verdicts(*sys.argv[1:])
