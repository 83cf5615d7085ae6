"""The hippocampus crops of the Medical Segmentation Decathlon as arrays."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parents[2]))

from nifti_files import read_nifti  # noqa: E402
from volume_steps import z_scored  # noqa: E402

EPSILON = 0.001
STRUCTURES = ("anterior", "posterior")
"""Labels 1 and 2: head, and body with tail."""


@dataclass(frozen=True)
class Crop:
    name: str
    values: np.ndarray
    """[right, anterior, superior], brought to mean 0 and standard deviation 1."""
    label: np.ndarray
    """0 background, 1 anterior, 2 posterior."""


def read_crops(folder: Path) -> list[Crop]:
    """In the order of their numbers. Each must lie with its axes towards right, anterior, superior."""
    return [read_crop(folder, path.name) for path in sorted((folder / "labelsTr").glob("*.nii.gz"))]


def read_crop(folder: Path, name: str) -> Crop:
    image, label = (
        read_nifti((folder / kind / name).read_bytes()) for kind in ("imagesTr", "labelsTr")
    )
    for volume in (image, label):
        if not np.array_equal(volume.affine[:, :3], np.eye(3)):
            raise ValueError(f"{name} does not lie as expected")
    values = z_scored(np.float32(image.values).astype(np.float64), EPSILON)
    number = name.removeprefix("hippocampus_").removesuffix(".nii.gz")
    return Crop(number, values.astype(np.float32), label.values.astype(np.int64))
