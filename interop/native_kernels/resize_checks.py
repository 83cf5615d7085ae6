"""Resizing, beside OpenCV and Pillow.

Ours rounds once, from exact integer sums. OpenCV rounds weights (to 2^-11 for bytes) and, between the two
passes, sums; Pillow rounds the result of the first pass to bytes. Hence one level, and no more. Cubic
weights are multiples of 2^-14 in ours and FP32 in OpenCV's 16-bit path: that shows in integers of 16 bits.
"""

from __future__ import annotations

import sys
from typing import Any

import cv2
import numpy as np
from check_report import expect_equal, expect_true
from kernel_cases import KernelCases
from PIL import Image


def resized_by_opencv(case: dict[str, Any], flag: int) -> np.ndarray:
    height, width, channels = case["output"].shape
    return cv2.resize(case["input"], (width, height), interpolation=flag).reshape(height, width, channels)


def is_tie(size: int, to: int) -> np.ndarray:
    """Where a centre falls exactly between two samples: OpenCV's 16 bits of fraction may fall on either side."""
    return (2 * np.arange(to) + 1) * size % (2 * to) == 0


def compare(cases: KernelCases, rule: str, flag: int, levels: int, levels_of_16_bits: int | None = None) -> None:
    """Integers within so many levels, FP32 within 2e-6 of the unit range."""
    differing = elements = most = 0
    most_float = 0.0
    for case in cases.of("resize"):
        if case["rule"] != rule:
            continue
        ours, theirs = case["output"], resized_by_opencv(case, flag)
        what = f"{rule}, {ours.dtype}, {case['input'].shape} to {ours.shape}"
        difference = np.abs(ours.astype(np.float64) - theirs.astype(np.float64))
        if flag == cv2.INTER_NEAREST_EXACT:
            difference[is_tie(case["input"].shape[0], ours.shape[0])] = 0
            difference[:, is_tie(case["input"].shape[1], ours.shape[1])] = 0
        if ours.dtype == np.float32:
            most_float = max(most_float, float(difference.max()))
            expect_true(f"{what}: {difference.max()} apart", difference.max() <= (0 if levels == 0 else 2e-6))
            continue
        allowed = levels if ours.dtype == np.uint8 or levels_of_16_bits is None else levels_of_16_bits
        expect_true(f"{what}: {difference.max()} levels apart", difference.max() <= allowed)
        differing += int(np.count_nonzero(difference))
        elements += difference.size
        most = max(most, int(difference.max()))
    share = 100 * differing / elements
    print(
        f"        {rule}: {share:.3f} % of {elements} integers differ, by {most} at most;"
        f" FP32 by {most_float:.1e} at most",
        file=sys.stderr,
    )


def check_nearest_floor(cases: KernelCases) -> None:
    """resizeImage, nearest-floor, gives the pixels of OpenCV's INTER_NEAREST"""
    compare(cases, "nearest-floor", cv2.INTER_NEAREST, 0)


def check_nearest(cases: KernelCases) -> None:
    """resizeImage, nearest, gives the pixels of OpenCV's INTER_NEAREST_EXACT but where two are equally near"""
    compare(cases, "nearest", cv2.INTER_NEAREST_EXACT, 0)


def check_linear(cases: KernelCases) -> None:
    """resizeImage, linear, is within one level of OpenCV's INTER_LINEAR"""
    compare(cases, "linear", cv2.INTER_LINEAR, 1)


def check_area(cases: KernelCases) -> None:
    """resizeImage, area, is within one level of OpenCV's INTER_AREA"""
    compare(cases, "area", cv2.INTER_AREA, 1)


def check_cubic(cases: KernelCases) -> None:
    """resizeImage, cubic, is within one level of OpenCV's INTER_CUBIC; of 65,536 levels within eight"""
    compare(cases, "cubic", cv2.INTER_CUBIC, 1, levels_of_16_bits=8)


def check_antialias(cases: KernelCases) -> None:
    """resizeImage, linear-antialias, is within one level of Pillow's bilinear filter"""
    compared = 0
    for case in cases.of("resize"):
        if case["rule"] != "linear-antialias" or case["input"].dtype != np.uint8:
            continue
        height, width, channels = case["output"].shape
        image = Image.fromarray(case["input"] if channels == 3 else case["input"][:, :, 0])
        theirs = np.asarray(image.resize((width, height), Image.Resampling.BILINEAR)).reshape(case["output"].shape)
        difference = np.abs(case["output"].astype(int) - theirs.astype(int))
        expect_true(f"{case['input'].shape}: {difference.max()} levels apart", difference.max() <= 1)
        compared += 1
    expect_equal("cases compared", compared, 16)


CHECKS = [check_nearest_floor, check_nearest, check_linear, check_area, check_cubic, check_antialias]
