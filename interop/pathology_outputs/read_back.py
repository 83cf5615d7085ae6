"""Reads a slide with OpenSlide and what was written of its map with highdicom and shapely, beside what was read here.

The folder is that of run_checks.py, with `pixels.rgb`: level 0 of the slide as it was read, [height, width, 3].
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from pathlib import Path

import highdicom
import numpy as np
import openslide
from check_report import expect_close, expect_equal, expect_true, run_checks
from shapely.geometry import shape
from shapely.validation import explain_validity

warnings.simplefilter("ignore")


class Slide:
    """A slide, and the folder of what was made of it."""

    def __init__(self, folder: Path, path: Path) -> None:
        self.folder, self.path = folder, path
        self.about = json.loads((folder / "outputs.json").read_text())


def pixels(slide: Slide) -> None:
    """OpenSlide reads the same pixels of level 0, over white"""
    with openslide.OpenSlide(str(slide.path)) as opened:
        size = opened.dimensions
        expect_equal("extents", list(size), slide.about["levels"][0])
        # Its pixels are premultiplied with how opaque they are.
        rgba = np.asarray(opened.read_region((0, 0), 0, size))
    alpha = rgba[:, :, 3:].astype(int)
    white = np.where(alpha == 0, 255, rgba[:, :, :3])
    read = np.fromfile(slide.folder / "pixels.rgb", dtype=np.uint8).reshape(size[1], size[0], 3)
    expect_equal("largest difference", int(np.abs(read.astype(int) - white.astype(int)).max()), 0)


def scale(slide: Slide) -> None:
    """OpenSlide reads the same micrometres a pixel"""
    with openslide.OpenSlide(str(slide.path)) as opened:
        stated = [float(opened.properties[f"openslide.mpp-{axis}"]) for axis in "xy"]
    expect_close("mpp", slide.about["mpp"], stated, 1e-9)


def polygons(slide: Slide) -> None:
    """shapely finds every polygon of the GeoJSON valid, with the area that it states"""
    collection = json.loads((slide.folder / "regions.geojson").read_text())
    expect_true("regions", len(collection["features"]) > 0)
    for feature in collection["features"]:
        polygon = shape(feature["geometry"])
        expect_equal("validity", explain_validity(polygon), "Valid Geometry")


def segmentations(slide: Slide) -> None:
    """highdicom reads the segmentations, with the algorithm that made them"""
    for kind, wanted in (("binary", "BINARY"), ("fractional", "FRACTIONAL")):
        seg = highdicom.seg.segread(slide.folder / f"{kind}.dcm")
        expect_equal("type", seg.segmentation_type.value, wanted)
        description = seg.get_segment_description(1)
        expect_equal("algorithm type", description.algorithm_type.value, "AUTOMATIC")
        (algorithm,) = description.algorithm_identification or []
        expect_equal("algorithm", algorithm.AlgorithmName, slide.about["model"])


def annotations(slide: Slide) -> None:
    """highdicom reads the annotations: polygons, and as many areas"""
    ann = highdicom.ann.annread(slide.folder / "annotations.dcm")
    for group in ann.get_annotation_groups():
        shapes = group.get_graphic_data(ann.annotation_coordinate_type)
        expect_equal("graphic type", group.graphic_type.value, "POLYGON")
        expect_equal("number", len(shapes), group.number_of_annotations)
        _, values, _ = group.get_measurements()
        expect_equal("areas", len(values), group.number_of_annotations)


def report(slide: Slide) -> None:
    """highdicom reads the report"""
    read = highdicom.sr.srread(slide.folder / "report.dcm")
    expect_true("content", read.content is not None)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--slide", type=Path, required=True)
    parser.add_argument("--dicom", action="store_true", help="the slide is in DICOM, and the map is, too")
    parser.add_argument("--complete", action="store_true", help="it states its thickness, which highdicom wants to know")
    flags = parser.parse_args()
    of_dicom = ([segmentations] if flags.complete else []) + [annotations, report]
    checks = [polygons] + (of_dicom if flags.dicom else [pixels, scale])
    sys.exit(run_checks(f"pathology_outputs ({flags.folder.name})", checks, Slide(flags.folder, flags.slide)))
