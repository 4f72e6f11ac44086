"""The study as a deployment runs it: from parameters that are plain text, in a flow whose state says what happened."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from prefect import flow

from flows.settings import load_settings
from flows.study import FLOWS, run_stages
from flows.summary import print_summary
from flows.told_to_prefect import told_to_prefect


@flow(name="scheduled-study")
def scheduled_study(folder: str, store: str, worker_count: int, settle_s: float = 60.0) -> Any:
    """Run the study as a deployment does, from parameters that are plain text.

    The state says what happened. Artifacts hold the progress, and what was not taken; a failure emits an event.
    """
    with told_to_prefect(Path(folder).name) as told:
        settings = replace(
            load_settings(Path(folder), store, worker_count), settle_s=settle_s, is_waiting=True
        )
        report = run_stages(settings, FLOWS["study"], told.progress)
        print_summary(report)
        return told.completed(report)
