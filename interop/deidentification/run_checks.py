"""Reads files before and after de-identification: nothing that identifies is left, and pixels and samples are the same."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import nibabel as nib
import numpy as np
import openslide
import pydicom
import pyedflib
import tifffile
from check_report import expect_equal, expect_true, run_checks
from dicomanonymizer.dicom_anonymization_databases import dicomfields_2026c as table
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.tag import Tag

Pair = tuple[Path, Path]


def is_listed(tag: int) -> bool:
    """Whether PS3.15, table E.1-1 asks for an action, as the package publishes it; four numbers are a tag and its mask."""
    group, element = tag >> 16, tag & 0xFFFF
    for entry in table.ALL_TAGS:
        if len(entry) == 2 and (group, element) == entry:
            return True
        if len(entry) == 4 and (group & entry[2], element & entry[3]) == (entry[0], entry[1]):
            return True
    return False


def elements(dataset: Dataset, path: str = "") -> Iterator[tuple[str, pydicom.DataElement]]:
    for element in dataset:
        here = f"{path}/{element.tag}"
        yield here, element
        if element.VR == "SQ":
            for index, item in enumerate(element.value):
                yield from elements(item, f"{here}[{index}]")


def dicom_attributes(pair: Pair) -> None:
    before, after = (pydicom.dcmread(path, stop_before_pixels=True, force=True) for path in pair)
    values: dict[int, list[object]] = {}
    for _, element in elements(before):
        values.setdefault(int(element.tag), []).append(element.value)
    listed = 0
    for path, element in elements(after):
        expect_true(f"{path} is public", not element.tag.is_private)
        if not is_listed(int(element.tag)):
            continue
        listed += 1
        is_own = element.tag in (Tag(0x0012, 0x0063), Tag(0x0012, 0x0064), Tag(0x0012, 0x0062), Tag(0x0028, 0x0303))
        is_emptied = element.VR != "SQ" and element.value in (None, "", b"")
        if not is_own and not is_emptied:
            expect_true(f"{path} is replaced", element.value not in values.get(int(element.tag), []))
    expect_true("attributes of the table occur", listed > 0)
    expect_equal("PatientIdentityRemoved", after.PatientIdentityRemoved, "YES")
    expect_equal("method", [item.CodeValue for item in after.DeidentificationMethodCodeSequence], ["113100"])
    expect_equal("SOP class", after.SOPClassUID, before.SOPClassUID)
    meta = after.file_meta
    expect_equal("instance in the file meta", meta.MediaStorageSOPInstanceUID, after.SOPInstanceUID)
    expect_true("no AE titles", "SourceApplicationEntityTitle" not in meta)
    expect_true("UIDs are new", after.SOPInstanceUID != before.SOPInstanceUID and after.SOPInstanceUID.is_valid)


PLANTED = b"VANDENBERG"
SEQUENCE_DELIMITER = bytes.fromhex("feffdde000000000")


def with_pixels(path: Path) -> Dataset:
    """The file, its last delimiter put behind it where its writer left that away, since pydicom wants it."""
    file = path.read_bytes()
    dataset = pydicom.dcmread(BytesIO(file), force=True)
    if "PixelData" in dataset or "WaveformSequence" in dataset:
        return dataset
    return pydicom.dcmread(BytesIO(file + SEQUENCE_DELIMITER), force=True)


def dicom_pixels(pair: Pair) -> None:
    before, after = (with_pixels(path) for path in pair)
    if "WaveformSequence" in before:
        for index in range(len(before.WaveformSequence)):
            expect_true(f"group {index}", np.array_equal(before.waveform_array(index), after.waveform_array(index)))
        return
    expect_true("pixels", np.array_equal(before.pixel_array, after.pixel_array))
    for keyword in ("PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient", "RescaleSlope", "WindowCenter"):
        expect_equal(keyword, after.get(keyword), before.get(keyword))


def edf(pair: Pair) -> None:
    with pyedflib.EdfReader(str(pair[0])) as before, pyedflib.EdfReader(str(pair[1])) as after:
        expect_equal("labels", after.getSignalLabels(), before.getSignalLabels())
        for index in range(before.signals_in_file):
            expect_true(f"signal {index}", np.array_equal(after.readSignal(index), before.readSignal(index)))
        expect_equal("start", after.getStartdatetime().isoformat()[:19], "1985-01-01T00:00:00")
        for part in (after.getPatientName(), after.getPatientCode(), after.getTechnician(), after.getEquipment()):
            expect_true("anonymous", part in ("", "X"))
        expect_equal("annotations", len(after.readAnnotations()[0]), 0)


def nifti(pair: Pair) -> None:
    before, after = (nib.load(path) for path in pair)
    expect_true("voxels", np.array_equal(np.asarray(before.dataobj), np.asarray(after.dataobj), equal_nan=True))
    expect_true("affine", np.array_equal(before.affine, after.affine))
    expect_equal("extensions", len(after.header.extensions), 0)
    for field in ("descrip", "aux_file", "intent_name"):
        expect_equal(field, bytes(after.header[field]).strip(b"\0"), b"")


def picture(pair: Pair) -> None:
    with Image.open(pair[0]) as before, Image.open(pair[1]) as after:
        expect_equal("mode", after.mode, before.mode)
        expect_true("pixels", np.array_equal(np.asarray(before), np.asarray(after)))
        expect_true("planted text is gone", PLANTED not in pair[1].read_bytes())
        expect_true("no texts", not getattr(after, "text", {}) and len(after.getexif()) == 0)


def slide_openslide(pair: Pair) -> None:
    with openslide.OpenSlide(pair[0]) as before, openslide.OpenSlide(pair[1]) as after:
        expect_equal("levels", after.level_dimensions, before.level_dimensions)
        for key in ("openslide.vendor", "openslide.mpp-x", "openslide.objective-power"):
            expect_equal(key, after.properties.get(key), before.properties.get(key))
        for level, size in enumerate(before.level_dimensions):
            regions = [np.asarray(one.read_region((0, 0), level, size)) for one in (before, after)]
            expect_true(f"pixels of level {level}", np.array_equal(*regions))
        expect_equal("associated images", list(after.associated_images), [])
        expect_equal("scanner", after.properties.get("aperio.ScanScope ID"), None)


def slide_tifffile(pair: Pair) -> None:
    with tifffile.TiffFile(pair[0]) as before, tifffile.TiffFile(pair[1]) as after:
        tiled = [page for page in before.pages if page.is_tiled]
        expect_equal("pages", len(after.pages), len(tiled))
        for one, other in zip(tiled, after.pages, strict=True):
            expect_true("pixels", np.array_equal(one.asarray(), other.asarray()))
            expect_true("tags", not {"DateTime", "Artist", "Software", "XMP"} & {tag.name for tag in other.tags.values()})


def pages(pair: Pair) -> None:
    with tifffile.TiffFile(pair[0]) as before, tifffile.TiffFile(pair[1]) as after:
        expect_equal("pages", len(after.pages), len(before.pages))
        for one, other in zip(before.pages, after.pages, strict=True):
            expect_true("pixels", np.array_equal(one.asarray(), other.asarray()))
            expect_true("tags", not {"DateTime", "Artist", "Software"} & {tag.name for tag in other.tags.values()})
    expect_true("planted text is gone", PLANTED not in pair[1].read_bytes())


KINDS: dict[str, list[Callable[[Pair], None]]] = {
    "dicom": [dicom_attributes, dicom_pixels],
    "edf": [edf],
    "nifti": [nifti],
    "picture": [picture],
    "pages": [pages],
    "slide": [slide_openslide, slide_tifffile],
}


def checks_of(entries: list[dict[str, str]]) -> list[Callable[[None], None]]:
    def check_of(check: Callable[[Pair], None], entry: dict[str, str]) -> Callable[[None], None]:
        def run(_: None) -> None:
            check((Path(entry["before"]), Path(entry["after"])))

        run.__doc__ = f"{check.__name__} of {Path(entry['before']).name}"
        return run

    return [check_of(check, entry) for entry in entries for check in KINDS[entry["kind"]]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", required=True, type=Path, help="files before and after, JSON")
    options = parser.parse_args()
    entries = json.loads(options.index.read_text(encoding="utf-8"))
    return run_checks("deidentification", checks_of(entries), None)


if __name__ == "__main__":
    sys.exit(main())
