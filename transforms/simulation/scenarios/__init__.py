"""A simulator that is harder than life: named scenarios with rates from publications, drawn per person.

timeline (when one sleeps) < happenings (what moves) < limb (what a site goes through) < sensing (what a sensor writes)
< night (recordings, diary, truth) < judgement (held against the study's own chain) < figures (per scenario, with
intervals); catalogue (the names).
"""

from transforms.simulation.scenarios.catalogue import SCENARIOS, Scenario
from transforms.simulation.scenarios.figures import FIGURE, FIGURES, scenario_figures, worst
from transforms.simulation.scenarios.judgement import JUDGED, judge, judged
from transforms.simulation.scenarios.night import ScenarioNight, scenario_night

__all__ = [
    "FIGURE",
    "FIGURES",
    "JUDGED",
    "SCENARIOS",
    "Scenario",
    "ScenarioNight",
    "judge",
    "judged",
    "scenario_figures",
    "scenario_night",
    "worst",
]
