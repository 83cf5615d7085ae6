"""Test metrics of a probability model, each with a bootstrap 95 % interval."""

from __future__ import annotations

from typing import Callable

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

Metric = Callable[[np.ndarray, np.ndarray], float]


def metrics_at(threshold: float) -> dict[str, Metric]:
    def decided(probability: np.ndarray) -> np.ndarray:
        return probability >= threshold

    return {
        "auc": lambda truth, p: float(roc_auc_score(truth, p)),
        "accuracy": lambda truth, p: float(np.mean(decided(p) == truth)),
        "sensitivity": lambda truth, p: float(np.mean(decided(p)[truth == 1])),
        "specificity": lambda truth, p: float(np.mean(~decided(p)[truth == 0])),
        "positive_predictive_value": lambda truth, p: share_diseased(truth[decided(p)]),
        "brier_score": lambda truth, p: float(np.mean((p - truth) ** 2)),
        "calibration_slope": calibration_slope,
        "calibration_in_the_large": lambda truth, p: float(np.mean(truth) - np.mean(p)),
    }


def share_diseased(called_positive: np.ndarray) -> float:
    """Undefined, not zero, where nobody was called positive."""
    return float(np.mean(called_positive)) if len(called_positive) else float("nan")


def calibration_slope(truth: np.ndarray, probability: np.ndarray) -> float:
    """Slope of the outcome on the predicted log odds: 1 is ideal, below 1 over-confident."""
    clipped = np.clip(probability, 1e-6, 1 - 1e-6)
    log_odds = np.log(clipped / (1 - clipped)).reshape(-1, 1)
    # A huge C switches the penalty off: the slope must not be shrunk.
    fit = LogisticRegression(C=1e9, max_iter=1000).fit(log_odds, truth)
    return float(fit.coef_[0, 0])


def with_intervals(
    truth: np.ndarray,
    probability: np.ndarray,
    threshold: float,
    resamples: int,
    seed: int,
) -> dict[str, dict[str, float]]:
    """Point estimate and percentile interval over resampled patients."""
    generator = np.random.default_rng(seed)
    metrics = metrics_at(threshold)
    draws: dict[str, list[float]] = {name: [] for name in metrics}
    while len(draws["auc"]) < resamples:
        pick = generator.integers(0, len(truth), len(truth))
        some = truth[pick]
        # Neither AUC nor sensitivity exists in a resample of one class only.
        if some.min() == some.max():
            continue
        for name, metric in metrics.items():
            draws[name].append(metric(some, probability[pick]))
    return {
        name: {
            "value": round(metric(truth, probability), 4),
            "low": round(float(np.nanpercentile(draws[name], 2.5)), 4),
            "high": round(float(np.nanpercentile(draws[name], 97.5)), 4),
        }
        for name, metric in metrics.items()
    }
