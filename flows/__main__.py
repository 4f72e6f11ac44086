"""``python -m flows`` is the console script ``legjumps``."""

from flows.cli import main

main()
