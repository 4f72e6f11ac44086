"""Movements: from raw samples to typed events, in the order in which a flow calls the parts.

Detection needs to know when somebody may be in bed, and sleep needs to know which movements were only a leg's. So the
nights come in two steps, and every sample is read at full rate once:

1. ``epochs.summarise_recording`` for every recording: epochs, wear, calibration.
2. ``nights.night_windows`` and ``bed.candidate_windows`` for the participant: when somebody may be in bed.
3. ``movements.detect_in_windows`` for every recording: candidates, in those windows only.
4. ``nights.find_nights`` with the candidates: lights-off, sleep onset, sleep end, lights-on, wake episodes, signal
   breaks. Leg movements are taken out of the wake evidence.
5. ``movements.classify_movements`` with the nights: leg events, rejected candidates, clock alignment.
6. ``restlessness.presleep_restlessness`` with candidates and nights.
7. ``scoring.score_events`` with leg events and signal breaks.
"""

from transforms.movements.detection import detect_candidates
from transforms.movements.kinds import REJECTION_REASONS, ClassifiedMovements, classify_movements
from transforms.movements.windows import can_be_scored, detect_in_windows, plan_slices

__all__ = [
    "REJECTION_REASONS",
    "ClassifiedMovements",
    "can_be_scored",
    "classify_movements",
    "detect_candidates",
    "detect_in_windows",
    "plan_slices",
]
