"""95 % intervals by resampling units that are independent of each other: patients, where they are known."""

from __future__ import annotations

from typing import Callable, Mapping, Sequence, TypeVar

import numpy as np

Unit = TypeVar("Unit")
Figures = Mapping[str, float | None]


def with_intervals(
    units: Sequence[Unit],
    figures: Callable[[Sequence[Unit]], Figures],
    resamples: int,
    seed: int,
) -> dict[str, dict[str, float]]:
    """Each figure of all units with the 2.5th and 97.5th percentile of its resampled values."""
    generator = np.random.default_rng(seed)
    draws: dict[str, list[float]] = {}
    for _ in range(resamples):
        chosen = generator.integers(0, len(units), len(units))
        for name, value in figures([units[k] for k in chosen]).items():
            # A resample without such units says nothing about that figure.
            if value is not None:
                draws.setdefault(name, []).append(value)
    return {
        name: {
            "value": round(float(value), 4),
            "low": round(float(np.percentile(draws[name], 2.5)), 4),
            "high": round(float(np.percentile(draws[name], 97.5)), 4),
        }
        for name, value in figures(units).items()
        if value is not None
    }
