"""Borders and thresholds, beside OpenCV."""

from __future__ import annotations

import cv2
import numpy as np
from array_checks import expect_same_array
from check_report import expect_equal
from kernel_cases import KernelCases
from PIL import Image

BORDERS = {"constant": cv2.BORDER_CONSTANT, "edge": cv2.BORDER_REPLICATE, "reflect": cv2.BORDER_REFLECT_101}
# Tissue detection looks at a tile with so many white pixels around it.
TISSUE_BORDER = 10


def check_borders(cases: KernelCases) -> None:
    """padImage gives the borders of OpenCV's copyMakeBorder: constant, replicate and reflect_101"""
    for case in cases.of("pad"):
        sides = [case[side] for side in ("top", "bottom", "left", "right")]
        padded = cv2.copyMakeBorder(case["input"], *sides, BORDERS[case["mode"]], value=(7, 7, 7))
        ours = case["output"]
        expect_same_array(f"{case['mode']}, {ours.dtype}, {sides}", ours, padded.reshape(ours.shape))


def check_tissue_threshold(cases: KernelCases) -> None:
    """tissueThreshold is Otsu's of OpenCV, on Pillow's grey of the tile in white"""
    for case in cases.of("tissue"):
        gray = np.asarray(Image.fromarray(case["input"]).convert("L"))
        framed = np.pad(gray, TISSUE_BORDER, constant_values=255)
        threshold, _ = cv2.threshold(framed, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
        expect_equal("threshold", case["threshold"], int(threshold))


CHECKS = [check_borders, check_tissue_threshold]
