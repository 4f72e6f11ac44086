"""Exports as their makers write them, recognised by what they hold, turned into the frames of the diaries.

names (what of a file's name may be kept), files, records (bytes and JSON as sheets) < questionnaires, sources (scores; which source counts) < one module per maker
< study_imports (all of them, and together with the native diaries).
"""

from transforms.imports.files import ImportFile
from transforms.imports.merging import merge_diaries
from transforms.imports.names import names_in_store
from transforms.imports.study_imports import Imports, read_imports

__all__ = ["ImportFile", "Imports", "merge_diaries", "names_in_store", "read_imports"]
