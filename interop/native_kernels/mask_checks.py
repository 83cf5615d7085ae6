"""Connected components and contours of masks, beside SciPy, scikit-image and OpenCV."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from array_checks import expect_same_array
from check_report import expect_equal, expect_true
from kernel_cases import KernelCases
from scipy import ndimage
from skimage import measure

ORDER = {4: 1, 8: 2, 6: 1, 18: 2, 26: 3}


def squeezed(case: dict[str, Any], name: str) -> np.ndarray:
    """An image without its depth of 1."""
    array = case[name]
    return array[0] if case["connectivity"] in (4, 8) else array


def check_scipy_labels(cases: KernelCases) -> None:
    """connectedComponents gives the very labels of scipy.ndimage.label, in images and volumes"""
    for case in cases.of("components"):
        if case["byValue"]:
            continue
        mask = squeezed(case, "input")
        structure = ndimage.generate_binary_structure(mask.ndim, ORDER[case["connectivity"]])
        labels, count = ndimage.label(mask, structure)
        expect_equal(f"components of {mask.shape}", case["count"], count)
        expect_same_array(f"labels of {mask.shape}", squeezed(case, "labels"), labels.astype(np.int32))


def expect_same_parts(ours: np.ndarray, theirs: np.ndarray) -> None:
    """Each of our labels stands beside one of theirs only, and the reverse."""
    pairs = np.unique(np.stack([ours.ravel(), theirs.ravel()]), axis=1)
    for side in pairs:
        expect_equal("labels beside one of the other side", len(np.unique(side)), pairs.shape[1])


def check_skimage_labels(cases: KernelCases) -> None:
    """connectedComponents by value parts as skimage.measure.label does, which numbers narrow arrays otherwise"""
    for case in cases.of("components"):
        if not case["byValue"]:
            continue
        mask = squeezed(case, "input")
        labels = measure.label(mask, background=0, connectivity=ORDER[case["connectivity"]])
        expect_equal(f"components of {mask.shape}", case["count"], int(labels.max()))
        expect_same_parts(squeezed(case, "labels"), labels)


def check_opencv_labels(cases: KernelCases) -> None:
    """connectedComponents parts an image as cv2.connectedComponents does, which numbers otherwise"""
    for case in cases.of("components"):
        if case["byValue"] or case["connectivity"] not in (4, 8):
            continue
        ours = squeezed(case, "labels")
        count, theirs = cv2.connectedComponents(squeezed(case, "input"), connectivity=case["connectivity"])
        expect_equal("components and background", case["count"], count - 1)
        expect_same_parts(ours, theirs)


def check_statistics(cases: KernelCases) -> None:
    """componentStatistics gives the sizes, boxes and centres of scipy.ndimage"""
    for case in cases.of("components"):
        labels, count = case["labels"], case["count"]
        index = np.arange(1, count + 1)
        expect_same_array("sizes", case["sizes"], ndimage.sum_labels(labels > 0, labels, index).reshape(-1))
        boxes = [
            [part.start for part in reversed(found)] + [part.stop for part in reversed(found)]
            for found in ndimage.find_objects(labels)
        ]
        expect_same_array("boxes", case["boxes"], np.array(boxes, dtype=np.uint32).reshape(count, 6))
        if count > 0:
            centres = np.array(ndimage.center_of_mass(labels > 0, labels, index))[:, ::-1]
            ours = case["sums"] / case["sizes"][:, None]
            expect_true("centres", np.abs(ours - centres).max() <= 1e-9)


def rings_of(case: dict[str, Any]) -> list[np.ndarray]:
    return [case["points"][a:b] for a, b in zip(case["starts"][:-1], case["starts"][1:], strict=True)]


def area_of(ring: np.ndarray) -> float:
    x, y = ring[:, 0].astype(np.int64), ring[:, 1].astype(np.int64)
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def check_contour_fill(cases: KernelCases) -> None:
    """traceContours' rings, filled by the even-odd rule, are the mask again"""
    for case in cases.of("contours"):
        height, width = case["input"].shape
        crossings = np.zeros((height, width + 1), dtype=np.int64)
        for ring in rings_of(case):
            for (x, y), (next_x, next_y) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
                if x == next_x:
                    crossings[min(y, next_y) : max(y, next_y), x] += 1
                else:
                    expect_equal("an edge along an axis", int(y), int(next_y))
        filled = np.cumsum(crossings, axis=1)[:, :width] % 2
        expect_same_array("filled", filled.astype(np.uint8), (case["input"] != 0).astype(np.uint8))


def check_contour_counts(cases: KernelCases) -> None:
    """traceContours finds as many outlines and holes as cv2.findContours, which knows 8 neighbours only"""
    for case in cases.of("contours"):
        if case["connectivity"] != 8:
            continue
        _, hierarchy = cv2.findContours(case["input"], cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        parents = hierarchy[0][:, 3] if hierarchy is not None else np.zeros(0)
        expect_equal("outlines", int((case["outers"] < 0).sum()), int((parents < 0).sum()))
        expect_equal("holes", int((case["outers"] >= 0).sum()), int((parents >= 0).sum()))


def check_contour_areas(cases: KernelCases) -> None:
    """traceContours' outlines less their holes have the area of SciPy's components, in the order of its labels"""
    for case in cases.of("contours"):
        structure = ndimage.generate_binary_structure(2, ORDER[case["connectivity"]])
        labels, count = ndimage.label(case["input"], structure)
        sizes = ndimage.sum_labels(case["input"] != 0, labels, np.arange(1, count + 1))
        areas = np.array([area_of(ring) for ring in rings_of(case)])
        outlines = np.flatnonzero(case["outers"] < 0)
        totals = [areas[i] + areas[case["outers"] == i].sum() for i in outlines]
        expect_same_array("areas", np.array(totals, dtype=np.float64), np.asarray(sizes, dtype=np.float64).reshape(-1))


CHECKS = [
    check_scipy_labels,
    check_skimage_labels,
    check_opencv_labels,
    check_statistics,
    check_contour_fill,
    check_contour_counts,
    check_contour_areas,
]
