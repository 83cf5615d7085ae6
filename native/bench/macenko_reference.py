"""Macenko's method as a pathologist's Python has it: NumPy, SciPy, scikit-image and Pillow.

Written after the published definition that histolab 0.7 follows: mask, fit and normalise one tile. It is
what the native kernel is measured against. It reads two raw RGB files and then, per byte on standard
input, normalises the first to the stains of the second and answers with a byte: "." or "!" for an error.

    macenko_reference.py WIDTH HEIGHT SOURCE TARGET [RESULT]
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import sys

import numpy as np
from PIL import Image, ImageOps
from scipy import ndimage
from skimage.filters import threshold_otsu
from skimage.morphology import disk

BORDER = 10


def optical_density(rgb):
    return -np.log((rgb.astype(np.float64) + 1) / 240)


def tissue(rgb):
    framed = np.pad(rgb, ((BORDER, BORDER), (BORDER, BORDER), (0, 0)), constant_values=255)
    gray = np.array(ImageOps.grayscale(Image.fromarray(framed)))
    mask = ndimage.binary_dilation(gray < threshold_otsu(gray), disk(2))
    mask = ndimage.binary_fill_holes(mask, np.ones((20, 20)))
    return mask[BORDER:-BORDER, BORDER:-BORDER]


def stains(rgb):
    od = optical_density(rgb)[tissue(rgb)]
    od = od[(od >= 0.15).all(axis=1)]
    plane = np.linalg.eigh(np.cov(od, rowvar=False))[1][:, 1:]
    flat = od @ plane
    angles = np.percentile(np.arctan2(flat[:, 1], flat[:, 0]), [1, 99])
    pair = plane @ np.stack([np.cos(angles), np.sin(angles)])
    pair /= np.linalg.norm(pair, axis=0)
    if abs(pair[:, 0] @ [0.65, 0.70, 0.29]) < abs(pair[:, 1] @ [0.65, 0.70, 0.29]):
        pair = pair[:, ::-1]
    rest = np.cross(pair[:, 0], pair[:, 1])
    return np.column_stack([pair, rest / np.linalg.norm(rest)])


def concentrations(rgb, matrix):
    return np.linalg.lstsq(matrix, optical_density(rgb).reshape(-1, 3).T, rcond=None)[0]


def fit(rgb):
    matrix = stains(rgb)
    return matrix, np.percentile(concentrations(rgb, matrix), 99, axis=1)


def normalise(rgb, target):
    matrix = stains(rgb)
    amounts = concentrations(rgb, matrix)
    scale = np.percentile(amounts, 99, axis=1) / target[1]
    light = 240 * np.exp(-target[0] @ (amounts / scale[:, np.newaxis]))
    return np.minimum(light, 255).T.reshape(rgb.shape).astype(np.uint8)


def main():
    width, height = int(sys.argv[1]), int(sys.argv[2])
    source, look = (np.fromfile(path, np.uint8).reshape(height, width, 3) for path in sys.argv[3:5])
    target = fit(look)
    if len(sys.argv) > 5:
        normalise(source, target).tofile(sys.argv[5])
    while os.read(0, 1):
        try:
            normalise(source, target)
            os.write(1, b".")
        except Exception as error:  # The one who waits is told, whatever it was.
            print(error, file=sys.stderr)
            os.write(1, b"!")


main()
