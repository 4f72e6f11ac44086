"""``legjumps demo``: a synthetic study of real device files with known truth, run through to the cohort tables."""

from pathlib import Path

from flows.commands.simulate import SimulationSettings, simulate_study
from flows.orchestration import TemporaryServer
from flows.progress import progress_bar, say
from flows.settings import load_settings


def simulate_with_progress(out: Path, settings: SimulationSettings) -> None:
    """Make a study folder, with a progress bar over its participants."""
    with progress_bar("simulate", settings.participant_count) as advance:
        simulate_study(out, settings, advance)


def run_demo(out: Path, settings: SimulationSettings) -> None:
    """Make the study unless it is already there, run every stage, and print the summary."""
    server = TemporaryServer(out / "store" / ".prefect")  # comes up while the study is being made
    if (out / "truth.parquet").exists():
        say(f"{out} holds a study already; it is used as it is (remove the folder for a new one)")
    else:
        simulate_with_progress(out, settings)

    from flows.study import run
    from flows.summary import print_summary

    print_summary(run("study", load_settings(out, worker_count=settings.worker_count), server))
