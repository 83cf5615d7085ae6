"""Metrics of ventricular beats against others, with intervals over patients.

Beats of one patient resemble each other, so the unit that is resampled is the patient:
with few patients the intervals are wide, and that is the truth about the evidence.
Fusion (F) and unclassifiable (Q) beats count neither way, as AAMI EC57 has it for
ventricular beats.
"""

from __future__ import annotations

from typing import Mapping, Sequence

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from intervals import with_intervals

COUNTED = ("N", "S", "V")


def metrics(
    label: np.ndarray, probability: np.ndarray, threshold: float
) -> dict[str, float | None]:
    counted = np.isin(label, COUNTED)
    label, probability = label[counted], probability[counted]
    truth, called = label == "V", probability >= threshold
    some_of_both = bool(truth.any()) and not truth.all()
    return {
        "auc": roc_auc_score(truth, probability) if some_of_both else None,
        "average_precision": (
            average_precision_score(truth, probability) if some_of_both else None
        ),
        "sensitivity": share(called[truth]),
        "positive_predictive_value": share(truth[called]),
        "specificity": share(~called[~truth]),
        "specificity_on_normal_beats": share(~called[label == "N"]),
        "specificity_on_supraventricular_beats": share(~called[label == "S"]),
        "brier_score": float(np.mean((probability - truth) ** 2)),
    }


def share(flags: np.ndarray) -> float | None:
    return float(np.mean(flags)) if len(flags) else None


def of_patients(
    patients: Mapping[str, tuple[np.ndarray, np.ndarray]],
    threshold: float,
    resamples: int,
    seed: int,
) -> dict[str, dict[str, float]]:
    """`patients` holds labels and probabilities of each patient's beats."""

    def figures(some: Sequence[str]) -> dict[str, float | None]:
        return metrics(*pooled(patients, some), threshold)

    return with_intervals(list(patients), figures, resamples, seed)


def pooled(
    patients: Mapping[str, tuple[np.ndarray, np.ndarray]], names: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    return (
        np.concatenate([patients[name][0] for name in names]),
        np.concatenate([patients[name][1] for name in names]),
    )


def counts(label: np.ndarray, probability: np.ndarray, threshold: float) -> dict[str, dict]:
    """Of each AAMI class: how many beats there are and how many were called ventricular."""
    return {
        letter: {
            "beats": int(np.sum(label == letter)),
            "called_ventricular": int(np.sum(probability[label == letter] >= threshold)),
        }
        for letter in "NSVFQ"
        if np.any(label == letter)
    }
