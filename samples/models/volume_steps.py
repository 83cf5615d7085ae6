"""Steps of a volume input as docs/package-format.md defines them, in float64."""

from __future__ import annotations

import base64
from typing import Any, Callable, Mapping, Sequence

import numpy as np

from nifti_files import read_nifti

Rounding = Callable[[np.ndarray], np.ndarray]
SIDES = {"R": (0, 1), "L": (0, -1), "A": (1, 1), "P": (1, -1), "S": (2, 1), "I": (2, -1)}


def exactly(values: np.ndarray) -> np.ndarray:
    return values


def run_steps(
    steps: Sequence[Mapping[str, Any]], content: bytes, rounding: Rounding = exactly
) -> np.ndarray:
    """The tensor [1, 1, depth, height, width] of a file. `rounding` is applied after every step."""
    volume = read_nifti(content)
    # Voxels enter the platform as float32; from there on everything is float64.
    values = np.float32(volume.values).astype(np.float64)
    for step in steps:
        if step["op"] == "orient_volume":
            values = oriented(values, volume.affine, step["axes"])
        elif step["op"] == "z_score_volume":
            values = z_scored(values, step["epsilon"])
        elif step["op"] == "volume_to_tensor" and step["layout"] == "NCDHW":
            values = values[None, None]
        else:
            raise ValueError(f"unexpected step {step['op']}")
        values = rounding(values)
    return values


def oriented(values: np.ndarray, affine: np.ndarray, axes: str) -> np.ndarray:
    """Axes exchanged and turned so that each grows towards the named side."""
    wanted = [SIDES[side] for side in axes]
    found = [int(np.argmax(np.abs(affine[:, axis]))) for axis in range(3)]
    order = [found.index(world) for world, _ in wanted]
    turned = [
        slice(None, None, sign * int(np.sign(affine[world, order[k]])))
        for k, (world, sign) in enumerate(wanted)
    ]
    return values.transpose(order)[tuple(turned)]


def z_scored(values: np.ndarray, epsilon: float) -> np.ndarray:
    centred = values - values.mean()
    return centred / max(np.sqrt(np.mean(centred**2)), epsilon)


def volume_value(content: bytes) -> dict[str, Any]:
    """A sample input file in the notation of golden cases."""
    encoded = base64.b64encode(content).decode()
    return {"file": {"mediaType": "application/x-nifti", "base64": encoded}}
