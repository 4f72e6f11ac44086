"""NHANES: a survey that asks about leg jerks in sleep, one row per respondent and no sensor.

files (transport files and tables made of them) < items (codes, by transforms/tables/nhanes_item.csv), recalls (what was
eaten), drugs (classes of prescriptions) < respondents (all of it, one row per respondent).
"""

from transforms.imports.nhanes.respondents import read_nhanes, recognises_nhanes

__all__ = ["read_nhanes", "recognises_nhanes"]
