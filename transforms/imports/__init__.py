"""Exports as their makers write them, recognised by what they hold, turned into the frames of the diaries."""
