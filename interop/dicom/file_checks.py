"""Checks of one DICOM file each: our values beside those of pydicom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
from array_checks import expect_same_array
from check_report import CheckFailed, expect_equal
from dicom_peer import DicomPeer
from pydicom.pixels import apply_modality_lut, apply_windowing, pixel_array

Check = Callable[[DicomPeer], None]

# A waveform, and a mask of one bit a pixel: neither is an image of the kinds that are read.
REFUSED = ("waveform_ecg.dcm", "highdicom_seg_image_ct_binary.dcm")
LOSSY = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.91")
SEQUENCE_DELIMITER = b"\xfe\xff\xdd\xe0\0\0\0\0"
# Decoders of JPEG round the inverse transform and the colours each in their own way.
LOSSY_LEVELS = 1.0
# pydicom's window goes to integers' full range first, and comes from values that were not rounded to FP32.
WINDOW_TOLERANCE = 1e-6


def file_checks(data: Path) -> Iterator[Check]:
    """Checks of every file, in the order of their names."""
    files = [*sorted((data / "dicom").rglob("*.dcm")), *sorted((data / "pathology").glob("*.dcm"))]
    for file in files:
        if file.name in REFUSED:
            yield named(f"{file.name} is refused, and says why", refused(file))
            continue
        dataset = read(file)
        if dataset.SamplesPerPixel == 3:
            yield named(f"{file.name}: colour of each frame is that of pydicom", colour(file, dataset))
            continue
        yield named(f"{file.name}: stored values of each frame are those of pydicom", stored(file, dataset))
        yield named(f"{file.name}: rescaled values are those of pydicom, rounded once", rescaled(file, dataset))
        if "WindowCenter" in dataset:
            yield named(f"{file.name}: its own window gives what DICOM says, and pydicom", windowed(file, dataset))


def read(file: Path) -> pydicom.Dataset:
    """pydicom gives an empty dataset for a file that lacks nothing but its last delimiter."""
    dataset = pydicom.dcmread(file)
    return dataset if len(dataset) > 0 else pydicom.dcmread(BytesIO(file.read_bytes() + SEQUENCE_DELIMITER))


def named(sentence: str, check: Check) -> Check:
    check.__doc__ = sentence
    return check


def frames_of(dataset: pydicom.Dataset) -> range:
    return range(int(dataset.get("NumberOfFrames", 1) or 1))


def decoded(file: Path, dataset: pydicom.Dataset, frame: int) -> np.ndarray:
    return pixel_array(dataset, index=frame)


def refused(file: Path) -> Check:
    def check(peer: DicomPeer) -> None:
        expect_equal("reason", peer.refusal("stored", file), "MEDIA_UNREADABLE")

    return check


def stored(file: Path, dataset: pydicom.Dataset) -> Check:
    def check(peer: DicomPeer) -> None:
        for frame in frames_of(dataset):
            expected = decoded(file, dataset, frame).astype("<f4")
            expect_as_lossless(f"frame {frame}", peer.values("stored", file, frame), expected, dataset)

    return check


def colour(file: Path, dataset: pydicom.Dataset) -> Check:
    def check(peer: DicomPeer) -> None:
        for frame in frames_of(dataset):
            expected = decoded(file, dataset, frame).astype("<f4")
            expect_as_lossless(f"frame {frame}", peer.values("colour", file, frame), expected, dataset)

    return check


def rescaled(file: Path, dataset: pydicom.Dataset) -> Check:
    def check(peer: DicomPeer) -> None:
        ours = peer.values("stored", file)
        # From our stored values, which another check holds to pydicom's: a level of a lossy file is not
        # to be multiplied by the slope here.
        expected = np.asarray(apply_modality_lut(ours.astype(np.int32), dataset), dtype=np.float64)
        expect_same_array("rescaled values", peer.values("rescaled", file), expected.astype("<f4"))

    return check


def windowed(file: Path, dataset: pydicom.Dataset) -> Check:
    def check(peer: DicomPeer) -> None:
        x = peer.values("rescaled", file).astype(np.float64)
        center, width = first(dataset.WindowCenter), first(dataset.WindowWidth)
        expect_equal("VOI LUT Function", dataset.get("VOILUTFunction", "LINEAR"), "LINEAR")
        ramp = (x - (center - 0.5)) / (width - 1) + 0.5
        # PS3.3, C.11.2.1.2.1, with 0 and 1 as the ends.
        low, high = center - 0.5 - (width - 1) / 2, center - 0.5 + (width - 1) / 2
        expected = np.where(x <= low, 0.0, np.where(x > high, 1.0, ramp)).astype("<f4")
        received = peer.values("windowed", file)
        expect_same_array("windowed values", received, expected)
        theirs = fraction(apply_windowing(x, dataset), dataset)
        worst = float(np.abs(received - theirs).max())
        if not worst <= WINDOW_TOLERANCE:
            raise CheckFailed("largest difference to pydicom's window", f"at most {WINDOW_TOLERANCE}", worst)

    return check


def fraction(windowed_values: np.ndarray, dataset: pydicom.Dataset) -> np.ndarray:
    """pydicom's window gives the range that the rescaled values can have; here it is 0 to 1."""
    bits = dataset.BitsStored
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if dataset.PixelRepresentation else (0, 2**bits - 1)
    slope, intercept = float(dataset.get("RescaleSlope", 1)), float(dataset.get("RescaleIntercept", 0))
    low, high = low * slope + intercept, high * slope + intercept
    return (windowed_values - low) / (high - low)


def first(value: object) -> float:
    return float(value[0] if isinstance(value, pydicom.multival.MultiValue) else value)


def expect_as_lossless(what: str, received: np.ndarray, expected: np.ndarray, dataset: pydicom.Dataset) -> None:
    """Every bit of what lost nothing; within one stored level of what did."""
    if dataset.file_meta.TransferSyntaxUID not in LOSSY:
        expect_same_array(what, received, expected)
        return
    expect_equal(f"{what}: shape", received.shape, expected.shape)
    worst = float(np.abs(received - expected).max())
    if not worst <= LOSSY_LEVELS:
        raise CheckFailed(f"{what}: largest difference of a lossy image", f"at most {LOSSY_LEVELS}", worst)
