"""What of the rates of groups may leave the house.

A *cell* is a group of nights with a few sums over them (MEASURES). Its *contributors* are the persons who bring an
event. The way of a cell:

1. ``contributors``: cells with too few contributors, or with one or two who bring nearly all, are withheld.
2. ``cells``: what would give a withheld cell back by subtraction is withheld with it; the rest gets noise, keyed to
   the persons in it, and is rounded.
3. ``attack``: a solver holds everything that leaves against everything withheld, as an outsider would.

After this nothing is computed from single nights any more.
"""
