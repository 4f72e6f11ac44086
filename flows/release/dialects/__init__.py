"""The study in the dialects of its field, for inside the house: each file tells of single persons and nights.

Nothing here has passed disclosure control. Names of columns and files are those of the dialect; what it has no word for
stands in our own words beside it, and no code of a vocabulary is made up.
"""
