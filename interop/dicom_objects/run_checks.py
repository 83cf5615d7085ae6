"""Reads the DICOM objects that we wrote with highdicom and pydicom, and what we read of enhanced ones."""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import highdicom as hd
import numpy as np
import pydicom
from array_checks import expect_same_array
from check_report import expect_equal, expect_true, run_checks

warnings.simplefilter("ignore")
Entry = dict[str, Any]
PATIENT_AND_STUDY = [
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "PatientAge", "StudyInstanceUID", "StudyDate"),
    *("StudyTime", "StudyID", "AccessionNumber", "StudyDescription", "ReferringPhysicianName"),
]
LABELS = {1: ("mass", "4147007"), 2: ("nodule", "27925004"), 3: ("cyst", "441457006")}
NIFTI_HEADER_BYTES = 352


def images_of(path: Path) -> list[pydicom.Dataset]:
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    return [pydicom.dcmread(file) for file in files]


def same_patient(written: pydicom.Dataset, source: pydicom.Dataset) -> None:
    for keyword in PATIENT_AND_STUDY:
        expect_equal(keyword, str(written.get(keyword, "")), str(source.get(keyword, "")))
    expect_true("a series of its own", written.SeriesInstanceUID != source.SeriesInstanceUID)


def labels(entry: Entry) -> None:
    sources = images_of(Path(entry["input"]))
    written = hd.seg.segread(entry["path"])
    same_patient(written, sources[0])
    expect_equal("segmentation type", written.SegmentationType, "BINARY")
    expect_equal("segments", list(written.segment_numbers), [1, 2, 3])
    for number, (label, code) in LABELS.items():
        described = written.get_segment_description(number)
        expect_equal("label", described.segment_label, label)
        expect_equal("type", described.segmented_property_type.value, code)
        expect_equal("category", described.segmented_property_category.value, "49755003")
        expect_equal("algorithm", described.algorithm_type.value, "AUTOMATIC")
        expect_true("name of the model", described.algorithm_identification.name in written.ManufacturerModelName)
        expect_true("digest", written.DeviceSerialNumber in str(described.algorithm_identification.parameters))
    if "NumberOfFrames" in sources[0]:
        by_source_frame(entry, written, sources[0])
    else:
        by_source_instance(written, sources)
    if "FrameOfReferenceUID" in sources[0]:
        geometry(written, sources)


def by_source_instance(written: hd.seg.Segmentation, sources: list[pydicom.Dataset]) -> None:
    received = written.get_pixels_by_source_instance(
        [image.SOPInstanceUID for image in sources], assert_missing_frames_are_empty=True, combine_segments=True
    )
    expect_same_array("labels", received.astype("u1"), np.stack([image.pixel_array for image in sources]).astype("u1"))


def by_source_frame(entry: Entry, written: hd.seg.Segmentation, source: pydicom.Dataset) -> None:
    is_volume = "PerFrameFunctionalGroupsSequence" in source
    numbers = list(range(1, source.NumberOfFrames + 1)) if is_volume else [entry["frame"] + 1]
    received = written.get_pixels_by_source_frame(
        source.SOPInstanceUID, numbers, assert_missing_frames_are_empty=True, combine_segments=True
    )
    expected = source.pixel_array[[number - 1 for number in numbers]]
    expect_same_array("labels", received.astype("u1"), expected.astype("u1"))


def geometry(written: hd.seg.Segmentation, sources: list[pydicom.Dataset]) -> None:
    """The same places in the patient: highdicom's volume of ours beside its volume of the source."""
    expect_equal("frame of reference", written.FrameOfReferenceUID, sources[0].FrameOfReferenceUID)
    ours = written.get_volume(combine_segments=True)
    if "NumberOfFrames" in sources[0]:
        theirs = hd.Image.from_dataset(sources[0]).get_volume()
    else:
        theirs = hd.image.get_volume_from_series(sources)
    matched = theirs.match_geometry(ours.get_geometry())
    expect_same_array("voxels by place", np.asarray(ours.array, "u1"), np.asarray(matched.array, "u1"))
    expect_true("affine", np.allclose(ours.affine, matched.affine, rtol=0, atol=1e-4))
    expect_equal("shape", ours.spatial_shape, theirs.spatial_shape)


def capture(entry: Entry) -> None:
    source = images_of(Path(entry["input"]))[0]
    written = pydicom.dcmread(entry["path"])
    same_patient(written, source)
    pixels = written.pixel_array
    expect_equal("channels", pixels.shape[2], 3)
    colours = {tuple(colour) for colour in pixels.reshape(-1, 3).tolist()}
    has_labels = source.pixel_array.max() > 0
    expect_equal("colour where labels are", any(max(c) - min(c) > 40 for c in colours), bool(has_labels))


def values(entry: Entry) -> None:
    """A map that gives the volume back: voxels as pydicom and numpy read them, and their places."""
    content = Path(entry["path"]).read_bytes()
    width, height, depth = np.frombuffer(content, "<i2", 3, 42)
    received = np.frombuffer(content, "<f4", -1, NIFTI_HEADER_BYTES).reshape(depth, height, width)
    affine = np.vstack([np.frombuffer(content, "<f4", 12, 280).reshape(3, 4), [0, 0, 0, 1]])
    slices = sorted(slices_of(images_of(Path(entry["input"]))), key=lambda one: one[0])
    expected = np.stack([pixels for _, pixels, _ in slices])
    expect_equal("shape", received.shape, expected.shape)
    expect_same_array("voxels", received, expected.astype("<f4"))
    for k, (_, _, corner) in enumerate(slices):
        for i, j in ((0, 0), (int(width) - 1, int(height) - 1)):
            place = affine @ [i, j, k, 1]
            lps = place[:3] * [-1, -1, 1]
            expect_true(f"place of {i}, {j}, {k}", np.allclose(lps, corner(i, j), rtol=0, atol=2e-4))


def slices_of(images: list[pydicom.Dataset]) -> Iterable[tuple[float, np.ndarray, Callable[[int, int], np.ndarray]]]:
    """Height along the normal, rescaled values in FP64, and the place of a pixel, by DICOM's own formulas."""
    for image in images:
        frames = image.get("PerFrameFunctionalGroupsSequence", [None])
        for number, own in enumerate(frames):
            shared = image.SharedFunctionalGroupsSequence[0] if own is not None else None

            def group(keyword: str, own: Any = own, shared: Any = shared, image: pydicom.Dataset = image) -> Any:
                if own is None:
                    return image
                return next((g[keyword][0] for g in (own, shared) if keyword in g), image)

            row, column = np.array(group("PlaneOrientationSequence").ImageOrientationPatient, float).reshape(2, 3)
            origin = np.array(group("PlanePositionSequence").ImagePositionPatient, float)
            down, across = map(float, group("PixelMeasuresSequence").PixelSpacing)
            scale = group("PixelValueTransformationSequence")
            slope, intercept = float(scale.get("RescaleSlope", 1)), float(scale.get("RescaleIntercept", 0))
            pixels = image.pixel_array if own is None else image.pixel_array[number]

            def corner(i: int, j: int, o: Any = origin, r: Any = row * across, c: Any = column * down) -> np.ndarray:
                return o + r * i + c * j

            yield float(np.cross(row, column) @ origin), pixels * slope + intercept, corner


REASONS = {"gap.dcm": "a gap", "mixed.dcm": "orientations", "projection.dcm": '"category"', "emri_small.dcm": "Groups"}


def refused(entry: Entry) -> None:
    expect_equal("exit code", entry["code"], 1)
    reason = REASONS[Path(entry["input"]).name]
    expect_true(f"{reason} is named in: {entry['text']}", reason in entry["text"])


def waveform(entry: Entry) -> None:
    dataset = pydicom.dcmread(entry["input"])
    expected = []
    for number, group in enumerate(dataset.WaveformSequence):
        if group.WaveformOriginality == "DERIVED":
            continue
        array = dataset.waveform_array(number)
        for channel, definition in enumerate(group.ChannelDefinitionSequence):
            unit = definition.ChannelSensitivityUnitsSequence[0].CodeValue
            name = definition.get("ChannelLabel") or definition.ChannelSourceSequence[0].CodeMeaning
            expected.append(([name, unit, float(group.SamplingFrequency)], array[:, channel]))
    expect_equal("channels", entry["channels"], [about for about, _ in expected])
    for (about, theirs), file in zip(expected, entry["arrays"], strict=True):
        ours = np.fromfile(file, "<f4")
        expect_equal(f"{about[0]}: samples", ours.shape, theirs.shape)
        off = np.abs(ours - theirs) > np.maximum(np.abs(theirs) * 2.0**-23, 1e-30)
        expect_equal(f"{about[0]}: samples that are off by more than one rounding to FP32", int(off.sum()), 0)


KINDS = {"waveform": waveform, "labels": labels, "capture": capture, "values": values, "refused": refused}
SENTENCES = {
    "waveform": "the channels of {} are those of pydicom's waveform_array",
    "labels": "highdicom reads the mask of {}: pixels, places, patient, study, codes, algorithm",
    "capture": "pydicom reads the picture of {}",
    "values": "the volume {} has the values and places that pydicom and numpy give",
    "refused": "{} is refused, and says why",
}


def checks_of(entries: Iterable[Entry]) -> Iterable[Callable[[None], None]]:
    for entry in entries:

        def check(_: None, entry: Entry = entry) -> None:
            KINDS[entry["kind"]](entry)

        check.__doc__ = SENTENCES[entry["kind"]].format(entry.get("about", Path(entry["input"]).name))
        yield check


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", required=True, type=Path, help="what was written, JSON")
    options = parser.parse_args()
    entries = json.loads(options.index.read_text(encoding="utf-8"))
    return run_checks("dicom_objects", checks_of(entries), None)


if __name__ == "__main__":
    sys.exit(main())
