"""Polysomnography: what scorers marked and what the leg electrodes saw, as frames.

Patient fields of a file (names, dates of birth, codes, free notes) are never read into a frame; marks whose label is
not known are counted in the rejected entries and their text is withheld where it could be a sentence or a name.
"""
