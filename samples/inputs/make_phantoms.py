"""Draws the chest phantoms: pictures made by arithmetic, of no person.

    python3 samples/inputs/make_phantoms.py --out samples/inputs

They show what a 28 x 28 picture of a chest needs to be recognisable at all: a bright body,
a spine, two darker lungs, a heart. They test that the arithmetic of a platform is right;
they say nothing about medicine.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from png_files import write_png

SIDE = 28
FINENESS = 8  # each pixel is the mean of so many places along each axis


@dataclass(frozen=True)
class Phantom:
    left_lung: float
    """Grey of the lung on the right of the picture, 0 to 1; the body has 0.72."""
    right_lung: float
    base: float = 0.0
    """How much brighter the lower half of both lungs is."""
    exposure: float = 0.0
    """Added to everything."""


PHANTOMS = {
    "clear-lungs": Phantom(0.30, 0.30),
    "clear-lungs-overexposed": Phantom(0.30, 0.30, exposure=0.15),
    "one-dense-lung": Phantom(0.64, 0.34),
    "dense-bases": Phantom(0.44, 0.44, base=0.2),
    "both-dense": Phantom(0.62, 0.62),
    "uniform-grey": Phantom(0.72, 0.72),
}
BODY, SPINE, HEART, OUTSIDE = 0.72, 0.80, 0.78, 0.05


def drawn(phantom: Phantom) -> np.ndarray:
    """[28, 28] UINT8."""
    along = (np.arange(SIDE * FINENESS) + 0.5) / (SIDE * FINENESS) * 2 - 1
    y, x = np.meshgrid(along, along, indexing="ij")

    def ellipse(centre_x: float, centre_y: float, half_x: float, half_y: float) -> np.ndarray:
        return ((x - centre_x) / half_x) ** 2 + ((y - centre_y) / half_y) ** 2 < 1

    if phantom.left_lung == phantom.right_lung == BODY:
        grey = np.full(x.shape, BODY)
    else:
        grey = np.where(ellipse(0, 0.4, 1.0, 1.6), BODY, OUTSIDE)
        for centre, lung in ((-0.48, phantom.right_lung), (0.48, phantom.left_lung)):
            inside = ellipse(centre, -0.05, 0.34, 0.72)
            grey = np.where(inside, lung + phantom.base * (y > 0), grey)
        grey = np.where(np.abs(x) < 0.1, SPINE, grey)
        grey = np.where(ellipse(0.15, 0.3, 0.32, 0.34), HEART, grey)
    fine = grey + phantom.exposure
    coarse = fine.reshape(SIDE, FINENESS, SIDE, FINENESS).mean(axis=(1, 3))
    return np.floor(np.clip(coarse, 0, 1) * 255 + 0.5).astype(np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    folder = arguments.out / "chest-xray-pneumonia"
    folder.mkdir(parents=True, exist_ok=True)
    for name, phantom in PHANTOMS.items():
        write_png(folder / f"{name}.png", drawn(phantom))


if __name__ == "__main__":
    main()
