"""Turns the network's logits into probabilities that mean what they say.

Training draws ectopic beats far more often than they occur, so raw probabilities are too
high. A scale and an offset of the log odds, fitted on beats of patients that the network
did not see, correct both that and over-confidence. They are folded into the last layer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression


@dataclass(frozen=True)
class Calibration:
    scale: float
    offset: float

    def probability(self, log_odds: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-(self.scale * log_odds + self.offset)))


def fit_calibration(truth: np.ndarray, log_odds: np.ndarray) -> Calibration:
    fit = LogisticRegression(C=1e9, max_iter=1000).fit(log_odds.reshape(-1, 1), truth)
    return Calibration(float(fit.coef_[0, 0]), float(fit.intercept_[0]))


def best_threshold(truth: np.ndarray, probability: np.ndarray) -> float:
    """Threshold, in steps of 0.01, with the highest F1 (sensitivity and PPV alike)."""

    def f1(threshold: float) -> float:
        called = probability >= threshold
        hits = np.sum(called & truth)
        return 2 * hits / (np.sum(called) + np.sum(truth))

    return max((hundredths / 100 for hundredths in range(1, 100)), key=f1)
