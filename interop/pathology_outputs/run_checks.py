"""Reads what was written of a map over a slide with zarr, numpy and pydicom, and works out anew what it must say.

The subject is a folder with `outputs.json`: {"levels": [[width, height], ...], "mpp": [x, y], "bounds": [x, y],
"thresholds": {"<label>": t}, "segLevel": n, "grid": {columns, rows, x, y, cellWidth, cellHeight}, "extraction":
{"level": n, "cell": n, "downsample": d}} and the files cells.csv, map.zip, labels.zarr, regions.geojson,
tiles.geojson, binary.dcm, fractional.dcm, annotations.dcm and report.dcm of the same map. Cells that the table
lacks were not examined.
"""

from __future__ import annotations

import argparse
import csv
import gc
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import zarr
from check_report import expect_close, expect_equal, expect_true, run_checks

warnings.simplefilter("ignore")
# To look through hundreds of thousands of tiles for cycles, again and again, takes most of reading them.
gc.disable()
Polygon = np.ndarray
# dciodvfy of 2022 asks for these wrongly: the first belongs to 3D annotations; the others are said of the slide.
TOLERATED = (
    "CommonZCoordinateValue",
    "Frame of Reference UID",
    "invalid data values for Value Representations",
    "<SliceThickness> Module=<PixelMeasuresMacro>",
)


class Outputs:
    """The folder, and the map as an array of [channels, rows, columns] from its table."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.about: dict[str, Any] = json.loads((folder / "outputs.json").read_text())
        self.grid = self.about["grid"]
        with (folder / "cells.csv").open(newline="") as file:
            rows = list(csv.reader(file))
        self.labels = rows[0][4:]
        shape = (len(self.labels), self.grid["rows"], self.grid["columns"])
        self.values = np.full(shape, np.nan, dtype=np.float32)
        for row in rows[1:]:
            x, y, width, height = map(float, row[:4])
            column = round((x - self.grid["x"]) / width)
            line = round((y - self.grid["y"]) / height)
            self.values[:, line, column] = [np.float32(v) if v else np.nan for v in row[4:]]

    def at_pixels(self, width: int, height: int, pixel_width: float, pixel_height: float) -> np.ndarray:
        """Values where the centres of pixels lie that begin in the corner of the canvas."""
        x = ((np.arange(width) + 0.5) * pixel_width - self.grid["x"]) / self.grid["cellWidth"]
        y = ((np.arange(height) + 0.5) * pixel_height - self.grid["y"]) / self.grid["cellHeight"]
        columns, rows = np.floor(x + 1e-9).astype(int), np.floor(y + 1e-9).astype(int)
        inside = ((rows >= 0) & (rows < self.grid["rows"]))[:, None] & (
            (columns >= 0) & (columns < self.grid["columns"])
        )[None, :]
        clipped = self.values[:, rows.clip(0, self.grid["rows"] - 1)][:, :, columns.clip(0, self.grid["columns"] - 1)]
        return np.where(inside, clipped, np.float32(np.nan))

    def reached(self, label: str) -> np.ndarray:
        """Cells of a class, [rows, columns]."""
        return self.values[self.labels.index(label)] >= np.float32(self.about["thresholds"][label])

    def painted(self, polygons: list[list[Polygon]]) -> np.ndarray:
        """In how many polygons, given as rings of points of level 0, the centre of each cell lies."""
        grid = self.grid
        x = grid["x"] + (np.arange(grid["columns"]) + 0.5) * grid["cellWidth"]
        y = grid["y"] + (np.arange(grid["rows"]) + 0.5) * grid["cellHeight"]
        count = np.zeros((grid["rows"], grid["columns"]), dtype=int)
        for rings in polygons:
            inside = np.zeros(count.shape, dtype=bool)
            for ring in rings:
                for (x1, y1), (x2, y2) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
                    if y1 == y2:
                        continue
                    # An edge reaches few of the rows.
                    crossed = np.flatnonzero((y1 > y) != (y2 > y))
                    where = x1 + (y[crossed] - y1) / (y2 - y1) * (x2 - x1)
                    inside[crossed] ^= x[None, :] < where[:, None]
            count += inside
        return count


def crs4_array(outputs: Outputs) -> None:
    """zarr reads the arrays of CRS4: percentages that are cut off, on the grid of slaid"""
    group = zarr.open(str(outputs.folder / "map.zip"), mode="r")
    expect_equal("resolution", group.attrs["resolution"], outputs.about["levels"][0])
    extraction = outputs.about["extraction"]
    width, height = (side // extraction["cell"] for side in outputs.about["levels"][extraction["level"]])
    side = extraction["cell"] * extraction["downsample"]
    expected = outputs.at_pixels(width, height, side, side)
    for index, label in enumerate(outputs.labels):
        array = group[label if len(outputs.labels) > 1 else list(group.array_keys())[0]]
        stored = (np.nan_to_num(expected[index]) * np.float32(100)).astype(np.uint8)
        expect_equal("type", array.dtype, np.uint8)
        expect_true(f"values of {label}", np.array_equal(array[:], stored))
        expect_equal("slide_levels", array.attrs["slide_levels"], outputs.about["levels"])


def ome_zarr(outputs: Outputs) -> None:
    """zarr reads the labels of OME-Zarr: the most probable class, where it lies in micrometres"""
    root = zarr.open(str(outputs.folder / "labels.zarr"), mode="r")
    (name,) = root["labels"].attrs["labels"]
    label = root["labels"][name]
    masked = np.stack([np.where(outputs.reached(one), outputs.values[i], -1) for i, one in enumerate(outputs.labels)])
    expected = np.where(masked.max(axis=0) < 0, 0, masked.argmax(axis=0) + 1)
    expected[np.isnan(outputs.values).all(axis=0)] = 255
    expect_true("labels", np.array_equal(label["0"][:], expected))
    datasets = label.attrs["multiscales"][0]["datasets"]
    for level, dataset in enumerate(datasets):
        step = 2**level
        expect_true(f"resolution {level}", np.array_equal(label[dataset["path"]][:], expected[::step, ::step]))
    grid, mpp = outputs.grid, outputs.about["mpp"]
    scale, shift = (one[key] for one, key in zip(datasets[0]["coordinateTransformations"], ("scale", "translation")))
    expect_close("scale", scale, [grid["cellHeight"] * mpp[1], grid["cellWidth"] * mpp[0]], 1e-9)
    corner = [(grid["y"] + grid["cellHeight"] / 2) * mpp[1], (grid["x"] + grid["cellWidth"] / 2) * mpp[0]]
    expect_close("translation", shift, corner, 1e-6)


def regions(outputs: Outputs) -> None:
    """The polygons of the GeoJSON cover the cells of each class, from the origin that the file says"""
    collection = json.loads((outputs.folder / "regions.geojson").read_text())
    origin = np.array(collection["deephealth"]["originOnCanvas"])
    for label in outputs.labels:
        features = [f for f in collection["features"] if f["properties"]["classification"]["name"] == label]
        polygons = [[np.array(ring)[:-1] + origin for ring in f["geometry"]["coordinates"]] for f in features]
        expect_true(label, np.array_equal(outputs.painted(polygons), outputs.reached(label).astype(int)))


def tiles(outputs: Outputs) -> None:
    """The tiles of the GeoJSON are the cells of the table"""
    collection = json.loads((outputs.folder / "tiles.geojson").read_text())
    bounds = np.array(outputs.about["bounds"] if collection["deephealth"]["origin"] == "bounds" else [0, 0])
    expect_equal("origin", collection["deephealth"]["originOnCanvas"], list(bounds))
    seen = np.full(outputs.values.shape, np.nan, dtype=np.float32)
    corners = np.array([feature["geometry"]["coordinates"][0][0] for feature in collection["features"]]) + bounds
    columns = np.rint((corners[:, 0] - outputs.grid["x"]) / outputs.grid["cellWidth"]).astype(int)
    rows = np.rint((corners[:, 1] - outputs.grid["y"]) / outputs.grid["cellHeight"]).astype(int)
    measured = [feature["properties"]["measurements"] for feature in collection["features"]]
    expect_true("labels", set().union(*measured) <= set(outputs.labels))
    for index, label in enumerate(outputs.labels):
        of_label = [place for place, values in enumerate(measured) if label in values]
        seen[index, rows[of_label], columns[of_label]] = [measured[place][label] for place in of_label]
    expect_true("measurements", np.array_equal(seen, outputs.values, equal_nan=True))
    ids = {feature["id"] for feature in collection["features"]}
    expect_equal("ids", len(ids), len(collection["features"]))


def assembled(dataset: pydicom.Dataset, segment: int) -> np.ndarray:
    """The whole matrix of a segment, of its frames where they say that they lie."""
    frames = dataset.pixel_array.reshape(-1, dataset.Rows, dataset.Columns)
    matrix = np.zeros((dataset.TotalPixelMatrixRows, dataset.TotalPixelMatrixColumns), dtype=np.uint8)
    for frame, groups in zip(frames, dataset.PerFrameFunctionalGroupsSequence, strict=True):
        if groups.SegmentIdentificationSequence[0].ReferencedSegmentNumber != segment:
            continue
        place = groups.PlanePositionSlideSequence[0]
        top = place.RowPositionInTotalImagePixelMatrix - 1
        left = place.ColumnPositionInTotalImagePixelMatrix - 1
        part = matrix[top : top + dataset.Rows, left : left + dataset.Columns]
        part[:] = frame[: part.shape[0], : part.shape[1]]
    return matrix


def segmentation(outputs: Outputs) -> None:
    """pydicom reads the segmentations: every pixel of the level has the value of its cell"""
    (width, height), (full_width, full_height) = (outputs.about["levels"][i] for i in (outputs.about["segLevel"], 0))
    expected = outputs.at_pixels(width, height, full_width / width, full_height / height)
    for kind in ("binary", "fractional"):
        dataset = pydicom.dcmread(outputs.folder / f"{kind}.dcm")
        matrix = (dataset.TotalPixelMatrixColumns, dataset.TotalPixelMatrixRows)
        expect_equal("matrix", matrix, (width, height))
        names = [segment.SegmentLabel for segment in dataset.SegmentSequence]
        expect_equal("segments", names, outputs.labels)
        for index, label in enumerate(outputs.labels):
            if kind == "binary":
                pixels = expected[index] >= np.float32(outputs.about["thresholds"][label])
            else:
                pixels = np.floor(np.nan_to_num(expected[index]).astype(float) * 255 + 0.5)
            expect_true(f"{kind} {label}", np.array_equal(assembled(dataset, index + 1), pixels.astype(np.uint8)))


def annotations(outputs: Outputs) -> None:
    """pydicom reads the annotations: polygons cover the cells of each class once, with their areas"""
    dataset = pydicom.dcmread(outputs.folder / "annotations.dcm")
    cell = outputs.grid["cellWidth"] * outputs.grid["cellHeight"] * np.prod(outputs.about["mpp"])
    for group in dataset.AnnotationGroupSequence:
        exact = "DoublePointCoordinatesData" in group
        data = group.DoublePointCoordinatesData if exact else group.PointCoordinatesData
        points = np.frombuffer(data, dtype="<f8" if exact else "<f4").reshape(-1, 2)
        expect_equal("VR of indices", group["LongPrimitivePointIndexList"].VR, "OL")
        starts = (np.frombuffer(group.LongPrimitivePointIndexList, dtype="<u4") - 1) // 2
        expect_equal("number", group.NumberOfAnnotations, len(starts))
        polygons = [[part.astype(float)] for part in np.split(points, starts[1:])]
        label = group.AnnotationGroupLabel
        reached = outputs.reached(label)
        expect_true(label, np.array_equal(outputs.painted(polygons), reached.astype(int)))
        values = group.MeasurementsSequence[0].MeasurementValuesSequence[0].FloatingPointValues
        areas = np.frombuffer(values, dtype="<f4")
        expect_close("areas", [areas.sum()], [reached.sum() * cell], reached.sum() * cell * 1e-5)


def report(outputs: Outputs) -> None:
    """pydicom reads the report: areas in mm2 and shares of what was examined"""
    dataset = pydicom.dcmread(outputs.folder / "report.dcm")
    (measured,) = [c for c in dataset.ContentSequence if c.ConceptNameCodeSequence[0].CodeValue == "126010"]
    cell = outputs.grid["cellWidth"] * outputs.grid["cellHeight"] * np.prod(outputs.about["mpp"]) / 1e6
    expect_equal("groups", len(measured.ContentSequence), len(outputs.labels))
    for index, group in enumerate(measured.ContentSequence):
        numbers = {
            item.ConceptNameCodeSequence[0].CodeValue: float(item.MeasuredValueSequence[0].NumericValue)
            for item in group.ContentSequence
            if item.ValueType == "NUM"
        }
        reached = outputs.reached(outputs.labels[index]).sum()
        examined = (~np.isnan(outputs.values[index])).sum()
        expected = [reached * cell, examined * cell, 100 * reached / examined]
        received = [numbers["42798000"], numbers["examined-area"], numbers["area-share"]]
        expect_close("area, examined area and share", received, expected, 1e-6)


def conformance(outputs: Outputs) -> None:
    """dciodvfy finds no error of ours in any DICOM file"""
    for path in sorted(outputs.folder.glob("*.dcm")):
        told = subprocess.run([os.environ.get("DCIODVFY", "dciodvfy"), path], capture_output=True, text=True, check=False).stderr
        errors = [line for line in told.splitlines() if "Error" in line and not any(one in line for one in TOLERATED)]
        expect_equal(path.name, errors, [])


CHECKS = [crs4_array, ome_zarr, regions, tiles]
OF_DICOM = [segmentation, annotations, report]

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--dicom", action="store_true", help="the slide is in DICOM, and the map is, too")
    parser.add_argument("--validate", action="store_true", help="dciodvfy is there, in DCIODVFY or on the path")
    flags = parser.parse_args()
    checks = CHECKS + (OF_DICOM if flags.dicom else []) + ([conformance] if flags.validate else [])
    sys.exit(run_checks(f"pathology_outputs ({flags.folder.name})", checks, Outputs(flags.folder)))
