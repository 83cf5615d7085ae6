"""Figures of whole photographs on the pixels that the observers drew on."""

from __future__ import annotations

from typing import Sequence

import numpy as np
from sklearn.metrics import roc_auc_score

from chasedb1 import Eye
from mask_golden import on_grid


def dice(one: np.ndarray, other: np.ndarray) -> float:
    return float(2 * np.sum(one & other) / (np.sum(one) + np.sum(other)))


def figures_of(eye: Eye, half: np.ndarray, threshold: float) -> dict[str, float]:
    called = on_grid(half >= threshold, eye.first.shape)
    truth, field = eye.first, eye.field
    return {
        "dice": dice(called, truth),
        "auc_in_field": float(
            roc_auc_score(truth[field], on_grid(half, truth.shape)[field])
        ),
        "sensitivity": float(np.mean(called[truth])),
        "specificity_in_field": float(np.mean(~called[field & ~truth])),
        "positive_predictive_value": float(np.mean(truth[called])),
        "second_observer_dice": dice(eye.second, truth),
        "second_observer_sensitivity": float(np.mean(eye.second[truth])),
        "second_observer_positive_predictive_value": float(np.mean(truth[eye.second])),
        "dice_with_second_observer": dice(called, eye.second),
    }


def mean_figures(patients: Sequence[Sequence[dict[str, float]]]) -> dict[str, float | None]:
    """Mean over photographs; a patient is the figures of both eyes."""
    eyes = [eye for patient in patients for eye in patient]
    return {name: float(np.mean([eye[name] for eye in eyes])) for name in eyes[0]}
