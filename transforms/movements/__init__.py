"""Movements: from raw samples to typed events."""

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
