"""Golden cases of models whose output is a mask."""

from __future__ import annotations

from typing import Any, Mapping

import numpy as np

from package_frame import golden_case

DECIMALS = 7
"""Of probabilities: rounding moves them by a fortieth of what the strict profile allows, at most."""


def mask_case(
    case: str,
    description: str,
    inputs: Mapping[str, Any],
    tensor: str,
    probabilities: np.ndarray,
    output: str,
    counts: Mapping[str, int],
    profile: str = "standard",
) -> dict[str, Any]:
    """`counts` are samples of the input's grid for each class.

    The profile is the standard one for U-Nets: through fifteen layers FP32 loses more than what
    the strict one allows for.
    """
    return golden_case(
        case,
        description,
        inputs,
        tensor,
        probabilities.shape,
        np.round(probabilities, DECIMALS).reshape(-1).tolist(),
        {output: {"counts": dict(counts)}},
        profile,
    )


def on_grid(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Nearest neighbour: each sample of the finer grid takes the value of the one that it lies in."""
    places = [
        np.minimum(((np.arange(extent) + 0.5) * small / extent).astype(int), small - 1)
        for extent, small in zip(shape, values.shape)
    ]
    return values[np.ix_(*places)]
