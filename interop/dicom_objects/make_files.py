"""Writes DICOM images with pydicom and highdicom whose pixels are labels from 0 to 3."""

from __future__ import annotations

import sys
import warnings
from copy import deepcopy
from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    ComputedRadiographyImageStorage,
    ExplicitVRLittleEndian,
    GeneralECGWaveformStorage,
    ImplicitVRLittleEndian,
    MRImageStorage,
    MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
    generate_uid,
)

ROWS, COLUMNS, SLICES = 7, 9, 5
STUDY, SERIES, FRAME_OF_REFERENCE = generate_uid(), generate_uid(), generate_uid()
RANDOM = np.random.default_rng(20261128)


def base(sop_class: str, pixels: np.ndarray) -> Dataset:
    """Patient, study and pixels of an image; the patient's name needs ISO 8859-1."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = sop_class
    dataset.SOPInstanceUID = generate_uid()
    dataset.SpecificCharacterSet = "ISO_IR 100"
    dataset.PatientName = "Müller^Jürgen"
    dataset.PatientID = "4711"
    dataset.PatientBirthDate = "19600229"
    dataset.PatientSex = "M"
    dataset.PatientAge = "066Y"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = STUDY, SERIES
    dataset.StudyDate, dataset.StudyTime = "20260301", "101112.5"
    dataset.ContentDate, dataset.ContentTime = "20260301", "101113"
    dataset.StudyID, dataset.AccessionNumber = "S1", "A-17"
    dataset.StudyDescription = "Schädel"
    dataset.ReferringPhysicianName = "Groß^Änne"
    dataset.SeriesNumber, dataset.InstanceNumber = 3, 1
    dataset.Manufacturer = "none"
    dataset.Rows, dataset.Columns = pixels.shape[-2:]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 0
    dataset.PixelData = pixels.astype("<u2").tobytes()
    return dataset


def labels(*shape: int) -> np.ndarray:
    return RANDOM.integers(0, 4, shape)


def series() -> list[Dataset]:
    """Oblique slices, written in an order that is not theirs."""
    along_row = np.array([0.8, 0.6, 0.0])
    along_column = np.array([0.0, 0.0, -1.0])
    normal = np.cross(along_row, along_column)
    images = []
    for k in range(SLICES):
        image = base(MRImageStorage, labels(ROWS, COLUMNS))
        image.Modality = "MR"
        image.ImageType = ["ORIGINAL", "PRIMARY", "M"]
        image.FrameOfReferenceUID, image.PositionReferenceIndicator = FRAME_OF_REFERENCE, ""
        image.ImageOrientationPatient = [*along_row, *along_column]
        image.ImagePositionPatient = [round(float(v), 6) for v in np.array([-12.5, 3.25, 40.0]) + normal * 2.5 * k]
        image.PixelSpacing, image.SliceThickness = [0.75, 0.5], 2.0
        image.InstanceNumber = SLICES - k
        for keyword in ("ScanningSequence", "SequenceVariant", "ScanOptions", "MRAcquisitionType", "EchoTime"):
            setattr(image, keyword, None)
        images.append(image)
    return images


def enhanced(images: list[Dataset]) -> Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return hd.legacy.LegacyConvertedEnhancedMRImage(deepcopy(images), generate_uid(), 9, generate_uid(), 1)


def waveform() -> Dataset:
    """Two groups of one time, of two rates, with sensitivity, correction, baseline and padding."""
    dataset = base(GeneralECGWaveformStorage, labels(1, 1))
    for keyword in ("Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "PixelData", "HighBit"):
        delattr(dataset, keyword)
    for keyword in ("BitsAllocated", "BitsStored", "PixelRepresentation"):
        delattr(dataset, keyword)
    dataset.Modality = "ECG"
    dataset.WaveformSequence = []
    for channels, samples, rate in ((3, 1001, 500), (2, 501, 250)):
        group = Dataset()
        group.WaveformOriginality, group.SamplingFrequency = "ORIGINAL", rate
        group.NumberOfWaveformChannels, group.NumberOfWaveformSamples = channels, samples
        group.WaveformBitsAllocated, group.WaveformSampleInterpretation = 16, "SS"
        group.ChannelDefinitionSequence = []
        for channel in range(channels):
            one, source, unit = Dataset(), Dataset(), Dataset()
            source.CodeValue, source.CodingSchemeDesignator, source.CodeMeaning = "x", "99x", f"Lead {rate} {channel}"
            unit.CodeValue, unit.CodingSchemeDesignator, unit.CodeMeaning = ["uV", "mV", "V"][channel], "UCUM", "volt"
            one.ChannelSourceSequence, one.ChannelSensitivityUnitsSequence = [source], [unit]
            one.ChannelSensitivity, one.ChannelSensitivityCorrectionFactor = [1.25, 0.00488, 2.441][channel], 0.9987
            one.ChannelBaseline, one.ChannelSampleSkew, one.WaveformBitsStored = [0, -1.5, 0.033][channel], 0, 16
            group.ChannelDefinitionSequence.append(one)
        group.WaveformData = RANDOM.integers(-32768, 32768, (samples, channels)).astype("<i2").tobytes()
        dataset.WaveformSequence.append(group)
    return dataset


def save(dataset: Dataset, path: Path) -> None:
    dataset.save_as(path, enforce_file_format=True)


def main(folder: Path) -> None:
    images = series()
    (folder / "series").mkdir()
    for place in RANDOM.permutation(SLICES):
        save(images[place], folder / "series" / f"{len(list((folder / 'series').iterdir()))}.dcm")
    whole = enhanced([images[k] for k in (3, 0, 4, 2, 1)])
    save(whole, folder / "enhanced.dcm")

    rescaled = deepcopy(whole)
    for shared in rescaled.SharedFunctionalGroupsSequence:
        shared.pop("PixelValueTransformationSequence", None)
    for k, frame in enumerate(rescaled.PerFrameFunctionalGroupsSequence):
        scale = Dataset()
        scale.RescaleSlope, scale.RescaleIntercept, scale.RescaleType = 0.1 + k, -3.7 * k, "US"
        frame.PixelValueTransformationSequence = [scale]
    save(rescaled, folder / "rescaled.dcm")

    # Orientation and spacing in each frame, as other scanners have them.
    turned = deepcopy(whole)
    (shared,) = turned.SharedFunctionalGroupsSequence
    for frame in turned.PerFrameFunctionalGroupsSequence:
        for keyword in ("PlaneOrientationSequence", "PixelMeasuresSequence"):
            frame[keyword] = deepcopy(shared[keyword])
    for keyword in ("PlaneOrientationSequence", "PixelMeasuresSequence"):
        del shared[keyword]
    save(turned, folder / "turned.dcm")

    mixed = deepcopy(turned)
    mixed.PerFrameFunctionalGroupsSequence[2].PlaneOrientationSequence[0].ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    save(mixed, folder / "mixed.dcm")
    save(enhanced([images[k] for k in (0, 1, 3, 4)]), folder / "gap.dcm")

    for name, pixels in (("projection", labels(ROWS, COLUMNS)), ("empty", np.zeros((ROWS, COLUMNS)))):
        projection = base(ComputedRadiographyImageStorage, pixels)
        projection.Modality, projection.PatientOrientation = "CR", ["L", "F"]
        save(projection, folder / f"{name}.dcm")
    ecg = waveform()
    save(ecg, folder / "waveform.dcm")
    ecg.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    save(ecg, folder / "waveform-implicit.dcm")
    frames = base(MultiFrameGrayscaleWordSecondaryCaptureImageStorage, labels(3, ROWS, COLUMNS))
    frames.Modality, frames.NumberOfFrames = "OT", 3
    save(frames, folder / "frames.dcm")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
