"""Prefect's API as a process that ends when its standard input does: `python -m flows.prefect_server --port N ...`.

Whoever starts it holds the other end of a pipe. The kernel closes that end whatever way its holder ends, SIGKILL included.
"""

import gc
import os
import runpy
import sys
import threading


def main() -> None:
    """Run uvicorn with our arguments until standard input ends."""
    gc.set_threshold(100_000, 50, 50)  # of the thousands of classes that are imported none is garbage
    threading.Thread(target=_end_with_standard_input, daemon=True).start()
    sys.argv[0] = "uvicorn"
    runpy.run_module("uvicorn", run_name="__main__")


def _end_with_standard_input() -> None:
    while sys.stdin.buffer.read(1):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
