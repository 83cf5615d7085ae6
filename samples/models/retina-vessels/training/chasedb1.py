"""CHASE_DB1 as arrays: the photographs at half their size and both observers' masks as drawn."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.append(str(Path(__file__).parents[2]))

from image_steps import area_resized  # noqa: E402

SCALE = 0.5
# The usual division: the last eight photographs are the test. Both eyes of a child stay together.
TRAIN = ("01", "02", "03", "04", "05", "06", "07", "08")
VALIDATION = ("09", "10")
TEST = ("11", "12", "13", "14")
EYES = ("L", "R")
DARKEST_FIELD = 0.1
"""Red of a pixel from which on it counts as inside the round field of view."""


@dataclass(frozen=True)
class Eye:
    patient: str
    name: str
    picture: np.ndarray
    """[3, height, width] at half size, 0 to 1."""
    share: np.ndarray
    """[height, width] at half size: the share of each pixel that the first observer calls vessel."""
    first: np.ndarray
    second: np.ndarray
    """[height, width] as drawn, True for vessel."""
    field: np.ndarray
    """[height, width] as drawn, True inside the field of view."""


def read_eye(folder: Path, patient: str, eye: str) -> Eye:
    name = f"{patient}{eye}"
    full = np.asarray(Image.open(folder / f"Image_{name}.jpg").convert("RGB")) / 255.0
    first, second = (
        np.asarray(Image.open(folder / f"Image_{name}_{which}HO.png").convert("L")) > 127
        for which in ("1st", "2nd")
    )
    return Eye(
        patient=patient,
        name=name,
        picture=np.moveaxis(area_resized(full, SCALE), 2, 0).astype(np.float32),
        share=area_resized(first[:, :, None].astype(float), SCALE)[:, :, 0].astype(np.float32),
        first=first,
        second=second,
        field=full[:, :, 0] > DARKEST_FIELD,
    )


def read_eyes(folder: Path, patients: tuple[str, ...]) -> list[Eye]:
    return [read_eye(folder, patient, eye) for patient in patients for eye in EYES]
