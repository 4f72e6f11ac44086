"""``legjumps demo``: a synthetic study of real device files with known truth, run through to the cohort tables."""

from dataclasses import replace
from pathlib import Path

from flows.commands.simulate import SimulationSettings, simulate_study
from flows.orchestration import TemporaryServer
from flows.progress import progress_bar, say
from flows.settings import StudySettings, load_settings
from flows.store.datasets import write_if_changed
from flows.store.layout import PREFECT, core_table
from flows.store.opening import opened_store
from transforms.diaries.reference import dietary_reference_intake
from transforms.parameters.cohort_simulation import PLAIN_COHORT, PLAIN_DEVICES, PLAIN_LIFE
from transforms.simulation.cohort import simulate_cohort
from transforms.simulation.cohort_devices import simulate_devices
from transforms.simulation.cohort_life import simulate_life


def simulate_with_progress(out: Path, settings: SimulationSettings) -> None:
    """Make a study folder, with a progress bar over its participants."""
    with progress_bar("simulate", settings.participant_count) as advance:
        simulate_study(out, settings, advance)


_SETTINGS = """# Simulated at the level of tables: nobody wore anything. See transforms/simulation/cohort.py.
[study]
id = "simulated_cohort"
time_zone = "UTC"

[parameters.cohort.association]
imputation_count = 5
"""
_PLANTED = replace(
    PLAIN_COHORT,
    caffeine_wake_min_per_100_mg=4.0,
    stress_caffeine_mg_per_point=15.0,
    one_leg_frac=0.3,
    zero_person_frac=0.03,
)


def make_cohort(
    folder: Path, *, participant_count: int = 120, night_count: int = 14, seed: int = 7
) -> StudySettings:
    """Write a study whose nights and movements are drawn from random numbers, with planted ratios; return its settings.

    A dozen simulated sleepers show how files become nights; they are too few for any question about people. This
    cohort is large enough that every table, query and page has something to show. Its name says that it is simulated.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(_SETTINGS, encoding="utf-8")
    settings = load_settings(folder)
    cohort = dict(
        simulate_cohort(_PLANTED, participant_count=participant_count, night_count=night_count, seed=seed)
    )
    cohort["dietary_reference_intake"] = dietary_reference_intake()
    cohort |= simulate_life(cohort, PLAIN_LIFE, seed)
    cohort |= simulate_devices(cohort["night"], PLAIN_DEVICES, settings.parameters.agreement, seed)
    with opened_store(settings.store):
        for name, frame in cohort.items():
            # owned by a unit of the ledger: what nobody owns is swept
            write_if_changed(settings.store, core_table(settings.store, name), frame)
    return settings


def publish_cohort(settings: StudySettings) -> Path:
    """Build, validate, publish and release the warehouse of such a cohort; return the release's folder."""
    from flows.release.publish import publish_release
    from flows.warehouse.publish import publish_warehouse

    with opened_store(settings.store):
        publish_warehouse(settings)
        return publish_release(settings)


def run_demo(out: Path, settings: SimulationSettings) -> None:
    """Make the study unless it is already there, run every stage, and print the summary."""
    server = TemporaryServer(out / "store" / PREFECT)
    server.start()  # comes up while the study is being made
    if (out / "truth.parquet").exists():
        say(f"{out} holds a study already; it is used as it is (remove the folder for a new one)")
    else:
        simulate_with_progress(out, settings)

    from flows.study import run
    from flows.summary import print_summary

    print_summary(run("study", load_settings(out, worker_count=settings.worker_count), server))
    cohort = out.with_name(f"{out.name}_cohort")
    say(f"a simulated cohort of 120 people and 14 nights, without device files, comes beside it: {cohort}")
    say(f"its report: {publish_cohort(make_cohort(cohort)) / 'report.html'}")
